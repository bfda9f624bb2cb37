// Distance of two sounds of equal length at several resolutions at once (Yamamoto et al. 2019, arXiv 1910.11480): spectral convergence plus
// the mean absolute difference of log magnitudes, averaged over transforms of 512, 1024 and 2048 samples with hops of a quarter.

using Maison.Data.Audio.Analysis;

namespace Maison.Data.Audio.Measures;

/// <summary>Multi-resolution distance of spectra.</summary>
public static class SpectralDistance
{
    static readonly int[] Lengths = [512, 1024, 2048];
    const float Floor = 1e-3f; // of a magnitude; what is below cannot be heard in 16 bits

    /// <summary>0 for equal sounds; below 1 is close.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Between(ReadOnlySpan<float> reference, ReadOnlySpan<float> other)
    {
        if (reference.Length != other.Length) throw new ArgumentException($"The sounds have {reference.Length} and {other.Length} samples: give equal lengths.");
        var total = 0.0;
        foreach (var length in Lengths)
        {
            var transform = new ShortTimeFourier(length, length, length / 4);
            var (a, b) = (transform.Magnitudes(reference), transform.Magnitudes(other));
            double difference = 0, power = 0, logs = 0;
            for (var i = 0; i < a.Length; i++)
            {
                difference += (double)(a[i] - b[i]) * (a[i] - b[i]);
                power += (double)a[i] * a[i];
                logs += Math.Abs(MathF.Log(Math.Max(a[i], Floor)) - MathF.Log(Math.Max(b[i], Floor)));
            }
            total += Math.Sqrt(difference / Math.Max(power, 1e-20)) + logs / Math.Max(1, a.Length);
        }
        return total / Lengths.Length;
    }
}
