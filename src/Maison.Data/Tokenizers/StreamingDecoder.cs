// Turns ids into text one at a time without ever showing half a character: bytes wait until their character is whole.
// Knows nothing about stop strings or reasoning marks. One per stream; joined, its texts equal Decode of all ids.
using System.Buffers;
using System.Text;

namespace Maison.Data.Tokenizers;

/// <summary>An incremental, UTF-8-safe decoder of a stream of token ids.</summary>
/// <param name="tokenizer">Whose ids come.</param>
public sealed class StreamingDecoder(BpeTokenizer tokenizer)
{
    readonly Decoder decoder = Encoding.UTF8.GetDecoder();

    /// <summary>The characters that this token completes; empty while it ends inside a character.</summary>
    public string Push(int id) => Read(tokenizer.TokenBytes(id), flush: false);

    /// <summary>What the stream leaves unfinished, as U+FFFD, or nothing; the decoder then starts anew.</summary>
    public string Flush() => Read(default, flush: true);

    string Read(ReadOnlySpan<byte> bytes, bool flush)
    {
        char[] chars = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(bytes.Length));
        string text = new(chars, 0, decoder.GetChars(bytes, chars, flush));
        ArrayPool<char>.Shared.Return(chars);
        return text;
    }
}
