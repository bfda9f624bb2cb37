// Decides whether a normalised document is worth training on, and names the reason when not. It knows nothing about meaning:
// it counts characters, words and lines. The bounds follow Gopher's (arXiv 2112.11446, A1.1), loosened where the small, clean
// corpora of this house would lose good documents: verses repeat lines, and a definition is short.

using System.Text;

namespace Maison.Data.Corpora;

/// <summary>Bounds of the filter; shares are of characters, from 0 to 1.</summary>
public sealed record QualityRules
{
    /// <summary>A plain document needs this many characters.</summary>
    public int MinChars { get; init; } = 40;
    /// <summary>Share of characters that are neither letters, digits, spaces nor common punctuation.</summary>
    public double MaxSymbolShare { get; init; } = 0.25;
    /// <summary>Share of characters in lines that stood in the document before.</summary>
    public double MaxRepeatedLineShare { get; init; } = 0.5;
    /// <summary>Mean word length, in characters.</summary>
    public double MinMeanWord { get; init; } = 2.2;
    /// <summary>Mean word length, in characters.</summary>
    public double MaxMeanWord { get; init; } = 12;
    /// <summary>Shares and means are judged in documents of at least this many words: below, they say little.</summary>
    public int MinJudgedWords { get; init; } = 40;
}

/// <summary>Judges normalised documents.</summary>
public static class QualityFilter
{
    const string Common = ".,;:!?'\"()-–—’‘“”…/%&$€£#*_`°[]";

    /// <summary>The reason to leave <paramref name="document"/> out, or null to keep it.</summary>
    public static string? Reject(CorpusDocument document, QualityRules rules)
    {
        if (document.Messages is { } turns)
        {
            if (turns.Any(t => t.Content.Length == 0)) return "empty turn";
            if (!turns.Any(t => t.Role == "assistant")) return "no assistant turn";
            // What people ask may be code or a table; only machine-made repetition is judged.
            return RepeatedLineShare(document.PlainText) > rules.MaxRepeatedLineShare ? "repeated lines" : null;
        }
        var text = document.Text!;
        if (text.Length < rules.MinChars) return "too short";
        int words = 0, letters = 0, symbols = 0;
        var inWord = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var word = Rune.IsLetterOrDigit(rune) || (inWord && rune.Value is '\'' or '’' or '-');
            if (word)
            {
                if (!inWord) words++;
                letters++;
            }
            else if (!Rune.IsWhiteSpace(rune) && !IsMark(rune) && !(rune.IsBmp && Common.Contains((char)rune.Value))) symbols++;
            inWord = word;
        }
        if (words == 0) return "no words";
        if (words < rules.MinJudgedWords) return null;
        if (symbols > rules.MaxSymbolShare * text.Length) return "symbols";
        var mean = (double)letters / words;
        if (mean < rules.MinMeanWord || mean > rules.MaxMeanWord) return "word length";
        return RepeatedLineShare(text) > rules.MaxRepeatedLineShare ? "repeated lines" : null;
    }

    // Accents and vowel signs of many scripts are marks, not symbols.
    static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark
        or System.Globalization.UnicodeCategory.SpacingCombiningMark or System.Globalization.UnicodeCategory.EnclosingMark;

    static double RepeatedLineShare(string text)
    {
        var seen = new HashSet<string>();
        var lines = seen.GetAlternateLookup<ReadOnlySpan<char>>();
        int all = 0, repeated = 0, count = 0;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range).Trim();
            if (line.Length == 0) continue;
            count++;
            all += line.Length;
            if (!lines.Add(line)) repeated += line.Length;
        }
        return count < 4 ? 0 : (double)repeated / all;
    }
}
