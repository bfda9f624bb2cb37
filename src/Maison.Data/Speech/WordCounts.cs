// How often each word stands in texts: which words are common decides which exceptions are worth their place.

using Maison.Data.Corpora;

namespace Maison.Data.Speech;

/// <summary>Counts words of letters and inner apostrophes, in lower case.</summary>
public sealed class WordCounts
{
    const int MostLetters = 40;

    readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);
    readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> bySpan;

    public WordCounts() => bySpan = counts.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Counts the words of all corpora of a folder.</summary>
    public static WordCounts Of(string path, IProgress<DataProgress>? progress = null, CancellationToken stop = default)
    {
        var counts = new WordCounts();
        foreach (var corpus in CorpusReader.Find(path))
        {
            var read = new CorpusReadCount();
            foreach (var document in CorpusReader.Read(corpus, read))
            {
                stop.ThrowIfCancellationRequested();
                counts.Add(document.PlainText);
                progress?.Report(new(corpus.Name, read.StoredBytes, corpus.StoredBytes, 0));
            }
        }
        return counts;
    }

    /// <summary>Counts the words of a text.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        Span<char> word = stackalloc char[MostLetters];
        var length = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : ' ';
            if (char.IsAsciiLetter(c) || c is '\'' or '’' && length > 0 && i + 1 < text.Length && char.IsAsciiLetter(text[i + 1]))
            {
                if (length < MostLetters) word[length] = c == '’' ? '\'' : char.ToLowerInvariant(c);
                length++;
                continue;
            }
            // Parts of words with other characters in them are no words.
            if (length is > 0 and <= MostLetters && !char.IsLetterOrDigit(c)) bySpan[word[..length]] = bySpan.TryGetValue(word[..length], out var before) ? before + 1 : 1;
            length = char.IsLetterOrDigit(c) ? MostLetters + 1 : 0;
        }
    }

    /// <summary>All words, the commonest first.</summary>
    public IEnumerable<string> Commonest => counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Key);
}
