// POST /v1/completions: raw text in, its continuation out, whole or streamed. An echoed prompt is the beginning of its choice's text.

using System.Diagnostics;
using System.Text;
using Maison.Api.Errors;
using Maison.Api.Generation;
using Maison.Api.Models;
using Maison.Data.Tokenizers;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Completions;

/// <summary>The route of plain completions.</summary>
sealed class CompletionEndpoint(ModelRegistry models, TextGenerator generator)
{
    public async Task Invoke(HttpContext context)
    {
        var arrived = Stopwatch.GetTimestamp();
        var request = await JsonBody.Read(context, WireJson.Default.CompletionRequest);
        var plan = CompletionRules.Plan(request, models);
        var pieces = generator.Run(context, plan.Model, plan.Answers, arrived);
        var head = new CompletionResponse
        {
            Id = "cmpl-" + Guid.NewGuid().ToString("N"),
            Created = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            Model = plan.Model.Id,
            Choices = [],
        };
        await (plan.Stream ? Stream(context, plan, head, pieces) : Whole(context, plan, head, pieces));
    }

    static async Task Stream(HttpContext context, CompletionPlan plan, CompletionResponse head, IAsyncEnumerable<Piece> pieces)
    {
        var begun = false;
        await foreach (var piece in pieces)
        {
            if (!begun)
            {
                begun = true;
                JsonAnswer.BeginEvents(context);
                for (var i = 0; i < plan.Echo.Count; i++)
                    await Send(head with { Choices = [new() { Index = i, Text = plan.Echo[i] }] });
            }
            if (piece.Content.Length == 0 && piece.Finish is null) continue;
            var choice = new CompletionChoice
            {
                Index = piece.Answer.Index,
                Text = piece.Content,
                Logprobs = plan.Logprobs ? Logprobs(plan.Model.Tokenizer, piece.Tokens) : null,
                FinishReason = piece.Finish is { } finish ? TextGenerator.Name(finish, piece.Answer) : null,
            };
            await Send(head with { Choices = [choice] });
        }
        if (plan.IncludeUsage) await Send(head with { Usage = TextGenerator.UsageOf(plan.Answers) });
        await JsonAnswer.WriteDone(context);

        Task Send(CompletionResponse chunk) => JsonAnswer.WriteEvent(context, chunk, WireJson.Default.CompletionResponse);
    }

    static async Task Whole(HttpContext context, CompletionPlan plan, CompletionResponse head, IAsyncEnumerable<Piece> pieces)
    {
        var texts = plan.Answers.Select(a => new StringBuilder(plan.Echo.ElementAtOrDefault(a.Index))).ToList();
        var tokens = plan.Answers.Select(_ => new List<ScoredToken>()).ToList();
        var finish = new string[plan.Answers.Count];
        await foreach (var piece in pieces)
        {
            texts[piece.Answer.Index].Append(piece.Content);
            tokens[piece.Answer.Index].AddRange(piece.Tokens);
            if (piece.Finish is { } reason) finish[piece.Answer.Index] = TextGenerator.Name(reason, piece.Answer);
        }
        var choices = plan.Answers.Select(a => new CompletionChoice
        {
            Index = a.Index,
            Text = texts[a.Index].ToString(),
            Logprobs = plan.Logprobs ? Logprobs(plan.Model.Tokenizer, tokens[a.Index]) : null,
            FinishReason = finish[a.Index],
        });
        var body = head with { Choices = [.. choices], Usage = TextGenerator.UsageOf(plan.Answers) };
        await JsonAnswer.Write(context, StatusCodes.Status200OK, body, WireJson.Default.CompletionResponse);
    }

    static CompletionLogprobs Logprobs(BpeTokenizer tokenizer, IReadOnlyList<ScoredToken> tokens) => new()
    {
        Tokens = [.. tokens.Select(t => Probability.UniqueName(tokenizer, t.Token.Id))],
        TokenLogprobs = [.. tokens.Select(t => Probability.Finite(t.Token.Logprob))],
        TopLogprobs = [.. tokens.Select(t => Top(tokenizer, t))],
        TextOffset = [.. tokens.Select(t => t.Start)],
    };

    /// <summary>The alternatives, and the chosen token if it is none of them.</summary>
    static Dictionary<string, float> Top(BpeTokenizer tokenizer, ScoredToken scored)
    {
        var top = new Dictionary<string, float>();
        foreach (var (id, logprob) in scored.Token.Top ?? []) top[Probability.UniqueName(tokenizer, id)] = Probability.Finite(logprob);
        top.TryAdd(Probability.UniqueName(tokenizer, scored.Token.Id), Probability.Finite(scored.Token.Logprob));
        return top;
    }
}
