// The five classes of code points that a GPT-style pre-tokenizer distinguishes, read from UTF-8 bytes.
// Knows nothing about words or vocabularies. Works per code point, as Oniguruma and tiktoken do: .NET's own regex engine
// sees a supplementary letter as two surrogates and would call it punctuation. The table is built lazily, 256 code points
// at a time, because English text touches two or three blocks of the 4,352.
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Maison.Data.Tokenizers;

enum CodePointClass : byte { Other, Letter, Number, Space, Newline }

static class CodePoints
{
    static readonly byte[]?[] blocks = new byte[]?[0x110000 >> 8];
    static readonly byte[] ascii = BuildBlock(0);

    /// <summary>The class of the code point that starts at <paramref name="at"/> and its length in bytes.
    /// An ill-formed sequence counts as one character of class Other, as U+FFFD would.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CodePointClass At(ReadOnlySpan<byte> text, int at, out int length)
    {
        byte lead = text[at];
        if (lead < 0x80)
        {
            length = 1;
            return (CodePointClass)ascii[lead];
        }
        return AtNonAscii(text[at..], out length);
    }

    static CodePointClass AtNonAscii(ReadOnlySpan<byte> text, out int length)
    {
        Rune.DecodeFromUtf8(text, out var rune, out length);
        int value = rune.Value;
        var block = blocks[value >> 8] ??= BuildBlock(value >> 8);
        return (CodePointClass)block[value & 0xFF];
    }

    static byte[] BuildBlock(int index)
    {
        var block = new byte[256];
        for (int i = 0; i < block.Length; i++) block[i] = (byte)Classify((index << 8) | i);
        return block;
    }

    static CodePointClass Classify(int codePoint)
    {
        if (codePoint is '\r' or '\n') return CodePointClass.Newline;
        if (codePoint <= 0xFFFF && char.IsWhiteSpace((char)codePoint)) return CodePointClass.Space;
        return CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CodePointClass.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CodePointClass.Number,
            _ => CodePointClass.Other,
        };
    }
}
