// What the text front end read, as the speech engine takes it: phones by their ids, marks as pauses, tags as controls of words. Where a tag changes
// the voice or the style inside a sentence, the sentence is spoken in parts.

using Maison.Data.Speech;
using Maison.Inference.Speech;

namespace Maison.Training.Voice;

/// <summary>From utterances to sentences of the speech engine.</summary>
public static class SpeechSentences
{
    /// <summary>The sentences of an utterance; none when it has neither words nor a pause that was asked for.</summary>
    /// <exception cref="ArgumentException">A tag names a voice or a style that is none.</exception>
    public static IEnumerable<SpeechSentence> Of(Utterance utterance)
    {
        var words = utterance.Words;
        if (words.Count == 0 && utterance.Marks.Any(m => m.Seconds is not null)) yield return Part(utterance, 0, 0);
        for (var first = 0; first < words.Count;)
        {
            var end = first + 1;
            while (end < words.Count && (words[end].Delivery.Voice, words[end].Delivery.Style) == (words[first].Delivery.Voice, words[first].Delivery.Style)) end++;
            yield return Part(utterance, first, end);
            first = end;
        }
    }

    /// <summary>Words [first, end) with the marks around them.</summary>
    static SpeechSentence Part(Utterance utterance, int first, int end)
    {
        var all = utterance.Words;
        var tokens = new List<SpeechToken> { Pause(Phone.Silence, null) };
        for (var word = first; word <= end; word++)
        {
            if (word > first || first == 0)
                tokens.AddRange(utterance.Marks.Where(m => m.AfterWord == word || (word == all.Count && m.AfterWord > word)).Select(m => Pause(m.Mark, m.Seconds)));
            if (word == end) break;
            var phones = all[word].Phones;
            for (var i = 0; i < phones.Count; i++)
                tokens.Add(new(phones[i].Id, KindOf(phones[i]), PauseKind.None, phones[i].Stress, word - first, i == 0, i == phones.Count - 1));
        }
        // A part that no mark ends is spoken as one that goes on.
        if (end < all.Count && tokens[^1].Pause == PauseKind.None) tokens.Add(Pause(Phone.Comma, null));
        tokens.Add(Pause(Phone.Silence, null));
        var words = all.Skip(first).Take(end - first).ToArray();
        var asked = words.Length == 0 ? Delivery.Plain : words[0].Delivery;
        return new(tokens, [.. words.Select(Word)], string.Join(' ', words.Select(w => w.Written).Where(w => w.Length > 0)), utterance.EndsParagraph && end == all.Count, utterance.Role?.Name)
        {
            Low = utterance.Role?.Gender switch { Gender.He => true, Gender.She => false, _ => null },
            Voice = asked.Voice is { } voice ? SpeechVoices.Named(voice) : null,
            Style = asked.Style is { } style ? SpeechStyles.Named(style) : null,
        };
    }

    static SpeechWord Word(SpokenWord word)
    {
        var d = word.Delivery;
        var controls = VoiceControls.None.With(new() { Speed = (float)d.Rate, PitchSemitones = (float)d.PitchSemitones, Range = (float)d.Range, EnergyDb = (float)d.VolumeDb });
        return new(word.Text, controls == VoiceControls.None ? null : controls, d.Emphasis) { Written = word.Written };
    }

    static SpeechToken Pause(Phone mark, double? seconds) => new(mark.Id, SoundKind.Pause, KindOfPause(mark), 0, -1, false, false, seconds);

    static SoundKind KindOf(Phone phone) => phone.Kind switch
    {
        PhoneKind.Vowel => SoundKind.Vowel,
        PhoneKind.Stop or PhoneKind.Affricate => SoundKind.Stop,
        _ => SoundKind.Consonant,
    };

    static PauseKind KindOfPause(Phone mark)
        => mark == Phone.Silence ? PauseKind.Edge
        : mark == Phone.ShortPause ? PauseKind.Short
        : mark == Phone.Comma ? PauseKind.Comma
        : mark == Phone.Colon ? PauseKind.Colon
        : mark == Phone.Dash ? PauseKind.Dash
        : mark == Phone.Question ? PauseKind.Question
        : mark == Phone.Exclaim ? PauseKind.Exclamation
        : mark == Phone.Ellipsis ? PauseKind.Ellipsis
        : PauseKind.Period;
}
