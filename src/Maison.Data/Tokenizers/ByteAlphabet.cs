// GPT-2's alphabet of 256 printable characters that stand for the 256 bytes in a tokenizer.json (source: openai/gpt-2,
// encoder.py, bytes_to_unicode). Printable Latin-1 stands for itself; the other 68 bytes take U+0100 onwards, so that a
// space shows as "Ġ" and no vocabulary entry ever holds white space.
namespace Maison.Data.Tokenizers;

static class ByteAlphabet
{
    static readonly char[] charOf = new char[256];
    static readonly short[] byteOf = new short[0x100 + 68];

    static ByteAlphabet()
    {
        Array.Fill(byteOf, (short)-1);
        char next = (char)0x100;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
            charOf[b] = printable ? (char)b : next++;
            byteOf[charOf[b]] = (short)b;
        }
    }

    public static string ToText(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = bytes.Length <= 256 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++) text[i] = charOf[bytes[i]];
        return new string(text);
    }

    /// <summary>Writes one byte per character; false when a character stands for no byte.</summary>
    public static bool TryToBytes(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        for (int i = 0; i < text.Length; i++)
        {
            int b = text[i] < byteOf.Length ? byteOf[text[i]] : -1;
            if (b < 0) return false;
            bytes[i] = (byte)b;
        }
        return true;
    }
}
