// The random numbers of one light path: Sobol' points, shuffled and scrambled anew for every pixel and every pair of dimensions, so that the
// few paths of a pixel are spread evenly and no two decisions agree. Source: Burley 2020, "Practical hash-based Owen scrambling".

using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Maison.Data.Pictures.Rendering;

/// <summary>Gives numbers in [0, 1) to one path of a pixel.</summary>
/// <param name="pixel">Seed of the pixel.</param>
/// <param name="index">Which of its paths, less than <paramref name="count"/>.</param>
/// <param name="count">Paths of a pixel: a power of two, at most 1024.</param>
struct Samples(uint pixel, uint index, uint count)
{
    const float Unit = 1f / (1u << 24);

    /// <summary>Largest count of paths of a pixel.</summary>
    public const int Most = 1024;

    /// <summary>Second dimension of the Sobol' sequence, bits reversed.</summary>
    static readonly uint[] Second = [.. Enumerable.Range(0, Most).Select(i =>
    {
        uint direction = 1u << 31, value = 0;
        for (var n = (uint)i; n != 0; n >>= 1, direction ^= direction >> 1)
            if ((n & 1) != 0) value ^= direction;
        return Reversed(value);
    })];

    uint _dimension;

    /// <summary>The next pair.</summary>
    public Vector2 Pair()
    {
        var seed = Hash(pixel + 0x9E3779B9 * ++_dimension);
        var i = Reversed(Mixed(Reversed(index), seed)) & (count - 1);
        return new((Reversed(Mixed(i, seed * 0x85EBCA6B + 1)) >> 8) * Unit, (Reversed(Mixed(Second[i], seed * 0xC2B2AE35 + 2)) >> 8) * Unit);
    }

    /// <summary>The next single number.</summary>
    public float One()
    {
        var seed = Hash(pixel + 0x9E3779B9 * ++_dimension);
        return (Reversed(Mixed(Reversed(Mixed(Reversed(index), seed)) & (count - 1), seed * 0x85EBCA6B + 1)) >> 8) * Unit;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Hash(uint x)
    {
        x = (x ^ (x >> 16)) * 0x7FEB352D;
        x = (x ^ (x >> 15)) * 0x846CA68B;
        return x ^ (x >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Mixed(uint x, uint seed)
    {
        x += seed;
        x ^= x * 0x6C50B47C;
        x ^= x * 0xB82F1E52;
        x ^= x * 0xC7AFE638;
        return x ^ x * 0x8D22F6E6;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Reversed(uint x)
    {
        x = BinaryPrimitives.ReverseEndianness(x);
        x = ((x >> 4) & 0x0F0F0F0F) | ((x & 0x0F0F0F0F) << 4);
        x = ((x >> 2) & 0x33333333) | ((x & 0x33333333) << 2);
        return ((x >> 1) & 0x55555555) | ((x & 0x55555555) << 1);
    }
}
