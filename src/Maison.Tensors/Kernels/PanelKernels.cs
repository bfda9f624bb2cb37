// Stored panels at work: widened block by block for many rows, or multiplied as they stream for a few. Lanes are outputs; every
// output adds its products in the order of the inputs and widening is exact, so a row has the same bits alone, with a few and with
// many. Twins: MatMul.TileScalar after Widen, and Widen after PackedWeight.ReadRow. A panel has no tail: 64 outputs, padded by zeros,
// and whole units. Lines are fetched ahead because a processor's own prefetching begins anew at each 4 kB page.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maison.Tensors.Kernels;

static unsafe class PanelKernels
{
    /// <summary>Bytes fetched ahead: about what the memory delivers to a core during its latency.</summary>
    const int ahead = 4096;

    /// <summary>Rows up to which a panel is multiplied as it streams, at most four at a time, instead of being widened first.</summary>
    public static int FewRows => Avx512F.IsSupported ? 8 : 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FetchAhead(byte* at, int bytes)
    {
        if (!Sse.IsSupported) return;
        for (var line = 0; line < bytes; line += 64) Sse.Prefetch0(at + ahead + line);
    }

    /// <summary>Units from <paramref name="from"/> on to fp32: (inputs, 64).</summary>
    public static void Widen<T>(byte* from, int inputs, float* to) where T : struct, IStored
    {
        for (; inputs > 0; inputs -= T.UnitInputs)
        {
            Vector512<float> s0 = T.Scales(from, 0), s1 = T.Scales(from, 16), s2 = T.Scales(from, 32), s3 = T.Scales(from, 48);
            FetchAhead(from, T.ScaleBytes);
            from += T.ScaleBytes;
            for (var i = 0; i < T.UnitInputs; i++, from += T.InputBytes, to += 64)
            {
                FetchAhead(from, T.InputBytes);
                Vector512.Store(T.Widen(from, 0, s0), to);
                Vector512.Store(T.Widen(from, 16, s1), to + 16);
                Vector512.Store(T.Widen(from, 32, s2), to + 32);
                Vector512.Store(T.Widen(from, 48, s3), to + 48);
            }
        }
    }

    /// <summary>y (rows, 64) = or += x (rows, inputs) · panel, for at most <see cref="FewRows"/> rows.</summary>
    public static void Multiply<T>(byte* panel, int inputs, int rows, float* x, nint xStride, float* y, nint yStride, bool accumulate) where T : struct, IStored
    {
        for (; rows >= 4; rows -= 4, x += 4 * xStride, y += 4 * yStride) Rows4<T>(panel, inputs, x, xStride, y, yStride, accumulate);
        for (; rows >= 2; rows -= 2, x += 2 * xStride, y += 2 * yStride) Rows2<T>(panel, inputs, x, xStride, y, yStride, accumulate);
        if (rows == 1) Row<T>(panel, inputs, x, y, accumulate);
    }

    static void Row<T>(byte* panel, int inputs, float* x, float* y, bool accumulate) where T : struct, IStored
    {
        Vector512<float> y00 = default, y01 = default, y02 = default, y03 = default;
        if (accumulate)
        {
            y00 = Vector512.Load(y); y01 = Vector512.Load(y + 16); y02 = Vector512.Load(y + 32); y03 = Vector512.Load(y + 48);
        }
        for (; inputs > 0; inputs -= T.UnitInputs)
        {
            Vector512<float> s0 = T.Scales(panel, 0), s1 = T.Scales(panel, 16), s2 = T.Scales(panel, 32), s3 = T.Scales(panel, 48);
            FetchAhead(panel, T.ScaleBytes);
            panel += T.ScaleBytes;
            for (var i = 0; i < T.UnitInputs; i++, panel += T.InputBytes)
            {
                FetchAhead(panel, T.InputBytes);
                var v = Vector512.Create(*x++);
                y00 = Vector512.MultiplyAddEstimate(v, T.Widen(panel, 0, s0), y00);
                y01 = Vector512.MultiplyAddEstimate(v, T.Widen(panel, 16, s1), y01);
                y02 = Vector512.MultiplyAddEstimate(v, T.Widen(panel, 32, s2), y02);
                y03 = Vector512.MultiplyAddEstimate(v, T.Widen(panel, 48, s3), y03);
            }
        }
        Vector512.Store(y00, y);
        Vector512.Store(y01, y + 16);
        Vector512.Store(y02, y + 32);
        Vector512.Store(y03, y + 48);
    }

