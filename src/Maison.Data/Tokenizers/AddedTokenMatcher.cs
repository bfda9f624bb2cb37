// Finds added tokens in UTF-8 text: the leftmost match, and among those the longest, as Hugging Face's matcher does.
// Knows nothing about normalizers or merges. First bytes are sought with vector instructions; almost no text holds one.
using System.Buffers;
using System.Text;

namespace Maison.Data.Tokenizers;

sealed class AddedTokenMatcher
{
    readonly SearchValues<byte> firstBytes;
    readonly (byte[] Content, int Id)[] longestFirst;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        longestFirst = [.. tokens.Select(t => (Encoding.UTF8.GetBytes(t.Content), t.Id)).OrderByDescending(t => t.Item1.Length)];
        firstBytes = SearchValues.Create(longestFirst.Select(t => t.Content[0]).Distinct().ToArray());
    }

    /// <summary>Finds the first added token at or after <paramref name="from"/>; false when there is none.</summary>
    public bool TryFind(ReadOnlySpan<byte> text, int from, out int at, out int length, out int id)
    {
        for (at = from; longestFirst.Length > 0 && at < text.Length; at++)
        {
            int skip = text[at..].IndexOfAny(firstBytes);
            if (skip < 0) break;
            at += skip;
            foreach (var (content, tokenId) in longestFirst)
            {
                if (!text[at..].StartsWith(content)) continue;
                (length, id) = (content.Length, tokenId);
                return true;
            }
        }
        (at, length, id) = (text.Length, 0, -1);
        return false;
    }
}
