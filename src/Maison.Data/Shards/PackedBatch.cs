// Arrays that one training step reads: rows of tokens filled with whole documents or pieces of them, laid side by side.
// It knows nothing about models; the segments say how far attention may look. Made once and filled again and again.

namespace Maison.Data.Shards;

/// <summary>A batch of packed rows, owned by the caller and filled by <see cref="MixtureSampler.Next"/>.</summary>
public sealed class PackedBatch
{
    /// <summary>In <see cref="Targets"/>: nothing is to be predicted here.</summary>
    public const int NoTarget = -1;

    /// <param name="rows">Rows in the batch (B).</param>
    /// <param name="rowTokens">Tokens per row (T).</param>
    public PackedBatch(int rows, int rowTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowTokens, 2);
        (Rows, RowTokens) = (rows, rowTokens);
        Ids = new int[rows * rowTokens];
        Targets = new int[rows * rowTokens];
        SegmentLengths = new int[rows * rowTokens];
    }

    public int Rows { get; }
    public int RowTokens { get; }
    /// <summary>Token ids, row after row. // (B·T)</summary>
    public int[] Ids { get; }
    /// <summary>What each token predicts: the next token of the same document (of its next piece too), or <see cref="NoTarget"/> at the
    /// document's end, on padding and where the loss mask is off. // (B·T)</summary>
    public int[] Targets { get; }
    /// <summary>Lengths of the segments in order; none crosses a row, together they cover all B·T tokens, padding included.</summary>
    public int[] SegmentLengths { get; }
    /// <summary>How many entries of <see cref="SegmentLengths"/> are in use.</summary>
    public int SegmentCount { get; internal set; }
    /// <summary>Tokens that have a target: divide the summed loss by this.</summary>
    public int TargetCount { get; internal set; }
    /// <summary>Tokens that are padding.</summary>
    public int PaddingCount { get; internal set; }
    /// <summary>Raw UTF-8 bytes of the documents that begin in this batch: summed over an epoch they are the bytes of bits-per-byte.</summary>
    public long TextBytes { get; internal set; }
}
