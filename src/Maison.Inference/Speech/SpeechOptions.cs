// What a caller of the speech engine asks for beyond the sentences, and what comes back.

namespace Maison.Inference.Speech;

/// <summary>Who decides how a sentence is delivered.</summary>
public enum SpeechMode
{
    /// <summary>Every sentence as asked: one voice, one style.</summary>
    Scripted,

    /// <summary>Each sentence in the style its own words ask for; a style that was asked for wins over neutral.</summary>
    Emotive,

    /// <summary>Emotive, with a voice for every role.</summary>
    Story,
}

/// <summary>A request to speak.</summary>
/// <param name="Strength">How much of the style, 0 to 1.</param>
/// <param name="Controls">Laid over voice and style.</param>
/// <param name="Cast">Voices of roles, by name of the role; roles that are not named get voices of their own. Story mode only.</param>
/// <param name="Seed">Fixes the noise: the same request gives the same samples.</param>
public sealed record SpeechOptions(
    SpeechVoice Voice, SpeechMode Mode = SpeechMode.Scripted, SpeechStyle? Style = null, float Strength = 1, VoiceControls? Controls = null,
    IReadOnlyDictionary<string, SpeechVoice>? Cast = null, ulong Seed = 1);

/// <summary>When a word is spoken.</summary>
/// <param name="Sentence">Number of its sentence.</param>
/// <param name="Word">Number of the word in its sentence.</param>
/// <param name="Text">As it is spoken.</param>
/// <param name="Written">As it is written; empty where it is a further word of what is written as one.</param>
/// <param name="StartSeconds">From the beginning of the sound.</param>
public readonly record struct WordTime(int Sentence, int Word, string Text, string Written, double StartSeconds, double EndSeconds);

/// <summary>How a sentence is delivered.</summary>
/// <param name="Reason">Why, where the engine chose it.</param>
public sealed record SentenceDelivery(int Sentence, SpeechVoice Voice, SpeechStyle Style, float Strength, string? Reason)
{
    /// <summary>Who says it, in a story; null for the narrator.</summary>
    public string? Role { get; init; }
}

/// <summary>A piece of sound.</summary>
/// <param name="Samples">At 24 kHz, full scale ±1.</param>
/// <param name="Words">Times of all words of the sentence that begins with this piece; they may lie ahead.</param>
/// <param name="Delivery">Set where a sentence begins.</param>
public sealed record SpeechChunk(float[] Samples, IReadOnlyList<WordTime> Words, SentenceDelivery? Delivery)
{
    /// <summary>Frame of the whole sound with which the frames of this piece begin; its samples lag behind, as a vocoder hears ahead.</summary>
    public long StartFrame { get; init; }
}
