// The messages of a request, checked one by one and brought into the form that ChatFormat renders. What a text model can not read,
// pictures for example, is refused where it stands; an answer sent back as it was received is always taken.

using System.Text.Json;
using Maison.Api.Errors;
using Maison.Api.Requests;
using Maison.Data.Chat;
using Maison.Wire;

namespace Maison.Api.Chat;

/// <summary>From wire messages to a conversation.</summary>
static class Conversation
{
    static readonly RefusedField<RequestMessage>[] Refused =
    [
        new("name", m => m.Name is null ? null : JsonSerializer.SerializeToElement(m.Name, WireJson.Default.String), [], "The models here know roles only. Write the name into the content."),
        new("function_call", m => m.FunctionCall, [], "The models here can not read function calls. Tell of the call in the content."),
        new("audio", m => m.Audio, [], "The models here read text only. Send what was said as content."),
        new("annotations", m => m.Annotations, ["[]"], "The models here read text only. Leave annotations out."),
    ];

    /// <summary>The conversation that the messages make.</summary>
    /// <exception cref="ApiException">400 naming the message and the field.</exception>
    public static IReadOnlyList<ChatMessage> Of(IReadOnlyList<RequestMessage>? messages)
    {
        if (messages is null) throw ApiException.Invalid("messages", "'messages' is missing.", "missing_parameter");
        if (messages.Count == 0) throw ApiException.Invalid("messages", "'messages' is empty; send at least one message.");
        var conversation = messages.Select((message, i) => Message(message, $"messages[{i}]")).ToList();
        CheckResults(messages);
        return conversation;
    }

    /// <summary>A tool's message answers a call of the assistant's message before it.</summary>
    static void CheckResults(IReadOnlyList<RequestMessage> messages)
    {
        var open = new HashSet<string>();
        for (var i = 0; i < messages.Count; i++)
        {
            var (message, at) = (messages[i], $"messages[{i}]");
            if (message.Role != "tool") open = [.. (message.ToolCalls ?? []).Select(c => c.Id!)];
            else if (!open.Remove(message.ToolCallId!))
                throw ApiException.Invalid($"{at}.tool_call_id", $"'{at}.tool_call_id' is '{message.ToolCallId}', but the assistant's message before made no such call, or it is answered already.");
        }
    }

    /// <summary>One message.</summary>
    /// <exception cref="ApiException">400 naming the field.</exception>
    public static ChatMessage Message(RequestMessage? message, string at)
    {
        if (message is null) throw ApiException.Invalid(at, $"'{at}' is null; send an object with role and content.");
        RequestFields.RefuseUnknown(message.Unknown, at + ".");
        foreach (var field in Refused) field.Check(message, at + ".");
        var role = Role(message.Role, at);
        var content = message.Content is { } sent ? Text(sent, $"{at}.content") : null;
        if (role == "tool" && message.ToolCallId is null) throw ApiException.Invalid($"{at}.tool_call_id", $"'{at}.tool_call_id' is missing; send the id of the call that this answers.", "missing_parameter");
        if (role != "tool" && message.ToolCallId is not null) throw ApiException.Invalid($"{at}.tool_call_id", $"'{at}.tool_call_id' stands in a {role} message; only a tool's can have it.");
        if (role != "assistant")
        {
            foreach (var (field, value) in new[] { ("reasoning", message.Reasoning), ("reasoning_content", message.ReasoningContent), ("refusal", message.Refusal) })
                if (value is not null) throw ApiException.Invalid($"{at}.{field}", $"'{at}.{field}' stands in a {role} message; only the assistant's can have it.");
            if (message.ToolCalls is { Count: > 0 }) throw ApiException.Invalid($"{at}.tool_calls", $"'{at}.tool_calls' stands in a {role} message; only the assistant's can have it.");
            return new(role, content ?? throw MissingContent(at));
        }
        var reasoning = Reasoning(message, at);
        var calls = (message.ToolCalls ?? []).Select((call, i) => Call(call, $"{at}.tool_calls[{i}]")).ToList();
        content ??= message.Refusal ?? (reasoning is null && calls.Count == 0 ? throw MissingContent(at) : "");
        return new(role, content, reasoning, calls);
    }

    static ToolCall Call(SentCall? call, string at)
    {
        if (call is null) throw ApiException.Invalid(at, $"'{at}' is null; send an object with id, type and function.");
        RequestFields.RefuseUnknown(call.Unknown, at + ".");
        if (call.Id is null) throw ApiException.Invalid($"{at}.id", $"'{at}.id' is missing.", "missing_parameter");
        if (call.Type is not (null or "function")) throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{call.Type}'; only functions can be called here.");
        var function = call.Function ?? throw ApiException.Invalid($"{at}.function", $"'{at}.function' is missing.", "missing_parameter");
        RequestFields.RefuseUnknown(function.Unknown, $"{at}.function.");
        return new(ToolRules.Name(function.Name, $"{at}.function"), Arguments(function.Arguments, $"{at}.function.arguments"));
    }

    /// <summary>The arguments of a call, which have to be a JSON object.</summary>
    public static string Arguments(string? arguments, string at)
    {
        if (arguments is null) throw ApiException.Invalid(at, $"'{at}' is missing.", "missing_parameter");
        try
        {
            using var json = JsonDocument.Parse(arguments);
            if (json.RootElement.ValueKind == JsonValueKind.Object) return arguments;
        }
        catch (JsonException)
        {
            // Said below.
        }
        throw ApiException.Invalid(at, $"'{at}' is no JSON object. Send the arguments as they were generated.");
    }

    static ApiException MissingContent(string at)
        => ApiException.Invalid($"{at}.content", $"'{at}.content' is missing; send a string or an array of text parts.", "missing_parameter");

    static string Role(string? role, string at) => role switch
    {
        "system" or "developer" or "user" or "assistant" or "tool" => role,
        null => throw ApiException.Invalid($"{at}.role", $"'{at}.role' is missing; send system, developer, user, assistant or tool.", "missing_parameter"),
        "function" => throw ApiException.Unsupported($"{at}.role", $"'{at}.role' is 'function', the older name: send the role tool, with tool_call_id."),
        _ => throw ApiException.Invalid($"{at}.role", $"'{at}.role' is '{role}', but must be system, developer, user, assistant or tool."),
    };

    /// <summary>The reasoning under either of its names; empty is none, as answers without reasoning may be sent back so.</summary>
    static string? Reasoning(RequestMessage message, string at)
    {
        var (one, other) = (message.Reasoning, message.ReasoningContent);
        if (one is not null && other is not null && one != other)
            throw ApiException.Invalid($"{at}.reasoning_content", $"'{at}.reasoning' and '{at}.reasoning_content' differ. They are two names of one field: send either, or the same text.");
        return string.IsNullOrEmpty(one ?? other) ? null : one ?? other;
    }

    static string Text(MessageContent content, string at)
    {
        if (content.Parts is not { } parts) return content.Text!;
        return string.Join('\n', parts.Select((part, i) => Text(part, $"{at}[{i}]")));
    }

    static string Text(ContentPart? part, string at)
    {
        if (part?.Type is not { } type) throw ApiException.Invalid($"{at}.type", $"'{at}.type' is missing; send 'text'.", "missing_parameter");
        if (type != "text") throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{type}', but the models here read text only. Send parts of type 'text'.");
        RequestFields.RefuseUnknown(part.Unknown, at + ".");
        return part.Text ?? throw ApiException.Invalid($"{at}.text", $"'{at}.text' is missing.", "missing_parameter");
    }
}
