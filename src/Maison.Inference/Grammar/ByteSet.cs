// A set of byte values as four words of bits: the label of every edge in a compiled grammar.

using System.Numerics;

namespace Maison.Inference.Grammar;

/// <summary>An immutable set of bytes.</summary>
public readonly record struct ByteSet
{
    readonly ulong a, b, c, d;

    ByteSet(ulong a, ulong b, ulong c, ulong d) => (this.a, this.b, this.c, this.d) = (a, b, c, d);

    /// <summary>All 256 bytes.</summary>
    public static ByteSet All { get; } = Range(0, 255);

    /// <summary>The bytes from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public static ByteSet Range(byte low, byte high)
    {
        Span<ulong> words = stackalloc ulong[4];
        for (int value = low; value <= high; value++) words[value >> 6] |= 1UL << value;
        return new(words[0], words[1], words[2], words[3]);
    }

    public static ByteSet operator |(ByteSet x, ByteSet y) => new(x.a | y.a, x.b | y.b, x.c | y.c, x.d | y.d);

    /// <summary>How many bytes are in it.</summary>
    public int Count => BitOperations.PopCount(a) + BitOperations.PopCount(b) + BitOperations.PopCount(c) + BitOperations.PopCount(d);

    public bool Contains(byte value) => ((value >> 6) switch { 0 => a, 1 => b, 2 => c, _ => d } >> value & 1) != 0;
}
