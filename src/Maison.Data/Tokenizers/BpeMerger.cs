// Byte-pair merging of one piece of text (arXiv 1508.07909): repeatedly join the adjacent pair of lowest rank, leftmost
// first, until no pair has a merge. Knows nothing about where pieces come from.
// A short piece rescans its few ranks; a long one keeps pairs in a heap over a linked list, because rescanning is quadratic
// and a user may send a megabyte of one letter. Both give the same ids, which a test holds against a naive twin.
using System.Buffers;

namespace Maison.Data.Tokenizers;

sealed class BpeMerger
{
    const int LongPiece = 64;

    readonly int[] byteIds;
    readonly PairTable pairs;
    readonly int[] mergedIds;

    /// <param name="byteIds">The id of each of the 256 single bytes.</param>
    /// <param name="merges">Left and right id per rank.</param>
    /// <param name="mergedIds">The id that each merge produces.</param>
    public BpeMerger(int[] byteIds, ReadOnlySpan<(int Left, int Right)> merges, int[] mergedIds)
    {
        this.byteIds = byteIds;
        this.mergedIds = mergedIds;
        pairs = new PairTable(merges);
    }

    /// <summary>Writes the ids of a piece and returns their number, at most one per byte.</summary>
    /// <param name="piece">At least one byte.</param>
    /// <param name="ids">Room for one id per byte of the piece.</param>
    public int Merge(ReadOnlySpan<byte> piece, Span<int> ids)
    {
        ids = ids[..piece.Length];
        for (int i = 0; i < piece.Length; i++) ids[i] = byteIds[piece[i]];
        return piece.Length <= LongPiece ? MergeShort(ids) : MergeLong(ids);
    }

    int MergeShort(Span<int> ids)
    {
        int count = ids.Length;
        Span<int> ranks = stackalloc int[LongPiece];
        for (int i = 0; i + 1 < count; i++) ranks[i] = pairs.Rank(ids[i], ids[i + 1]);
        while (count > 1)
        {
            int best = 0, bestRank = ranks[0];
            for (int i = 1; i + 1 < count; i++)
                if (ranks[i] < bestRank) (best, bestRank) = (i, ranks[i]);
            if (bestRank == int.MaxValue) break;

            ids[best] = mergedIds[bestRank];
            ids[(best + 2)..count].CopyTo(ids[(best + 1)..]);
            if (best + 2 < count) ranks[(best + 2)..count].CopyTo(ranks[(best + 1)..]);
            count--;
            if (best > 0) ranks[best - 1] = pairs.Rank(ids[best - 1], ids[best]);
            if (best + 1 < count) ranks[best] = pairs.Rank(ids[best], ids[best + 1]);
        }
        return count;
    }

    int MergeLong(Span<int> ids)
    {
        int length = ids.Length;
        int[] links = ArrayPool<int>.Shared.Rent(2 * length);
        var next = links.AsSpan(0, length);
        var previous = links.AsSpan(length, length);
        var heap = new PriorityQueue<int, (int Rank, int At)>(length);
        for (int i = 0; i < length; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
            if (i + 1 < length) Offer(heap, ids, i, i + 1);
        }
        while (heap.TryDequeue(out int at, out var priority))
        {
            // A pair that has changed since it was offered has another rank now, or its left half is gone (id -1).
            if (ids[at] < 0 || next[at] >= length || pairs.Rank(ids[at], ids[next[at]]) != priority.Rank) continue;
            int gone = next[at];
            ids[at] = mergedIds[priority.Rank];
            ids[gone] = -1;
            next[at] = next[gone];
            if (next[at] < length)
            {
                previous[next[at]] = at;
                Offer(heap, ids, at, next[at]);
            }
            if (previous[at] >= 0) Offer(heap, ids, previous[at], at);
        }
        int count = 0;
        for (int i = 0; i < length; i = next[i]) ids[count++] = ids[i];
        ArrayPool<int>.Shared.Return(links);
        return count;
    }

    void Offer(PriorityQueue<int, (int, int)> heap, ReadOnlySpan<int> ids, int left, int right)
    {
        int rank = pairs.Rank(ids[left], ids[right]);
        if (rank != int.MaxValue) heap.Enqueue(left, (rank, left));
    }
}
