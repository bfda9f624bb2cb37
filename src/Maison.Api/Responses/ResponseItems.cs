// The items of a response's input as messages: an assistant's reasoning, text and calls, which are items of their own here, become one
// message again. What a response gave out can be sent back as it came.

using System.Text.Json;
using Maison.Api.Chat;
using Maison.Api.Errors;
using Maison.Api.Generation;
using Maison.Api.Mcp;
using Maison.Api.Requests;
using Maison.Wire;

namespace Maison.Api.Responses;

/// <summary>From items to a conversation.</summary>
static class ResponseItems
{
    /// <summary>The items of an input.</summary>
    /// <exception cref="ApiException">400: there are none.</exception>
    public static IReadOnlyList<InputItem?> Of(ResponseInput? input)
    {
        if (input is null) throw ApiException.Invalid("input", "'input' is missing.", "missing_parameter");
        if (input.Text is { } text) return [new() { Type = "message", Role = "user", Content = text }];
        return input.Items is { Count: > 0 } items ? items! : throw ApiException.Invalid("input", "'input' is empty; send at least one item.");
    }

    /// <summary>An item that was given out, as it comes in again.</summary>
    public static InputItem Again(OutputItem item) => JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(item, WireJson.Default.OutputItem), WireJson.Default.InputItem)!;

    /// <summary>The messages of items.</summary>
    /// <param name="earlier">How many of them come from the response that goes on; the others are the request's own.</param>
    /// <exception cref="ApiException">400 naming the item and the field.</exception>
    public static SentConversation Messages(IReadOnlyList<InputItem?> items, int earlier, Reach reach)
    {
        var reader = new Reader(reach);
        foreach (var (item, at) in McpItems.Plain(items, i => i < earlier ? "previous_response_id" : $"input[{i - earlier}]")) reader.Read(item, at);
        return reader.Finish();
    }

    sealed class Reader(Reach reach)
    {
        readonly List<RequestMessage> messages = [];
        readonly List<string> places = [];
        readonly HashSet<string> open = [];
        string? reasoning;
        SignedThoughts? signed;
        bool assistantOpen;

        public void Read(InputItem? item, string at)
        {
            if (item is null) throw ApiException.Invalid(at, $"'{at}' is null; send an item.");
            var type = item.Type ?? (item.Role is not null ? "message" : throw ApiException.Invalid($"{at}.type", $"'{at}.type' is missing.", "missing_parameter"));
            if (type != "reasoning" && item.Unknown is { Count: > 0 } unknown && !(type == "message" && unknown.Keys.All(k => k == "phase"))) RequestFields.RefuseUnknown(item.Unknown, at + ".");
            if (item.Metadata is not null) throw ApiException.Unknown(at + ".metadata");
            if (type != "reasoning" && item.EncryptedContent is not null) throw ApiException.Unknown(at + ".encrypted_content");
            switch (type)
            {
                case "message":
                    Message(item, at);
                    break;
                case "reasoning":
                    Think(item, at);
                    break;
                case "function_call":
                    open.Add(item.CallId ?? throw Missing($"{at}.call_id"));
                    Assistant(null, new() { Id = item.CallId, Type = "function", Function = new() { Name = ToolRules.Name(item.Name, at), Arguments = Chat.Conversation.Arguments(item.Arguments, $"{at}.arguments") } }, at);
                    break;
                case "function_call_output":
                    var id = item.CallId ?? throw Missing($"{at}.call_id");
                    if (!open.Remove(id)) throw ApiException.Invalid($"{at}.call_id", $"'{at}.call_id' is '{id}', but no call before has that id, or it is answered already.");
                    Add(new() { Role = "tool", ToolCallId = id, Content = Parts(item.Output ?? throw Missing($"{at}.output"), $"{at}.output") }, at);
                    break;
                default:
                    throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{type}'; message, reasoning, function_call, function_call_output and the items of MCP servers can be read here.");
            }
        }

        public SentConversation Finish()
        {
            if (reasoning is not null || signed is not null) Assistant(null, null, places.LastOrDefault() ?? "input");
            return new(messages, places);
        }

        void Think(InputItem item, string at)
        {
            var thoughts = SignedThoughts.Unpack(item.EncryptedContent);
            if (item.Content is null && thoughts is null) throw ApiException.Unsupported($"{at}.content", $"'{at}.content' is missing: reasoning that is encrypted or summed up elsewhere can not be read here. Leave the item out.");
            if (item.Content is { } content) reasoning += Text(content, $"{at}.content");
            if (reach.Signed) signed = thoughts ?? signed;
            assistantOpen = false;
        }

        void Message(InputItem item, string at)
        {
            var content = Parts(item.Content ?? throw Missing($"{at}.content"), $"{at}.content");
            switch (item.Role)
            {
                case "assistant": Assistant(content, null, at); break;
                case "system" or "developer" or "user": Add(new() { Role = item.Role, Content = content }, at); break;
                case null: throw Missing($"{at}.role");
                default: throw ApiException.Invalid($"{at}.role", $"'{at}.role' is '{item.Role}', but must be system, developer, user or assistant.");
            }
        }

        void Add(RequestMessage message, string at)
        {
            if (reasoning is not null || signed is not null) Assistant(null, null, at);
            assistantOpen = false;
            messages.Add(message);
            places.Add(at);
        }

        /// <summary>Text and calls that follow each other are one message; text after calls, or new reasoning, begins another.</summary>
        void Assistant(MessageContent? content, SentCall? call, string at)
        {
            if (assistantOpen && content is null)
                messages[^1] = messages[^1] with { ToolCalls = [.. messages[^1].ToolCalls ?? [], .. call is null ? (SentCall[])[] : [call]] };
            else
            {
                // Reasoning without text is still said.
                messages.Add(new() { Role = "assistant", Content = content ?? (call is null ? new("", null) : null), ReasoningContent = reasoning, ToolCalls = call is null ? null : [call] });
                if (signed is not null) messages[^1].Unknown = new Dictionary<string, JsonElement> { ["reasoning_details"] = JsonSerializer.SerializeToElement(signed.Blocks, Gateway.GatewayJson.Default.JsonArray) };
                places.Add(at);
            }
            (reasoning, signed) = (null, null);
            assistantOpen = true;
        }

        static ApiException Missing(string at) => ApiException.Invalid(at, $"'{at}' is missing.", "missing_parameter");

        static string Text(MessageContent content, string at)
            => content.Parts is not { } parts ? content.Text! : string.Join('\n', parts.Select((part, i) => Words(part, $"{at}[{i}]")));

        MessageContent Parts(MessageContent content, string at)
            => content.Parts is not { } parts ? content : parts.Any(p => p?.Type is "input_image" or "input_file" or "input_audio") && reach.Media ? new MessageContent(null, [.. parts.Select((part, i) => Part(part, $"{at}[{i}]"))]) : Text(content, at);

        static string Words(ContentPart? part, string at)
        {
            if (part?.Type is not { } type) throw Missing($"{at}.type");
            if (type is not ("input_text" or "output_text" or "reasoning_text" or "text"))
                throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{type}', but the models here read text only. Send parts of type input_text.");
            // An output that is sent back carries these.
            var unknown = part.Unknown?.Where(u => !(type == "output_text" && u.Key is "annotations" or "logprobs")).ToDictionary(u => u.Key, u => u.Value);
            RequestFields.RefuseUnknown(unknown, at + ".");
            return part.Text ?? throw Missing($"{at}.text");
        }

        /// <summary>A part in chat's words.</summary>
        static ContentPart Part(ContentPart? part, string at)
        {
            switch (part?.Type)
            {
                case "input_image":
                    Only(part, at, "image_url", "detail");
                    var picture = new Dictionary<string, JsonElement> { ["url"] = part.Unknown!.TryGetValue("image_url", out var url) && url.ValueKind == JsonValueKind.String ? url : throw Missing($"{at}.image_url") };
                    if (part.Unknown.TryGetValue("detail", out var detail) && detail.ValueKind != JsonValueKind.Null) picture["detail"] = detail;
                    return new() { Type = "image_url", Unknown = new Dictionary<string, JsonElement> { ["image_url"] = JsonSerializer.SerializeToElement(picture, Gateway.GatewayJson.Default.DictionaryStringJsonElement) } };
                case "input_file":
                    Only(part, at, "file_data", "filename");
                    return new() { Type = "file", Unknown = new Dictionary<string, JsonElement> { ["file"] = JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement>(part.Unknown!), Gateway.GatewayJson.Default.DictionaryStringJsonElement) } };
                case "input_audio":
                    Only(part, at, "input_audio");
                    return part;
                default:
                    return new() { Type = "text", Text = Words(part, at) };
            }
        }

        static void Only(ContentPart part, string at, params string[] names)
        {
            if (part.Text is not null) throw ApiException.Unknown($"{at}.text");
            if (part.Unknown is not { Count: > 0 }) throw Missing($"{at}.{names[0]}");
            if (part.Unknown.FirstOrDefault(u => !names.Contains(u.Key) && u.Value.ValueKind != JsonValueKind.Null).Key is { } other)
                throw ApiException.Unsupported($"{at}.{other}", $"'{at}.{other}' can not be passed on to the provider of this model. Send {string.Join(" or ", names)}.");
        }
    }
}
