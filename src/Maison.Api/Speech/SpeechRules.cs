// What a /v1/audio/speech request asks for, checked field by field: the table of fields, and the plan that the endpoint carries out.

using System.Globalization;
using Maison.Api.Errors;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Data.Audio.Encoders;
using Maison.Inference.Speech;
using Maison.Wire;

namespace Maison.Api.Speech;

/// <summary>A checked request.</summary>
/// <param name="Missed">Words of the instructions that nothing came of.</param>
sealed record SpeechPlan(ServedSpeaker Speaker, string Text, SpeechOptions Options, SoundFormat Format, bool Events, bool WordTimes, IReadOnlyList<string> Missed);

/// <summary>From request to plan.</summary>
static class SpeechRules
{
    const int MostInstructions = 4096;
    static readonly string[] Formats = ["mp3", "opus", "flac", "wav", "pcm"];

    public static readonly RequestFields<SpeechRequest> Fields = new(
        Obeyed: ["model", "input", "voice", "instructions", "response_format", "speed", "stream_format", "maison"], Accepted: [], Refused: []);

    /// <exception cref="ApiException">400 naming the first field that is wrong, 404 for an unknown model.</exception>
    public static SpeechPlan Plan(SpeechRequest request, ModelRegistry models)
    {
        Fields.Check(request, request.Unknown);
        var extras = request.Maison ?? new();
        RequestFields.RefuseUnknown(extras.Unknown, "maison.");
        var speaker = models.FindSpeaker(request.Model);
        var text = Text(request.Input, speaker);
        var format = Format(request.ResponseFormat);
        var events = request.StreamFormat switch
        {
            null or "audio" => false,
            "sse" => true,
            var other => throw ApiException.Invalid("stream_format", $"'stream_format' is '{other}'; send audio or sse."),
        };
        if (extras.Timestamps is true && !events) throw ApiException.Invalid("maison.timestamps", "'maison.timestamps' is only allowed together with 'stream_format': \"sse\", whose events carry them.");

        var understood = SpeechInstructions.Understand(Instructions(request.Instructions));
        var mode = extras.Mode switch
        {
            null or "scripted" => SpeechMode.Scripted,
            "emotive" => SpeechMode.Emotive,
            "story" => SpeechMode.Story,
            var other => throw ApiException.Invalid("maison.mode", $"'maison.mode' is '{other}'; send scripted, emotive or story."),
        };
        if (extras.Cast is not null && mode != SpeechMode.Story) throw ApiException.Invalid("maison.cast", "'maison.cast' is only allowed together with 'maison.mode': \"story\".");
        if (extras.Cast?.Keys.GroupBy(role => role, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw ApiException.Invalid("maison.cast", $"'maison.cast' names the role '{twice.Key}' twice; case does not count.");
        var options = new SpeechOptions(
            Voice(request.Voice?.Name, speaker, "voice"), mode, Style(extras.Style) ?? understood.Style,
            InRange("maison.strength", extras.Strength, 0, 1) ?? (extras.Style is null ? understood.Strength : 1),
            understood.Controls.With(new() { Speed = InRange("speed", request.Speed, 0.25f, 4) ?? 1 }),
            extras.Cast?.ToDictionary(c => c.Key, c => Voice(c.Value, speaker, $"maison.cast.{c.Key}"), StringComparer.OrdinalIgnoreCase),
            unchecked((ulong)(extras.Seed ?? 1)));
        return new(speaker, text, options, format, events, extras.Timestamps ?? false, understood.NotUnderstood);
    }

    static string Text(string? input, ServedSpeaker speaker)
    {
        if (input is null) throw ApiException.Invalid("input", "'input' is missing; send the text to speak.", "missing_parameter");
        if (string.IsNullOrWhiteSpace(input)) throw ApiException.Invalid("input", "'input' is empty; send the text to speak.");
        return input.Length <= speaker.MostCharacters ? input
            : throw ApiException.Invalid("input", $"'input' has {input.Length} characters, but {speaker.Id} speaks at most {speaker.MostCharacters} at once. Send it in parts.", "string_above_max_length");
    }

    static string Instructions(string? instructions) => instructions is null ? "" : instructions.Length <= MostInstructions ? instructions
        : throw ApiException.Invalid("instructions", $"'instructions' has {instructions.Length} characters, but at most {MostInstructions} are allowed.", "string_above_max_length");

    static SoundFormat Format(string? name)
    {
        if (name == "aac") throw ApiException.Unsupported("response_format", $"'response_format' aac can not be made here. Send {string.Join(", ", Formats[..^1])} or {Formats[^1]}.");
        return Array.IndexOf(Formats, name ?? "mp3") switch
        {
            0 => SoundFormat.Mp3,
            1 => SoundFormat.Opus,
            2 => SoundFormat.Flac,
            3 => SoundFormat.Wav,
            4 => SoundFormat.Pcm,
            _ => throw ApiException.Invalid("response_format", $"'response_format' is '{name}'; send {string.Join(", ", Formats[..^1])} or {Formats[^1]}."),
        };
    }

    static SpeechVoice Voice(string? name, ServedSpeaker speaker, string param)
    {
        if (name is null) throw ApiException.Invalid(param, $"'{param}' is missing. {speaker.Id} has {Names()}.", "missing_parameter");
        var own = VoiceAliases.All.GetValueOrDefault(name, name);
        return speaker.Voices.FirstOrDefault(v => v.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? speaker.Voices.FirstOrDefault(v => v.Name.Equals(own, StringComparison.OrdinalIgnoreCase))
            ?? throw ApiException.Invalid(param, $"'{param}' is '{name}', but {speaker.Id} has {Names()}, and OpenAI's names for them. GET {Routes.Voices} describes them.");

        string Names() => string.Join(", ", speaker.Voices.Select(v => v.Name));
    }

    static SpeechStyle? Style(string? name)
    {
        if (name is null) return null;
        return SpeechStyles.All.FirstOrDefault(s => s.Name == name) ?? throw ApiException.Invalid("maison.style", $"'maison.style' is '{name}'; send {string.Join(", ", SpeechStyles.All.Select(s => s.Name))}.");
    }

    static float? InRange(string name, float? value, float min, float max) => value is null || (value >= min && value <= max) ? value
        : throw ApiException.Invalid(name, string.Create(CultureInfo.InvariantCulture, $"'{name}' is {value}, but must be between {min} and {max}."));
}
