// Merge ranks by (left id, right id): an open-addressing hash table, written once and then only read, so any number of
// threads may look up. Knows nothing about bytes. One entry is 16 bytes: key and rank come with the same cache line.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Maison.Data.Tokenizers;

sealed class PairTable
{
    const ulong Empty = ulong.MaxValue;

    struct Entry
    {
        public ulong Key;
        public int Rank;
    }

    readonly Entry[] entries;
    readonly int shift;

    /// <summary>Rank i belongs to pair i; of a pair given twice the later rank counts, as in Hugging Face's reader.</summary>
    public PairTable(ReadOnlySpan<(int Left, int Right)> pairs)
    {
        int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, pairs.Length * 3 / 2));
        entries = new Entry[capacity];
        shift = 64 - BitOperations.Log2((uint)capacity);
        for (int i = 0; i < capacity; i++) entries[i].Key = Empty;
        for (int rank = 0; rank < pairs.Length; rank++)
        {
            ulong key = Key(pairs[rank].Left, pairs[rank].Right);
            int slot = Slot(key);
            while (entries[slot].Key != Empty && entries[slot].Key != key) slot = (slot + 1) & (capacity - 1);
            entries[slot] = new Entry { Key = key, Rank = rank };
        }
    }

    /// <summary>The rank of the merge, or <see cref="int.MaxValue"/> when the two do not merge.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rank(int left, int right)
    {
        ulong key = Key(left, right);
        var table = entries;
        for (int slot = Slot(key); ; slot = (slot + 1) & (table.Length - 1))
        {
            ref readonly var entry = ref table[slot];
            if (entry.Key == key) return entry.Rank;
            if (entry.Key == Empty) return int.MaxValue;
        }
    }

    static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int Slot(ulong key) => (int)(key * 0x9E3779B97F4A7C15UL >> shift);
}
