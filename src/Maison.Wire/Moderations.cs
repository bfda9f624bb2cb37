// POST /v1/moderations: texts in, scores of harm out, in OpenAI's shape.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of POST /v1/moderations.</summary>
public sealed record ModerationRequest
{
    public string? Model { get; init; }
    public ModerationInput? Input { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>What is judged: texts, one result each, or the parts of one message, which have one result together; on the wire a string, an array of strings, or an array of parts.</summary>
[JsonConverter(typeof(ModerationInputConverter))]
public sealed record ModerationInput(IReadOnlyList<string>? Texts, IReadOnlyList<ContentPart>? Parts);

/// <summary>One result per text.</summary>
public sealed record ModerationResponse(string Id, string Model, IReadOnlyList<ModerationResult> Results);

/// <summary>What was found in one text.</summary>
/// <param name="Flagged">Whether any category is given.</param>
/// <param name="Categories">Whether each is given.</param>
/// <param name="CategoryScores">0 to 1 for each.</param>
/// <param name="CategoryAppliedInputTypes">What each score was made from.</param>
public sealed record ModerationResult(
    bool Flagged, IReadOnlyDictionary<string, bool> Categories, IReadOnlyDictionary<string, double> CategoryScores, IReadOnlyDictionary<string, IReadOnlyList<string>> CategoryAppliedInputTypes);

sealed class ModerationInputConverter : JsonConverter<ModerationInput>
{
    public override ModerationInput Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new([reader.GetString()!], null);
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("must be a string, an array of strings or an array of parts.");
        var ahead = reader;
        try
        {
            return ahead.Read() && ahead.TokenType == JsonTokenType.StartObject
                ? new(null, JsonSerializer.Deserialize(ref reader, WireJson.Default.IReadOnlyListContentPart)!)
                : new(JsonSerializer.Deserialize(ref reader, WireJson.Default.IReadOnlyListString)!, null);
        }
        catch (JsonException e)
        {
            // The inner path starts at the list; wrapped, the serializer adds the path of the input.
            throw new JsonException(null, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, ModerationInput value, JsonSerializerOptions options)
    {
        if (value.Parts is { } parts) JsonSerializer.Serialize(writer, parts, WireJson.Default.IReadOnlyListContentPart);
        else JsonSerializer.Serialize(writer, value.Texts!, WireJson.Default.IReadOnlyListString);
    }
}
