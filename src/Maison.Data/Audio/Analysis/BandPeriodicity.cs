// How periodic a voice is, in sixteen bands of 750 Hz: the share of a band's power that repeats one period later. Each band is cut out
// as a complex signal of 3 kHz; its values half a period before and after every instant are compared under a window of 30 ms, so
// that a gliding pitch stays aligned. The magnitude of their correlation does not depend on small errors of the pitch; what
// chance alone gives is taken off. It knows nothing about how the pitch was found.

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Maison.Data.Audio.Analysis;

sealed class BandPeriodicity
{
    const int Bands = VoiceFrames.PeriodicityBands, Decimation = 8, Taps = 192, HalfWindow = 45;
    const double BandHz = VoiceFrames.SampleRateHz / 2.0 / Bands;
    // Independent values of band noise under the window, measured: the squared correlation of noise is 1 / this on average.
    const float NoiseFreedom = 12.5f;

    readonly float[][] _re = new float[Bands][], _im = new float[Bands][];
    readonly float[] _weights = [.. Enumerable.Range(-HalfWindow, 2 * HalfWindow + 1).Select(i => (float)(0.5 + 0.5 * Math.Cos(Math.PI * i / (HalfWindow + 1))))];

    public BandPeriodicity()
    {
        var sum = 0.0;
        var low = new double[Taps];
        for (var n = 0; n < Taps; n++)
        {
            var t = n - (Taps - 1) / 2.0;
            sum += low[n] = Math.Sin(Math.PI * BandHz * t / VoiceFrames.SampleRateHz) / t * (0.54 - 0.46 * Math.Cos(2 * Math.PI * n / (Taps - 1)));
        }
        for (var b = 0; b < Bands; b++)
        {
            var centre = (b + 0.5) * BandHz;
            var turns = Enumerable.Range(0, Taps).Select(n => 2 * Math.PI * centre * (n - (Taps - 1) / 2.0) / VoiceFrames.SampleRateHz).ToArray();
            _re[b] = [.. low.Zip(turns, (l, a) => (float)(l / sum * Math.Cos(a)))];
            _im[b] = [.. low.Zip(turns, (l, a) => (float)(-l / sum * Math.Sin(a)))];
        }
    }

    /// <summary>Periodicity of each band and frame, 0 to 1, and 0 where unvoiced. // (frames, 16)</summary>
    /// <param name="samples">A voice at 24 kHz.</param>
    /// <param name="hz">Its pitch, a value per frame, 0 where unvoiced.</param>
    public float[] Of(ReadOnlySpan<float> samples, ReadOnlySpan<float> hz)
    {
        var periodicity = new float[hz.Length * Bands];
        var count = samples.Length / Decimation + 1;
        var padded = new float[count * Decimation + Taps];
        samples.CopyTo(padded.AsSpan(Taps / 2));
        var (re, im) = (new float[count], new float[count]);
        for (var b = 0; b < Bands; b++)
        {
            Cut(padded, b, re, im);
            for (var t = 0; t < hz.Length; t++)
                if (hz[t] > 0) periodicity[t * Bands + b] = Correlate(re, im, hz, t, (b + 0.5) * BandHz);
        }
        return periodicity;
    }

    // Values lie at samples 8 m - ½ (the middle of an even number of taps), turned down to around 0 Hz.
    void Cut(ReadOnlySpan<float> padded, int band, Span<float> re, Span<float> im)
    {
        ReadOnlySpan<Vector512<float>> tapsRe = MemoryMarshal.Cast<float, Vector512<float>>(_re[band]), tapsIm = MemoryMarshal.Cast<float, Vector512<float>>(_im[band]);
        var turn = -2 * Math.PI * (band + 0.5) * BandHz / VoiceFrames.SampleRateHz;
        for (var m = 0; m < re.Length; m++)
        {
            var x = MemoryMarshal.Cast<float, Vector512<float>>(padded.Slice(m * Decimation, Taps));
            var (sumRe, sumIm) = (Vector512<float>.Zero, Vector512<float>.Zero);
            for (var i = 0; i < x.Length; i++)
            {
                sumRe += x[i] * tapsRe[i];
                sumIm += x[i] * tapsIm[i];
            }
            var (r, j) = (Vector512.Sum(sumRe), Vector512.Sum(sumIm));
            var (s, c) = Math.SinCos(turn * (m * Decimation - 0.5));
            re[m] = (float)(r * c - j * s);
            im[m] = (float)(r * s + j * c);
        }
    }

    float Correlate(ReadOnlySpan<float> re, ReadOnlySpan<float> im, ReadOnlySpan<float> hz, int frame, double bandHz)
    {
        const double rate = VoiceFrames.SampleRateHz / (double)Decimation;
        var middle = ((frame + 0.5) * VoiceFrames.HopSamples + 0.5) / Decimation;
        double sumRe = 0, sumIm = 0, before = 0, after = 0;
        for (var i = -HalfWindow; i <= HalfWindow; i++)
        {
            var at = middle + i;
            var period = rate / PitchAt(hz, frame, i);
            var (ar, ai) = Between(re, im, at - period / 2);
            var (br, bi) = Between(re, im, at + period / 2);
            double w = _weights[i + HalfWindow];
            var (s, c) = Math.SinCos(2 * Math.PI * bandHz * period / rate);
            // b conj(a), turned by what the lag does to the centre of the band
            var (pr, pi) = (br * ar + bi * ai, bi * ar - br * ai);
            sumRe += w * (pr * c - pi * s);
            sumIm += w * (pr * s + pi * c);
            before += w * (ar * ar + ai * ai);
            after += w * (br * br + bi * bi);
        }
        var power = before * after;
        if (!(power > 1e-24)) return 0;
        var squared = (float)((sumRe * sumRe + sumIm * sumIm) / power);
        return MathF.Sqrt(Math.Clamp((squared - 1 / NoiseFreedom) / (1 - 1 / NoiseFreedom), 0, 1));
    }

    // The pitch i steps of 1/3 ms from the middle of a frame, on straight lines between voiced frames.
    static double PitchAt(ReadOnlySpan<float> hz, int frame, int i)
    {
        var at = i * (Decimation / (double)VoiceFrames.HopSamples);
        var whole = (int)Math.Floor(at);
        var (a, b) = (VoicedNear(hz, frame, frame + whole), VoicedNear(hz, frame, frame + whole + 1));
        return a + (b - a) * (at - whole);
    }

    // The value at a frame, or of the last one before the voice stops on the way there.
    static double VoicedNear(ReadOnlySpan<float> hz, int from, int to)
    {
        var step = Math.Sign(to - from);
        while (from != to && (uint)(from + step) < (uint)hz.Length && hz[from + step] > 0) from += step;
        return hz[from];
    }

    // Cubic interpolation (Lagrange) between four values; silence outside.
    static (double, double) Between(ReadOnlySpan<float> re, ReadOnlySpan<float> im, double at)
    {
        var k = (int)Math.Floor(at);
        if (k < 1 || k + 2 >= re.Length) return (0, 0);
        var f = at - k;
        var (w0, w1, w2, w3) = (-f * (f - 1) * (f - 2) / 6, (f + 1) * (f - 1) * (f - 2) / 2, -(f + 1) * f * (f - 2) / 2, (f + 1) * f * (f - 1) / 6);
        return (w0 * re[k - 1] + w1 * re[k] + w2 * re[k + 1] + w3 * re[k + 2], w0 * im[k - 1] + w1 * im[k] + w2 * im[k + 1] + w3 * im[k + 2]);
    }
}