    static void Rows2<T>(byte* panel, int inputs, float* x, nint xStride, float* y, nint yStride, bool accumulate) where T : struct, IStored
    {
        Vector512<float> y00 = default, y01 = default, y02 = default, y03 = default;
        Vector512<float> y10 = default, y11 = default, y12 = default, y13 = default;
        if (accumulate)
        {
            y00 = Vector512.Load(y); y01 = Vector512.Load(y + 16); y02 = Vector512.Load(y + 32); y03 = Vector512.Load(y + 48);
            y10 = Vector512.Load(y + yStride); y11 = Vector512.Load(y + yStride + 16); y12 = Vector512.Load(y + yStride + 32); y13 = Vector512.Load(y + yStride + 48);
        }
        float* x1 = x + xStride;
        for (; inputs > 0; inputs -= T.UnitInputs)
        {
            Vector512<float> s0 = T.Scales(panel, 0), s1 = T.Scales(panel, 16), s2 = T.Scales(panel, 32), s3 = T.Scales(panel, 48);
            FetchAhead(panel, T.ScaleBytes);
            panel += T.ScaleBytes;
            for (var i = 0; i < T.UnitInputs; i++, panel += T.InputBytes)
            {
                FetchAhead(panel, T.InputBytes);
                var v0 = Vector512.Create(*x++);
                var v1 = Vector512.Create(*x1++);
                var w = T.Widen(panel, 0, s0);
                y00 = Vector512.MultiplyAddEstimate(v0, w, y00);
                y10 = Vector512.MultiplyAddEstimate(v1, w, y10);
                w = T.Widen(panel, 16, s1);
                y01 = Vector512.MultiplyAddEstimate(v0, w, y01);
                y11 = Vector512.MultiplyAddEstimate(v1, w, y11);
                w = T.Widen(panel, 32, s2);
                y02 = Vector512.MultiplyAddEstimate(v0, w, y02);
                y12 = Vector512.MultiplyAddEstimate(v1, w, y12);
                w = T.Widen(panel, 48, s3);
                y03 = Vector512.MultiplyAddEstimate(v0, w, y03);
                y13 = Vector512.MultiplyAddEstimate(v1, w, y13);
            }
        }
        Vector512.Store(y00, y);
        Vector512.Store(y01, y + 16);
        Vector512.Store(y02, y + 32);
        Vector512.Store(y03, y + 48);
        Vector512.Store(y10, y + yStride);
        Vector512.Store(y11, y + yStride + 16);
        Vector512.Store(y12, y + yStride + 32);
        Vector512.Store(y13, y + yStride + 48);
    }

