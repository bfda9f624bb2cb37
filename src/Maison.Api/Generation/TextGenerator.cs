// What chat and completions do alike: check that a prompt fits, make the n answers of it, run them while measuring, and add up what
// they took. Knows nothing about the shape of requests and answers.

using System.Diagnostics;
using System.Runtime.CompilerServices;
using Maison.Api.Errors;
using Maison.Api.Metrics;
using Maison.Api.Models;
using Maison.Inference;
using Maison.Wire;

namespace Maison.Api.Generation;

/// <summary>Runs generations for the endpoints.</summary>
/// <param name="metrics">Hears of first tokens and of each token.</param>
/// <param name="stopping">The server goes down: open answers end with an error instead of holding it up.</param>
sealed class TextGenerator(RequestMetrics metrics, CancellationToken stopping)
{
    /// <summary>Every piece of the answers; ends early when the client leaves.</summary>
    /// <param name="arrived">Timestamp of the request's arrival.</param>
    public async IAsyncEnumerable<Piece> Run(
        ServedModel model, IReadOnlyList<Answer> answers, long arrived, [EnumeratorCancellation] CancellationToken client)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(client, stopping);
        var started = 0;
        await foreach (var piece in AnswerStream.Run(model, answers, Count, ending.Token)) yield return piece;

        void Count()
        {
            metrics.Generated.Count();
            if (Interlocked.Exchange(ref started, 1) == 0) metrics.TimeToFirstToken.Observe(Stopwatch.GetElapsedTime(arrived).TotalSeconds);
        }
    }

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

    public static string Name(FinishReason reason) => reason == FinishReason.Stop ? "stop" : "length";
}
