// The Qwen2/Qwen3 pre-tokenizer as a hand-written scanner over UTF-8 bytes: where does the piece that starts here end?
//   (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
// Knows nothing about vocabularies. The first character's class decides the branch, so nothing is ever tried twice; a test
// holds it equal to the regular expression. Llama-3's pattern differs only in \p{N}{1,3}, hence the digits parameter.
using System.Runtime.CompilerServices;

namespace Maison.Data.Tokenizers;

static class QwenScanner
{
    /// <summary>The regular expression that this scanner obeys when at most <paramref name="maxDigits"/> digits share a piece.</summary>
    public static string Pattern(int maxDigits) =>
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + (maxDigits == 1 ? "" : $"{{1,{maxDigits}}}")
        + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Whether the pattern is one of these, for one to three digits a piece.</summary>
    public static bool Knows(string? pattern, out int maxDigits)
    {
        for (maxDigits = 3; maxDigits > 0; maxDigits--)
            if (pattern == Pattern(maxDigits)) return true;
        return false;
    }

    /// <summary>End (exclusive, in bytes) of the piece that starts at <paramref name="start"/>; always greater than start.</summary>
    public static int PieceEnd(ReadOnlySpan<byte> text, int start, int maxDigits)
    {
        var first = CodePoints.At(text, start, out int length);
        int next = start + length;
        switch (first)
        {
            case CodePointClass.Letter:
                return SkipLetters(text, next);

            case CodePointClass.Number:
                for (int digits = 1; digits < maxDigits && next < text.Length; digits++)
                {
                    if (CodePoints.At(text, next, out length) != CodePointClass.Number) break;
                    next += length;
                }
                return next;

            case CodePointClass.Newline:
                return WhiteSpaceEnd(text, start);

            case CodePointClass.Space:
                if (next < text.Length)
                {
                    var second = CodePoints.At(text, next, out length);
                    if (second == CodePointClass.Letter) return SkipLetters(text, next + length);
                    if (second == CodePointClass.Other && text[start] == ' ') return PunctuationEnd(text, next + length);
                }
                return WhiteSpaceEnd(text, start);

            default:
                if (text[start] == '\'' && ContractionEnd(text, next) is var contraction and > 0) return contraction;
                if (next < text.Length && CodePoints.At(text, next, out length) == CodePointClass.Letter)
                    return SkipLetters(text, next + length);
                return PunctuationEnd(text, next);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int SkipLetters(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && CodePoints.At(text, at, out int length) == CodePointClass.Letter) at += length;
        return at;
    }

    static int PunctuationEnd(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && CodePoints.At(text, at, out int length) == CodePointClass.Other) at += length;
        while (at < text.Length && text[at] is (byte)'\r' or (byte)'\n') at++;
        return at;
    }

    // A run of white space ends after its last line break; without one it leaves its last character to the word that follows.
    static int WhiteSpaceEnd(ReadOnlySpan<byte> text, int start)
    {
        int at = start, afterNewline = 0, lastStart = start;
        while (at < text.Length)
        {
            var kind = CodePoints.At(text, at, out int length);
            if (kind < CodePointClass.Space) break;
            lastStart = at;
            at += length;
            if (kind == CodePointClass.Newline) afterNewline = at;
        }
        if (afterNewline > 0) return afterNewline;
        return at == text.Length || lastStart == start ? at : lastStart;
    }

    // 0 when what follows the apostrophe is no English contraction. U+017F (long s) folds to s, in Oniguruma as in Unicode.
    static int ContractionEnd(ReadOnlySpan<byte> text, int at)
    {
        if (at >= text.Length) return 0;
        int second = at + 1 < text.Length ? text[at + 1] | 0x20 : 0;
        return (text[at] | 0x20) switch
        {
            's' or 't' or 'm' or 'd' => at + 1,
            'r' or 'v' when second == 'e' => at + 2,
            'l' when second == 'l' => at + 2,
            _ => text[at] == 0xC5 && at + 1 < text.Length && text[at + 1] == 0xBF ? at + 2 : 0,
        };
    }
}
