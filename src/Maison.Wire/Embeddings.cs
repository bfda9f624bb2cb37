// POST /v1/embeddings: texts in, vectors out, as numbers or as the base64 of their little-endian bytes, which OpenAI's clients ask for.

using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of POST /v1/embeddings.</summary>
public sealed record EmbeddingRequest
{
    public string? Model { get; init; }
    public Prompts? Input { get; init; }

    /// <summary>float or base64.</summary>
    public string? EncodingFormat { get; init; }
    public int? Dimensions { get; init; }
    public string? User { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The vectors in the order of the texts.</summary>
public sealed record EmbeddingResponse
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<EmbeddingItem> Data { get; init; }
    public required string Model { get; init; }
    public required EmbeddingUsage Usage { get; init; }
}

/// <summary>One text's vector.</summary>
public sealed record EmbeddingItem
{
    public string Object { get; init; } = "embedding";
    public required int Index { get; init; }
    public required EmbeddingVector Embedding { get; init; }
}

/// <summary>Tokens of all texts.</summary>
public sealed record EmbeddingUsage(int PromptTokens, int TotalTokens);

/// <summary>A vector and how it is written.</summary>
[JsonConverter(typeof(EmbeddingVectorConverter))]
public sealed record EmbeddingVector(float[] Values, bool Base64);

sealed class EmbeddingVectorConverter : JsonConverter<EmbeddingVector>
{
    public override EmbeddingVector Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new(MemoryMarshal.Cast<byte, float>(reader.GetBytesFromBase64()).ToArray(), true);
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("must be an array of numbers or a base64 string.");
        var values = new List<float>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) values.Add(reader.GetSingle());
        return new([.. values], false);
    }

    public override void Write(Utf8JsonWriter writer, EmbeddingVector value, JsonSerializerOptions options)
    {
        if (value.Base64)
        {
            writer.WriteBase64StringValue(MemoryMarshal.AsBytes(value.Values.AsSpan()));
            return;
        }
        writer.WriteStartArray();
        foreach (var number in value.Values) writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }
}
