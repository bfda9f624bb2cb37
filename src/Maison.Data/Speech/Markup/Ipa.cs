// From the International Phonetic Alphabet to the house's phones, for pronunciations that a user writes. Sounds that English does not have are
// refused by name rather than guessed. A stress mark belongs to the next vowel.

namespace Maison.Data.Speech.Markup;

/// <summary>Reads pronunciations.</summary>
public static class Ipa
{
    static readonly (string Ipa, string Phones)[] Sounds =
    [
        .. """
        tʃ CH|t͡ʃ CH|ʧ CH|dʒ JH|d͡ʒ JH|ʤ JH|aɪ AY|aj AY|aʊ AW|aw AW|ɔɪ OY|ɔj OY|oʊ OW|əʊ OW|ow OW|eɪ EY|ej EY|ɝ ER|ɚ ER|ɜː ER|ɜr ER|ɜɹ ER|ər ER|əɹ ER|ɜ ER
        iː IY|uː UW|ɑː AA|ɔː AO|i IY|ɪ IH|ɨ IH|e EH|ɛ EH|æ AE|a AA|ɑ AA|ɒ AA|ɔ AO|ʌ AH|ə AH|ɐ AH|ʊ UH|u UW|o OW
        p P|b B|t T|ɾ T|d D|k K|g G|ɡ G|f F|v V|θ TH|ð DH|s S|z Z|ʃ SH|ʒ ZH|h HH|m M|n N|ŋ NG|l L|ɫ L|r R|ɹ R|j Y|w W|ʍ W
        """.Split(['|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(e => e.Split(' ')).Select(e => (e[0], e[1])).OrderByDescending(e => e.Item1.Length),
    ];

    /// <summary>Reads IPA such as "həˈloʊ".</summary>
    /// <exception cref="FormatException">A sign is none of English; the message names it.</exception>
    public static Phone[] Parse(string ipa)
    {
        var phones = new List<Phone>();
        var stress = 0;
        for (var at = 0; at < ipa.Length;)
        {
            if (ipa[at] is 'ˈ' or '\'' or 'ˌ' or ',')
            {
                stress = ipa[at++] is 'ˈ' or '\'' ? 1 : 2;
                continue;
            }
            if (ipa[at] is '.' or ' ' or 'ː' or 'ˑ' or '\u032f' or '\u0361' or '\u0329' or '-')
            {
                at++;
                continue;
            }
            var found = Sounds.FirstOrDefault(s => string.CompareOrdinal(ipa, at, s.Ipa, 0, s.Ipa.Length) == 0);
            if (found.Ipa is null) throw new FormatException($"\"{ipa[at]}\" in \"{ipa}\" is no sound of English that IPA writes so. Use signs such as p t k θ ʃ ŋ æ ɪ ʊ ə, or ARPAbet: HH AH0 L OW1.");
            at += found.Ipa.Length;
            if (Phone.TryParse(found.Phones, out var consonant)) phones.Add(consonant);
            else
            {
                phones.Add(Phone.Parse(found.Phones + stress)[0]);
                stress = 0;
            }
        }
        if (phones.Count == 0) throw new FormatException($"\"{ipa}\" has no sound in it.");
        // One stress is taken for granted where none is written.
        if (phones.All(p => p.Stress == 0) && phones.FindIndex(p => p.IsVowel && p.Symbol != "AH0") is var first and >= 0) phones[first] = phones[first].WithStress(1);
        return [.. phones];
    }

    /// <summary>Reads what stands between slashes: ARPAbet when its symbols are in capitals, else IPA.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static Phone[] ParseEither(string text)
    {
        var first = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? throw new FormatException("There is no pronunciation between the slashes. Write IPA or ARPAbet: /HH AH0 L OW1/.");
        if (!char.IsAsciiLetterUpper(first[0])) return Parse(text);
        var phones = Phone.Parse(text);
        return phones.FirstOrDefault(p => p.IsMark && p != Phone.Silence) is { IsMark: true } mark && mark != Phone.Silence ? throw new FormatException($"\"{mark}\" is a pause, not a sound of a word.") : phones;
    }
}
