// Messages of blocks in the house's own form: results of tools, which are blocks of a user's message here, become messages of their own, and
// calls, which are blocks of the assistant's, lie beside its text.

using System.Text.Json;
using Maison.Api.Chat;
using Maison.Api.Errors;
using Maison.Api.Gateway;
using Maison.Api.Requests;
using Maison.Wire;

namespace Maison.Api.Messages;

/// <summary>From blocks to a conversation.</summary>
sealed class MessageBlocks
{
    readonly Reach reach;
    readonly List<RequestMessage> conversation = [];
    readonly List<string> places = [];

    MessageBlocks(Reach reach) => this.reach = reach;

    /// <exception cref="ApiException">400 naming the message, the block and the field.</exception>
    public static SentConversation Messages(BlockContent? system, IReadOnlyList<SentMessage>? messages, Reach reach)
    {
        if (messages is null) throw Missing("messages");
        if (messages.Count == 0) throw ApiException.Invalid("messages", "'messages' is empty; send at least one message.");
        var here = new MessageBlocks(reach);
        if (system is not null) here.Add(new() { Role = "system", Content = here.Words(system, "system") }, "system");
        var open = new HashSet<string>();
        for (var i = 0; i < messages.Count; i++)
        {
            var at = $"messages[{i}]";
            var message = messages[i] ?? throw ApiException.Invalid(at, $"'{at}' is null; send an object with role and content.");
            RequestFields.RefuseUnknown(message.Unknown, at + ".");
            var content = message.Content ?? throw Missing($"{at}.content");
            switch (message.Role)
            {
                case "user":
                    here.User(content, $"{at}.content", open);
                    break;
                case "assistant":
                    open = [];
                    here.Add(here.Assistant(content, $"{at}.content", open), at);
                    break;
                case null: throw Missing($"{at}.role");
                default: throw ApiException.Invalid($"{at}.role", $"'{at}.role' is '{message.Role}', but must be user or assistant. A system text goes into 'system'.");
            }
        }
        return new(here.conversation, here.places);
    }

    void Add(RequestMessage message, string at)
    {
        conversation.Add(message);
        places.Add(at);
    }

    void User(BlockContent content, string at, HashSet<string> open)
    {
        var parts = new List<ContentPart>();
        for (var i = 0; i < (content.Blocks?.Count ?? 0); i++)
        {
            var (block, place) = Known(content.Blocks![i], $"{at}[{i}]");
            if (block.Type != "tool_result")
            {
                parts.Add(Part(block, place));
                continue;
            }
            var id = block.ToolUseId ?? throw Missing($"{place}.tool_use_id");
            if (!open.Remove(id)) throw ApiException.Invalid($"{place}.tool_use_id", $"'{place}.tool_use_id' is '{id}', but the assistant's message before made no such call, or it is answered already.");
            var (failed, result) = (block.IsError ?? false, block.Content is { } sent ? Words(sent, $"{place}.content") : "");
            if (failed && !reach.Signed) result = result.Parts is { } told ? new MessageContent(null, [new() { Type = "text", Text = "Error:" }, .. told]) : $"Error: {result.Text}";
            var extras = new Dictionary<string, JsonElement>();
            if (failed && reach.Signed) extras["is_error"] = JsonSerializer.SerializeToElement(true, WireJson.Default.Boolean);
            if (reach.Signed && block.CacheControl is { } cached) extras["cache_control"] = cached;
            Add(new() { Role = "tool", ToolCallId = id, Content = result, Unknown = extras.Count > 0 ? extras : null }, at);
        }
        if (content.Text is { } text) Add(new() { Role = "user", Content = text }, at);
        else if (parts.Count > 0) Add(new() { Role = "user", Content = Joined(parts) }, at);
        else if (content.Blocks is { Count: 0 }) throw ApiException.Invalid(at, $"'{at}' is empty.");
    }

