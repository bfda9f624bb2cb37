// Text without a corpus: made-up words whose frequencies fall as Zipf's law says, in sentences and paragraphs. The same seed gives the
// same bytes. It is easier on a tokenizer's cache than a web page and harder than a novel; a real file can be given instead.

using System.Text;

namespace Maison.Cli.Bench;

/// <summary>Makes text.</summary>
static class MadeUpText
{
    const int words = 30_000;
    static readonly string[] Syllables = ["ba", "con", "der", "el", "fi", "gra", "ho", "in", "ja", "ker", "lo", "men", "na", "or", "pri", "qua", "re", "st", "tion", "un", "ve", "wer", "ex", "y", "zo", "é"];

    /// <summary>About so many UTF-8 bytes.</summary>
    public static byte[] Bytes(int count, int seed)
    {
        var random = new Random(seed);
        var vocabulary = Enumerable.Range(0, words).Select(i => string.Concat(Enumerable.Range(0, 1 + (int)Math.Log2(i + 2) / 4 + random.Next(2)).Select(_ => Syllables[random.Next(Syllables.Length)]))).ToArray();
        var text = new StringBuilder(count + 100);
        while (text.Length < count)
        {
            for (var left = 4 + random.Next(16); left > 0; left--)
            {
                // The inverse of Zipf's cumulative law, near enough.
                var word = vocabulary[Math.Min(words - 1, (int)Math.Pow(words, random.NextDouble()) - 1)];
                if (random.Next(40) == 0) word = random.Next(10_000).ToString(System.Globalization.CultureInfo.InvariantCulture);
                text.Append(word).Append(left == 1 ? "." : random.Next(12) == 0 ? ", " : " ");
            }
            text.Append(random.Next(6) == 0 ? "\n\n" : " ");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The text in pieces of about 4 kB, as documents.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Documents(byte[] text)
    {
        const int piece = 4096;
        for (var at = 0; at < text.Length; at += piece) yield return text.AsMemory(at, Math.Min(piece, text.Length - at));
    }
}
