// What short pieces (words of up to 15 bytes) encode to, remembered: a two-way set-associative cache of fixed size.
// Knows nothing about how ids are found. The piece itself, packed into 16 bytes with its length, is the key, so a hit
// compares two integers and never follows a pointer; a set is one 64-byte line. Not safe for two threads at once.
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Maison.Data.Tokenizers;

sealed class PieceCache
{
    const int SetBits = 14;

    /// <summary>Longest piece, in bytes, and most ids per piece that an entry holds.</summary>
    public const int MaxBytes = 15, MaxIds = 4;

    [InlineArray(MaxIds)]
    public struct Ids
    {
        int first;
    }

    public struct Entry
    {
        public ulong Low, High;
        public Ids Values;      // ends at the first -1
    }

    readonly Entry[] entries = new Entry[2 << SetBits];

    /// <summary>Packs the piece text[start..end] of 1 to 15 bytes; High carries its length in the top byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (ulong Low, ulong High) Key(ReadOnlySpan<byte> text, int start, int end)
    {
        int length = end - start;
        if (start + 16 > text.Length) return KeyAtEnd(text[start..end]);
        ulong low = BinaryPrimitives.ReadUInt64LittleEndian(text[start..]), high = 0;
        if (length >= 8) high = BinaryPrimitives.ReadUInt64LittleEndian(text[(start + 8)..]) & ((1UL << 8 * (length - 8)) - 1);
        else low &= (1UL << 8 * length) - 1;
        return (low, high | (ulong)length << 56);
    }

    // The last 16 bytes of a text cannot be read as two whole words.
    static (ulong Low, ulong High) KeyAtEnd(ReadOnlySpan<byte> piece)
    {
        Span<byte> padded = stackalloc byte[16];
        padded.Clear();
        piece.CopyTo(padded);
        ulong high = BinaryPrimitives.ReadUInt64LittleEndian(padded[8..]) | (ulong)piece.Length << 56;
        return (BinaryPrimitives.ReadUInt64LittleEndian(padded), high);
    }

    /// <summary>The remembered ids of the piece, or an empty span.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<int> Find(ulong low, ulong high)
    {
        int slot = Slot(low, high);
        ref var entry = ref entries[slot];
        if (entry.Low != low || entry.High != high)
        {
            entry = ref entries[slot + 1];
            if (entry.Low != low || entry.High != high) return default;
        }
        ReadOnlySpan<int> ids = entry.Values;
        int count = 1;
        while (count < ids.Length && ids[count] >= 0) count++;
        return ids[..count];
    }

    /// <summary>Remembers 1 to <see cref="MaxIds"/> ids; the set's older entry goes.</summary>
    public void Add(ulong low, ulong high, ReadOnlySpan<int> ids)
    {
        int slot = Slot(low, high);
        entries[slot + 1] = entries[slot];
        ref var entry = ref entries[slot];
        entry.Low = low;
        entry.High = high;
        Span<int> values = entry.Values;
        values.Fill(-1);
        ids.CopyTo(values);
    }

    static int Slot(ulong low, ulong high) =>
        (int)((low * 0x9E3779B97F4A7C15UL ^ (high + (low >> 29)) * 0xD6E8FEB86659FD93UL) >> (64 - SetBits)) * 2;
}
