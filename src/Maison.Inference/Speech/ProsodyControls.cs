// What the controls of time, pitch and level do to the explicit arrays of a sentence. With no change asked for, every array comes back as it
// was, to the bit.
//   length   sounds d / r, stops and affricates d / r^0.4 (a burst does not stretch), pauses d / r^1.2 × pauses; whispers × 1.1
//   pitch    log f ← mean + range · (log f − mean) + semitones · ln 2 / 12
//   level    a gain per phone, laid over its frames: the acoustic model does not hear of it, so the level changes by just so many dB

using Maison.Models.Voice;

namespace Maison.Inference.Speech;

/// <summary>Lays controls over a prosody.</summary>
public static class ProsodyControls
{
    const double StopStretch = 0.4, PauseStretch = 1.2, WhisperLength = 1.1;

    /// <summary>Natural logarithm of a semitone: ln 2 / 12.</summary>
    internal const float SemitoneNats = 0.057762265f;

    /// <summary>The prosody of a sentence under the controls, each word's own on top.</summary>
    public static Prosody Apply(Prosody prosody, SpeechSentence sentence, VoiceControls controls)
    {
        var tokens = sentence.Tokens;
        var mean = ProsodyRules.Mean(prosody, tokens);
        var frames = new int[tokens.Count];
        float[] pitch = [.. prosody.LogHz];
        // Ends are rounded, not lengths: what one phone loses to the grid the next one gets.
        double exact = 0;
        var end = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            var t = tokens[i];
            var c = At(t, sentence, controls);
            exact += prosody.Frames[i] * Stretch(t, c);
            frames[i] = Math.Max(1, (int)Math.Round(exact) - end);
            end += frames[i];
            // A phone that was kept alive with one frame owes it to the next.
            exact = Math.Max(exact, end - 0.5);
            for (var k = i * Prosody.Points; k < (i + 1) * Prosody.Points; k++)
                pitch[k] = (c.Range == 1 ? pitch[k] : mean + c.Range * (pitch[k] - mean)) + c.PitchSemitones * SemitoneNats;
        }
        return new(frames, pitch, [.. prosody.Energy]);
    }

    /// <summary>What is added to the logarithm of the level of each phone.</summary>
    public static float[] Gains(SpeechSentence sentence, VoiceControls controls)
        => [.. sentence.Tokens.Select(t => At(t, sentence, controls).EnergyDb * VoiceTime.NatsPerDb)];

    static VoiceControls At(SpeechToken t, SpeechSentence sentence, VoiceControls controls)
        => t.Word >= 0 && sentence.Words[t.Word].Controls is { } own ? controls.With(own) : controls;

    static double Stretch(SpeechToken t, VoiceControls c)
    {
        if (t.Seconds is not null) return 1;                             // a pause that was asked for is as long as asked
        return t.Sound switch
        {
            SoundKind.Pause => Math.Pow(c.Speed, -PauseStretch) * c.Pauses,
            SoundKind.Stop => Math.Pow(c.Speed, -StopStretch),
            _ => 1.0 / c.Speed,
        } * (c.Whisper == 0 || t.Sound == SoundKind.Pause ? 1 : 1 + (WhisperLength - 1) * c.Whisper);
    }
}
