// Builds an answer in blocks out of pieces, event by event: thinking, text and each call are blocks, opened when they begin and closed when
// something else does.

using System.Text;
using System.Text.Json;
using Maison.Api.Generation;
using Maison.Data.Chat;
using Maison.Inference;
using Maison.Wire;

namespace Maison.Api.Messages;

/// <summary>The state of one answer.</summary>
sealed class MessageWriter(string model, Answer answer)
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
        var prompt = answer.Request.Prompt.Length;
        events.Add(new() { Type = "message_start", Message = new() { Id = id, Model = model, Content = [], Usage = Usage(prompt, 0) with { OutputTokens = 0 } } });
        return Taken();
    }

    /// <summary>The events of a piece.</summary>
    public IReadOnlyList<MessageEvent> Add(Piece piece)
    {
        if (piece.Reasoning.Length > 0) Grow("thinking", piece.Reasoning, new() { Type = "thinking_delta", Thinking = piece.Reasoning });
        if (piece.Content.Length > 0) Grow("text", piece.Content, new() { Type = "text_delta", Text = piece.Content });
        foreach (var call in piece.Calls) AddCall(call);
        if (piece.Finish is { } finish) Finish(finish);
        return Taken();
    }

    void Grow(string type, string more, MessageDelta delta)
    {
        if (open?.Type != type) Open(type == "text" ? new() { Type = type, Text = "" } : new() { Type = type, Thinking = "", Signature = "" });
        text.Append(more);
        events.Add(new() { Type = "content_block_delta", Index = blocks.Count, Delta = delta });
    }

    void AddCall(CallDelta call)
    {
        if (call.Name is not null) Open(new() { Type = "tool_use", Id = "toolu_" + Guid.NewGuid().ToString("N")[..24], Name = call.Name, Input = NoInput });
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
            _ => cut ? open : open with { Input = JsonDocument.Parse(written).RootElement },
        });
        open = null;
        text.Clear();
    }

    void Finish(FinishReason finish)
    {
        Close(cut: finish == FinishReason.Length && !IsJson(text.ToString()));
        var reason = finish == FinishReason.Length ? "max_tokens" : answer.StoppedBy is not null ? "stop_sequence" : answer.Calls > 0 ? "tool_use" : "end_turn";
        var usage = Usage(answer.Request.Prompt.Length, answer.CachedPromptTokens);
        Result = new() { Id = id, Model = model, Content = blocks, StopReason = reason, StopSequence = answer.StoppedBy, Usage = usage };
        events.Add(new() { Type = "message_delta", Delta = new() { StopReason = reason, StopSequence = answer.StoppedBy }, Usage = usage });
        events.Add(new() { Type = "message_stop" });
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

    MessageUsage Usage(int prompt, int cached) => new() { InputTokens = prompt - cached, CacheCreationInputTokens = 0, CacheReadInputTokens = cached, OutputTokens = answer.Tokens };

    List<MessageEvent> Taken()
    {
        List<MessageEvent> taken = [.. events];
        events.Clear();
        return taken;
    }
}
