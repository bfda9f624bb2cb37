// From punctuation to prosody: what reading aloud does at commas and at the ends of questions, which a voice trained on short statements has
// hardly heard. Rules add to what the acoustic model predicts; lengthening before pauses it has learnt itself, so no rule does it again.
// Numbers: pauses and pitch movements of careful American reading.

using Maison.Models.Voice;

namespace Maison.Inference.Speech;

/// <summary>Lays punctuation over a predicted prosody.</summary>
public static class ProsodyRules
{
    const float SemitoneNats = 0.057762265f;                             // ln 2 / 12
    const float ContinuationSemitones = 1.5f, QuestionSemitones = 5f, ExclamationRange = 1.3f, EmphasisSemitones = 2.5f, EmphasisLength = 1.15f, EmphasisDb = 3f;

    /// <summary>Length of a pause in frames, before any control: what stands between the words and after the last of them.</summary>
    public static int PauseFrames(PauseKind kind, bool endsParagraph) => kind switch
    {
        PauseKind.Edge => 5,
        PauseKind.Short => 10,
        PauseKind.Comma => 21,
        PauseKind.Colon => 30,
        PauseKind.Dash => 26,
        PauseKind.Ellipsis => 45,
        PauseKind.Period or PauseKind.Question or PauseKind.Exclamation => endsParagraph ? 85 : 47,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), $"{kind} is no pause."),
    };

    /// <summary>The prosody with pauses by punctuation, rises at commas and questions, wider movement before an exclamation mark, and emphasised words.</summary>
    public static Prosody Apply(Prosody predicted, SpeechSentence sentence)
    {
        int[] frames = [.. predicted.Frames];
        float[] pitch = [.. predicted.LogHz], energy = [.. predicted.Energy];
        var tokens = sentence.Tokens;
        var mean = Mean(predicted, tokens);
        var phrase = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            var t = tokens[i];
            if (t.Pause == PauseKind.None) continue;
            // Several marks may stand together; the longest of them is the pause, the others take a frame.
            var longest = Longest(tokens, i, sentence.EndsParagraph);
            frames[i] = t.Seconds is { } seconds ? Math.Max(1, (int)Math.Round(seconds * VoiceTime.FramesPerSecond)) : longest ? PauseFrames(t.Pause, sentence.EndsParagraph) : 1;
            switch (t.Pause)
            {
                case PauseKind.Comma or PauseKind.Dash: Rise(tokens, pitch, LastVowel(tokens, phrase, i), i, ContinuationSemitones); break;
                case PauseKind.Question when !AsksForAFact(sentence): Rise(tokens, pitch, LastStress(tokens, phrase, i), i, QuestionSemitones); break;
                case PauseKind.Exclamation: Widen(tokens, pitch, phrase, i, mean, ExclamationRange); break;
            }
            if (t.Pause is not PauseKind.Edge) phrase = i + 1;
        }
        Emphasise(sentence, frames, pitch, energy);
        return new(frames, pitch, energy);
    }

    /// <summary>The prosody with its pitch moved further off its mean, by a factor: a net that predicts the most likely pitch moves less than a speaker.</summary>
    public static Prosody Widened(Prosody predicted, SpeechSentence sentence, float factor)
    {
        if (factor == 1) return predicted;
        var mean = Mean(predicted, sentence.Tokens);
        return predicted with { LogHz = [.. predicted.LogHz.Select(f => mean + factor * (f - mean))] };
    }

    /// <summary>Mean log pitch over the sounds of a sentence, weighted by their length: what ranges are measured from.</summary>
    public static float Mean(Prosody prosody, IReadOnlyList<SpeechToken> tokens)
    {
        double sum = 0, weight = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Sound != SoundKind.Vowel) continue;
            for (var k = 0; k < Prosody.Points; k++) sum += prosody.Frames[i] * prosody.LogHz[i * Prosody.Points + k] / Prosody.Points;
            weight += prosody.Frames[i];
        }
        return weight == 0 ? prosody.LogHz.Length == 0 ? 0 : prosody.LogHz.Average() : (float)(sum / weight);
    }

    /// <summary>A question that begins with who, what, where … falls at its end; one that can be answered with yes or no rises.</summary>
    static bool AsksForAFact(SpeechSentence sentence)
        => sentence.Words.Count > 0 && sentence.Words.Take(2).Any(w => w.Text.ToLowerInvariant() is "who" or "what" or "where" or "when" or "why" or "how" or "which" or "whose" or "whom" or "what's" or "who's" or "where's" or "how's");

    static bool Longest(IReadOnlyList<SpeechToken> tokens, int at, bool endsParagraph)
    {
        if (tokens[at].Pause == PauseKind.Edge) return true;
        var own = PauseFrames(tokens[at].Pause, endsParagraph);
        for (var i = at - 1; i >= 0 && tokens[i].Pause is not (PauseKind.None or PauseKind.Edge); i--)
            if (PauseFrames(tokens[i].Pause, endsParagraph) >= own) return false;
        for (var i = at + 1; i < tokens.Count && tokens[i].Pause is not (PauseKind.None or PauseKind.Edge); i++)
            if (PauseFrames(tokens[i].Pause, endsParagraph) > own) return false;
        return true;
    }

    /// <summary>Raises the pitch from 0 at a token to the whole step at the end of the phrase.</summary>
    static void Rise(IReadOnlyList<SpeechToken> tokens, float[] pitch, int from, int end, float semitones)
    {
        if (from < 0) return;
        var points = (end - from) * Prosody.Points;
        for (var k = 0; k < points; k++) pitch[from * Prosody.Points + k] += semitones * SemitoneNats * (k + 1) / points;
    }

    static void Widen(IReadOnlyList<SpeechToken> tokens, float[] pitch, int from, int end, float mean, float range)
    {
        for (var k = from * Prosody.Points; k < end * Prosody.Points; k++) pitch[k] = mean + range * (pitch[k] - mean);
    }

    static int LastVowel(IReadOnlyList<SpeechToken> tokens, int from, int end)
    {
        for (var i = end - 1; i >= from; i--)
            if (tokens[i].Sound == SoundKind.Vowel) return i;
        return -1;
    }

    static int LastStress(IReadOnlyList<SpeechToken> tokens, int from, int end)
    {
        for (var i = end - 1; i >= from; i--)
            if (tokens[i].Sound == SoundKind.Vowel && tokens[i].Stress == 1) return i;
        return LastVowel(tokens, from, end);
    }

    static void Emphasise(SpeechSentence sentence, int[] frames, float[] pitch, float[] energy)
    {
        for (var i = 0; i < sentence.Tokens.Count; i++)
        {
            var t = sentence.Tokens[i];
            if (t.Word < 0 || sentence.Words[t.Word].Emphasis == 0) continue;
            var degree = sentence.Words[t.Word].Emphasis switch { < 0 => -0.5f, 1 => 1f, _ => 1.6f };
            if (t.Sound == SoundKind.Vowel) frames[i] = Math.Max(1, (int)MathF.Round(frames[i] * MathF.Pow(EmphasisLength, degree)));
            for (var k = 0; k < Prosody.Points; k++) pitch[i * Prosody.Points + k] += degree * EmphasisSemitones * SemitoneNats;
            energy[i] += degree * VoiceTime.NatsPerDb * EmphasisDb;
        }
    }
}
