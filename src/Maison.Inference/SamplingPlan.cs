// Sampling options, checked once and laid out for the step thread: no dictionary to enumerate, the seed drawn.

namespace Maison.Inference;

/// <summary>Validated <see cref="SamplingOptions"/> of one request.</summary>
sealed class SamplingPlan
{
    const float forbid = -100f;

    /// <exception cref="ArgumentException">A field is out of range; the message names it.</exception>
    public SamplingPlan(SamplingOptions options, int vocab)
    {
        ArgumentNullException.ThrowIfNull(options);
        Range(options.Temperature, 0, 2, nameof(options.Temperature));
        if (options.TopK < 0) throw Refused(nameof(options.TopK), "0 (off) or more", options.TopK);
        if (!(options.TopP > 0 && options.TopP <= 1)) throw Refused(nameof(options.TopP), "above 0 and at most 1", options.TopP);
        Range(options.MinP, 0, 1, nameof(options.MinP));
        Range(options.FrequencyPenalty, -2, 2, nameof(options.FrequencyPenalty));
        Range(options.PresencePenalty, -2, 2, nameof(options.PresencePenalty));
        if (!(options.RepetitionPenalty > 0 && float.IsFinite(options.RepetitionPenalty)))
            throw Refused(nameof(options.RepetitionPenalty), "positive (1 is off)", options.RepetitionPenalty);
        if (options.TopLogprobs is < 0 or > 20) throw Refused(nameof(options.TopLogprobs), "between 0 and 20", options.TopLogprobs);
        Options = options;
        Seed = options.Seed ?? (ulong)Random.Shared.NextInt64();
        Bias = options.LogitBias is null ? [] : [.. options.LogitBias];
        var forbidden = 0;
        for (var i = 0; i < Bias.Length; i++)
        {
            var (id, bias) = Bias[i];
            if ((uint)id >= (uint)vocab) throw new ArgumentException($"{nameof(options.LogitBias)} names token {id}, but ids go from 0 to {vocab - 1}.", nameof(options.LogitBias));
            Range(bias, -100, 100, $"{nameof(options.LogitBias)}[{id}]");
            if (bias != forbid) continue;
            Bias[i] = new(id, float.NegativeInfinity);
            forbidden++;
        }
        if (forbidden == vocab) throw new ArgumentException($"{nameof(options.LogitBias)} forbids every token; leave at least one.", nameof(options.LogitBias));
    }

    public SamplingOptions Options { get; }
    public ulong Seed { get; }

    /// <summary>Added to logits; -100 has become minus infinity.</summary>
    public KeyValuePair<int, float>[] Bias { get; }

    public bool Penalises => Options.FrequencyPenalty != 0 || Options.PresencePenalty != 0;

    /// <summary>True when logits change before the temperature.</summary>
    public bool Adjusts => Penalises || Options.RepetitionPenalty != 1 || Bias.Length > 0;

    static void Range(float value, float low, float high, string name)
    {
        if (!(value >= low && value <= high)) throw Refused(name, $"between {low} and {high}", value);
    }

    static ArgumentException Refused(string name, string range, object? value) => new($"{name} must be {range}, not {value}.", name);
}
