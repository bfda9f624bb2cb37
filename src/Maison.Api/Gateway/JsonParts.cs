// Reading JSON that others wrote, whose types are whatever they sent: a part that is not there, or not of the type asked for, is null.

using System.Text.Json.Nodes;

namespace Maison.Api.Gateway;

/// <summary>Looks into JSON without ever throwing.</summary>
static class JsonParts
{
    /// <summary>A field; null where this is no object or has none of that name.</summary>
    public static JsonNode? Part(this JsonNode? node, string name) => node is JsonObject fields ? fields[name] : null;

    /// <summary>A string; null for anything else.</summary>
    public static string? Text(this JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A whole number; null for anything else.</summary>
    public static long? Whole(this JsonNode? node)
        => node is not JsonValue value ? null : value.TryGetValue<long>(out var n) ? n : value.TryGetValue<int>(out var small) ? small : null;
}
