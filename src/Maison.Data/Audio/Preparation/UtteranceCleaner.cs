// Makes an utterance of a recording: no rumble, one level, no long silence at its ends, whole frames. It is deterministic and knows
// nothing about pitch or text.

namespace Maison.Data.Audio.Preparation;

/// <summary>A recording made ready.</summary>
/// <param name="Samples">24 kHz, whole frames.</param>
/// <param name="Speech">From the first frame of speech to the last.</param>
/// <param name="Pauses">Pauses inside.</param>
/// <param name="GainDb">What it was amplified by.</param>
/// <param name="PeakDb">Its true peak.</param>
sealed record CleanUtterance(float[] Samples, FrameSpan Speech, FrameSpan[] Pauses, float GainDb, float PeakDb);

static class UtteranceCleaner
{
    /// <summary>The utterance, or null when nobody speaks in the recording.</summary>
    public static CleanUtterance? Clean(ReadOnlySpan<float> recording, VoiceRules rules)
    {
        var samples = Biquad.HighPass(rules.HighPassHz, VoiceFrames.SampleRateHz).ZeroPhase(recording);
        var level = Loudness.ActiveLevelDb(samples, VoiceFrames.SampleRateHz);
        if (!double.IsFinite(level)) return null;
        var peak = Loudness.TruePeakDb(samples);
        var gain = Math.Min(rules.ActiveLevelDb - level, rules.TruePeakDb - peak);
        var factor = (float)Math.Pow(10, gain / 20);
        foreach (ref var x in samples.AsSpan()) x *= factor;

        if (SpeechGate.Speech(SpeechGate.Active(samples)) is not { } speech) return null;
        var first = Math.Max(0, speech.First - rules.KeepBeforeFrames);
        var end = Math.Min(VoiceFrames.Count(samples.Length), speech.End + rules.KeepAfterFrames);
        var kept = new float[(end - first) * VoiceFrames.HopSamples];
        var from = first * VoiceFrames.HopSamples;
        samples.AsSpan(from, Math.Min(kept.Length, samples.Length - from)).CopyTo(kept);
        // What a shard stores are 16-bit samples; features are those of what it stores.
        foreach (ref var x in kept.AsSpan()) x = WaveFile.ToInt16(x) / 32768f;
        var pauses = SpeechGate.Pauses(SpeechGate.Active(samples), rules.PauseFrames);
        return new(kept, speech with { First = speech.First - first }, [.. pauses.Select(p => p with { First = p.First - first })], (float)gain, (float)(peak + gain));
    }
}
