// Four faults that listeners of synthetic voices name and averages hide: buzz (noise that should be in a vowel is not), lines (a tone at
// every multiple of the frame rate, heard as a metallic ring), frozen noise (fricatives whose fine structure repeats) and clicks where
// pieces were joined. Each is a number to be held against that of natural recordings, or of places without a join.

using Maison.Data.Audio.Analysis;

namespace Maison.Data.Audio.Measures;

/// <summary>What joins of pieces did to a sound.</summary>
/// <param name="Count">How many joins were looked at.</param>
/// <param name="LargestDb">How far the loudest of them stands out of its surroundings; NaN without any.</param>
/// <param name="OrdinaryDb">What 99 % of all other places stay below.</param>
/// <param name="OtherDb">The largest of all other places.</param>
public readonly record struct JoinScore(int Count, double LargestDb, double OrdinaryDb, double OtherDb);

/// <summary>Detects synthetic sounds' faults.</summary>
public static class Artefacts
{
    const double NepersToDb = 8.685889638;

    /// <summary>Harmonic to noise ratio between 3.75 and 8.25 kHz over the voiced frames of utterances, in dB; 3 dB above natural speech buzzes.</summary>
    public static double HarmonicDb(IEnumerable<VoiceFeatures> voices)
    {
        const int first = 5, end = 11;
        double sum = 0;
        long count = 0;
        foreach (var voice in voices)
            for (var t = 0; t < voice.Frames; t++)
                for (var band = first; voice.Hz[t] > 0 && band < end; band++)
                {
                    sum += voice.Periodicity[t * VoiceFrames.PeriodicityBands + band];
                    count++;
                }
        var share = Math.Clamp(count == 0 ? 0 : sum / count, 1e-4, 1 - 1e-4);
        return 10 * Math.Log10(share / (1 - share));
    }

    /// <summary>How far the lines at multiples of 100 Hz stand out of what lies between them where nobody speaks, in dB: the mean of the ten highest from 500 Hz on; over 6 dB rings.</summary>
    /// <returns>NaN when the pauses of all utterances are under 0.3 s together.</returns>
    public static double LineDb(IEnumerable<(float[] Samples, VoiceFeatures Voice)> utterances)
    {
        const int fft = 2048, leastFrames = 30, firstHz = 500, lastHz = 11_000, highest = 10, reach = fft / 2 / VoiceFrames.HopSamples;
        const float range = (float)(40 / NepersToDb);
        var transform = new ShortTimeFourier(fft, fft, VoiceFrames.HopSamples);
        var power = new double[transform.Bins];
        var quiet = 0;
        foreach (var (samples, voice) in utterances)
        {
            var gate = voice.Energy.DefaultIfEmpty().Max() - range;
            var magnitudes = transform.Magnitudes(samples);
            // The long window must see silence alone.
            for (var t = reach; t + reach < voice.Frames; t++)
            {
                if (voice.Energy.AsSpan(t - reach, 2 * reach + 1).ContainsAnyInRange(gate, float.MaxValue)) continue;
                quiet++;
                for (var k = 0; k < power.Length; k++) power[k] += (double)magnitudes[t * power.Length + k] * magnitudes[t * power.Length + k];
            }
        }
        if (quiet < leastFrames) return double.NaN;
        List<double> lines = [];
        for (var hz = firstHz; hz <= lastHz; hz += VoiceFrames.PerSecond)
        {
            var at = (int)Math.Round(hz * (double)fft / VoiceFrames.SampleRateHz);
            var line = Math.Max(power[at - 1], Math.Max(power[at], power[at + 1]));
            var around = Enumerable.Range(3, 3).SelectMany(d => new[] { power[at - d], power[at + d] }).Order().ToArray();
            lines.Add(10 * Math.Log10((line + 1e-12) / (around[around.Length / 2] + 1e-12)));
        }
        return lines.OrderDescending().Take(highest).Average();
    }

