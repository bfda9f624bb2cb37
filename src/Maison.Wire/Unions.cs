// Fields that the schema allows in several JSON shapes: content (string | parts), stop (string | strings), prompt (string | strings |
// ids | lists of ids). Each is one small type with its converter; a wrong shape is a JsonException that says which shapes are right.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>A message's content: plain text, or a list of parts.</summary>
[JsonConverter(typeof(MessageContentConverter))]
public sealed record MessageContent(string? Text, IReadOnlyList<ContentPart>? Parts)
{
    public static implicit operator MessageContent(string text) => new(text, null);
}

/// <summary>The strings that end an answer; on the wire one string or an array of them.</summary>
[JsonConverter(typeof(StopStringsConverter))]
public sealed record StopStrings(IReadOnlyList<string> Strings);

/// <summary>The prompts of a completion, each either text or token ids; on the wire a string, an array of strings, ids, or arrays of ids.</summary>
[JsonConverter(typeof(PromptsConverter))]
public sealed record Prompts(IReadOnlyList<Prompt> Items);

/// <summary>One prompt: exactly one of the two is set.</summary>
public sealed record Prompt(string? Text, int[]? Ids);

sealed class MessageContentConverter : JsonConverter<MessageContent>
{
    public override MessageContent Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => new(reader.GetString(), null),
        JsonTokenType.StartArray => new(null, ReadParts(ref reader)),
        _ => throw new JsonException("must be a string or an array of parts."),
    };

    static IReadOnlyList<ContentPart>? ReadParts(ref Utf8JsonReader reader)
    {
        try
        {
            return JsonSerializer.Deserialize(ref reader, WireJson.Default.IReadOnlyListContentPart);
        }
        catch (JsonException e)
        {
            // The inner path starts at the parts; wrapped, the serializer adds the path of the content, and a reader joins the two.
            throw new JsonException(null, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, MessageContent value, JsonSerializerOptions options)
    {
        if (value.Parts is { } parts) JsonSerializer.Serialize(writer, parts, WireJson.Default.IReadOnlyListContentPart);
        else writer.WriteStringValue(value.Text);
    }
}

sealed class StopStringsConverter : JsonConverter<StopStrings>
{
    public override StopStrings Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new([reader.GetString()!]);
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("must be a string or an array of strings.");
        var strings = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            strings.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("must be a string or an array of strings."));
        return new(strings);
    }

    public override void Write(Utf8JsonWriter writer, StopStrings value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var s in value.Strings) writer.WriteStringValue(s);
        writer.WriteEndArray();
    }
}

sealed class PromptsConverter : JsonConverter<Prompts>
{
    const string Shapes = "must be a string, an array of strings, an array of token ids, or an array of arrays of token ids.";

    public override Prompts Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new([new(reader.GetString(), null)]);
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException(Shapes);
        var items = new List<Prompt>();
        var ids = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String) items.Add(new(reader.GetString(), null));
            else if (reader.TokenType == JsonTokenType.StartArray) items.Add(new(null, ReadIds(ref reader)));
            else ids.Add(ReadId(ref reader));
        }
        if (ids.Count == 0) return new(items);
        return items.Count == 0 ? new([new(null, [.. ids])]) : throw new JsonException(Shapes);
    }

    static int[] ReadIds(ref Utf8JsonReader reader)
    {
        var ids = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) ids.Add(ReadId(ref reader));
        return [.. ids];
    }

    static int ReadId(ref Utf8JsonReader reader)
        => reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var id) ? id : throw new JsonException(Shapes);

    public override void Write(Utf8JsonWriter writer, Prompts value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var prompt in value.Items)
        {
            if (prompt.Ids is null) { writer.WriteStringValue(prompt.Text); continue; }
            writer.WriteStartArray();
            foreach (var id in prompt.Ids) writer.WriteNumberValue(id);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }
}
