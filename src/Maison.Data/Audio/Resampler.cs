// Changes the sample rate by a ratio of whole numbers: a windowed sinc (Kaiser, beta 9, 32 zero crossings on each side) evaluated
// only at the phases that occur. Playing a voice faster is the same thing: pitch, formants and tempo move together, and the
// result is natural sound of another, unreal speaker. Source: Smith 2002, "Digital Audio Resampling Home Page".

using System.Numerics;
using System.Runtime.InteropServices;

namespace Maison.Data.Audio;

/// <summary>Resamples by up / down; safe for use from several threads.</summary>
public sealed class Resampler
{
    const int Crossings = 32, LongestFactor = 4096;
    const double KaiserBeta = 9, Passband = 0.94;

    readonly int _up, _down, _taps;
    readonly float[] _phases; // (up, taps)

    /// <param name="up">New samples …</param>
    /// <param name="down">… per so many old ones.</param>
    public Resampler(int up, int down)
    {
        if (up < 1 || down < 1) throw new ArgumentException($"The ratio is {up}/{down}: give positive numbers.");
        var common = (int)BigInteger.GreatestCommonDivisor(up, down);
        (_up, _down) = (up / common, down / common);
        if (Math.Max(_up, _down) > LongestFactor) throw new ArgumentException($"The ratio {_up}/{_down} has no small whole numbers; give one below {LongestFactor}.");
        var cutoff = Passband * Math.Min(1, (double)_up / _down); // of half the old rate
        var reach = (int)Math.Ceiling(Crossings / Math.Min(1, (double)_up / _down));
        _taps = 2 * reach;
        _phases = new float[_up * _taps];
        for (var phase = 0; phase < _up; phase++)
        {
            var (row, sum) = (new double[_taps], 0.0);
            for (var i = 0; i < _taps; i++)
            {
                var t = i - reach + 1 - (double)phase / _up;
                sum += row[i] = (Math.Abs(t) < 1e-9 ? cutoff : Math.Sin(Math.PI * cutoff * t) / (Math.PI * t)) * Kaiser(t / reach);
            }
            for (var i = 0; i < _taps; i++) _phases[phase * _taps + i] = (float)(row[i] / sum);
        }
    }

    /// <summary>From one sample rate to another.</summary>
    public static Resampler Rates(int fromHz, int toHz) => new(toHz, fromHz);

    /// <summary>A voice played <paramref name="speed"/> times as fast, at the rate it has; the speed is taken to a thousandth.</summary>
    public static Resampler Speed(double speed) => speed is >= 0.25 and <= 4
        ? new(1000, (int)Math.Round(speed * 1000))
        : throw new ArgumentException($"The speed is {speed}: give 0.25 to 4.", nameof(speed));

    /// <summary>The sound at its new rate; its first sample stands at the same time.</summary>
    public float[] Run(ReadOnlySpan<float> samples)
    {
        if (_up == 1 && _down == 1) return samples.ToArray();
        var reach = _taps / 2;
        var padded = new float[samples.Length + 2 * _taps];
        samples.CopyTo(padded.AsSpan(_taps));
        var result = new float[((long)samples.Length * _up + _down - 1) / _down];
        for (var n = 0; n < result.Length; n++)
        {
            var at = (long)n * _down;
            result[n] = Dot(padded.AsSpan((int)(at / _up) + _taps - reach + 1, _taps), _phases.AsSpan((int)(at % _up) * _taps, _taps));
        }
        return result;
    }

    static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ReadOnlySpan<Vector<float>> x = MemoryMarshal.Cast<float, Vector<float>>(a), y = MemoryMarshal.Cast<float, Vector<float>>(b);
        var sum = Vector<float>.Zero;
        for (var i = 0; i < x.Length; i++) sum += x[i] * y[i];
        var total = Vector.Sum(sum);
        for (var i = x.Length * Vector<float>.Count; i < a.Length; i++) total += a[i] * b[i];
        return total;
    }

    static double Kaiser(double x) => Math.Abs(x) >= 1 ? 0 : Bessel(KaiserBeta * Math.Sqrt(1 - x * x)) / Bessel(KaiserBeta);

    static double Bessel(double x)
    {
        double sum = 1, term = 1;
        for (var k = 1; term > 1e-12 * sum; k++) sum += term *= x * x / (4.0 * k * k);
        return sum;
    }
}
