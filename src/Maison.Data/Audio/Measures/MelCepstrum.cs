// Cepstra of log-mel spectra: ln |H| at band b is about c0 + Σ c_k cos(π k (b + ½) / bands), the convention in which the usual formula of
// mel-cepstral distortion is the root mean square distance of two smooth spectra in decibels.

namespace Maison.Data.Audio.Measures;

/// <summary>Mel cepstra and their distance.</summary>
public static class MelCepstrum
{
    /// <summary>Coefficients c1 to c24; the level c0 is left out.</summary>
    public const int Coefficients = 24;

    static readonly float[] Cosines = [.. Enumerable.Range(1, Coefficients).SelectMany(k => Enumerable.Range(0, VoiceFrames.MelBands)
        .Select(b => (float)(2.0 / VoiceFrames.MelBands * Math.Cos(Math.PI * k * (b + 0.5) / VoiceFrames.MelBands))))];

    /// <summary>c1 to c24 of every frame. // (frames, 80) to (frames, 24)</summary>
    public static float[] Of(ReadOnlySpan<float> logMel)
    {
        var frames = logMel.Length / VoiceFrames.MelBands;
        var cepstra = new float[frames * Coefficients];
        for (var t = 0; t < frames; t++)
            for (var k = 0; k < Coefficients; k++)
            {
                var sum = 0f;
                for (var b = 0; b < VoiceFrames.MelBands; b++) sum += logMel[t * VoiceFrames.MelBands + b] * Cosines[k * VoiceFrames.MelBands + b];
                cepstra[t * Coefficients + k] = sum;
            }
        return cepstra;
    }

    /// <summary>Distortion between two frames: (10 / ln 10) √(2 Σ (a_k - b_k)²) dB. Source: Kubichek 1993.</summary>
    public static double DistortionDb(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var k = 0; k < Coefficients; k++) sum += (double)(a[k] - b[k]) * (a[k] - b[k]);
        return 10 / Math.Log(10) * Math.Sqrt(2 * sum);
    }
}
