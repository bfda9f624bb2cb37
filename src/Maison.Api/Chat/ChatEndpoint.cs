// POST /v1/chat/completions, whole or streamed. The order of a stream: each answer's role, then reasoning, content and calls as they come, its
// finish reason alone, after all answers the usage if it was asked for, then [DONE]. Nothing is sent before the first token is
// there, so that a request that fails early gets its proper status.

using System.Diagnostics;
using System.Text;
using Maison.Api.Errors;
using Maison.Api.Generation;
using Maison.Api.Models;
using Maison.Data.Chat;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Chat;

/// <summary>The route of chats.</summary>
sealed class ChatEndpoint(ModelRegistry models, TextGenerator generator)
{
    public async Task Invoke(HttpContext context)
    {
        var arrived = Stopwatch.GetTimestamp();
        var request = await JsonBody.Read(context, WireJson.Default.ChatRequest);
        var plan = ChatRules.Plan(request, models);
        var pieces = generator.Run(context, plan.Model, plan.Answers, arrived);
        var (id, created) = ("chatcmpl-" + Guid.NewGuid().ToString("N"), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        await (plan.Stream ? Stream(context, plan, id, created, pieces) : Whole(context, plan, id, created, pieces));
    }

    static async Task Stream(HttpContext context, ChatPlan plan, string id, long created, IAsyncEnumerable<Piece> pieces)
    {
        var begun = false;
        await foreach (var piece in pieces)
        {
            if (!begun)
            {
                begun = true;
                JsonAnswer.BeginEvents(context);
                foreach (var answer in plan.Answers) await Send(answer, new() { Role = "assistant", Content = "" });
            }
            if (piece.Reasoning.Length > 0) await Send(piece.Answer, new() { Reasoning = piece.Reasoning, ReasoningContent = piece.Reasoning });
            if (piece.Content.Length > 0 || piece.Tokens.Count > 0) await Send(piece.Answer, new() { Content = piece.Content }, Logprobs(plan, piece.Tokens));
            if (piece.Calls.Count > 0) await Send(piece.Answer, new() { ToolCalls = [.. piece.Calls.Select(Streamed)] });
            if (piece.Finish is { } finish) await Send(piece.Answer, new(), finish: TextGenerator.Name(finish, piece.Answer));
        }
        if (plan.IncludeUsage) await Write([], TextGenerator.UsageOf(plan.Answers));
        await JsonAnswer.WriteDone(context);

        Task Send(Answer answer, Delta delta, ChatLogprobs? logprobs = null, string? finish = null)
            => Write([new() { Index = answer.Index, Delta = delta, Logprobs = logprobs, FinishReason = finish }], null);

        Task Write(IReadOnlyList<ChunkChoice> choices, Usage? usage) => JsonAnswer.WriteEvent(
            context, new ChatChunk { Id = id, Created = created, Model = plan.Model.Id, Choices = choices, Usage = usage }, WireJson.Default.ChatChunk);
    }

    static async Task Whole(HttpContext context, ChatPlan plan, string id, long created, IAsyncEnumerable<Piece> pieces)
    {
        var parts = plan.Answers.Select(_ => (Reasoning: new StringBuilder(), Content: new StringBuilder(), Calls: new CallList(), Tokens: new List<ScoredToken>())).ToList();
        var finish = new string[plan.Answers.Count];
        await foreach (var piece in pieces)
        {
            var (reasoning, content, calls, tokens) = parts[piece.Answer.Index];
            reasoning.Append(piece.Reasoning);
            content.Append(piece.Content);
            calls.Add(piece.Calls);
            tokens.AddRange(piece.Tokens);
            if (piece.Finish is { } reason) finish[piece.Answer.Index] = TextGenerator.Name(reason, piece.Answer);
        }
        var choices = parts.Select((part, i) =>
        {
            var reasoning = part.Reasoning.Length > 0 ? part.Reasoning.ToString() : null;
            return new ChatChoice
            {
                Index = i,
                Message = new()
                {
                    Role = "assistant",
                    Content = part.Content.Length == 0 && part.Calls.Count > 0 ? null : part.Content.ToString(),
                    Reasoning = reasoning,
                    ReasoningContent = reasoning,
                    ToolCalls = part.Calls.Count == 0 ? null : [.. part.Calls.Made],
                },
                Logprobs = Logprobs(plan, part.Tokens),
                FinishReason = finish[i],
            };
        });
        var body = new ChatResponse { Id = id, Created = created, Model = plan.Model.Id, Choices = [.. choices], Usage = TextGenerator.UsageOf(plan.Answers) };
        await JsonAnswer.Write(context, StatusCodes.Status200OK, body, WireJson.Default.ChatResponse);
    }

    static CallMade Streamed(CallDelta delta) => new()
    {
        Index = delta.Index,
        Id = delta.Name is null ? null : CallList.NewId(),
        Type = delta.Name is null ? null : "function",
        Function = new() { Name = delta.Name, Arguments = delta.Arguments },
    };

    static ChatLogprobs? Logprobs(ChatPlan plan, IReadOnlyList<ScoredToken> tokens)
        => plan.Logprobs ? new() { Content = [.. tokens.Select(t => Probability.Written(plan.Model.Tokenizer, t.Token))] } : null;
}
