// Q8_0 panels: 32 inputs of an output share one fp16 scale, value = scale · int8. A unit is 32 inputs × 64 outputs: the 64 scales,
// then per input 64 int8; 2,176 bytes, all of them streamed once. int8 times fp16 has at most 19 significant bits, so the widened
// weight is exact in fp32 and nothing is lost against a product with the widened matrix: activations stay fp32.
// Lanes are outputs; four accumulators of 16 take the inputs in order.

using System.Runtime.Intrinsics;

namespace Maison.Tensors.Kernels;

/// <summary>Panels of Q8_0: (inputs / 32) units.</summary>
static unsafe class PanelQ8
{
    public const int UnitInputs = 32;

    /// <summary>64 fp16 scales and 32 · 64 int8.</summary>
    public const int UnitBytes = ScaleBytes + UnitInputs * 64;

    public const int ScaleBytes = 64 * sizeof(ushort);

    public static void Widen(byte* from, int inputs, float* to)
    {
        for (; inputs > 0; inputs -= UnitInputs)
        {
            var scales = (ushort*)from;
            Vector512<float> s0 = Stored.FromF16(scales), s1 = Stored.FromF16(scales + 16), s2 = Stored.FromF16(scales + 32), s3 = Stored.FromF16(scales + 48);
            Stored.FetchAhead(from);
            Stored.FetchAhead(from + 64);
            from += ScaleBytes;
            for (var k = 0; k < UnitInputs; k++, from += 64, to += 64)
            {
                Stored.FetchAhead(from);
                var q = (sbyte*)from;
                Vector512.Store(Stored.FromBytes(q) * s0, to);
                Vector512.Store(Stored.FromBytes(q + 16) * s1, to + 16);
                Vector512.Store(Stored.FromBytes(q + 32) * s2, to + 32);
                Vector512.Store(Stored.FromBytes(q + 48) * s3, to + 48);
            }
        }
    }

    public static void MultiplyRow(byte* panel, int inputs, float* x, float* y, bool accumulate)
    {
        Vector512<float> y0 = default, y1 = default, y2 = default, y3 = default;
        if (accumulate)
        {
            y0 = Vector512.Load(y);
            y1 = Vector512.Load(y + 16);
            y2 = Vector512.Load(y + 32);
            y3 = Vector512.Load(y + 48);
        }
        for (; inputs > 0; inputs -= UnitInputs)
        {
            var scales = (ushort*)panel;
            Vector512<float> s0 = Stored.FromF16(scales), s1 = Stored.FromF16(scales + 16), s2 = Stored.FromF16(scales + 32), s3 = Stored.FromF16(scales + 48);
            Stored.FetchAhead(panel);
            Stored.FetchAhead(panel + 64);
            panel += ScaleBytes;
            for (var k = 0; k < UnitInputs; k++, x++, panel += 64)
            {
                Stored.FetchAhead(panel);
                var v = Vector512.Create(*x);
                var q = (sbyte*)panel;
                y0 = Vector512.MultiplyAddEstimate(v, Stored.FromBytes(q) * s0, y0);
                y1 = Vector512.MultiplyAddEstimate(v, Stored.FromBytes(q + 16) * s1, y1);
                y2 = Vector512.MultiplyAddEstimate(v, Stored.FromBytes(q + 32) * s2, y2);
                y3 = Vector512.MultiplyAddEstimate(v, Stored.FromBytes(q + 48) * s3, y3);
            }
        }
        Vector512.Store(y0, y);
        Vector512.Store(y1, y + 16);
        Vector512.Store(y2, y + 32);
        Vector512.Store(y3, y + 48);
    }
}
