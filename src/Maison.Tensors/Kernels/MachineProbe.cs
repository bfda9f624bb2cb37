// What this machine can do, measured: the yardstick that training and benchmarks are held against.

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Maison.Tensors.Kernels;

/// <summary>Short measurements of the machine.</summary>
public static unsafe class MachineProbe
{
    /// <summary>Floating-point operations per second of a 768×768×768 matrix product on the whole gang: best of several, about a tenth of a second.</summary>
    public static double MatMulFlops(Gang gang)
    {
        const int size = 768;
        var memory = (float*)NativeMemory.AlignedAlloc(3 * size * size * sizeof(float), 4096);
        new Span<float>(memory, 3 * size * size).Fill(0.5f);
        using var panels = new Panels(size, size);
        panels.Pack(gang, memory);
        var best = double.MaxValue;
        for (var i = 0; i < 12; i++)
        {
            var start = Stopwatch.GetTimestamp();
            MatMul.Run(gang, size, memory + size * size, size, 1, panels, memory + 2 * size * size, size, accumulate: false);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        NativeMemory.AlignedFree(memory);
        return 2.0 * size * size * size / best;
    }

    /// <summary>Bytes per second that the whole gang reads from memory far larger than the caches: best of several, about half a second.</summary>
    public static double ReadBandwidth(Gang gang)
    {
        const int pieces = 256, repeats = 6;
        var memory = NativeMemory.AlignedAlloc((nuint)pieces * pieceBytes, 2 << 20);
        // Untouched pages all share one frame of zeros, which would be read from the cache.
        new Span<byte>(memory, pieces * pieceBytes).Fill(1);
        var best = double.MaxValue;
        for (var i = 0; i < repeats; i++)
        {
            var start = Stopwatch.GetTimestamp();
            gang.For(pieces, &ReadPiece, memory);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        NativeMemory.AlignedFree(memory);
        return (double)pieces * pieceBytes / best;
    }

    const int pieceBytes = 1 << 20;
    static ulong sink;

    static void ReadPiece(void* memory, int piece, int thread)
    {
        var at = (byte*)memory + (nint)piece * pieceBytes;
        Vector512<ulong> a = default, b = default, c = default, d = default;
        for (var i = 0; i < pieceBytes; i += 256)
        {
            a |= Vector512.Load((ulong*)(at + i));
            b |= Vector512.Load((ulong*)(at + i + 64));
            c |= Vector512.Load((ulong*)(at + i + 128));
            d |= Vector512.Load((ulong*)(at + i + 192));
        }
        // Kept where the compiler cannot see that nobody looks.
        Volatile.Write(ref sink, ((a | b) | (c | d)).GetElement(0));
    }
}
