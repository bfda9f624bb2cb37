// The features of a voice: log-mel spectrum, energy, pitch with voicing, periodicity by band. This is the only definition: what a model
// is trained on and what an evaluation measures come from here, so they can be compared. It knows nothing about text.

using Maison.Data.Audio.Analysis;

namespace Maison.Data.Audio;

/// <summary>Features of one utterance on the grid of <see cref="VoiceFrames"/>.</summary>
/// <param name="LogMel">ln max(1e-5, Σ weight · magnitude) of Hann-windowed spectra in 80 Slaney bands. // (frames, 80)</param>
/// <param name="Energy">ln max(1e-5, root mean square) under the same window. // (frames)</param>
/// <param name="Hz">Fundamental frequency, 0 where unvoiced. // (frames)</param>
/// <param name="Periodicity">Share of power that is periodic in 16 bands of 750 Hz, 0 where unvoiced. // (frames, 16)</param>
public sealed record VoiceFeatures(float[] LogMel, float[] Energy, float[] Hz, float[] Periodicity)
{
    /// <summary>How many frames there are.</summary>
    public int Frames => Energy.Length;
}

/// <summary>Computes features; one per thread.</summary>
/// <param name="range">Where the speaker's pitch may lie.</param>
public sealed class VoiceAnalyser(PitchRange range)
{
    readonly ShortTimeFourier _spectrum = new(VoiceFrames.FftSamples, VoiceFrames.WindowSamples, VoiceFrames.HopSamples);
    readonly MelScale _mel = new(VoiceFrames.MelBands, VoiceFrames.FftSamples / 2 + 1, VoiceFrames.SampleRateHz);
    readonly PitchTracker _pitch = new(range);
    readonly BandPeriodicity _periodicity = new();

    /// <summary>The features of an utterance and the pitch track behind them.</summary>
    /// <param name="samples">A voice at 24 kHz.</param>
    public (VoiceFeatures Features, PitchTrack Track) Analyse(ReadOnlySpan<float> samples)
    {
        var track = _pitch.Track(samples);
        return (new(LogMel(samples), Energy(samples), track.Hz, _periodicity.Of(samples, track.Hz)), track);
    }

    /// <summary>The log-mel spectrum alone. // (frames, 80)</summary>
    public float[] LogMel(ReadOnlySpan<float> samples)
    {
        var magnitudes = _spectrum.Magnitudes(samples);
        var frames = VoiceFrames.Count(samples.Length);
        var mel = new float[frames * _mel.Bands];
        for (var t = 0; t < frames; t++)
            _mel.Log(magnitudes.AsSpan(t * _spectrum.Bins, _spectrum.Bins), mel.AsSpan(t * _mel.Bands, _mel.Bands));
        return mel;
    }

    static readonly float[] Window = ShortTimeFourier.Hann(VoiceFrames.WindowSamples);
    static readonly double WindowPower = Window.Sum(w => (double)w * w);

    static float[] Energy(ReadOnlySpan<float> samples)
    {
        var energy = new float[VoiceFrames.Count(samples.Length)];
        for (var t = 0; t < energy.Length; t++)
        {
            var start = t * VoiceFrames.HopSamples + VoiceFrames.HopSamples / 2 - Window.Length / 2;
            var sum = 0.0;
            for (var n = Math.Max(0, -start); n < Window.Length && start + n < samples.Length; n++)
            {
                double x = samples[start + n] * Window[n];
                sum += x * x;
            }
            energy[t] = (float)Math.Log(Math.Max(VoiceFrames.Floor, Math.Sqrt(sum / WindowPower)));
        }
        return energy;
    }
}
