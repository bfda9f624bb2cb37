// Builds a response out of pieces, event by event. Reasoning, text and each call are items, opened when they begin and closed when something
// else does; a whole response is what the last event carries. The order of an item's events:
//   output_item.added → content_part.added → *.delta … → *.done → content_part.done → output_item.done
// where calls have arguments instead of a part.

using System.Text;
using Maison.Api.Generation;
using Maison.Wire;

namespace Maison.Api.Responses;

/// <summary>The state of one response.</summary>
/// <param name="draft">The response as it begins.</param>
sealed class ResponseWriter(ResponseObject draft)
{
    readonly List<OutputItem> output = [];
    readonly List<ResponseEvent> events = [];
    readonly StringBuilder text = new();
    readonly List<TokenProbability> logprobs = [];
    OutputItem? open;
    SignedThoughts? signed;
    int sequence;

    /// <summary>The finished response.</summary>
    public ResponseObject? Result { get; private set; }

    public IReadOnlyList<ResponseEvent> Begin()
    {
        Emit(new() { Type = "response.created", Response = draft });
        Emit(new() { Type = "response.in_progress", Response = draft });
        return Taken();
    }

    /// <summary>The events of a piece.</summary>
    public IReadOnlyList<ResponseEvent> Add(TurnPiece piece)
    {
        if (piece.Reasoning.Length > 0) AddText("reasoning", piece.Reasoning, []);
        if (piece.Signed is { } thoughts) Sign(thoughts);
        if (piece.Content.Length > 0 || piece.Logprobs is { Count: > 0 }) AddText("message", piece.Content, piece.Logprobs ?? []);
        foreach (var call in piece.Calls ?? []) AddCall(call);
        return Taken();
    }

    /// <summary>A signature belongs to the thoughts that are open; what was never shown is an item without text.</summary>
    void Sign(SignedThoughts thoughts)
    {
        if (open?.Type != "reasoning") Open("reasoning");
        signed = signed is null ? thoughts : new([.. signed.Blocks.Concat(thoughts.Blocks).Select(b => b!.DeepClone())]);
    }

    void AddText(string type, string delta, IReadOnlyList<TokenProbability> tokens)
    {
        if (open?.Type != type) Open(type);
        text.Append(delta);
        logprobs.AddRange(tokens);
        Emit(new() { Type = type == "message" ? "response.output_text.delta" : "response.reasoning_text.delta", ItemId = open!.Id, OutputIndex = output.Count, ContentIndex = 0, Delta = delta, Logprobs = type == "message" ? tokens : null });
    }

    void AddCall(CallPiece call)
    {
        if (call.Name is not null) Open("function_call", call);
        if (call.Arguments.Length == 0) return;
        text.Append(call.Arguments);
        Emit(new() { Type = "response.function_call_arguments.delta", ItemId = open!.Id, OutputIndex = output.Count, Delta = call.Arguments });
    }

    void Open(string type, CallPiece call = default)
    {
        Close("completed");
        var id = Guid.NewGuid().ToString("N");
        open = type switch
        {
            "message" => new() { Id = $"msg_{id}", Type = type, Status = "in_progress", Role = "assistant", Content = [] },
            "reasoning" => new() { Id = $"rs_{id}", Type = type, Status = "in_progress", Summary = [], Content = [] },
            _ => new() { Id = $"fc_{id}", Type = type, Status = "in_progress", CallId = call.Id ?? CallList.NewId(), Name = call.Name, Arguments = "" },
        };
        Emit(new() { Type = "response.output_item.added", OutputIndex = output.Count, Item = open });
        if (call.Name is null) Emit(new() { Type = "response.content_part.added", ItemId = open.Id, OutputIndex = output.Count, ContentIndex = 0, Part = Part() });
    }

    OutputPart Part() => open!.Type == "message"
        ? new() { Type = "output_text", Text = text.ToString(), Annotations = [], Logprobs = [.. logprobs] }
        : new() { Type = "reasoning_text", Text = text.ToString() };

    void Close(string status)
    {
        if (open is null) return;
        var written = text.ToString();
        if (open.Type == "function_call")
        {
            // Whoever calls without arguments may leave them away.
            if (written.Length == 0) written = "{}";
            Emit(new() { Type = "response.function_call_arguments.done", ItemId = open.Id, OutputIndex = output.Count, Name = open.Name, Arguments = written });
            open = open with { Status = status, Arguments = written };
        }
        else
        {
            var part = Part();
            Emit(new() { Type = open.Type == "message" ? "response.output_text.done" : "response.reasoning_text.done", ItemId = open.Id, OutputIndex = output.Count, ContentIndex = 0, Text = written, Logprobs = part.Logprobs });
            Emit(new() { Type = "response.content_part.done", ItemId = open.Id, OutputIndex = output.Count, ContentIndex = 0, Part = part });
            open = open with { Status = status, Content = [part], EncryptedContent = signed?.Packed };
            signed = null;
        }
        Emit(new() { Type = "response.output_item.done", OutputIndex = output.Count, Item = open });
        output.Add(open);
        open = null;
        text.Clear();
        logprobs.Clear();
    }

    /// <summary>The events of the end.</summary>
    public IReadOnlyList<ResponseEvent> Finish(TurnEnd end)
    {
        var reason = end.Reason switch { "length" => "max_output_tokens", "content_filter" => "content_filter", _ => null };
        var status = reason is null ? "completed" : "incomplete";
        // An answer of nothing is still a message.
        if (open is null && output.All(o => o.Type == "reasoning")) Open("message");
        Close(status);
        var usage = end.Usage;
        Result = draft with
        {
            Status = status,
            IncompleteDetails = reason is null ? null : new(reason),
            Output = output,
            Usage = new(usage.PromptTokens, usage.PromptTokensDetails, usage.CompletionTokens, usage.CompletionTokensDetails, usage.TotalTokens) { Maison = end.Receipt },
        };
        Emit(new() { Type = $"response.{status}", Response = Result });
        return Taken();
    }

    void Emit(ResponseEvent e) => events.Add(e with { SequenceNumber = sequence++ });

    List<ResponseEvent> Taken()
    {
        List<ResponseEvent> taken = [.. events];
        events.Clear();
        return taken;
    }
}
