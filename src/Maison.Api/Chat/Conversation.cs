// The messages of a request, checked one by one and brought into the form that ChatFormat renders. What a text model can not read,
// pictures or tool results for example, is refused where it stands; an answer sent back as it was received is always taken.

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
        new("tool_calls", m => m.ToolCalls, ["[]"], "The models here can not read tool calls. Tell of the call in the content."),
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
        return [.. messages.Select((message, i) => Message(message, $"messages[{i}]"))];
    }

    static ChatMessage Message(RequestMessage? message, string at)
    {
        if (message is null) throw ApiException.Invalid(at, $"'{at}' is null; send an object with role and content.");
        RequestFields.RefuseUnknown(message.Unknown, at + ".");
        foreach (var field in Refused) field.Check(message, at + ".");
        if (message.ToolCallId is not null)
            throw ApiException.Unsupported($"{at}.tool_call_id", $"'{at}.tool_call_id' is not supported: the models here can not read tool results.");
        var role = Role(message.Role, at);
        var content = message.Content is { } sent ? Text(sent, $"{at}.content") : null;
        if (role != "assistant")
        {
            foreach (var (field, value) in new[] { ("reasoning", message.Reasoning), ("reasoning_content", message.ReasoningContent), ("refusal", message.Refusal) })
                if (value is not null) throw ApiException.Invalid($"{at}.{field}", $"'{at}.{field}' stands in a {role} message; only the assistant's can have it.");
            return new(role, content ?? throw MissingContent(at));
        }
        var reasoning = Reasoning(message, at);
        content ??= message.Refusal ?? (reasoning is null ? throw MissingContent(at) : "");
        return new(role, content, reasoning);
    }

    static ApiException MissingContent(string at)
        => ApiException.Invalid($"{at}.content", $"'{at}.content' is missing; send a string or an array of text parts.", "missing_parameter");

    static string Role(string? role, string at) => role switch
    {
        "system" or "developer" or "user" or "assistant" => role,
        null => throw ApiException.Invalid($"{at}.role", $"'{at}.role' is missing; send system, developer, user or assistant.", "missing_parameter"),
        "tool" or "function" => throw ApiException.Unsupported($"{at}.role", $"'{at}.role' is '{role}', but the models here can not read tool results. Send them in a user message."),
        _ => throw ApiException.Invalid($"{at}.role", $"'{at}.role' is '{role}', but must be system, developer, user or assistant."),
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
