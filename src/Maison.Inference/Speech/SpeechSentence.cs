// What the speech engine is given: phones with their places in words, and what punctuation stands between them. How a text became
// phones is unknown here; the text itself is carried along only so that a delivery can be chosen by its words.

namespace Maison.Inference.Speech;

/// <summary>How a sound behaves when speech gets slower or faster.</summary>
public enum SoundKind
{
    /// <summary>A stretch without speech.</summary>
    Pause,
    Vowel,

    /// <summary>A stop or an affricate: its burst does not stretch with the rest.</summary>
    Stop,

    /// <summary>Any other consonant.</summary>
    Consonant,
}

/// <summary>What a pause stands for.</summary>
public enum PauseKind { None, Edge, Short, Comma, Colon, Dash, Period, Question, Exclamation, Ellipsis }

/// <summary>One input of the acoustic model.</summary>
/// <param name="Phone">Id of the phone or mark in the acoustic model.</param>
/// <param name="Pause">What it stands for; None for every sound.</param>
/// <param name="Stress">1 for the primary stress of a word, 2 for a secondary one, 0 else.</param>
/// <param name="Word">Number of its word in the sentence; -1 for pauses.</param>
/// <param name="Seconds">Length of a pause that was asked for; null leaves it to the rules.</param>
public readonly record struct SpeechToken(int Phone, SoundKind Sound, PauseKind Pause, int Stress, int Word, bool WordStart, bool WordEnd, double? Seconds = null);

/// <summary>A word as it is spoken, and how it alone is to be said.</summary>
/// <param name="Controls">Applied on top of those of the sentence; null for none.</param>
/// <param name="Emphasis">-1 reduced, 0 none, 1 moderate, 2 strong.</param>
public sealed record SpeechWord(string Text, VoiceControls? Controls = null, int Emphasis = 0)
{
    /// <summary>As it is written, for subtitles; empty where it is a further word of what is written as one.</summary>
    public string Written { get; init; } = Text;
}

/// <summary>A sentence ready to be spoken.</summary>
/// <param name="Tokens">From the silence before it to the silence after it.</param>
/// <param name="Words">In the order of speech; tokens name them by number.</param>
/// <param name="Text">As it was written; a delivery is chosen by it.</param>
/// <param name="EndsParagraph">A longer pause follows.</param>
/// <param name="Role">Who says it, in a story; null for the narrator.</param>
public sealed record SpeechSentence(IReadOnlyList<SpeechToken> Tokens, IReadOnlyList<SpeechWord> Words, string Text, bool EndsParagraph = false, string? Role = null)
{
    /// <summary>Whether a low voice suits the role; null when nothing tells.</summary>
    public bool? Low { get; init; }

    /// <summary>The voice that the text itself asks for; it wins over every other choice.</summary>
    public SpeechVoice? Voice { get; init; }

    /// <summary>The style that the text itself asks for; it wins over every other choice.</summary>
    public SpeechStyle? Style { get; init; }

    /// <summary>Refuses tokens that do not belong together.</summary>
    /// <exception cref="ArgumentException">Names the token.</exception>
    public SpeechSentence Validated()
    {
        if (Tokens.Count == 0) throw new ArgumentException("The sentence has no tokens.");
        for (var i = 0; i < Tokens.Count; i++)
        {
            var t = Tokens[i];
            if (t.Pause == PauseKind.None == (t.Sound == SoundKind.Pause)) throw new ArgumentException($"Token {i} is both a sound and a pause, or neither.");
            if (t.Word < -1 || t.Word >= Words.Count) throw new ArgumentException($"Token {i} belongs to word {t.Word}, but the sentence has {Words.Count} words.");
            if (t.Seconds is { } s && !(s >= 0 && s <= 60)) throw new ArgumentException($"Token {i} is a pause of {s} seconds; a pause lasts 0 to 60.");
        }
        return this;
    }
}
