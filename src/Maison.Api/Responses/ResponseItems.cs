// The items of a response's input as messages: an assistant's reasoning, text and calls, which are items of their own here, become one
// message again. What a response gave out can be sent back as it came.

using System.Text.Json;
using Maison.Api.Chat;
using Maison.Api.Errors;
using Maison.Api.Requests;
using Maison.Data.Chat;
using Maison.Wire;

namespace Maison.Api.Responses;

/// <summary>From items to a conversation, and from an output to the message that it is.</summary>
static class ResponseItems
{
    /// <summary>The messages that the input adds.</summary>
    /// <param name="earlier">The conversation before; its calls may be answered.</param>
    /// <exception cref="ApiException">400 naming the item and the field.</exception>
    public static IReadOnlyList<ChatMessage> Conversation(ResponseInput? input, IReadOnlyList<ChatMessage> earlier)
    {
        if (input is null) throw ApiException.Invalid("input", "'input' is missing.", "missing_parameter");
        if (input.Text is { } text) return [new("user", text)];
        if (input.Items is not { Count: > 0 } items) throw ApiException.Invalid("input", "'input' is empty; send at least one item.");
        var reader = new Reader();
        reader.Expect(earlier);
        for (var i = 0; i < items.Count; i++) reader.Read(items[i], $"input[{i}]");
        return reader.Finish();
    }

    /// <summary>The assistant's message of an output.</summary>
    public static ChatMessage Message(IReadOnlyList<OutputItem> output)
    {
        var reasoning = string.Concat(output.Where(o => o.Type == "reasoning").SelectMany(o => o.Content!).Select(p => p.Text));
        return new("assistant",
            string.Concat(output.Where(o => o.Type == "message").SelectMany(o => o.Content!).Select(p => p.Text)),
            reasoning.Length > 0 ? reasoning : null,
            [.. output.Where(o => o.Type == "function_call").Select(o => new ToolCall(o.Name!, o.Arguments!))]);
    }

    sealed class Reader
    {
        readonly List<ChatMessage> messages = [];
        readonly HashSet<string> open = [];
        string? reasoning;
        bool assistantOpen;
        int earlierCalls;

        /// <summary>Calls before this input are not named by id any more; as many results may come as there were calls.</summary>
        public void Expect(IReadOnlyList<ChatMessage> earlier) => earlierCalls = earlier is [.., { Calls: { Count: var count } }] ? count : 0;

        public void Read(InputItem? item, string at)
        {
            if (item is null) throw ApiException.Invalid(at, $"'{at}' is null; send an item.");
            var type = item.Type ?? (item.Role is not null ? "message" : throw ApiException.Invalid($"{at}.type", $"'{at}.type' is missing.", "missing_parameter"));
            if (type != "reasoning" && item.Unknown is { Count: > 0 } unknown && !(type == "message" && unknown.Keys.All(k => k == "phase"))) RequestFields.RefuseUnknown(item.Unknown, at + ".");
            if (item.Metadata is not null) throw ApiException.Unknown(at + ".metadata");
            switch (type)
            {
                case "message":
                    Message(item, at);
                    break;
                case "reasoning":
                    reasoning += item.Content is { } content ? Text(content, $"{at}.content") : throw ApiException.Unsupported($"{at}.content", $"'{at}.content' is missing: reasoning that is encrypted or summed up can not be read here. Leave the item out.");
                    break;
                case "function_call":
                    open.Add(item.CallId ?? throw Missing($"{at}.call_id"));
                    Assistant("", new(ToolRules.Name(item.Name, at), Chat.Conversation.Arguments(item.Arguments, $"{at}.arguments")));
                    break;
                case "function_call_output":
                    var id = item.CallId ?? throw Missing($"{at}.call_id");
                    if (!open.Remove(id) && --earlierCalls < 0) throw ApiException.Invalid($"{at}.call_id", $"'{at}.call_id' is '{id}', but no call before has that id, or it is answered already.");
                    Add(new("tool", Text(item.Output ?? throw Missing($"{at}.output"), $"{at}.output")));
                    break;
                default:
                    throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{type}'; message, reasoning, function_call and function_call_output can be read here.");
            }
        }

        public IReadOnlyList<ChatMessage> Finish()
        {
            if (reasoning is not null) Assistant("", null);
            return messages;
        }

        void Message(InputItem item, string at)
        {
            var content = Text(item.Content ?? throw Missing($"{at}.content"), $"{at}.content");
            switch (item.Role)
            {
                case "assistant": Assistant(content, null); break;
                case "system" or "developer" or "user": Add(new(item.Role, content)); break;
                case null: throw Missing($"{at}.role");
                default: throw ApiException.Invalid($"{at}.role", $"'{at}.role' is '{item.Role}', but must be system, developer, user or assistant.");
            }
        }

        void Add(ChatMessage message)
        {
            if (reasoning is not null) Assistant("", null);
            assistantOpen = false;
            messages.Add(message);
        }

        /// <summary>Text and calls that follow each other are one message; text after calls, or new reasoning, begins another.</summary>
        void Assistant(string content, ToolCall? call)
        {
            if (assistantOpen && reasoning is null && content.Length == 0)
                messages[^1] = messages[^1] with { Calls = [.. messages[^1].Calls ?? [], .. call is null ? (ToolCall[])[] : [call]] };
            else messages.Add(new("assistant", content, reasoning, call is null ? [] : [call]));
            reasoning = null;
            assistantOpen = true;
        }

        static ApiException Missing(string at) => ApiException.Invalid(at, $"'{at}' is missing.", "missing_parameter");

        static string Text(MessageContent content, string at)
            => content.Parts is not { } parts ? content.Text! : string.Join('\n', parts.Select((part, i) => Part(part, $"{at}[{i}]")));

        static string Part(ContentPart? part, string at)
        {
            if (part?.Type is not { } type) throw Missing($"{at}.type");
            if (type is not ("input_text" or "output_text" or "reasoning_text" or "text"))
                throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{type}', but the models here read text only. Send parts of type input_text.");
            // An output that is sent back carries these.
            var unknown = part.Unknown?.Where(u => !(type == "output_text" && u.Key is "annotations" or "logprobs")).ToDictionary(u => u.Key, u => u.Value);
            RequestFields.RefuseUnknown(unknown, at + ".");
            return part.Text ?? throw Missing($"{at}.text");
        }
    }
}
