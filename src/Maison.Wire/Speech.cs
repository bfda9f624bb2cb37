// POST /v1/audio/speech and GET /v1/audio/voices: OpenAI's fields (2026-08), Maison's own in `maison`, and the events of a stream.
// This file knows nothing about ranges or voices: Maison.Api decides what is obeyed.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of POST /v1/audio/speech; ranges are checked by the server, not here.</summary>
public sealed record SpeechRequest
{
    public string? Model { get; init; }
    public string? Input { get; init; }
    public VoiceName? Voice { get; init; }
    public string? Instructions { get; init; }
    public string? ResponseFormat { get; init; }
    public float? Speed { get; init; }
    public string? StreamFormat { get; init; }

    /// <summary>What OpenAI's schema has no field for.</summary>
    public SpeechExtras? Maison { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>Maison's own fields of a speech request.</summary>
public sealed record SpeechExtras
{
    /// <summary>scripted, emotive or story.</summary>
    public string? Mode { get; init; }
    public string? Style { get; init; }

    /// <summary>How much of the style, 0 to 1.</summary>
    public float? Strength { get; init; }

    /// <summary>Voices of a story's roles, by role.</summary>
    public IReadOnlyDictionary<string, string>? Cast { get; init; }

    /// <summary>Whether a stream of events also tells when each word is spoken.</summary>
    public bool? Timestamps { get; init; }

    /// <summary>The same request with the same seed gives the same sound.</summary>
    public long? Seed { get; init; }

    /// <summary>Fields that nobody names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A voice: its name, or on the wire also an object with its id.</summary>
[JsonConverter(typeof(VoiceNameConverter))]
public sealed record VoiceName(string Name);

sealed class VoiceNameConverter : JsonConverter<VoiceName>
{
    const string Shapes = "must be the name of a voice, or an object with its 'id'.";

    public override VoiceName Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new(reader.GetString()!);
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException(Shapes);
        string? id = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isId = reader.ValueTextEquals("id"u8);
            if (!isId || !reader.Read() || reader.TokenType != JsonTokenType.String) throw new JsonException(Shapes);
            id = reader.GetString();
        }
        return id is null ? throw new JsonException(Shapes) : new(id);
    }

    public override void Write(Utf8JsonWriter writer, VoiceName value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
}

/// <summary>Any event of a stream of speech, as a client reads it.</summary>
public sealed record SpeechEvent
{
    public required string Type { get; init; }
    public string? Audio { get; init; }
    public IReadOnlyList<SpokenWordTime>? Words { get; init; }
    public int? Sentence { get; init; }
    public string? Role { get; init; }
    public string? Voice { get; init; }
    public string? Style { get; init; }
    public string? Reason { get; init; }
    public ErrorDetail? Error { get; init; }
}

/// <summary>A piece of encoded sound.</summary>
public sealed record SpeechAudioDelta
{
    public string Type { get; init; } = "speech.audio.delta";

    /// <summary>Bytes in base 64; all of them joined are one file of the asked-for format.</summary>
    public required string Audio { get; init; }
}

/// <summary>When words are spoken, told as soon as their sentence begins.</summary>
public sealed record SpeechWords
{
    public string Type { get; init; } = "speech.audio.words";
    public required IReadOnlyList<SpokenWordTime> Words { get; init; }
}

/// <summary>One word; seconds count from the beginning of the sound.</summary>
/// <param name="Word">As it is spoken: "five".</param>
/// <param name="Written">As the text has it: "$5,"; empty for the further words of what is written as one.</param>
public sealed record SpokenWordTime(string Word, double Start, double End, string Written);

/// <summary>How a sentence is delivered, told when it begins.</summary>
public sealed record SpeechDelivery
{
    public string Type { get; init; } = "speech.audio.delivery";
    public required int Sentence { get; init; }

    /// <summary>Who says it, as the text names them; absent for the narrator.</summary>
    public string? Role { get; init; }
    public required string Voice { get; init; }
    public required string Style { get; init; }
    public required float Strength { get; init; }

    /// <summary>Why, where the engine chose it.</summary>
    public string? Reason { get; init; }
}

/// <summary>The end of a stream that went well.</summary>
public sealed record SpeechAudioDone
{
    public string Type { get; init; } = "speech.audio.done";
    public required SpeechUsage Usage { get; init; }
}

/// <summary>What a speech took: characters in, tenths of a second out.</summary>
public sealed record SpeechUsage(long InputTokens, long OutputTokens, long TotalTokens);

/// <summary>All voices.</summary>
public sealed record VoiceList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<VoiceCard> Data { get; init; }

    /// <summary>The same list under the name that other servers give it.</summary>
    public required IReadOnlyList<VoiceCard> Voices { get; init; }

    /// <summary>Ways of speaking that every voice has.</summary>
    public required IReadOnlyList<StyleCard> Styles { get; init; }
}

/// <summary>A way of speaking, for `maison.style`.</summary>
public sealed record StyleCard(string Id, string Description);

/// <summary>One voice.</summary>
public sealed record VoiceCard
{
    public required string Id { get; init; }
    public string Object { get; init; } = "audio.voice";
    public required string Name { get; init; }
    public required string Description { get; init; }

    /// <summary>Models that speak with it.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>OpenAI's names that stand for it.</summary>
    public required IReadOnlyList<string> Aliases { get; init; }
}
