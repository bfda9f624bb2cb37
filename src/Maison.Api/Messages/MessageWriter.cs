// Builds an answer in blocks out of pieces, event by event: thinking, text and each call are blocks, opened when they begin and closed when
// something else does.

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Api.Gateway;
using Maison.Api.Generation;
using Maison.Wire;

namespace Maison.Api.Messages;

/// <summary>The state of one answer.</summary>
/// <param name="promptTokens">What the first event says of them; the last one counts them exactly.</param>
sealed class MessageWriter(string model, int promptTokens)
{
    static readonly JsonElement NoInput = JsonDocument.Parse("{}").RootElement;

    readonly string id = "msg_" + Guid.NewGuid().ToString("N");
    readonly List<MessageBlock> blocks = [];
    readonly List<MessageEvent> events = [];
    readonly StringBuilder text = new();
    MessageBlock? open;

    /// <summary>The finished answer.</summary>
    public MessageAnswer? Result { get; private set; }

    public IReadOnlyList<MessageEvent> Begin()
    {
        events.Add(new() { Type = "message_start", Message = new() { Id = id, Model = model, Content = [], Usage = new() { InputTokens = promptTokens, CacheCreationInputTokens = 0, CacheReadInputTokens = 0, OutputTokens = 0 } } });
        return Taken();
    }

    /// <summary>The events of a piece.</summary>
    public IReadOnlyList<MessageEvent> Add(TurnPiece piece)
    {
        if (piece.Reasoning.Length > 0) Grow("thinking", piece.Reasoning, new() { Type = "thinking_delta", Thinking = piece.Reasoning });
        if (piece.Signed is { } thoughts) Sign(thoughts);
        if (piece.Content.Length > 0) Grow("text", piece.Content, new() { Type = "text_delta", Text = piece.Content });
        foreach (var call in piece.Calls ?? []) AddCall(call);
        return Taken();
    }

    void Grow(string type, string more, MessageDelta delta)
    {
        if (open?.Type != type) Open(type == "text" ? new() { Type = type, Text = "" } : new() { Type = type, Thinking = "", Signature = "" });
        text.Append(more);
        events.Add(new() { Type = "content_block_delta", Index = blocks.Count, Delta = delta });
    }

    /// <summary>Thoughts that stand open get their signature; such as came whole, or unreadable, are blocks of their own.</summary>
    void Sign(SignedThoughts thoughts)
    {
        foreach (var block in thoughts.Blocks.OfType<JsonObject>())
            if (block["type"].Text() == "redacted_thinking")
            {
                Open(new() { Type = "redacted_thinking", Data = block["data"].Text() });
                Close(cut: false);
            }
            else if (open is { Type: "thinking" })
            {
                var signature = block["signature"].Text() ?? "";
                open = open with { Signature = signature };
                events.Add(new() { Type = "content_block_delta", Index = blocks.Count, Delta = new() { Type = "signature_delta", Signature = signature } });
                Close(cut: false);
            }
    }

    void AddCall(CallPiece call)
    {
        if (call.Name is not null) Open(new() { Type = "tool_use", Id = call.Id ?? "toolu_" + Guid.NewGuid().ToString("N")[..24], Name = call.Name, Input = NoInput });
        if (call.Arguments.Length == 0) return;
        text.Append(call.Arguments);
        events.Add(new() { Type = "content_block_delta", Index = blocks.Count, Delta = new() { Type = "input_json_delta", PartialJson = call.Arguments } });
    }

    void Open(MessageBlock block)
    {
        Close(cut: false);
        open = block;
        events.Add(new() { Type = "content_block_start", Index = blocks.Count, ContentBlock = block });
    }

    /// <param name="cut">A call that the limit cut has no JSON yet: its input stays empty, and stop_reason says why.</param>
    void Close(bool cut)
    {
        if (open is null) return;
        var written = text.ToString();
        events.Add(new() { Type = "content_block_stop", Index = blocks.Count });
        blocks.Add(open.Type switch
        {
            "text" => open with { Text = written },
            "thinking" => open with { Thinking = written },
            "redacted_thinking" => open,
            _ => cut || written.Length == 0 ? open : open with { Input = JsonDocument.Parse(written).RootElement },
        });
        open = null;
        text.Clear();
    }

    /// <summary>The events of the end.</summary>
    public IReadOnlyList<MessageEvent> Finish(TurnEnd end)
    {
        Close(cut: !IsJson(text.ToString()));
        var reason = end.Reason switch { "length" => "max_tokens", "content_filter" => "refusal", _ when end.Stop is not null => "stop_sequence", "tool_calls" => "tool_use", _ => "end_turn" };
        var (cached, counts) = (end.Usage.PromptTokensDetails.CachedTokens, end.Usage);
        var usage = new MessageUsage { InputTokens = counts.PromptTokens - cached, CacheCreationInputTokens = 0, CacheReadInputTokens = cached, OutputTokens = counts.CompletionTokens, Maison = end.Receipt };
        Result = new() { Id = id, Model = model, Content = blocks, StopReason = reason, StopSequence = end.Stop, Usage = usage };
        events.Add(new() { Type = "message_delta", Delta = new() { StopReason = reason, StopSequence = end.Stop }, Usage = usage });
        events.Add(new() { Type = "message_stop" });
        return Taken();
    }

    static bool IsJson(string written)
    {
        try
        {
            using var json = JsonDocument.Parse(written);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    List<MessageEvent> Taken()
    {
        List<MessageEvent> taken = [.. events];
        events.Clear();
        return taken;
    }
}
