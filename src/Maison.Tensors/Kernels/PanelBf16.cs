// bf16 panels: per input 64 outputs, 2 bytes each. Lanes are outputs; four accumulators of 16 take the inputs in order.

using System.Runtime.Intrinsics;

namespace Maison.Tensors.Kernels;

/// <summary>Panels of bf16: (inputs, 64).</summary>
static unsafe class PanelBf16
{
    public static void Widen(byte* from, int inputs, float* to)
    {
        for (; inputs > 0; inputs--, from += 128, to += 64)
        {
            Stored.FetchAhead(from);
            Stored.FetchAhead(from + 64);
            for (var j = 0; j < 64; j += 16) Vector512.Store(Stored.FromBf16((ushort*)from + j), to + j);
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
        for (; inputs > 0; inputs--, x++, panel += 128)
        {
            Stored.FetchAhead(panel);
            Stored.FetchAhead(panel + 64);
            var v = Vector512.Create(*x);
            var w = (ushort*)panel;
            y0 = Vector512.MultiplyAddEstimate(v, Stored.FromBf16(w), y0);
            y1 = Vector512.MultiplyAddEstimate(v, Stored.FromBf16(w + 16), y1);
            y2 = Vector512.MultiplyAddEstimate(v, Stored.FromBf16(w + 32), y2);
            y3 = Vector512.MultiplyAddEstimate(v, Stored.FromBf16(w + 48), y3);
        }
        Vector512.Store(y0, y);
        Vector512.Store(y1, y + 16);
        Vector512.Store(y2, y + 32);
        Vector512.Store(y3, y + 48);
    }
}
