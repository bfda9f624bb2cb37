// What a vocoder is told, as rows of numbers, and what its sources do: training and serving fill both here, so they cannot differ. Where
// nothing is voiced the last pitch goes on, and the pulses with it, unheard: a stream cannot wait for the next voiced frame.

using Maison.Tensors;

namespace Maison.Models.Voice;

/// <summary>Fills the rows that a <see cref="Vocoder"/> reads.</summary>
public static class VocoderInputs
{
    /// <summary>Pitch before the first voiced frame, and centre and unit of log-pitch in the model.</summary>
    public const float PlainHz = 150f, PitchUnit = 0.4f;

    /// <summary>Unit of the formant axis, in nats.</summary>
    public const float FormantUnit = 0.1f;

    /// <summary>The pitch of every frame, voiced or not.</summary>
    /// <param name="hz">0 where unvoiced.</param>
    /// <param name="last">The last voiced pitch before these frames, 0 for none; then that of these frames.</param>
    public static void Continue(ReadOnlySpan<float> hz, ref float last, Span<float> to)
    {
        for (var t = 0; t < hz.Length; t++)
        {
            if (hz[t] > 0) last = hz[t];
            to[t] = last > 0 ? last : PlainHz;
        }
    }

    /// <summary>What the sources do, frame by frame.</summary>
    /// <param name="hz">0 where unvoiced.</param>
    /// <param name="pitch">Of <see cref="Continue"/>.</param>
    /// <param name="phase">Phase of the pulses at the start, in periods.</param>
    /// <param name="noiseAt">Number of the first noise sample.</param>
    /// <param name="left">Pitch of the frame before the first; 0 for none.</param>
    /// <param name="right">Pitch of the frame after the last; 0 for none.</param>
    /// <returns>The phase at the end.</returns>
    public static double Source(VocoderConfig config, ReadOnlySpan<float> hz, ReadOnlySpan<float> pitch, double phase, ulong noiseAt, Span<PitchFrame> to, float left = 0, float right = 0)
    {
        for (var t = 0; t < hz.Length; t++)
        {
            float before = t > 0 ? pitch[t - 1] : left > 0 ? left : pitch[t], after = t + 1 < hz.Length ? pitch[t + 1] : right > 0 ? right : pitch[t];
            to[t] = new PitchFrame(phase, (before + pitch[t]) / 2, pitch[t], (pitch[t] + after) / 2, hz[t] > 0 ? 1f : 0f, noiseAt + (ulong)(t * (long)config.Hop));
            phase = to[t].PhaseAfter(config.Hop, config.SampleRateHz);
        }
        return phase;
    }

    /// <summary>Rows of features: (frames, features).</summary>
    /// <param name="logMel">Frames × mels.</param>
    /// <param name="periodicity">Frames × bands.</param>
    /// <param name="formants">For each frame the factor of all resonances against the speaker's own.</param>
    public static void Features(VocoderConfig config, ReadOnlySpan<float> logMel, ReadOnlySpan<float> periodicity, ReadOnlySpan<float> hz, ReadOnlySpan<float> pitch, ReadOnlySpan<float> formants, Span<float> rows)
    {
        if (rows.Length != hz.Length * config.Features) throw new ArgumentException($"{hz.Length} frames have {hz.Length * config.Features} features, not {rows.Length}.");
        for (var t = 0; t < hz.Length; t++)
        {
            var row = rows.Slice(t * config.Features, config.Features);
            for (var b = 0; b < config.Mels; b++) row[b] = (logMel[t * config.Mels + b] - VoiceInputs.MelCentre) / VoiceInputs.MelUnit;
            periodicity.Slice(t * config.Bands, config.Bands).CopyTo(row[config.Mels..]);
            row[^3] = MathF.Log(pitch[t] / PlainHz) / PitchUnit;
            row[^2] = hz[t] > 0 ? 1f : 0f;
            row[^1] = MathF.Log(formants[t]) / FormantUnit;
        }
    }
}
