// Learns merges from counted pieces, one at a time. Knows nothing about text: a piece is a row of ids with a count.
// Every pair keeps its count and the pieces it was ever seen in; a merge visits only those and corrects only its neighbours'
// counts. The queue is lazy: a pair's count may have fallen since it was queued, so what comes out is checked against the
// count now and queued again when it differs. A naive twin in the tests proves the order.
using System.Text;

namespace Maison.Data.Tokenizers;

sealed class MergeLearner
{
    sealed class MostFrequentFirst : IComparer<(long Count, ulong Pair)>
    {
        public int Compare((long Count, ulong Pair) x, (long Count, ulong Pair) y) =>
            x.Count != y.Count ? y.Count.CompareTo(x.Count) : x.Pair.CompareTo(y.Pair);
    }

    readonly int[] ids;             // all pieces, one after another
    readonly int[] starts, lengths;
    readonly long[] counts;
    readonly PairCounts pairs;
    readonly PriorityQueue<int, (long Count, ulong Pair)> queue = new(new MostFrequentFirst());
    readonly List<int> risen = [];
    readonly Dictionary<string, int> idOfBytes = [];

    public MergeLearner(PieceTable table)
    {
        var pieces = table.Pieces.Where(p => p.Piece.Length > 1).ToArray();
        starts = new int[pieces.Length];
        lengths = new int[pieces.Length];
        counts = new long[pieces.Length];
        ids = new int[pieces.Sum(p => p.Piece.Length)];
        pairs = new PairCounts();
        int at = 0;
        for (int piece = 0; piece < pieces.Length; piece++)
        {
            var bytes = pieces[piece].Piece.Span;
            (starts[piece], lengths[piece], counts[piece]) = (at, bytes.Length, pieces[piece].Count);
            for (int i = 0; i < bytes.Length; i++) ids[at++] = bytes[i];
            for (int i = 0; i + 1 < bytes.Length; i++) pairs.Change(bytes[i], bytes[i + 1], counts[piece], piece);
        }
        for (int b = 0; b < 256; b++)
        {
            Tokens.Add([(byte)b]);
            idOfBytes.Add(Key(Tokens[b]), b);
        }
        for (int slot = 0; slot < pairs.Count; slot++) queue.Enqueue(slot, (pairs.CountOf(slot), pairs.KeyOf(slot)));
    }

    /// <summary>Bytes by id.</summary>
    public List<byte[]> Tokens { get; } = [];

    public List<(int Left, int Right)> Merges { get; } = [];

    public List<int> MergedIds { get; } = [];

    /// <summary>Merges the most frequent pair; false when none is as frequent as <paramref name="minimum"/>.</summary>
    public bool MergeNext(long minimum)
    {
        while (queue.TryDequeue(out int slot, out var queued))
        {
            long count = pairs.CountOf(slot);
            if (count < minimum) continue;
            if (count != queued.Count) queue.Enqueue(slot, (count, queued.Pair));
            else
            {
                Merge(slot);
                return true;
            }
        }
        return false;
    }

    void Merge(int slot)
    {
        var (left, right) = ((int)(pairs.KeyOf(slot) >> 32), (int)(uint)pairs.KeyOf(slot));
        byte[] bytes = [.. Tokens[left], .. Tokens[right]];
        // Two different pairs may spell the same token; it keeps one id, as a vocabulary is keyed by its text.
        if (!idOfBytes.TryGetValue(Key(bytes), out int merged))
        {
            merged = Tokens.Count;
            idOfBytes.Add(Key(bytes), merged);
            Tokens.Add(bytes);
        }
        Merges.Add((left, right));
        MergedIds.Add(merged);

        foreach (int piece in pairs.TakePieces(slot)) MergeInPiece(piece, left, right, merged);
        pairs.Clear(slot);
        foreach (int changed in risen) queue.Enqueue(changed, (pairs.CountOf(changed), pairs.KeyOf(changed)));
        risen.Clear();
    }

    void MergeInPiece(int piece, int left, int right, int merged)
    {
        var row = ids.AsSpan(starts[piece], lengths[piece]);
        long count = counts[piece];
        int write = 0;
        for (int read = 0; read < row.Length;)
        {
            if (row[read] != left || read + 1 == row.Length || row[read + 1] != right)
            {
                row[write++] = row[read++];
                continue;
            }
            if (write > 0)
            {
                pairs.Change(row[write - 1], left, -count, piece);
                Raise(row[write - 1], merged, count, piece);
            }
            if (read + 2 < row.Length)
            {
                pairs.Change(right, row[read + 2], -count, piece);
                Raise(merged, row[read + 2], count, piece);
            }
            row[write++] = merged;
            read += 2;
        }
        lengths[piece] = write;
    }

    void Raise(int left, int right, long count, int piece)
    {
        int slot = pairs.Change(left, right, count, piece);
        if (pairs.MarkOnce(slot, Merges.Count)) risen.Add(slot);
    }

    static string Key(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
