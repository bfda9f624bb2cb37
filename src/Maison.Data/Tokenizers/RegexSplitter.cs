// Splits UTF-8 text by a pre-tokenizer pattern of a loaded file that the hand-written scanner does not know.
// Knows nothing about vocabularies. .NET's engine sees UTF-16, file patterns mean code points: each supplementary code point
// is shown to it as one stand-in of its Unicode category from the basic plane, so every character is one unit.
using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Maison.Data.Tokenizers;

sealed class RegexSplitter
{
    static readonly char[] standIns = FindStandIns();
    readonly Regex regex;

    /// <exception cref="ArgumentException">The pattern uses a syntax that .NET does not have.</exception>
    public RegexSplitter(string pattern) => regex = new Regex(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant);

    /// <summary>Fills <paramref name="ends"/> with the byte offset at which each piece ends; text between matches is a piece too.</summary>
    public void Split(ReadOnlySpan<byte> text, List<int> ends)
    {
        ends.Clear();
        char[] units = ArrayPool<char>.Shared.Rent(text.Length);
        int[] offsets = ArrayPool<int>.Shared.Rent(text.Length + 1);
        int count = 0;
        for (int at = 0; at < text.Length; count++)
        {
            Rune.DecodeFromUtf8(text[at..], out var rune, out int length);
            units[count] = rune.IsBmp ? (char)rune.Value : standIns[(int)Rune.GetUnicodeCategory(rune)];
            offsets[count] = at;
            at += length;
        }
        offsets[count] = text.Length;

        int end = 0;
        foreach (var match in regex.EnumerateMatches(units.AsSpan(0, count)))
        {
            if (match.Length == 0) continue;
            if (match.Index > end) ends.Add(offsets[match.Index]);
            end = match.Index + match.Length;
            ends.Add(offsets[end]);
        }
        if (end < count) ends.Add(text.Length);
        ArrayPool<char>.Shared.Return(units);
        ArrayPool<int>.Shared.Return(offsets);
    }

    static char[] FindStandIns()
    {
        var found = new char[(int)UnicodeCategory.OtherNotAssigned + 1];
        for (int c = 0xFFFF; c >= 0x100; c--) found[(int)char.GetUnicodeCategory((char)c)] = (char)c;
        return found;
    }
}
