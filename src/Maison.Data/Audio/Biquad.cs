// Filters of second order, in double precision (transposed direct form II). Zero-phase use runs them forth and back.

namespace Maison.Data.Audio;

/// <summary>y = (b0 + b1 z⁻¹ + b2 z⁻²) / (1 + a1 z⁻¹ + a2 z⁻²) x.</summary>
readonly record struct Biquad(double B0, double B1, double B2, double A1, double A2)
{
    /// <summary>Butterworth high-pass.</summary>
    public static Biquad HighPass(double hz, double sampleRateHz)
    {
        var k = Math.Tan(Math.PI * hz / sampleRateHz);
        var norm = 1 / (1 + k * Math.Sqrt(2) + k * k);
        return new(norm, -2 * norm, norm, 2 * (k * k - 1) * norm, (1 - k * Math.Sqrt(2) + k * k) * norm);
    }

    /// <summary>Filters in place.</summary>
    public void Run(Span<double> samples)
    {
        double s1 = 0, s2 = 0;
        foreach (ref var sample in samples)
        {
            var x = sample;
            var y = B0 * x + s1;
            s1 = B1 * x - A1 * y + s2;
            s2 = B2 * x - A2 * y;
            sample = y;
        }
    }

    /// <summary>Filters forth and back: no delay at any frequency, twice the attenuation.</summary>
    public float[] ZeroPhase(ReadOnlySpan<float> samples)
    {
        var work = new double[samples.Length];
        for (var n = 0; n < work.Length; n++) work[n] = samples[n];
        Run(work);
        Array.Reverse(work);
        Run(work);
        Array.Reverse(work);
        return Array.ConvertAll(work, x => (float)x);
    }
}
