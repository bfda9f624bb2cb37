// Up to which frequency a speaker was recorded: a voice taken at 16 kHz has nothing above 8 kHz, and a model must not learn that
// people sound so. The long-term spectrum falls by a cliff there; speech itself falls gently.

using Maison.Data.Audio.Analysis;

namespace Maison.Data.Audio.Preparation;

static class Bandwidth
{
    const double BandHz = 250, CliffDb = 60;
    const int Fft = 1024, Hop = 480;

    /// <summary>Power of an utterance in bands of 250 Hz.</summary>
    public static double[] Spectrum(ReadOnlySpan<float> samples)
    {
        var transform = new ShortTimeFourier(Fft, Fft, Hop);
        var magnitudes = transform.Magnitudes(samples);
        var bands = new double[(int)(VoiceFrames.SampleRateHz / 2 / BandHz)];
        for (var i = 0; i < magnitudes.Length; i++)
            bands[Math.Min(bands.Length - 1, (int)(i % transform.Bins * (double)VoiceFrames.SampleRateHz / Fft / BandHz))] += (double)magnitudes[i] * magnitudes[i];
        return bands;
    }

    /// <summary>The top of the highest band that is not 60 dB below the strongest; half the sample rate without any spectra.</summary>
    public static double OfSpectra(IEnumerable<double[]> spectra)
    {
        double[]? sum = null;
        foreach (var one in spectra.Where(s => s.Length > 0)) sum = sum is null ? one : [.. sum.Zip(one, (a, b) => a + b)];
        if (sum is null) return VoiceFrames.SampleRateHz / 2.0;
        var least = sum.Max() * Math.Pow(10, -CliffDb / 10);
        return (Array.FindLastIndex(sum, p => p > least) + 1) * BandHz;
    }
}
