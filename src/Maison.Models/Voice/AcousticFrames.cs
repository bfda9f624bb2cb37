// What the acoustic model says about each frame, in plain units: the meeting point of acoustic model, controls and vocoder.

namespace Maison.Models.Voice;

/// <summary>A run of frames.</summary>
/// <param name="LogMel">Natural logarithm of the mel magnitudes. // (frames, mels)</param>
/// <param name="Periodicity">Share of power that is periodic, by band; 0 where unvoiced. // (frames, bands)</param>
/// <param name="Hz">Pitch, 0 where unvoiced. // (frames)</param>
public sealed record AcousticFrames(float[] LogMel, float[] Periodicity, float[] Hz)
{
    /// <summary>How far the fine pitch may leave the straight lines of the prosody: three semitones.</summary>
    public const float FinePitch = 3 * 0.057762265f;

    /// <summary>How many frames there are.</summary>
    public int Count => Hz.Length;

    /// <summary>Reads rows of <see cref="AcousticModel.Decode"/>.</summary>
    /// <param name="outputs">(count, frameOutputs).</param>
    /// <param name="contour">Log pitch of these frames.</param>
    /// <param name="fineRange">Factor of the fine pitch, as the range of the whole.</param>
    public static AcousticFrames Read(AcousticConfig config, ReadOnlySpan<float> outputs, ReadOnlySpan<float> contour, float fineRange = 1)
    {
        var (count, width) = (contour.Length, config.FrameOutputs);
        var frames = new AcousticFrames(new float[count * config.Mels], new float[count * config.Bands], new float[count]);
        for (var t = 0; t < count; t++)
        {
            var row = outputs.Slice(t * width, width);
            for (var b = 0; b < config.Mels; b++) frames.LogMel[t * config.Mels + b] = VoiceInputs.MelCentre + VoiceInputs.MelUnit * row[b];
            if (row[^2] <= 0) continue;
            for (var b = 0; b < config.Bands; b++) frames.Periodicity[t * config.Bands + b] = 1f / (1f + MathF.Exp(-row[config.Mels + b]));
            frames.Hz[t] = MathF.Exp(contour[t] + fineRange * FinePitch * MathF.Tanh(row[^1]));
        }
        return frames;
    }
}
