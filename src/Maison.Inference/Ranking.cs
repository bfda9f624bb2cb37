// The largest entries of a long row without sorting the row. A value and its index become one integer whose ascending order is
// "larger value first, then lower index", so plain integer sorting ranks them and ties have one answer.

namespace Maison.Inference;

static class Ranking
{
    /// <summary>The <paramref name="count"/> largest values above <paramref name="floor"/>, best first, in the front of <paramref name="scratch"/>.</summary>
    /// <param name="scratch">At least as long as <paramref name="values"/>.</param>
    public static Span<ulong> Largest(ReadOnlySpan<float> values, int count, float floor, Span<ulong> scratch)
    {
        // When twice the wanted number is gathered, the lower half is dropped and the floor rises to the last one kept.
        var room = (int)Math.Min(Math.Max(2L * count, 64), values.Length);
        var found = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (!(values[i] > floor)) continue;
            scratch[found++] = Rank(values[i], i);
            if (found < room || room <= count) continue;
            scratch[..found].Sort();
            found = count;
            floor = Value(scratch[count - 1]);
        }
        scratch[..found].Sort();
        return scratch[..Math.Min(found, count)];
    }

    public static int Id(ulong rank) => (int)(uint)rank;

    public static float Value(ulong rank)
    {
        var ordered = ~(uint)(rank >> 32);
        return BitConverter.UInt32BitsToSingle((ordered & 0x8000_0000) != 0 ? ordered & 0x7FFF_FFFF : ~ordered);
    }

    /// <summary>Lower is better.</summary>
    public static ulong Rank(float value, int id)
    {
        // Floats order like integers once the sign is turned around.
        var bits = BitConverter.SingleToUInt32Bits(value);
        var ordered = (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
        return (ulong)~ordered << 32 | (uint)id;
    }
}
