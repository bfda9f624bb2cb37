// Rows into columns, 16×16 or 4×4 floats at a time: how weights and keys become panels.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Maison.Tensors.Kernels;

static unsafe class Transpose
{
    /// <summary>Writes source (rows ≤ 64, cols; row stride) as (cols, 64), zero in columns at and past <paramref name="rows"/>.</summary>
    public static void ToPanel(float* source, nint stride, int rows, int cols, float* panel)
    {
        for (var r0 = 0; r0 < 64; r0 += 16)
        {
            var full = rows - r0 >= 16;
            var c0 = 0;
            if (full && Avx512F.IsSupported)
                for (; c0 + 16 <= cols; c0 += 16)
                    Block16(source + r0 * stride + c0, stride, panel + (nint)c0 * 64 + r0, 64);
            else if (full && Vector128.IsHardwareAccelerated)
                for (; c0 + 4 <= cols; c0 += 4)
                    for (var r = r0; r < r0 + 16; r += 4)
                        Block4(source + r * stride + c0, stride, panel + (nint)c0 * 64 + r, 64);
            for (; c0 < cols; c0++)
                for (var r = 0; r < 16; r++)
                    panel[(nint)c0 * 64 + r0 + r] = r0 + r < rows ? source[(r0 + r) * stride + c0] : 0f;
        }
    }

    /// <summary>A 16×16 block of rows a stride apart to one of columns a stride apart.</summary>
    public static void Square(float* source, nint stride, float* target, nint targetStride)
    {
        if (Avx512F.IsSupported) Block16(source, stride, target, targetStride);
        else
            for (var r = 0; r < 16; r += 4)
                for (var c = 0; c < 16; c += 4)
                    Block4(source + r * stride + c, stride, target + c * targetStride + r, targetStride);
    }

    /// <summary>One 16×16 block: four rounds of pairwise interleaving, the last two across 128-bit lanes.</summary>
    static void Block16(float* s, nint stride, float* t, nint tStride)
    {
        for (var half = 0; half < 16; half += 4)
        {
            var a = Lanes(s, stride, half, 0);
            var b = Lanes(s, stride, half, 1);
            var c = Lanes(s, stride, half, 2);
            var d = Lanes(s, stride, half, 3);
            // a..d hold, per 128-bit lane i, four columns [half, half+4) of row 4·i + {0,1,2,3}.
            var ab0 = Avx512F.UnpackLow(a, b);
            var ab1 = Avx512F.UnpackHigh(a, b);
            var cd0 = Avx512F.UnpackLow(c, d);
            var cd1 = Avx512F.UnpackHigh(c, d);
            var r0 = Avx512F.UnpackLow(ab0.AsDouble(), cd0.AsDouble()).AsSingle();
            var r1 = Avx512F.UnpackHigh(ab0.AsDouble(), cd0.AsDouble()).AsSingle();
            var r2 = Avx512F.UnpackLow(ab1.AsDouble(), cd1.AsDouble()).AsSingle();
            var r3 = Avx512F.UnpackHigh(ab1.AsDouble(), cd1.AsDouble()).AsSingle();
            Vector512.Store(r0, t + half * tStride);
            Vector512.Store(r1, t + (half + 1) * tStride);
            Vector512.Store(r2, t + (half + 2) * tStride);
            Vector512.Store(r3, t + (half + 3) * tStride);
        }
    }

    /// <summary>One 4×4 block, portable: two rounds of pairwise interleaving.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Block4(float* s, nint stride, float* t, nint tStride)
    {
        Vector128<float> a = Vector128.Load(s), b = Vector128.Load(s + stride), c = Vector128.Load(s + 2 * stride), d = Vector128.Load(s + 3 * stride);
        var ac0 = InterleaveLow(a, c);                                  // a0 c0 a1 c1
        var ac1 = InterleaveHigh(a, c);                                 // a2 c2 a3 c3
        var bd0 = InterleaveLow(b, d);
        var bd1 = InterleaveHigh(b, d);
        Vector128.Store(InterleaveLow(ac0, bd0), t);                    // a0 b0 c0 d0
        Vector128.Store(InterleaveHigh(ac0, bd0), t + tStride);
        Vector128.Store(InterleaveLow(ac1, bd1), t + 2 * tStride);
        Vector128.Store(InterleaveHigh(ac1, bd1), t + 3 * tStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> InterleaveLow(Vector128<float> a, Vector128<float> b)
        => Sse.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) : Vector128.Create(a[0], b[0], a[1], b[1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> InterleaveHigh(Vector128<float> a, Vector128<float> b)
        => Sse.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) : Vector128.Create(a[2], b[2], a[3], b[3]);

    /// <summary>Four 128-bit pieces: columns [col, col+4) of rows offset, offset+4, offset+8, offset+12.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Lanes(float* s, nint stride, int col, int offset)
    {
        var p = s + offset * stride + col;
        var low = Vector256.Create(Vector128.Load(p), Vector128.Load(p + 4 * stride));
        var high = Vector256.Create(Vector128.Load(p + 8 * stride), Vector128.Load(p + 12 * stride));
        return Vector512.Create(low, high);
    }
}
