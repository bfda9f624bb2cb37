// Reads a request body into a wire record, or says where it is wrong: syntax by line and byte, types by the field's path.
// Syntax is checked in a pass of its own, so that a truncated body is never reported as a field of the wrong type.

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Errors;

/// <summary>The body of a request as a record.</summary>
static class JsonBody
{
    /// <summary>Reads the whole body as <typeparamref name="T"/>.</summary>
    /// <exception cref="ApiException">400 with position and field; 413 above the server's limit; 415 for a compressed body.</exception>
    public static async Task<T> Read<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        if (context.Request.Headers.ContentEncoding.ToString() is not ("" or "identity") and var encoding)
            throw ApiException.Request(StatusCodes.Status415UnsupportedMediaType, $"The body is sent as '{encoding}'. Send it uncompressed.", null, "unsupported_encoding");
        using var buffer = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 4096, 1 << 20));
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length), type);
    }

    internal static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
    {
        if (json.StartsWith("\uFEFF"u8)) json = json[3..];
        if (json.IsEmpty) throw Malformed("The body is empty. Send a JSON object.");
        CheckSyntax(json);
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw Malformed("The body is null. Send a JSON object.");
        }
        catch (JsonException e)
        {
            throw WrongType(e, type);
        }
    }

    /// <summary>Also checks that all text is Unicode: fields that stay raw JSON would otherwise only fail when somebody looks at them.</summary>
    static void CheckSyntax(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) throw Malformed("The body is not valid UTF-8. Send JSON in UTF-8.");
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) _ = reader.GetString();
        }
        catch (JsonException e)
        {
            throw Malformed($"The body is not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: {FirstSentences(e)}");
        }
        catch (InvalidOperationException)
        {
            throw Malformed($"The string at byte {reader.TokenStartIndex + 1} of the body holds half of a surrogate pair. Send whole characters.");
        }
    }

    static ApiException Malformed(string message) => ApiException.Request(StatusCodes.Status400BadRequest, message, null, "invalid_json");

    static ApiException WrongType(JsonException e, JsonTypeInfo root)
    {
        var (path, reason) = (e.Path ?? "$", e);
        while (reason.InnerException is JsonException inner) (path, reason) = (path + inner.Path?[1..], inner);
        path = path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path[1..];
        if (path.Length == 0) throw Malformed("The body must be a JSON object.");
        var standard = reason.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal);
        var problem = standard ? $"must be {Describe(FieldType(root, path))}." : FirstSentences(reason);
        return ApiException.Invalid(path, $"'{path}' (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}): {problem}", "invalid_type");
    }

    /// <summary>The serializer's message without the position it appends, which is counted from 0.</summary>
    static string FirstSentences(JsonException e)
    {
        var end = e.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        if (end < 0) end = e.Message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        return end < 0 ? e.Message : e.Message[..end];
    }

    /// <summary>Walks a path such as messages[0].role down the serializer's contracts; null where it leaves them.</summary>
    static Type? FieldType(JsonTypeInfo root, string path)
    {
        JsonTypeInfo? at = root;
        Type? type = null;
        foreach (var segment in path.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (at is null) return null;
            type = at.Type == typeof(MessageContent) ? typeof(ContentPart)
                : segment[0] == '[' || at.Kind == JsonTypeInfoKind.Dictionary ? at.ElementType
                : at.Properties.FirstOrDefault(p => p.Name == segment)?.PropertyType;
            at = type is null ? null : root.Options.GetTypeInfo(type);
        }
        return type;
    }

    static string Describe(Type? type)
    {
        type = type is null ? null : Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return "a string";
        if (type == typeof(bool)) return "true or false";
        if (type == typeof(int)) return "an integer of 32 bits";
        if (type == typeof(long)) return "an integer of 64 bits";
        if (type == typeof(float)) return "a number";
        if (type is null) return "of another type";
        var list = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>);
        return list ? "an array" : "an object";
    }
}
