// A small random generator whose numbers are fixed by this file alone: System.Random may change between runtimes, and then a
// resumed run would see other data. Source: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators".

namespace Maison.Data.Shards;

struct SplitMix64(ulong seed)
{
    ulong _state = seed;

    /// <summary>A generator of its own for each purpose and index under one seed.</summary>
    public static SplitMix64 For(ulong seed, ulong purpose, ulong index)
    {
        var outer = new SplitMix64(seed + purpose * 0xD1342543DE82EF95);
        return new(outer.Next() ^ new SplitMix64(index).Next());
    }

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    public uint NextHigh() => (uint)(Next() >> 32);

    /// <summary>A number below <paramref name="bound"/>; the bias is under bound / 2^64.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
