// The normalised difference function of YIN, step 3 of de Cheveigné and Kawahara 2002 (JASA 111): near 0 where the sound repeats
// after the lag, about 1 where it does not. Both windows lie around the middle of the frame for every lag, so that a gliding pitch
// is not read too early.

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Maison.Data.Audio.Analysis;

sealed class YinDifference
{
    const double WindowSeconds = 0.040;

    readonly int _window, _longest;
    readonly float[] _around;
    readonly float[] _difference;

    /// <param name="lowHz">The lowest frequency whose period is tried.</param>
    /// <param name="sampleRateHz">Samples per second.</param>
    public YinDifference(double lowHz, int sampleRateHz)
    {
        _window = (int)(WindowSeconds * sampleRateHz) / Vector512<float>.Count * Vector512<float>.Count;
        _longest = (int)(sampleRateHz / lowHz) + 2;
        _around = new float[_window + _longest + 1];
        _difference = new float[_longest + 1];
    }

    /// <summary>d′ of every lag in samples around <paramref name="centre"/>, from d′[0] = 1 on; valid until the next call.</summary>
    public ReadOnlySpan<float> At(ReadOnlySpan<float> samples, int centre)
    {
        var start = centre - _around.Length / 2;
        _around.AsSpan().Clear();
        var (from, to) = (Math.Max(0, start), Math.Min(samples.Length, start + _around.Length));
        if (to > from) samples[from..to].CopyTo(_around.AsSpan(from - start));

        var sum = 0.0;
        _difference[0] = 1;
        for (var lag = 1; lag <= _longest; lag++)
        {
            var first = (_around.Length - _window - lag) / 2;
            ReadOnlySpan<Vector512<float>> a = Vectors(first), b = Vectors(first + lag);
            var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
            for (var i = 0; i + 1 < a.Length; i += 2)
            {
                var (x, y) = (a[i] - b[i], a[i + 1] - b[i + 1]);
                even += x * x;
                odd += y * y;
            }
            if (a.Length % 2 == 1) even += (a[^1] - b[^1]) * (a[^1] - b[^1]);
            var difference = Vector512.Sum(even + odd);
            sum += difference;
            _difference[lag] = sum > 0 ? (float)(difference * lag / sum) : 1;
        }
        return _difference;
    }

    ReadOnlySpan<Vector512<float>> Vectors(int first) => MemoryMarshal.Cast<float, Vector512<float>>(_around.AsSpan(first, _window));
}