    static void Rows4<T>(byte* panel, int inputs, float* x, nint xStride, float* y, nint yStride, bool accumulate) where T : struct, IStored
    {
        Vector512<float> y00 = default, y01 = default, y02 = default, y03 = default;
        Vector512<float> y10 = default, y11 = default, y12 = default, y13 = default;
        Vector512<float> y20 = default, y21 = default, y22 = default, y23 = default;
        Vector512<float> y30 = default, y31 = default, y32 = default, y33 = default;
        if (accumulate)
        {
            y00 = Vector512.Load(y); y01 = Vector512.Load(y + 16); y02 = Vector512.Load(y + 32); y03 = Vector512.Load(y + 48);
            y10 = Vector512.Load(y + yStride); y11 = Vector512.Load(y + yStride + 16); y12 = Vector512.Load(y + yStride + 32); y13 = Vector512.Load(y + yStride + 48);
            y20 = Vector512.Load(y + 2 * yStride); y21 = Vector512.Load(y + 2 * yStride + 16); y22 = Vector512.Load(y + 2 * yStride + 32); y23 = Vector512.Load(y + 2 * yStride + 48);
            y30 = Vector512.Load(y + 3 * yStride); y31 = Vector512.Load(y + 3 * yStride + 16); y32 = Vector512.Load(y + 3 * yStride + 32); y33 = Vector512.Load(y + 3 * yStride + 48);
        }
        float* x1 = x + xStride;
        float* x2 = x + 2 * xStride;
        float* x3 = x + 3 * xStride;
        for (; inputs > 0; inputs -= T.UnitInputs)
        {
            Vector512<float> s0 = T.Scales(panel, 0), s1 = T.Scales(panel, 16), s2 = T.Scales(panel, 32), s3 = T.Scales(panel, 48);
            FetchAhead(panel, T.ScaleBytes);
            panel += T.ScaleBytes;
            for (var i = 0; i < T.UnitInputs; i++, panel += T.InputBytes)
            {
                FetchAhead(panel, T.InputBytes);
                var v0 = Vector512.Create(*x++);
                var v1 = Vector512.Create(*x1++);
                var v2 = Vector512.Create(*x2++);
                var v3 = Vector512.Create(*x3++);
                var w = T.Widen(panel, 0, s0);
                y00 = Vector512.MultiplyAddEstimate(v0, w, y00);
                y10 = Vector512.MultiplyAddEstimate(v1, w, y10);
                y20 = Vector512.MultiplyAddEstimate(v2, w, y20);
                y30 = Vector512.MultiplyAddEstimate(v3, w, y30);
                w = T.Widen(panel, 16, s1);
                y01 = Vector512.MultiplyAddEstimate(v0, w, y01);
                y11 = Vector512.MultiplyAddEstimate(v1, w, y11);
                y21 = Vector512.MultiplyAddEstimate(v2, w, y21);
                y31 = Vector512.MultiplyAddEstimate(v3, w, y31);
                w = T.Widen(panel, 32, s2);
                y02 = Vector512.MultiplyAddEstimate(v0, w, y02);
                y12 = Vector512.MultiplyAddEstimate(v1, w, y12);
                y22 = Vector512.MultiplyAddEstimate(v2, w, y22);
                y32 = Vector512.MultiplyAddEstimate(v3, w, y32);
                w = T.Widen(panel, 48, s3);
                y03 = Vector512.MultiplyAddEstimate(v0, w, y03);
                y13 = Vector512.MultiplyAddEstimate(v1, w, y13);
                y23 = Vector512.MultiplyAddEstimate(v2, w, y23);
                y33 = Vector512.MultiplyAddEstimate(v3, w, y33);
            }
        }
        Vector512.Store(y00, y);
        Vector512.Store(y01, y + 16);
        Vector512.Store(y02, y + 32);
        Vector512.Store(y03, y + 48);
        Vector512.Store(y10, y + yStride);
        Vector512.Store(y11, y + yStride + 16);
        Vector512.Store(y12, y + yStride + 32);
        Vector512.Store(y13, y + yStride + 48);
        Vector512.Store(y20, y + 2 * yStride);
        Vector512.Store(y21, y + 2 * yStride + 16);
        Vector512.Store(y22, y + 2 * yStride + 32);
        Vector512.Store(y23, y + 2 * yStride + 48);
        Vector512.Store(y30, y + 3 * yStride);
        Vector512.Store(y31, y + 3 * yStride + 16);
        Vector512.Store(y32, y + 3 * yStride + 32);
        Vector512.Store(y33, y + 3 * yStride + 48);
    }
}
