// What this machine can do, measured: the yardstick that training and benchmarks are held against.

using System.Diagnostics;
using System.Runtime.InteropServices;

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
}
