// How loud speech is: the level while somebody talks (ITU-T P.56, method B), loudness as broadcasters measure it (ITU-R BS.1770-4),
// and the peak between the samples. It changes nothing; gains are the caller's.

namespace Maison.Data.Audio;

/// <summary>Measures of loudness.</summary>
public static class Loudness
{
    /// <summary>Level in dBov of the parts that are speech: 0 dB is the power of a full-scale square wave; -∞ without any sound.</summary>
    public static double ActiveLevelDb(ReadOnlySpan<float> samples, int sampleRateHz)
    {
        const int thresholds = 15;
        const double marginDb = 15.9, smoothingSeconds = 0.03, hangoverSeconds = 0.2;
        var smooth = Math.Exp(-1 / (smoothingSeconds * sampleRateHz));
        var hangover = (int)(hangoverSeconds * sampleRateHz);
        var (active, silent) = (new long[thresholds], new int[thresholds]);
        Array.Fill(silent, hangover);
        double power = 0, once = 0, twice = 0;
        foreach (var x in samples)
        {
            power += (double)x * x;
            once = smooth * once + (1 - smooth) * Math.Abs(x);
            twice = smooth * twice + (1 - smooth) * once;
            for (var j = 0; j < thresholds; j++)
            {
                if (twice >= Math.ScaleB(1, j - thresholds)) silent[j] = 0;
                else if (silent[j] < hangover) silent[j]++;
                else continue;
                active[j]++;
            }
        }
        if (power == 0 || active[0] == 0) return double.NegativeInfinity;

        // The level over a threshold's active time falls short of the margin above it somewhere between two thresholds.
        double Level(int j) => 10 * Math.Log10(power / active[j]);
        double Above(int j) => Level(j) - 20 * Math.Log10(Math.ScaleB(1, j - thresholds));
        for (var j = 0; j < thresholds; j++)
        {
            var next = j + 1 < thresholds && active[j + 1] > 0;
            if (Above(j) <= marginDb || !next) return Level(j);
            if (Above(j + 1) > marginDb) continue;
            var share = (Above(j) - marginDb) / (Above(j) - Above(j + 1));
            return Level(j) + share * (Level(j + 1) - Level(j));
        }
        return Level(thresholds - 1);
    }

    /// <summary>Integrated loudness in LUFS, gated at -70 LUFS and at 10 LU below the mean; -∞ when nothing passes.</summary>
    public static double IntegratedLufs(ReadOnlySpan<float> samples, int sampleRateHz)
    {
        const double offset = -0.691, absoluteGate = -70, relativeGate = -10;
        var weighted = new double[samples.Length];
        for (var n = 0; n < weighted.Length; n++) weighted[n] = samples[n];
        Shelf(sampleRateHz).Run(weighted);
        LowCut(sampleRateHz).Run(weighted);
        int block = (int)(0.4 * sampleRateHz), step = (int)(0.1 * sampleRateHz);
        List<double> powers = [];
        for (var start = 0; start + block <= weighted.Length; start += step)
        {
            var sum = 0.0;
            foreach (var x in weighted.AsSpan(start, block)) sum += x * x;
            powers.Add(sum / block);
        }
        powers.RemoveAll(p => Lufs(p) <= absoluteGate);
        if (powers.Count == 0) return double.NegativeInfinity;
        var gate = Lufs(powers.Average()) + relativeGate;
        return Lufs(powers.Where(p => Lufs(p) > gate).Average());

        static double Lufs(double power) => offset + 10 * Math.Log10(power);
    }

    /// <summary>The peak of the signal that the samples stand for, by fourfold oversampling; in dB of full scale.</summary>
    public static double TruePeakDb(ReadOnlySpan<float> samples)
    {
        var peak = 0f;
        foreach (var x in Fourfold.Run(samples)) peak = Math.Max(peak, Math.Abs(x));
        return 20 * Math.Log10(peak);
    }

    static readonly Resampler Fourfold = new(4, 1);

    // The two filters of BS.1770 as analogue prototypes, so that they hold at every sample rate (they give its table at 48 kHz).
    static Biquad Shelf(double rate)
    {
        const double hz = 1681.974450955533, gainDb = 3.999843853973347, q = 0.7071752369554196;
        var k = Math.Tan(Math.PI * hz / rate);
        var high = Math.Pow(10, gainDb / 20);
        var mid = Math.Pow(high, 0.4996667741545416);
        var a0 = 1 + k / q + k * k;
        return new((high + mid * k / q + k * k) / a0, 2 * (k * k - high) / a0, (high - mid * k / q + k * k) / a0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0);
    }

    static Biquad LowCut(double rate)
    {
        const double hz = 38.13547087602444, q = 0.5003270373238773;
        var k = Math.Tan(Math.PI * hz / rate);
        var a0 = 1 + k / q + k * k;
        return new(1, -2, 1, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0);
    }
}
