// Trains a byte-level BPE vocabulary: counts the pieces of all documents on several threads, then merges the most frequent
// adjacent pair until the vocabulary is full (arXiv 1508.07909). Knows nothing about files or what the documents are.
// Bytes are ids 0..255, merges follow in order, added tokens come last. The result depends on the documents alone, not on
// threads or their order: counts are sums, and of equally frequent pairs the one with the lowest ids goes first.

namespace Maison.Data.Tokenizers;

/// <summary>Where a training stands.</summary>
/// <param name="Stage">"count" (Done in bytes) or "merge" (Done in merges).</param>
/// <param name="Done">How much is done.</param>
/// <param name="Total">Of how much; 0 while that is not known.</param>
public readonly record struct BpeTrainingProgress(string Stage, long Done, long Total);

/// <summary>Trains <see cref="BpeTokenizer"/>s with Qwen's pre-tokenizer, digits one by one.</summary>
public static class BpeTrainer
{
    /// <summary>A pair must be seen this often to become a token.</summary>
    const int MinimumCount = 2;

    /// <summary>Trains a vocabulary of <paramref name="vocabSize"/> ids, or fewer when the documents have too few pairs.</summary>
    /// <param name="documents">UTF-8 texts; each is copied before the next is asked for, so a buffer may be reused.</param>
    /// <param name="vocabSize">All ids together: 256 bytes, merges and special tokens.</param>
    /// <param name="specialTokens">Added after the merges; those written &lt;|so|&gt; are marked special in the file.</param>
    /// <param name="progress">Told about every 32 MB counted and every 256 merges.</param>
    /// <param name="threads">Threads that count; 0 for one per processor.</param>
    /// <param name="cancel">Stops the training.</param>
    /// <exception cref="ArgumentException">The vocabulary is too small for bytes and special tokens, or a special token is empty or doubled.</exception>
    public static BpeTokenizer Train(IEnumerable<ReadOnlyMemory<byte>> documents, int vocabSize, IReadOnlyList<string> specialTokens,
        IProgress<BpeTrainingProgress>? progress = null, int threads = 0, CancellationToken cancel = default)
    {
        int merges = vocabSize - 256 - specialTokens.Count;
        if (merges < 0)
            throw new ArgumentException($"A vocabulary of {vocabSize} is too small: 256 bytes and {specialTokens.Count} special tokens need {256 + specialTokens.Count}.", nameof(vocabSize));
        if (specialTokens.Any(string.IsNullOrEmpty) || specialTokens.Distinct().Count() < specialTokens.Count)
            throw new ArgumentException("Special tokens must be different texts of at least one character.", nameof(specialTokens));

        var pieces = PieceCounter.Count(documents, threads > 0 ? threads : Environment.ProcessorCount, progress, cancel);
        var learner = new MergeLearner(pieces);
        while (learner.Tokens.Count < 256 + merges && learner.MergeNext(MinimumCount))
        {
            cancel.ThrowIfCancellationRequested();
            if (learner.Tokens.Count % 256 == 0) progress?.Report(new("merge", learner.Tokens.Count - 256, merges));
        }
        progress?.Report(new("merge", learner.Tokens.Count - 256, merges));

        int firstSpecial = learner.Tokens.Count;
        return new BpeTokenizer(new BpeModel
        {
            Tokens = [.. learner.Tokens],
            Merges = [.. learner.Merges],
            MergedIds = [.. learner.MergedIds],
            AddedTokens = [.. specialTokens.Select((text, i) =>
                new AddedToken(firstSpecial + i, text, text.StartsWith("<|") && text.EndsWith("|>")))],
            SplitPattern = QwenScanner.Pattern(1),
        });
    }
}
