// The count of every pair of ids and the pieces in which it was ever seen, found by an open-addressing hash table.
// Knows nothing about which pair to merge. A pair's number ("slot") never changes, so queues may hold it.
namespace Maison.Data.Tokenizers;

sealed class PairCounts
{
    struct Pair
    {
        public ulong Key;
        public long Count;
        public int[]? Pieces;
        public int PieceCount, Mark;
    }

    Pair[] pairs = new Pair[1 << 12];
    int[] table = new int[1 << 13];     // slot + 1, or 0
    int shift = 64 - 13;

    public int Count { get; private set; }

    public ulong KeyOf(int slot) => pairs[slot].Key;

    public long CountOf(int slot) => pairs[slot].Count;

    /// <summary>Adds to the pair's count, remembers the piece when the count rises, and returns the pair's slot.</summary>
    public int Change(int left, int right, long delta, int piece)
    {
        int slot = Find((ulong)(uint)left << 32 | (uint)right);
        ref var pair = ref pairs[slot];
        pair.Count += delta;
        if (delta > 0 && (pair.PieceCount == 0 || pair.Pieces![pair.PieceCount - 1] != piece))
        {
            if (pair.Pieces is null) pair.Pieces = new int[2];
            else if (pair.PieceCount == pair.Pieces.Length) Array.Resize(ref pair.Pieces, pair.PieceCount * 2);
            pair.Pieces[pair.PieceCount++] = piece;
        }
        return slot;
    }

    /// <summary>The pieces of a pair, which forgets them.</summary>
    public ReadOnlySpan<int> TakePieces(int slot)
    {
        ref var pair = ref pairs[slot];
        var pieces = pair.Pieces.AsSpan(0, pair.PieceCount);
        (pair.Pieces, pair.PieceCount) = (null, 0);
        return pieces;
    }

    public void Clear(int slot) => pairs[slot].Count = 0;

    /// <summary>True the first time a pair is marked with this mark.</summary>
    public bool MarkOnce(int slot, int mark)
    {
        if (pairs[slot].Mark == mark) return false;
        pairs[slot].Mark = mark;
        return true;
    }

    int Find(ulong key)
    {
        int at = (int)(key * 0x9E3779B97F4A7C15UL >> shift);
        for (; table[at] != 0; at = (at + 1) & (table.Length - 1))
            if (pairs[table[at] - 1].Key == key) return table[at] - 1;
        if (Count == pairs.Length)
        {
            Array.Resize(ref pairs, Count * 2);
            Rehash();
            at = (int)(key * 0x9E3779B97F4A7C15UL >> shift);
            while (table[at] != 0) at = (at + 1) & (table.Length - 1);
        }
        pairs[Count].Key = key;
        table[at] = ++Count;
        return Count - 1;
    }

    void Rehash()
    {
        shift--;
        table = new int[table.Length * 2];
        for (int slot = 0; slot < Count; slot++)
        {
            int at = (int)(pairs[slot].Key * 0x9E3779B97F4A7C15UL >> shift);
            while (table[at] != 0) at = (at + 1) & (table.Length - 1);
            table[at] = slot + 1;
        }
    }
}
