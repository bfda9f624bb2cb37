// Messages of blocks as the conversation that ChatFormat renders: results of tools, which are blocks of a user's message here, become
// messages of their own.

using Maison.Api.Errors;
using Maison.Api.Requests;
using Maison.Data.Chat;
using Maison.Wire;

namespace Maison.Api.Messages;

/// <summary>From blocks to a conversation.</summary>
static class MessageBlocks
{
    /// <exception cref="ApiException">400 naming the message, the block and the field.</exception>
    public static IReadOnlyList<ChatMessage> Conversation(BlockContent? system, IReadOnlyList<SentMessage>? messages)
    {
        if (messages is null) throw Missing("messages");
        if (messages.Count == 0) throw ApiException.Invalid("messages", "'messages' is empty; send at least one message.");
        var conversation = new List<ChatMessage>();
        if (system is not null) conversation.Add(new("system", Text(system, "system")));
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
                    User(content, $"{at}.content", open, conversation);
                    break;
                case "assistant":
                    open = [];
                    conversation.Add(Assistant(content, $"{at}.content", open));
                    break;
                case null: throw Missing($"{at}.role");
                default: throw ApiException.Invalid($"{at}.role", $"'{at}.role' is '{message.Role}', but must be user or assistant. A system text goes into 'system'.");
            }
        }
        return conversation;
    }

    static void User(BlockContent content, string at, HashSet<string> open, List<ChatMessage> conversation)
    {
        var texts = new List<string>();
        for (var i = 0; i < (content.Blocks?.Count ?? 0); i++)
        {
            var (block, place) = Known(content.Blocks![i], $"{at}[{i}]");
            if (block.Type != "tool_result")
            {
                texts.Add(Text(block, place));
                continue;
            }
            var id = block.ToolUseId ?? throw Missing($"{place}.tool_use_id");
            if (!open.Remove(id)) throw ApiException.Invalid($"{place}.tool_use_id", $"'{place}.tool_use_id' is '{id}', but the assistant's message before made no such call, or it is answered already.");
            var result = block.Content is { } sent ? Text(sent, $"{place}.content") : "";
            conversation.Add(new("tool", block.IsError ?? false ? $"Error: {result}" : result));
        }
        if (content.Text is { } text) texts.Add(text);
        if (texts.Count > 0) conversation.Add(new("user", string.Join('\n', texts)));
        else if (content.Blocks is { Count: 0 }) throw ApiException.Invalid(at, $"'{at}' is empty.");
    }

    static ChatMessage Assistant(BlockContent content, string at, HashSet<string> open)
    {
        var (text, thoughts, calls) = (content.Text ?? "", "", new List<ToolCall>());
        for (var i = 0; i < (content.Blocks?.Count ?? 0); i++)
        {
            var (block, place) = Known(content.Blocks![i], $"{at}[{i}]");
            switch (block.Type)
            {
                case "thinking":
                    thoughts += block.Thinking ?? throw Missing($"{place}.thinking");
                    break;
                case "tool_use":
                    if (!open.Add(block.Id ?? throw Missing($"{place}.id"))) throw ApiException.Invalid($"{place}.id", $"'{place}.id' is '{block.Id}', as that of another call.");
                    calls.Add(new(ToolRules.Name(block.Name, place), Chat.Conversation.Arguments((block.Input ?? throw Missing($"{place}.input")).GetRawText(), $"{place}.input")));
                    break;
                default:
                    text += Text(block, place);
                    break;
            }
        }
        return new("assistant", text, thoughts.Length > 0 ? thoughts : null, calls);
    }

    static string Text(BlockContent content, string at)
        => content.Blocks is not { } blocks ? content.Text! : string.Join('\n', blocks.Select((b, i) => Text(Known(b, $"{at}[{i}]").Block, $"{at}[{i}]")));

    static string Text(MessageBlock block, string at)
    {
        if (block.Type != "text") throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{block.Type}', but the models here read text only. Send blocks of type text.");
        return block.Text ?? throw Missing($"{at}.text");
    }

    static (MessageBlock Block, string At) Known(MessageBlock? block, string at)
    {
        if (block?.Type is null) throw Missing($"{at}.type");
        if (block.Type is "text" or "thinking" or "tool_use" or "tool_result") RequestFields.RefuseUnknown(block.Unknown?.Where(u => u.Key != "citations" && u.Key != "caller").ToDictionary(u => u.Key, u => u.Value), at + ".");
        return (block, at);
    }

    static ApiException Missing(string at) => ApiException.Invalid(at, $"'{at}' is missing.", "missing_parameter");
}
