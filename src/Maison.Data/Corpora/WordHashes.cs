// The words of a text as digests: lower-cased runs of letters and digits, so that spacing and punctuation do not matter.
// What counts as the same text for near duplicates and for evaluation questions is decided here, for both.

using System.Globalization;

namespace Maison.Data.Corpora;

/// <summary>Reads a text word by word.</summary>
ref struct WordHashes(ReadOnlySpan<char> text)
{
    readonly ReadOnlySpan<char> _text = text;
    int _at;

    /// <summary>Gives the digest of the next word; false at the end.</summary>
    public bool Next(out ulong word)
    {
        word = 0;
        for (; _at < _text.Length; _at++)
        {
            if (IsWord(_text[_at])) word = (word ^ char.ToLowerInvariant(_text[_at])) * 0x9E3779B97F4A7C15 + 1;
            else if (word != 0) return true;
        }
        return word != 0;
    }

    // Marks belong to words too, or Devanagari would fall apart; surrogates stand for letters beyond the first plane or emoji.
    static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || (c >= 0x80 && (char.IsLetterOrDigit(c) || char.IsSurrogate(c)
        || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark));
}
