// The ids with which the grapheme-to-phoneme network reads letters and writes phones: one sequence "mark, letters, arrow, letters, arrow, phones,
// mark", so that the house's decoder, its trainer and its scheduler serve it as they serve text.
// The word is spelled twice because the decoder looks back alone: each letter of the second spelling has seen the whole word.
//   0 mark (begins and ends a word)   1 arrow   2…27 a…z   28 apostrophe   29…97 the phones that are sounds, by Phone.Id - 16

namespace Maison.Data.Speech;

/// <summary>Letters and phones as ids.</summary>
public static class G2pVocabulary
{
    const int FirstLetter = 2, Apostrophe = 28, FirstPhone = 29, FirstSound = 16;

    /// <summary>Begins a word and ends its phones.</summary>
    public const int Mark = 0;

    /// <summary>Between letters and phones.</summary>
    public const int Arrow = 1;

    /// <summary>Number of ids.</summary>
    public const int Count = FirstPhone + Phone.Count - FirstSound;

    /// <summary>Longer words are not given to the network: twice the letters, the phones, two marks and two arrows fit the context.</summary>
    public const int MostLetters = 28, MostPhones = 32;

    /// <summary>Ids a sequence may have.</summary>
    public const int Context = 96;

    /// <summary>Whether the network can read a word: a to z in lower case and straight apostrophes, at least one letter.</summary>
    public static bool CanSpell(string word) => word.Length is > 0 and <= MostLetters && word.All(c => c is >= 'a' and <= 'z' or '\'') && word.Any(c => c != '\'');

    /// <summary>The ids that ask for a word's phones: mark, letters, arrow, letters, arrow.</summary>
    /// <exception cref="ArgumentException">The word has other characters, or is too long.</exception>
    public static int[] Prompt(string word)
    {
        if (!CanSpell(word)) throw new ArgumentException($"\"{word}\" cannot be spelled with the letters a to z and apostrophes, at most {MostLetters}.", nameof(word));
        int[] letters = [.. word.Select(c => c == '\'' ? Apostrophe : FirstLetter + c - 'a')];
        return [Mark, .. letters, Arrow, .. letters, Arrow];
    }

    /// <summary>The ids of phones, the final mark included.</summary>
    public static int[] Answer(IReadOnlyList<Phone> phones) => [.. phones.Select(p => FirstPhone + p.Id - FirstSound), Mark];

    /// <summary>The phones of generated ids, up to the mark; ids that are no phone are passed over.</summary>
    public static Phone[] Phones(ReadOnlySpan<int> ids)
    {
        var phones = new List<Phone>(ids.Length);
        foreach (var id in ids)
        {
            if (id == Mark) break;
            if (id >= FirstPhone) phones.Add(Phone.Of(id - FirstPhone + FirstSound));
        }
        return [.. phones];
    }
}
