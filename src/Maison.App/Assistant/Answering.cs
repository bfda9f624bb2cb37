// One answer on its way from the model to the page and into the conversation. What was written is kept even if the reader leaves; what no
// longer fits the model's context is left out from the oldest on, and that is said.

using System.Diagnostics;
using System.Text;
using Maison.Wire;

namespace Maison.App.Assistant;

/// <summary>Asks for an answer and keeps it.</summary>
/// <param name="after">The item that it follows.</param>
/// <param name="begun">An answer that was stopped and is gone on from; null for a new one.</param>
/// <param name="given">Passages of files that the instructions hold.</param>
/// <param name="servers">Servers whose tools may be used.</param>
sealed class Answering(ApiClient api, string conversation, string model, string? after, Turn? begun = null, IReadOnlyList<Passage>? given = null, IReadOnlyList<string>? servers = null)
{
    const string Overflow = "context_length_exceeded";

    /// <summary>Pieces after which an answer waits for its reader, who may go on with it: a small model can talk in circles without end.</summary>
    const int MostPieces = 1500;

    /// <summary>Characters of what a tool is told and tells, where it is noted with the thoughts.</summary>
    const int MostNoted = 300;

    readonly StringBuilder text = new(begun?.Text), reasoning = new(begun?.Reasoning);
    readonly Stopwatch taken = Stopwatch.StartNew();
    Usage? usage;
    int pieces;
    bool whole;

    public string Model => model;

    /// <summary>Messages that the model was not given.</summary>
    public int LeftOut { get; private set; }

    /// <summary>The answer as far as it is there.</summary>
    public Turn Soon => Kept ?? new("assistant", text.ToString(), reasoning.ToString()) { Notes = new(model) };

    /// <summary>The answer as it is in the conversation; null until it is.</summary>
    public Turn? Kept { get; private set; }

    /// <summary>Asks, and calls <paramref name="grown"/> whenever the answer has grown.</summary>
    /// <param name="instructions">What the model is told before everything; empty for nothing.</param>
    /// <exception cref="ApiProblem">The model was not asked, or its answer broke off; what there is of it is kept.</exception>
    public async Task Ask(IReadOnlyList<Turn> turns, string instructions, Func<Task> grown, CancellationToken stop)
    {
        var messages = turns.Select(t => t.Request).ToList();
        var before = instructions.Length == 0 ? (RequestMessage[])[] : [new() { Role = "system", Content = instructions }];
        // Going on with an answer, its beginning is the last message; thoughts are done with.
        var behind = begun is null ? (RequestMessage[])[] : [begun.Request];
        try
        {
            while (true)
                try
                {
                    if (servers is { Count: > 0 } && begun is null)
                    {
                        await foreach (var told in api.Respond(model, instructions, [.. messages.Select(m => new InputItem { Type = "message", Role = m.Role, Content = m.Content })], servers, stop))
                        {
                            Take(told);
                            await grown();
                            if (++pieces == MostPieces) break;
                        }
                        return;
                    }
                    await foreach (var chunk in api.Chat(model, [.. before, .. messages, .. behind], stop))
                    {
                        usage = chunk.Usage ?? usage;
                        foreach (var choice in chunk.Choices)
                        {
                            reasoning.Append(choice.Delta.Reasoning ?? choice.Delta.ReasoningContent);
                            text.Append(choice.Delta.Content);
                            whole |= choice.FinishReason == "stop";
                        }
                        await grown();
                        if (++pieces == MostPieces) break;
                    }
                    return;
                }
                catch (ApiProblem problem) when (problem.Code == Overflow && messages.Count > 1)
                {
                    var less = Math.Max(1, messages.Count / 4);
                    while (less < messages.Count - 1 && messages[less].Role != "user") less++;
                    messages.RemoveRange(0, less);
                    LeftOut += less;
                }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The reader stopped it or left.
        }
        finally
        {
            if (text.Length + reasoning.Length > 0) await Keep();
        }
    }

    /// <summary>Words as they come; what tools did stands among the thoughts.</summary>
    void Take(ResponseEvent told)
    {
        switch (told.Type)
        {
            case "response.reasoning_text.delta":
                reasoning.Append(told.Delta);
                break;
            case "response.output_text.delta":
                text.Append(told.Delta);
                break;
            case "response.output_item.added" when told.Item!.Type == "message" && text.Length > 0:
                text.Append("\n\n");
                break;
            case "response.output_item.done" when told.Item is { Type: "mcp_call" } call:
                if (reasoning.Length > 0) reasoning.Append("\n\n");
                reasoning.Append($"{call.ServerLabel} › {call.Name} {Short(call.Arguments)} → {Short(call.Output ?? call.Error)}\n\n");
                break;
            case "response.completed" or "response.incomplete":
                whole = told.Type == "response.completed";
                if (told.Response!.Usage is { } took)
                    usage = new() { PromptTokens = took.InputTokens, CompletionTokens = took.OutputTokens, TotalTokens = took.TotalTokens, PromptTokensDetails = took.InputTokensDetails, CompletionTokensDetails = took.OutputTokensDetails, Maison = Note(took.Maison) };
                break;
        }
    }

    static string Short(string? words) => words is null ? "" : words.Length <= MostNoted ? words : words[..MostNoted] + "…";

    static UsageNote? Note(System.Text.Json.JsonElement? receipt)
        => receipt is { } told && told.TryGetProperty("provider", out var provider) && told.TryGetProperty("cost_micros", out var cost) ? new(provider.GetString()!, cost.GetInt64()) : null;

    async Task Keep()
    {
        var status = whole ? "completed" : "incomplete";
        var notes = new Notes(model, usage?.PromptTokens, usage?.CompletionTokens, Math.Round(taken.Elapsed.TotalSeconds, 2), usage?.Maison?.Provider, usage?.Maison?.CostMicros) { Sources = [.. (given ?? []).Select(p => new Source(p.File, p.Name, p.Start))] };
        var items = new List<InputItem>();
        if (reasoning.Length > 0) items.Add(new() { Type = "reasoning", Status = status, Content = new(null, [new() { Type = "reasoning_text", Text = reasoning.ToString() }]) });
        items.Add(new() { Type = "message", Role = "assistant", Status = status, Content = text.ToString(), Metadata = notes.Kept });
        var added = await api.Add(conversation, items, CancellationToken.None, after);
        // Read back, so that it knows its place beside other answers.
        var kept = await api.Items(conversation, null, items.Count, CancellationToken.None, branch: added.Data[^1].Id);
        Kept = Turn.Of(kept.Data.Reverse())[^1];
    }
}
