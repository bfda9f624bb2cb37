using System.Numerics;
using Maison.Tensors;

namespace Maison.Tests.Tensors;

/// <summary>Spectral ops by sums over all samples and bins.</summary>
static partial class Float64
{
    static unsafe double[] Window(FrameTransform t)
    {
        double[] hann = [.. Enumerable.Range(0, t.Samples).Select(n => 0.5 - 0.5 * Math.Cos(2 * Math.PI * n / t.Samples))];
        // A window of energy 1 is told by its middle, whose value is 1 otherwise.
        var scale = Math.Abs(t.Window[t.Samples / 2] - 1) < 1e-3 ? 1 : 1 / Math.Sqrt(hann.Sum(w => w * w));
        return [.. hann.Select(w => w * scale)];
    }

    static Complex[] Spectrum(double[] x, int first, int samples, int frame, FrameTransform t, double[] window)
    {
        var start = frame * t.Hop + t.Hop / 2 - t.Samples / 2;
        return [.. Enumerable.Range(0, t.Bins).Select(k =>
        {
            var sum = Complex.Zero;
            for (var n = 0; n < t.Samples; n++)
                if (start + n >= 0 && start + n < samples) sum += x[first + start + n] * window[n] * Complex.FromPolarCoordinates(1, -2 * Math.PI * k * n / t.Length);
            return sum;
        })];
    }

    static IEnumerable<Complex[]> Spectra(double[] x, IReadOnlyList<Segment> layout, int rowSamples, FrameTransform t)
    {
        var window = Window(t);
        return layout.SelectMany(s => Enumerable.Range(0, t.Frames(s.Length * rowSamples)).Select(f => Spectrum(x, s.Start * rowSamples, s.Length * rowSamples, f, t, window)));
    }

    public static double[] Stft(double[] x, IReadOnlyList<Segment> layout, int rowSamples, FrameTransform t)
        => [.. Spectra(x, layout, rowSamples, t).SelectMany(c => c.Select(v => v.Real).Concat(c.Select(v => v.Imaginary)))];

    public static double[] InverseStft(double[] y, IReadOnlyList<Segment> layout, FrameTransform t)
    {
        var rows = layout.Sum(s => s.Length);
        var window = Window(t);
        double[] x = new double[rows * t.Hop], weight = new double[rows * t.Hop];
        foreach (var s in layout)
            for (var f = 0; f < s.Length; f++)
            {
                var at = (s.Start + f) * 2 * t.Bins;
                var start = f * t.Hop + t.Hop / 2 - t.Samples / 2;
                for (var n = 0; n < t.Samples; n++)
                {
                    if (start + n < 0 || start + n >= s.Length * t.Hop) continue;
                    var sum = y[at] + y[at + t.Bins - 1] * (n % 2 == 0 ? 1 : -1);
                    for (var k = 1; k < t.Bins - 1; k++) sum += 2 * (y[at + k] * Math.Cos(2 * Math.PI * k * n / t.Length) - y[at + t.Bins + k] * Math.Sin(2 * Math.PI * k * n / t.Length));
                    x[s.Start * t.Hop + start + n] += sum / t.Length * window[n];
                    weight[s.Start * t.Hop + start + n] += window[n] * window[n];
                }
            }
        return [.. x.Zip(weight, (v, w) => v / w)];
    }

    public static double SpectralError(double[] x, double[] target, IReadOnlyList<Segment> layout, int rowSamples, FrameTransform t)
    {
        double[] Magnitudes(double[] signal) => [.. Spectra(signal, layout, rowSamples, t).SelectMany(c => c.Select(v => Math.Sqrt(v.Real * v.Real + v.Imaginary * v.Imaginary + 1e-8)))];
        double[] a = Magnitudes(x), b = Magnitudes(target);
        if (a.Length == 0) return 0;
        return Math.Sqrt(a.Zip(b, (u, v) => (u - v) * (u - v)).Sum() / b.Sum(v => v * v)) + a.Zip(b, (u, v) => Math.Abs(Math.Log(u / v))).Average();
    }

    public static double[] MinimumPhase(double[] g, int length)
    {
        var bins = length / 2 + 1;
        return [.. g.Chunk(bins).SelectMany(row =>
        {
            var cepstrum = Enumerable.Range(0, length).Select(n => Enumerable.Range(0, length).Sum(k => row[k < bins ? k : length - k] * Math.Cos(2 * Math.PI * k * n / length)) / length).ToArray();
            return Enumerable.Range(0, bins).Select(k => -Enumerable.Range(1, length - 1).Sum(n => n == length / 2 ? 0 : (n < length / 2 ? 1 : -1) * cepstrum[n] * Math.Sin(2 * Math.PI * k * n / length)));
        })];
    }

    public static double[] SourceFilter(double[] gain, double[] turn, double[] noiseGain, float[] pulses, float[] noise, float[] periodicity, int bins, int bands)
    {
        var rows = gain.Length / bins;
        var y = new double[2 * gain.Length];
        for (var r = 0; r < rows; r++)
            for (var k = 0; k < bins; k++)
            {
                var at = Math.Clamp((double)k / (bins - 1) * bands - 0.5, 0, bands - 1);
                var low = Math.Min((int)at, Math.Max(0, bands - 2));
                double a = periodicity[r * bands + low], share = a + (at - low) * (periodicity[r * bands + Math.Min(low + 1, bands - 1)] - a);
                int i = r * bins + k, re = 2 * r * bins + k, im = re + bins;
                var v = new Complex(pulses[re], pulses[im]) * Complex.FromPolarCoordinates(Math.Sqrt(share) * Math.Exp(gain[i]), turn[i])
                    + new Complex(noise[re], noise[im]) * Math.Sqrt(1 - share) * Math.Exp(noiseGain[i]);
                (y[re], y[im]) = (v.Real, v.Imaginary);
            }
        return y;
    }
}
