// Splits a text into sentences, lazily: only as far as somebody reads. A sentence ends at . ? ! or … when what follows can begin another, at a
// blank line, and where it would get too long to be spoken in one breath's worth of memory.

namespace Maison.Data.Speech.Reading;

/// <summary>A sentence of a text.</summary>
/// <param name="EndsParagraph">A blank line or the end of the text follows.</param>
public readonly record struct Sentence(TextSpan Span, bool EndsParagraph);

/// <summary>Sentence splitting.</summary>
public static class Sentences
{
    /// <summary>A longer sentence is cut, at a comma or a blank where there is one.</summary>
    public const int MostCharacters = 500;

    /// <summary>The sentences of a text, in order, without the blanks between them.</summary>
    public static IEnumerable<Sentence> Split(string text)
    {
        for (var at = SkipBlanks(text, 0); at < text.Length;)
        {
            var end = EndOf(text, at);
            var next = SkipBlanks(text, end);
            var trimmed = end;
            while (trimmed > at && char.IsWhiteSpace(text[trimmed - 1])) trimmed--;
            yield return new(new(at, trimmed - at), next >= text.Length || BreaksParagraph(text, trimmed, next));
            at = next;
        }
    }

    /// <summary>The sentences of a stretch of a text; the last of them ends its paragraph when the text behind the stretch, quotes that close there left out, says so.</summary>
    public static IEnumerable<Sentence> Split(string text, TextSpan within)
    {
        var behind = within.End;
        while (behind < text.Length && text[behind] is '"' or '”' or '\'' or '’') behind++;
        var next = SkipBlanks(text, behind);
        var ends = next >= text.Length || BreaksParagraph(text, behind, next);
        Sentence? last = null;
        foreach (var sentence in Split(text.Substring(within.Start, within.Length)))
        {
            if (last is { } before) yield return before;
            last = sentence with { Span = new(within.Start + sentence.Span.Start, sentence.Span.Length) };
        }
        if (last is { } final) yield return final with { EndsParagraph = ends };
    }

    static int SkipBlanks(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at;
    }

    static bool BreaksParagraph(string text, int from, int to)
    {
        var lines = 0;
        for (var i = from; i < to; i++)
            if (text[i] is '\n' or '\u2029' or '\f' && ++lines == 2 || text[i] is '\u2029' or '\f') return true;
        return false;
    }

    static int EndOf(string text, int start)
    {
        for (var i = start; i < text.Length; i++)
        {
            if (i - start >= MostCharacters) return Cut(text, start, i);
            var c = text[i];
            if (c is '\u2028') return i;
            if (c is '\n' or '\u2029' or '\f' && SkipBlanks(text, i) is var next && (next >= text.Length || BreaksParagraph(text, i, next))) return i;
            if (c is not ('.' or '?' or '!' or '…' or '。' or '！' or '？' or '‽')) continue;
            var end = i + 1;
            while (end < text.Length && end - start < MostCharacters && text[end] is '.' or '?' or '!' or '…' or '‽') end++;
            var marks = end;
            while (end < text.Length && end - start < MostCharacters && text[end] is '"' or '”' or '\'' or '’' or ')' or ']' or '»' or '*' or '_' && !Reopens(text, end)) end++;
            if (c is '。' or '！' or '？') return end;
            if (end < text.Length && !char.IsWhiteSpace(text[end])) { i = end - 1; continue; }
            if (Ends(text, start, i, marks, end)) return end;
            i = end - 1;
        }
        return text.Length;
    }

    /// <summary>A straight quote after a blank would open another quotation; one that touches the mark closes it.</summary>
    static bool Reopens(string text, int at) => text[at] is '\'' or '"' && at > 0 && char.IsWhiteSpace(text[at - 1]);

    /// <summary>Whether a mark at <paramref name="at"/> ends the sentence.</summary>
    /// <param name="marks">Behind the last of the marks.</param>
    /// <param name="end">Behind the quotes and brackets that close there.</param>
    static bool Ends(string text, int start, int at, int marks, int end)
    {
        var next = SkipBlanks(text, end);
        if (next >= text.Length) return true;
        var first = next;
        while (first < text.Length && first - next < 8 && text[first] is '"' or '“' or '\'' or '‘' or '(' or '[' or '«' or '¿' or '¡' or '*' or '_') first++;
        if (first >= text.Length) return true;
        // After a quotation, "he said" goes on; after dots, a small letter does.
        if (char.IsLower(text[first])) return false;
        if (text[at] is not '.' || marks - at > 1) return true;
        var word = at;
        while (word > start && (char.IsLetter(text[word - 1]) || text[word - 1] == '.' && word - 1 > start && char.IsLetter(text[word - 2]))) word--;
        if (word == at)
        {
            // "1. First": a number at the beginning of a line belongs to what follows.
            var digits = at;
            while (digits > start && char.IsAsciiDigit(text[digits - 1])) digits--;
            return !(digits < at && at - digits <= 3 && digits == start);
        }
        if (word > start && char.IsLetterOrDigit(text[word - 1]) && !char.IsAsciiDigit(text[word - 1])) return true;
        if (word > start && (char.IsAsciiDigit(text[word - 1]) || text[word - 1] == ' ' && word - 2 >= start && char.IsAsciiDigit(text[word - 2])) && Measures.IsAbbreviated(text[word..at])) return true;
        return !Abbreviations.KeepsSentence(text[word..at], text[next..Math.Min(text.Length, next + 24)]);
    }

    static int Cut(string text, int start, int end)
    {
        var half = start + MostCharacters / 2;
        for (var i = end - 1; i > half; i--)
            if (text[i] is ',' or ';' or ':' or '—' && i + 1 < text.Length && char.IsWhiteSpace(text[i + 1])) return i + 1;
        for (var i = end - 1; i > half; i--)
            if (char.IsWhiteSpace(text[i])) return i;
        return char.IsHighSurrogate(text[end - 1]) ? end - 1 : end;
    }
}
