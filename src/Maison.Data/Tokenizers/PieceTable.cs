// How often each piece of text occurs: an open-addressing hash table over bytes kept in one growing array, so counting
// a known piece allocates nothing. Knows nothing about merges. One per thread while counting, then added together.
using System.Buffers.Binary;

namespace Maison.Data.Tokenizers;

sealed class PieceTable
{
    struct Entry
    {
        public ulong Hash;
        public int Start, Length;
        public long Count;
    }

    Entry[] entries = new Entry[1 << 12];
    byte[] bytes = new byte[1 << 16];
    int bytesUsed;

    public int Count { get; private set; }

    public IEnumerable<(ReadOnlyMemory<byte> Piece, long Count)> Pieces =>
        entries.Where(e => e.Count > 0).Select(e => ((ReadOnlyMemory<byte>)bytes.AsMemory(e.Start, e.Length), e.Count));

    public void Add(ReadOnlySpan<byte> piece, long count)
    {
        ulong hash = Hash(piece);
        ref var entry = ref entries[Find(hash, piece)];
        if (entry.Count == 0)
        {
            if (bytesUsed + piece.Length > bytes.Length)
            {
                long wanted = Math.Max(2L * bytes.Length, (long)bytesUsed + piece.Length);
                if (bytesUsed + (long)piece.Length > Array.MaxLength)
                    throw new InvalidDataException("The documents hold over 2 GB of different words; train on a sample.");
                Array.Resize(ref bytes, (int)Math.Min(wanted, Array.MaxLength));
            }
            piece.CopyTo(bytes.AsSpan(bytesUsed));
            entry = new Entry { Hash = hash, Start = bytesUsed, Length = piece.Length };
            bytesUsed += piece.Length;
            Count++;
        }
        entry.Count += count;
        if (Count > entries.Length * 5L / 8) Grow();
    }

    public void Add(PieceTable other)
    {
        foreach (var (piece, count) in other.Pieces) Add(piece.Span, count);
    }

    int Find(ulong hash, ReadOnlySpan<byte> piece)
    {
        int mask = entries.Length - 1;
        for (int slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            ref readonly var entry = ref entries[slot];
            if (entry.Count == 0 || (entry.Hash == hash && bytes.AsSpan(entry.Start, entry.Length).SequenceEqual(piece))) return slot;
        }
    }

    void Grow()
    {
        var old = entries;
        entries = new Entry[old.Length * 2];
        int mask = entries.Length - 1;
        foreach (var entry in old)
        {
            if (entry.Count == 0) continue;
            int slot = (int)entry.Hash & mask;
            while (entries[slot].Count > 0) slot = (slot + 1) & mask;
            entries[slot] = entry;
        }
    }

    static ulong Hash(ReadOnlySpan<byte> piece)
    {
        ulong hash = (ulong)piece.Length * 0xD6E8FEB86659FD93UL;
        for (; piece.Length >= 8; piece = piece[8..]) hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(piece));
        ulong rest = 0;
        foreach (byte b in piece) rest = rest << 8 | b;
        return Mix(hash ^ rest);
    }

    static ulong Mix(ulong x)
    {
        x *= 0x9E3779B97F4A7C15UL;
        return x ^ x >> 32;
    }
}
