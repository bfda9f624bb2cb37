// Mel-frequency cepstra, the classical ear of an aligner: the log-mel spectrum's cosine transform, each coefficient centred and scaled over
// its utterance so that neither speaker nor level matters, and how it moves (Davis and Mermelstein 1980; Furui 1986).

namespace Maison.Models.Voice;

/// <summary>Computes cepstra of utterances.</summary>
public static class Cepstra
{
    const int DeltaReach = 2;

    /// <summary>So many coefficients of every frame, and their slopes over two frames on either side: (frames, 2·count).</summary>
    /// <param name="logMel">(frames, mels).</param>
    public static float[] Of(ReadOnlySpan<float> logMel, int mels, int count)
    {
        var frames = logMel.Length / mels;
        var still = new float[frames * count];
        var cosines = new double[mels];
        for (var k = 0; k < count; k++)
        {
            double sum = 0, squares = 0;
            for (var b = 0; b < mels; b++) cosines[b] = Math.Cos(Math.PI * k * (b + 0.5) / mels);
            for (var t = 0; t < frames; t++)
            {
                var c = 0.0;
                for (var b = 0; b < mels; b++) c += logMel[t * mels + b] * cosines[b];
                still[t * count + k] = (float)c;
                sum += c;
                squares += c * c;
            }
            var mean = sum / Math.Max(1, frames);
            var deviation = Math.Sqrt(Math.Max(1e-6, squares / Math.Max(1, frames) - mean * mean));
            for (var t = 0; t < frames; t++) still[t * count + k] = (float)((still[t * count + k] - mean) / deviation);
        }
        var both = new float[frames * 2 * count];
        for (var t = 0; t < frames; t++)
            for (var k = 0; k < count; k++)
            {
                both[t * 2 * count + k] = still[t * count + k];
                var slope = 0f;
                for (var d = 1; d <= DeltaReach; d++) slope += d * (still[Math.Min(frames - 1, t + d) * count + k] - still[Math.Max(0, t - d) * count + k]);
                both[(t * 2 + 1) * count + k] = slope / 2.5f;
            }
        return both;
    }
}
