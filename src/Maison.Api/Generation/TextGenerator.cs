// What all text routes do alike: check that a prompt fits, make the n answers of it, run them while measuring, and add up what
// they took. Knows nothing about the shape of requests and answers.

using System.Diagnostics;
using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Metrics;
using Maison.Api.Models;
using Maison.Inference;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Generation;

/// <summary>Runs generations for the endpoints.</summary>
/// <param name="admission">Lets requests in and counts what they take.</param>
/// <param name="metrics">Hears of first tokens and of each token.</param>
/// <param name="stopping">The server goes down: open answers end with an error instead of holding it up.</param>
sealed class TextGenerator(Admission admission, RequestMetrics metrics, CancellationToken stopping)
{
    /// <summary>Every piece of the answers; ends early when the client leaves or the budget is spent, and is booked however it ends.</summary>
    /// <param name="context">The request: whose key it is, and when its client leaves.</param>
    /// <param name="arrived">Timestamp of the request's arrival.</param>
    /// <exception cref="ApiException">The key may not, or has spent what it may.</exception>
    public async IAsyncEnumerable<Piece> Run(HttpContext context, ServedModel model, IReadOnlyList<Answer> answers, long arrived)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        await using var grant = await admission.Admit(context, AskOf(model, answers), ending.Token);
        var started = 0;
        try
        {
            await foreach (var piece in AnswerStream.Run(model, answers, Count, ending.Token)) yield return piece;
        }
        finally
        {
            // What was computed for nobody, because the client left before the first token, is not booked.
            if (started > 0 && UsageOf(answers) is { CompletionTokens: > 0 } usage)
                grant.Measured(new(usage.PromptTokens, usage.PromptTokensDetails.CachedTokens, usage.CompletionTokens));
        }

        ValueTask<bool> Count()
        {
            metrics.Generated.Count();
            if (Interlocked.Exchange(ref started, 1) == 0) metrics.FirstOutput(grant, arrived);
            return grant.Next(ending.Token);
        }
    }

    /// <summary>The vectors of texts, computed side by side.</summary>
    /// <exception cref="ApiException">The key may not, or has spent what it may.</exception>
    public async Task<float[][]> Embed(HttpContext context, ServedModel model, IReadOnlyList<int[]> texts)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var amounts = new Amounts(InputTokens: texts.Sum(t => (long)t.Length));
        await using var grant = await admission.Admit(context, new(model.Id, "embeddings", amounts), ending.Token);
        var vectors = await Task.WhenAll(texts.Select(text => model.Embed!(text, ending.Token)));
        grant.Measured(amounts);
        return vectors;
    }

    static Ask AskOf(ServedModel model, IReadOnlyList<Answer> answers) => new(model.Id, "text",
        new(InputTokens: answers.GroupBy(a => a.Request.Prompt).Sum(g => (long)g.Key.Length)),
        answers.Sum(a => Math.Min(a.Request.MaxTokens ?? int.MaxValue, (long)model.ContextLength - a.Request.Prompt.Length)));

    /// <summary>Refuses what does not fit before anything is queued; nothing is ever cut.</summary>
    /// <exception cref="ApiException">400 context_length_exceeded with the numbers.</exception>
    public static void CheckFits(ServedModel model, int promptTokens, int? maxTokens, string param)
    {
        if (promptTokens == 0) throw ApiException.Invalid(param, $"'{param}' is empty; send at least one token.");
        if ((long)promptTokens + (maxTokens ?? 1) <= model.ContextLength) return;
        var asked = maxTokens is { } max ? $"{max} more were asked for" : "an answer needs at least one more";
        throw ApiException.ContextExceeded(param,
            $"The context of {model.Id} holds {model.ContextLength} tokens; '{param}' has {promptTokens} and {asked}. Shorten '{param}' or lower max_tokens.");
    }

    /// <summary>The usage of finished answers; each prompt counts once, however many answers it has.</summary>
    public static Usage UsageOf(IReadOnlyList<Answer> answers)
    {
        var perPrompt = answers.GroupBy(a => a.Request.Prompt).ToList();
        var prompt = perPrompt.Sum(g => g.Key.Length);
        var generated = answers.Sum(a => a.Tokens);
        return new()
        {
            PromptTokens = prompt,
            CompletionTokens = generated,
            TotalTokens = prompt + generated,
            // Siblings find the prompt that the first of them computed, so the least of them tells what was there before.
            PromptTokensDetails = new(perPrompt.Sum(g => g.Min(a => a.CachedPromptTokens))),
            CompletionTokensDetails = new(answers.Sum(a => a.ReasoningTokens)),
        };
    }

    /// <summary>The n-th answer's options: its own seed, when one was given, so that the n differ and each can be had again.</summary>
    public static SamplingOptions ForAnswer(SamplingOptions options, int n)
        => options.Seed is { } seed ? options with { Seed = unchecked(seed + (ulong)n) } : options;

    /// <summary>OpenAI's word for why an answer ended.</summary>
    public static string Name(FinishReason reason, Answer answer)
        => reason == FinishReason.Length ? "length" : answer.Calls > 0 ? "tool_calls" : "stop";
}
