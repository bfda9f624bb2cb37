// Reductions over one row of logits, as wide as the machine's Vector<float>. Exponentials are fp32, their sums fp64.

using System.Numerics;
using System.Runtime.InteropServices;

namespace Maison.Inference;

static class RowMath
{
    /// <summary>The largest value; NaN when there is one.</summary>
    public static float Max(ReadOnlySpan<float> x)
    {
        var wide = MemoryMarshal.Cast<float, Vector<float>>(x);
        var lanes = new Vector<float>(float.NegativeInfinity);
        foreach (var v in wide) lanes = Vector.Max(lanes, v);
        var max = float.NegativeInfinity;
        for (var i = 0; i < Vector<float>.Count; i++) max = MathF.Max(max, lanes[i]);
        for (var i = wide.Length * Vector<float>.Count; i < x.Length; i++) max = MathF.Max(max, x[i]);
        return max;
    }

    /// <summary>odds ← e^((x − max) / temperature); returns their sum.</summary>
    public static double Odds(ReadOnlySpan<float> x, float max, float temperature, Span<float> odds)
    {
        var sum = Vector<double>.Zero;
        int width = Vector<float>.Count, i = 0;
        for (; i + width <= x.Length; i += width)
        {
            var odd = Vector.Exp((new Vector<float>(x[i..]) - new Vector<float>(max)) / new Vector<float>(temperature));
            odd.CopyTo(odds[i..]);
            Vector.Widen(odd, out var low, out var high);
            sum += low + high;
        }
        var total = Vector.Sum(sum);
        for (; i < x.Length; i++) total += odds[i] = MathF.Exp((x[i] - max) / temperature);
        return total;
    }

    /// <summary>ln Σ e^x.</summary>
    public static double LogSumExp(ReadOnlySpan<float> x)
    {
        var max = Max(x);
        var sum = Vector<double>.Zero;
        int width = Vector<float>.Count, i = 0;
        for (; i + width <= x.Length; i += width)
        {
            Vector.Widen(Vector.Exp(new Vector<float>(x[i..]) - new Vector<float>(max)), out var low, out var high);
            sum += low + high;
        }
        var total = Vector.Sum(sum);
        for (; i < x.Length; i++) total += MathF.Exp(x[i] - max);
        return max + Math.Log(total);
    }
}
