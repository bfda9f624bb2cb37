// Noise with a place but no period: the raw stuff of wood, stone, grass and clouds. Values are fixed by this file alone.

using System.Numerics;
using System.Runtime.CompilerServices;

namespace Maison.Data.Pictures.Rendering;

static class Noise
{
    /// <summary>A number in [0, 1) for a cell of the integer lattice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Cell(int x, int y, int z) => (Samples.Hash((uint)x * 0x8DA6B343 ^ (uint)y * 0xD8163841 ^ (uint)z * 0xCB1AB31F) >> 8) * (1f / (1u << 24));

    /// <summary>Smooth noise in [0, 1], about one bump per unit.</summary>
    public static float Smooth(Vector3 at)
    {
        int x = (int)MathF.Floor(at.X), y = (int)MathF.Floor(at.Y), z = (int)MathF.Floor(at.Z);
        var f = at - new Vector3(x, y, z);
        f = f * f * (new Vector3(3) - 2 * f);
        float near = Mix(Mix(Cell(x, y, z), Cell(x + 1, y, z), f.X), Mix(Cell(x, y + 1, z), Cell(x + 1, y + 1, z), f.X), f.Y),
            far = Mix(Mix(Cell(x, y, z + 1), Cell(x + 1, y, z + 1), f.X), Mix(Cell(x, y + 1, z + 1), Cell(x + 1, y + 1, z + 1), f.X), f.Y);
        return Mix(near, far, f.Z);
    }

    /// <summary>Noise of several sizes, each half as large and half as strong as the one before; in [0, 1].</summary>
    public static float Rough(Vector3 at, int sizes)
    {
        float sum = 0, weight = 0.5f, whole = 0;
        for (var i = 0; i < sizes; i++, weight /= 2, at = 2.03f * at + new Vector3(17.1f, 5.3f, 11.7f))
        {
            sum += weight * Smooth(at);
            whole += weight;
        }
        return sum / whole;
    }

    /// <summary>A straight blend.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Mix(float from, float to, float share) => from + (to - from) * share;

    /// <summary>0 below <paramref name="low"/>, 1 above <paramref name="high"/>, smooth between.</summary>
    public static float Step(float low, float high, float x)
    {
        var t = Math.Clamp((x - low) / (high - low), 0, 1);
        return t * t * (3 - 2 * t);
    }
}