    RequestMessage Assistant(BlockContent content, string at, HashSet<string> open)
    {
        var (parts, thoughts, signed, calls) = (new List<ContentPart>(), "", new List<JsonElement>(), new List<SentCall>());
        for (var i = 0; i < (content.Blocks?.Count ?? 0); i++)
        {
            var (block, place) = Known(content.Blocks![i], $"{at}[{i}]");
            switch (block.Type)
            {
                case "thinking":
                    thoughts += block.Thinking ?? throw Missing($"{place}.thinking");
                    if (block.Signature is { Length: > 0 }) signed.Add(JsonSerializer.SerializeToElement(block, WireJson.Default.MessageBlock));
                    break;
                case "redacted_thinking" when reach.Media:
                    signed.Add(JsonSerializer.SerializeToElement(block, WireJson.Default.MessageBlock));
                    break;
                case "tool_use":
                    if (!open.Add(block.Id ?? throw Missing($"{place}.id"))) throw ApiException.Invalid($"{place}.id", $"'{place}.id' is '{block.Id}', as that of another call.");
                    calls.Add(new() { Id = block.Id, Type = "function", Function = new() { Name = ToolRules.Name(block.Name, place), Arguments = Chat.Conversation.Arguments((block.Input ?? throw Missing($"{place}.input")).GetRawText(), $"{place}.input") } });
                    break;
                default:
                    parts.Add(Part(block, place));
                    break;
            }
        }
        return new()
        {
            Role = "assistant",
            // What an assistant said in several blocks goes on without a break.
            Content = content.Text ?? (reach.Media && parts.Any(p => p.Unknown is not null) ? new(null, parts) : (MessageContent)string.Concat(parts.Select(p => p.Text))),
            ReasoningContent = thoughts.Length > 0 ? thoughts : null,
            ToolCalls = calls.Count > 0 ? calls : null,
            Unknown = reach.Signed && signed.Count > 0 ? new Dictionary<string, JsonElement> { ["reasoning_details"] = JsonSerializer.SerializeToElement(signed, GatewayJson.Default.ListJsonElement) } : null,
        };
    }

    MessageContent Words(BlockContent content, string at)
        => content.Blocks is not { } blocks ? content.Text! : Joined([.. blocks.Select((b, i) => Part(Known(b, $"{at}[{i}]").Block, $"{at}[{i}]"))]);

    /// <summary>Plain text wherever it is no more than that.</summary>
    static MessageContent Joined(IReadOnlyList<ContentPart> parts)
        => parts.All(p => p.Unknown is null) ? string.Join('\n', parts.Select(p => p.Text)) : new MessageContent(null, parts);

    ContentPart Part(MessageBlock block, string at)
    {
        var extras = new Dictionary<string, JsonElement>();
        if (reach.Signed && block.CacheControl is { } cached) extras["cache_control"] = cached;
        if (block.Type == "image" && reach.Media)
        {
            extras["image_url"] = JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["url"] = Address(block.Source ?? throw Missing($"{at}.source"), $"{at}.source") }, GatewayJson.Default.DictionaryStringString);
            return new() { Type = "image_url", Unknown = extras };
        }
        if (block.Type != "text") throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{block.Type}', but {(reach.Media ? "this can not be passed on to the provider of this model. Send blocks of type text or image." : "the models here read text only. Send blocks of type text.")}");
        return new() { Type = "text", Text = block.Text ?? throw Missing($"{at}.text"), Unknown = extras.Count > 0 ? extras : null };
    }

    static string Address(ImageSource source, string at)
    {
        RequestFields.RefuseUnknown(source.Unknown, at + ".");
        return source.Type switch
        {
            "url" => source.Url ?? throw Missing($"{at}.url"),
            "base64" => $"data:{source.MediaType ?? throw Missing($"{at}.media_type")};base64,{source.Data ?? throw Missing($"{at}.data")}",
            var other => throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{other}', but pictures are taken as base64 or url."),
        };
    }

    static (MessageBlock Block, string At) Known(MessageBlock? block, string at)
    {
        if (block?.Type is null) throw Missing($"{at}.type");
        if (block.Type is "text" or "thinking" or "redacted_thinking" or "image" or "tool_use" or "tool_result") RequestFields.RefuseUnknown(block.Unknown?.Where(u => u.Key != "citations" && u.Key != "caller").ToDictionary(u => u.Key, u => u.Value), at + ".");
        return (block, at);
    }

    static ApiException Missing(string at) => ApiException.Invalid(at, $"'{at}' is missing.", "missing_parameter");
}
