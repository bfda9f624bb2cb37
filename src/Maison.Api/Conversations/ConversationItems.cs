// Items as they are sent, checked and brought into the one shape in which they are kept: content always as parts, an id, a status.

using System.Text.Json;
using Maison.Api.Errors;
using Maison.Api.Requests;
using Maison.Api.Store;
using Maison.Wire;

namespace Maison.Api.Conversations;

/// <summary>From sent items to stored ones.</summary>
static class ConversationItems
{
    /// <summary>OpenAI's limit per request.</summary>
    const int MostAtOnce = 20;
    const int MostMetadata = 16, LongestName = 64, LongestValue = 512;

    /// <exception cref="ApiException">400 naming the field.</exception>
    public static void CheckMetadata(IReadOnlyDictionary<string, string>? metadata, string at)
    {
        if (metadata is not null && (metadata.Count > MostMetadata || metadata.Any(m => m.Key.Length > LongestName || m.Value is null || m.Value.Length > LongestValue)))
            throw ApiException.Invalid(at, $"'{at}' takes at most {MostMetadata} pairs, names of {LongestName} and values of {LongestValue} characters.");
    }

    /// <exception cref="ApiException">400 naming the item and the field.</exception>
    public static IReadOnlyList<OutputItem> Read(IReadOnlyList<InputItem>? items)
    {
        if (items is null) return [];
        if (items.Count > MostAtOnce) throw ApiException.Invalid("items", $"'items' has {items.Count} entries, but takes {MostAtOnce} at once. Add the others with POST {Routes.Conversations}/{{id}}/items.");
        return [.. items.Select((item, i) => Read(item, $"items[{i}]"))];
    }

    static OutputItem Read(InputItem? item, string at)
    {
        if (item is null) throw ApiException.Invalid(at, $"'{at}' is null; send an item.");
        RequestFields.RefuseUnknown(item.Unknown, at + ".");
        CheckMetadata(item.Metadata, $"{at}.metadata");
        return Kept(item, at) with { Metadata = item.Metadata is { Count: > 0 } ? item.Metadata : null };
    }

    static OutputItem Kept(InputItem item, string at)
    {
        var status = item.Status ?? "completed";
        if (status is not ("completed" or "incomplete" or "in_progress")) throw ApiException.Invalid($"{at}.status", $"'{at}.status' is '{status}', but must be completed, incomplete or in_progress.");
        switch (item.Type ?? (item.Role is not null ? "message" : null))
        {
            case "message":
                if (item.Role is not ("user" or "assistant" or "system" or "developer")) throw ApiException.Invalid($"{at}.role", $"'{at}.role' is '{item.Role}', but must be system, developer, user or assistant.");
                return new() { Id = Ids.New("msg"), Type = "message", Status = status, Role = item.Role, Content = Parts(item.Content, $"{at}.content", item.Role == "assistant" ? "output_text" : "input_text") };
            case "reasoning":
                return new() { Id = Ids.New("rs"), Type = "reasoning", Status = status, Summary = [], Content = Parts(item.Content, $"{at}.content", "reasoning_text") };
            case "function_call":
                return new() { Id = Ids.New("fc"), Type = "function_call", Status = status, CallId = item.CallId ?? throw Missing($"{at}.call_id"), Name = item.Name ?? throw Missing($"{at}.name"), Arguments = item.Arguments ?? throw Missing($"{at}.arguments") };
            case "function_call_output":
                return new() { Id = Ids.New("fco"), Type = "function_call_output", Status = status, CallId = item.CallId ?? throw Missing($"{at}.call_id"), Output = string.Join('\n', Parts(item.Output, $"{at}.output", "input_text").Select(p => p.Text)) };
            case null:
                throw Missing($"{at}.type");
            case var type:
                throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{type}'; message, reasoning, function_call and function_call_output can be kept here.");
        }
    }

    static IReadOnlyList<OutputPart> Parts(MessageContent? content, string at, string type)
    {
        if (content is null) throw Missing(at);
        return [.. content.Parts is not { } parts ? [Part(content.Text!)] : parts.Select((part, i) => Part(Text(part, $"{at}[{i}]")))];

        OutputPart Part(string text) => new() { Type = type, Text = text, Annotations = type == "output_text" ? Array.Empty<JsonElement>() : null };
    }

    static string Text(ContentPart? part, string at)
    {
        if (part?.Type is not ("text" or "input_text" or "output_text" or "reasoning_text"))
            throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{part?.Type}', but conversations keep text only. Send parts of type input_text or output_text.");
        return part.Text ?? throw Missing($"{at}.text");
    }

    static ApiException Missing(string at) => ApiException.Invalid(at, $"'{at}' is missing.", "missing_parameter");
}
