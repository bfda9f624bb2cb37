// Short-time spectra on a grid: frame t is centred at hop (t + ½), its periodic Hann window may be shorter than the transform, and
// there is silence outside of the sound. The inverse divides by the sum of the squared windows, so that the round trip is exact
// up to rounding wherever a frame reaches. An instance keeps scratch: one per thread.

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Maison.Data.Audio.Analysis;

/// <summary>Spectra of a sound, frame by frame.</summary>
public sealed class ShortTimeFourier
{
    readonly RealFft _fft;
    readonly float[] _window;
    readonly Vector512<float>[] _signal, _re, _im;

    /// <param name="fftSamples">Length of the transform, a power of two.</param>
    /// <param name="windowSamples">Samples under the window, at most <paramref name="fftSamples"/>.</param>
    /// <param name="hopSamples">Samples from frame to frame.</param>
    public ShortTimeFourier(int fftSamples, int windowSamples, int hopSamples)
    {
        if (windowSamples < 2 || windowSamples > fftSamples) throw new ArgumentException($"The window has {windowSamples} samples: give 2 to {fftSamples}.", nameof(windowSamples));
        if (hopSamples < 1) throw new ArgumentException($"The hop is {hopSamples} samples: give 1 or more.", nameof(hopSamples));
        _fft = new(fftSamples);
        HopSamples = hopSamples;
        _window = Hann(windowSamples);
        (_signal, _re, _im) = (new Vector512<float>[fftSamples], new Vector512<float>[_fft.Bins], new Vector512<float>[_fft.Bins]);
    }

    /// <summary>Samples from frame to frame.</summary>
    public int HopSamples { get; }
    /// <summary>Samples under the window.</summary>
    public int WindowSamples => _window.Length;
    /// <summary>Frequencies of a spectrum.</summary>
    public int Bins => _fft.Bins;

    /// <summary>Frames of a sound; a last frame that is not full counts.</summary>
    public int Frames(int samples) => (samples + HopSamples - 1) / HopSamples;

    /// <summary>½ - ½ cos(2π n / length).</summary>
    public static float[] Hann(int length) => [.. Enumerable.Range(0, length).Select(n => (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * n / length)))];

    /// <summary>Magnitudes of all frames. // (frames, bins)</summary>
    public float[] Magnitudes(ReadOnlySpan<float> samples)
    {
        var (frames, bins) = (Frames(samples.Length), Bins);
        var magnitudes = new float[frames * bins];
        for (var first = 0; first < frames; first += RealFft.Lanes)
        {
            Forward(samples, first);
            for (var k = 0; k < bins; k++) _re[k] = Vector512.Sqrt(_re[k] * _re[k] + _im[k] * _im[k]);
            Scatter(_re, first, frames, magnitudes);
        }
        return magnitudes;
    }

    /// <summary>Real and imaginary parts of all frames. // (frames, bins) each</summary>
    public (float[] Re, float[] Im) Transform(ReadOnlySpan<float> samples)
    {
        var frames = Frames(samples.Length);
        var (re, im) = (new float[frames * Bins], new float[frames * Bins]);
        for (var first = 0; first < frames; first += RealFft.Lanes)
        {
            Forward(samples, first);
            Scatter(_re, first, frames, re);
            Scatter(_im, first, frames, im);
        }
        return (re, im);
    }

    /// <summary>The sound of spectra, by windowed overlap and add.</summary>
    /// <param name="re">Real parts. // (frames, bins)</param>
    /// <param name="im">Imaginary parts.</param>
    /// <param name="samples">How many samples to give.</param>
    public float[] Inverse(ReadOnlySpan<float> re, ReadOnlySpan<float> im, int samples)
    {
        var frames = re.Length / Bins;
        var (sum, weight) = (new double[samples], new double[samples]);
        for (var first = 0; first < frames; first += RealFft.Lanes)
        {
            Gather(re, first, frames, _re);
            Gather(im, first, frames, _im);
            _fft.Inverse(_re, _im, _signal);
            var lanes = MemoryMarshal.Cast<Vector512<float>, float>(_signal);
            for (var t = first; t < Math.Min(frames, first + RealFft.Lanes); t++)
            {
                var start = Start(t);
                for (var n = Math.Max(0, -start); n < _window.Length && start + n < samples; n++)
                {
                    sum[start + n] += (double)lanes[n * RealFft.Lanes + t - first] * _window[n];
                    weight[start + n] += (double)_window[n] * _window[n];
                }
            }
        }
        var sound = new float[samples];
        for (var n = 0; n < samples; n++) sound[n] = weight[n] > 1e-9 ? (float)(sum[n] / weight[n]) : 0;
        return sound;
    }

    /// <summary>Spectra of sixteen frames from <paramref name="first"/> on, a frame per lane, into <see cref="Re"/> and <see cref="Im"/>.</summary>
    internal void Forward(ReadOnlySpan<float> samples, int first)
    {
        var lanes = MemoryMarshal.Cast<Vector512<float>, float>(_signal.AsSpan());
        lanes[..(_window.Length * RealFft.Lanes)].Clear();
        for (var lane = 0; lane < RealFft.Lanes; lane++)
        {
            var start = Start(first + lane);
            for (var n = Math.Max(0, -start); n < _window.Length && start + n < samples.Length; n++)
                lanes[n * RealFft.Lanes + lane] = samples[start + n] * _window[n];
        }
        _fft.Forward(_signal, _re, _im);
    }

    internal ReadOnlySpan<Vector512<float>> Re => _re;
    internal ReadOnlySpan<Vector512<float>> Im => _im;

    int Start(int frame) => frame * HopSamples + HopSamples / 2 - _window.Length / 2;

    void Scatter(ReadOnlySpan<Vector512<float>> from, int first, int frames, Span<float> to)
    {
        var lanes = MemoryMarshal.Cast<Vector512<float>, float>(from);
        for (var t = first; t < Math.Min(frames, first + RealFft.Lanes); t++)
            for (var k = 0; k < Bins; k++) to[t * Bins + k] = lanes[k * RealFft.Lanes + t - first];
    }

    void Gather(ReadOnlySpan<float> from, int first, int frames, Span<Vector512<float>> to)
    {
        to.Clear();
        var lanes = MemoryMarshal.Cast<Vector512<float>, float>(to);
        for (var t = first; t < Math.Min(frames, first + RealFft.Lanes); t++)
            for (var k = 0; k < Bins; k++) lanes[k * RealFft.Lanes + t - first] = from[t * Bins + k];
    }
}
