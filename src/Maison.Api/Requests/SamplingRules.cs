// From the sampling fields of a request to the scheduler's options: every value is checked against its range and none is clamped.
// An absent field takes the model's default.

using System.Globalization;
using Maison.Api.Errors;
using Maison.Api.Models;
using Maison.Inference;
using Maison.Wire;

namespace Maison.Api.Requests;

/// <summary>Ranges of the fields that chat and completions share.</summary>
static class SamplingRules
{
    public const int MaxAnswers = 128;
    public const int MaxStops = 4;
    public const int MaxTopLogprobs = 20;
    const float MaxRepetitionPenalty = 10;

    static readonly RefusedField<StreamOptions> Obfuscation = new(
        "stream_options.include_obfuscation", o => o.IncludeObfuscation, ["false"], "Chunks are never padded here.");

    /// <summary>The scheduler's options for a request.</summary>
    /// <exception cref="ApiException">400 naming the field and its range.</exception>
    public static SamplingOptions Options(ISamplingFields fields, ServedModel model, int? topLogprobs)
    {
        var defaults = model.Defaults;
        return new()
        {
            Temperature = InRange("temperature", fields.Temperature, 0, 2) ?? defaults.Temperature,
            // A nucleus of nothing still holds its first token, so 0 means the same as the smallest positive number.
            TopP = InRange("top_p", fields.TopP, 0, 1) is { } p ? Math.Max(p, float.Epsilon) : defaults.TopP,
            TopK = InRange("top_k", fields.TopK, 0, int.MaxValue) ?? defaults.TopK,
            MinP = InRange("min_p", fields.MinP, 0, 1) ?? defaults.MinP,
            FrequencyPenalty = InRange("frequency_penalty", fields.FrequencyPenalty, -2, 2) ?? defaults.FrequencyPenalty,
            PresencePenalty = InRange("presence_penalty", fields.PresencePenalty, -2, 2) ?? defaults.PresencePenalty,
            RepetitionPenalty = RepetitionPenalty(fields.RepetitionPenalty) ?? defaults.RepetitionPenalty,
            LogitBias = LogitBias(fields.LogitBias, model.Tokenizer.VocabSize),
            Seed = fields.Seed is { } seed ? unchecked((ulong)seed) : null,
            TopLogprobs = topLogprobs,
        };
    }

    /// <summary>How many answers are wanted.</summary>
    public static int Answers(ISamplingFields fields) => InRange("n", fields.N, 1, MaxAnswers) ?? 1;

    /// <summary>The strings that end an answer.</summary>
    public static IReadOnlyList<string> Stops(ISamplingFields fields)
    {
        var stops = fields.Stop?.Strings ?? [];
        if (stops.Count > MaxStops) throw ApiException.Invalid("stop", $"'stop' has {stops.Count} strings; at most {MaxStops} are allowed.");
        if (stops.Any(s => s.Length == 0)) throw ApiException.Invalid("stop", "'stop' has an empty string, which would end every answer at once. Remove it.");
        return stops;
    }

    /// <summary>Whether to stream, and whether the stream ends with the usage.</summary>
    public static (bool Stream, bool IncludeUsage) Streaming(ISamplingFields fields)
    {
        var stream = fields.Stream ?? false;
        if (fields.StreamOptions is not { } options) return (stream, false);
        if (!stream) throw ApiException.Invalid("stream_options", "'stream_options' is only allowed together with 'stream': true.");
        RequestFields.RefuseUnknown(options.Unknown, "stream_options.");
        Obfuscation.Check(options);
        return (true, options.IncludeUsage ?? false);
    }

    public static int? InRange(string name, int? value, int min, int max)
        => value is null || (value >= min && value <= max) ? value : throw OutOfRange(name, value.Value, min, max);

    static float? InRange(string name, float? value, float min, float max)
        => value is null || (value >= min && value <= max) ? value : throw OutOfRange(name, value.Value, min, max);

    static ApiException OutOfRange(string name, IFormattable value, IFormattable min, IFormattable max)
        => ApiException.Invalid(name, string.Create(CultureInfo.InvariantCulture, $"'{name}' is {value}, but must be between {min} and {max}."));

    static float? RepetitionPenalty(float? value)
        => value is null or (> 0 and <= MaxRepetitionPenalty) ? value : throw ApiException.Invalid(
            "repetition_penalty", string.Create(CultureInfo.InvariantCulture, $"'repetition_penalty' is {value}, but must be above 0 and at most {MaxRepetitionPenalty}; 1 is off."));

    static Dictionary<int, float>? LogitBias(IReadOnlyDictionary<string, float>? sent, int vocab)
    {
        if (sent is null || sent.Count == 0) return null;
        var bias = new Dictionary<int, float>(sent.Count);
        foreach (var (token, value) in sent)
        {
            var name = $"logit_bias.{token}";
            if (!int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id >= vocab)
                throw ApiException.Invalid(name, $"'{token}' in 'logit_bias' is no token id; ids are whole numbers from 0 to {vocab - 1}.");
            if (!bias.TryAdd(id, InRange(name, value, -100, 100)!.Value))
                throw ApiException.Invalid(name, $"'logit_bias' names token {id} twice.");
        }
        if (bias.Count == vocab && bias.Values.All(v => v == -100))
            throw ApiException.Invalid("logit_bias", "'logit_bias' forbids every token; leave at least one.");
        return bias;
    }
}
