// fp32 panels as Panels.cs packs them: per input 64 outputs. Lanes are outputs; four accumulators of 16 take the inputs in order.
// The same sums as a tile of one row, with the stream fetched ahead.

using System.Runtime.Intrinsics;

namespace Maison.Tensors.Kernels;

/// <summary>Panels of fp32: (inputs, 64).</summary>
static unsafe class PanelF32
{
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
        for (; inputs > 0; inputs--, x++, panel += 256)
        {
            Stored.FetchAhead(panel);
            Stored.FetchAhead(panel + 64);
            Stored.FetchAhead(panel + 128);
            Stored.FetchAhead(panel + 192);
            var v = Vector512.Create(*x);
            var w = (float*)panel;
            y0 = Vector512.MultiplyAddEstimate(v, Vector512.Load(w), y0);
            y1 = Vector512.MultiplyAddEstimate(v, Vector512.Load(w + 16), y1);
            y2 = Vector512.MultiplyAddEstimate(v, Vector512.Load(w + 32), y2);
            y3 = Vector512.MultiplyAddEstimate(v, Vector512.Load(w + 48), y3);
        }
        Vector512.Store(y0, y);
        Vector512.Store(y1, y + 16);
        Vector512.Store(y2, y + 32);
        Vector512.Store(y3, y + 48);
    }
}
