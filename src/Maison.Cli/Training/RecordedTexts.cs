// The texts of recordings as phones, by the text front end. A word that neither its tables, nor its rules, nor the dictionary know leaves its
// utterance out, and is told: a sound that is learnt under the wrong name is worse than one that is not heard. Where no dictionary is
// given, the network from letters to phones says such words, and they are told too.

using Maison.Data.Speech;
using Maison.Data.Speech.Markup;

namespace Maison.Cli.Training;

/// <summary>Turns what was said into tokens.</summary>
sealed class RecordedTexts(FrontEnd reader)
{
    /// <summary>Reads with a dictionary, whose words stand behind the tables and the context.</summary>
    public static RecordedTexts Of(Lexicon lexicon) => new(new FrontEnd(new Pronouncer(exceptions: lexicon)));

    /// <summary>Words that nothing knows; their utterances are left out.</summary>
    public SortedSet<string> Unknown { get; } = new(StringComparer.Ordinal);

    /// <summary>Words that the network said.</summary>
    public SortedSet<string> Guessed { get; } = new(StringComparer.Ordinal);

    /// <summary>The tokens of all sentences of a text as one utterance; null when one of its words is not known, or it has none.</summary>
    public PhoneToken[]? Tokens(string text)
    {
        List<PhoneToken> tokens = [new(Phone.Silence, -1, false, false)];
        var (number, whole) = (0, true);
        foreach (var utterance in reader.Read(MarkedText.Plain(text)))
        {
            foreach (var word in utterance.Words)
            {
                if (word.Origin == PhoneOrigin.Network) Guessed.Add(word.Text);
                // Single letters are said by their names; a longer word that is spelled is not known.
                if (word.Origin != PhoneOrigin.Spelled || word.Text.Length == 1) continue;
                Unknown.Add(word.Text);
                whole = false;
            }
            // Silence stands around the recording, not between its sentences.
            tokens.AddRange(utterance.Tokens()[1..^1].Select(t => t.Word < 0 ? t : t with { Word = t.Word + number }));
            number += utterance.Words.Count;
        }
        if (!whole || number == 0) return null;
        tokens.Add(new(Phone.Silence, -1, false, false));
        return [.. tokens];
    }
}