    /// <summary>Whether a sound clicks where its pieces were joined: how far 2 ms of the highest octave stand out of the 20 ms on either side, at joins and everywhere else.</summary>
    /// <param name="joins">Samples with which a piece begins; those too near to an end of the sound are left out.</param>
    public static JoinScore Joins(ReadOnlySpan<float> samples, IEnumerable<long> joins)
    {
        const int window = VoiceFrames.SampleRateHz / 500, half = window / 2, sides = 10, reach = (sides + 1) * window;
        // Fourth differences weigh 12 kHz 24 dB above 4 kHz; sums of their squares up to each sample give the energy of any window.
        var energy = new double[samples.Length + 1];
        for (var n = 0; n < samples.Length; n++)
        {
            var d = n < 2 || n + 2 >= samples.Length ? 0 : samples[n - 2] - 4.0 * samples[n - 1] + 6.0 * samples[n] - 4.0 * samples[n + 1] + samples[n + 2];
            energy[n + 1] = energy[n] + d * d;
        }
        var at = joins.Where(j => j >= reach + half && j + reach + half < energy.Length - 1).Distinct().ToArray();
        var (largest, near) = (double.NaN, new HashSet<long>());
        foreach (var join in at)
        {
            largest = double.IsNaN(largest) ? StandsOut(join) : Math.Max(largest, StandsOut(join));
            for (var n = join - window; n <= join + window; n++) near.Add(n);
        }
        List<double> others = [];
        for (var n = reach + half; n + reach + half < energy.Length - 1; n += half)
            if (!near.Contains(n)) others.Add(StandsOut(n));
        if (others.Count == 0) return new(at.Length, largest, double.NaN, double.NaN);
        others.Sort();
        return new(at.Length, largest, others[(int)(0.99 * (others.Count - 1))], others[^1]);

        double Power(long n) => (energy[n + half] - energy[n - half]) / window + 1e-12;

        double StandsOut(long n)
        {
            var around = new double[2 * sides];
            for (var d = 0; d < sides; d++) (around[2 * d], around[2 * d + 1]) = (Power(n - (d + 1) * window), Power(n + (d + 1) * window));
            Array.Sort(around);
            return 10 * Math.Log10(Power(n) / around[sides]);
        }
    }

    /// <summary>How much the fine structure of unvoiced sounds is that of 200 ms before: mean over frequencies of the correlation of log magnitudes, envelope taken off; noise has 0, frozen noise near 1.</summary>
    /// <returns>NaN with fewer than 20 pairs of frames.</returns>
    public static double FrozenNoise(IEnumerable<(float[] Samples, VoiceFeatures Voice)> utterances)
    {
        const int lag = VoiceFrames.PerSecond / 5, leastPairs = 20, smooth = 8;
        const float range = (float)(50 / NepersToDb);
        var transform = new ShortTimeFourier(VoiceFrames.FftSamples, VoiceFrames.WindowSamples, VoiceFrames.HopSamples);
        double product = 0, before = 0, after = 0;
        var pairs = 0;
        foreach (var (samples, voice) in utterances)
        {
            var magnitudes = transform.Magnitudes(samples);
            var gate = voice.Energy.DefaultIfEmpty().Max() - range;
            for (var t = lag; t < voice.Frames; t++)
            {
                if (voice.Hz[t] > 0 || voice.Hz[t - lag] > 0 || voice.Energy[t] < gate || voice.Energy[t - lag] < gate) continue;
                pairs++;
                for (var k = 24; k < transform.Bins - smooth; k++)
                {
                    var (x, y) = (Fine(magnitudes, t - lag, k), Fine(magnitudes, t, k));
                    (product, before, after) = (product + x * y, before + x * x, after + y * y);
                }
            }
        }
        return pairs < leastPairs ? double.NaN : product / Math.Sqrt(before * after);

        double Fine(float[] magnitudes, int t, int k)
        {
            double Log(int i) => Math.Log(magnitudes[t * transform.Bins + i] + 1e-6);
            var mean = 0.0;
            for (var d = -smooth; d <= smooth; d++) mean += Log(k + d);
            return Log(k) - mean / (2 * smooth + 1);
        }
    }
}
