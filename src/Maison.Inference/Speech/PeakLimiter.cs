// Keeps loud sounds below a ceiling without clipping them. Each sample is held back 2.5 ms, so that gain has gone down, along a straight line,
// when a peak arrives, and comes back over some 40 ms; a soft knee would bend every loud vowel instead, which is heard as added harmonics. What is
// not near a peak leaves with the bits that it came with. Attenuations are whole numbers: their running sum is exact, however pieces are cut.

namespace Maison.Inference.Speech;

/// <summary>A look-ahead peak limiter; belongs to one sound.</summary>
sealed class PeakLimiter
{
    /// <summary>No sample is louder: -1 dB of full scale, which leaves room for what lies between samples and for lossy formats.</summary>
    public const float Ceiling = 0.8912509f;

    /// <summary>Samples held back: 2.5 ms.</summary>
    public const int LookAheadSamples = 60;

    const int Width = LookAheadSamples + 1, ReleaseShift = 10;
    const double One = 1L << 32;

    // Rings over the same places: samples, how far each must go down, and how far gain went down.
    readonly float[] waiting = new float[Width];
    readonly long[] needed = new long[Width], lowered = new long[Width];
    long arrived, level, sum;
    int loud;

    /// <summary>Takes samples and gives those whose gain is settled.</summary>
    /// <param name="last">Nothing follows: all that were held back are given.</param>
    public float[] Push(ReadOnlySpan<float> samples, bool last)
    {
        var before = Math.Max(0, arrived - LookAheadSamples);
        var output = new float[(last ? arrived + samples.Length : Math.Max(0, arrived + samples.Length - LookAheadSamples)) - before];
        var given = 0;
        for (var rest = samples; !rest.IsEmpty;)
        {
            var quiet = loud > 0 || sum > 0 || arrived < Width ? 0 : rest.IndexOfAnyExceptInRange(-Ceiling, Ceiling);
            if (quiet < 0) quiet = rest.Length;
            if (quiet > Width)
            {
                Pass(rest[..quiet], output.AsSpan(given, quiet));
                given += quiet;
                rest = rest[quiet..];
                continue;
            }
            var y = Step(rest[0]);
            if (arrived > LookAheadSamples) output[given++] = y;
            rest = rest[1..];
        }
        while (given < output.Length)
        {
            var y = Step(0);
            if (arrived > LookAheadSamples) output[given++] = y;
        }
        return output;
    }

    /// <summary>Takes many quiet samples where gain is whole, as one <see cref="Step"/> after the other would.</summary>
    void Pass(ReadOnlySpan<float> samples, Span<float> output)
    {
        for (var i = 0; i < LookAheadSamples; i++) output[i] = waiting[(int)((arrived - LookAheadSamples + i) % Width)];
        samples[..^LookAheadSamples].CopyTo(output[LookAheadSamples..]);
        arrived += samples.Length;
        for (var i = 1; i <= Width; i++) waiting[(int)((arrived - i) % Width)] = samples[^i];
    }

    /// <summary>Takes one sample; the one that came <see cref="LookAheadSamples"/> before leaves.</summary>
    float Step(float x)
    {
        var at = (int)(arrived++ % Width);
        var size = Math.Abs((double)x);
        (waiting[at], needed[at]) = (x, size > Ceiling ? (long)Math.Ceiling((1 - Ceiling / size) * One) : 0);
        loud = needed[at] > 0 ? Width : Math.Max(0, loud - 1);
        var peak = 0L;
        if (loud > 0) foreach (var n in needed) peak = Math.Max(peak, n);
        // The mean over the look-ahead of what holds for the look-ahead is never less than what a sample needs.
        level = Math.Max(peak, Math.Max(0, level - (level >> ReleaseShift) - 1));
        sum += level - lowered[at];
        lowered[at] = level;
        var leaving = waiting[(at + 1) % Width];
        return sum == 0 ? leaving : (float)(leaving * (1 - sum / (Width * One)));
    }
}
