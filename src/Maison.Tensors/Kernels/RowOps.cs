// Reductions over one row in a fixed order: 16 running lanes, folded at the end. Lanes past the end hold the neutral element, so
// a row's bits do not depend on how far its buffer reaches.

using System.Runtime.Intrinsics;

namespace Maison.Tensors.Kernels;

static unsafe class RowOps
{
    public static float Max(float* x, int count)
    {
        var body = count & ~15;
        var max = Vector512.Create(float.NegativeInfinity);
        for (var i = 0; i < body; i += 16) max = Vector512.Max(max, Vector512.Load(x + i));
        if (body < count) max = Vector512.Max(max, VectorMath.LoadPartial(x + body, count - body, float.NegativeInfinity));
        return VectorMath.Max(max);
    }

    public static float LogSumExp(float* x, int count)
    {
        var max = Max(x, count);
        var vmax = Vector512.Create(max);
        var sum = Vector512<float>.Zero;
        var body = count & ~15;
        for (var i = 0; i < body; i += 16) sum += VectorMath.Exp(Vector512.Load(x + i) - vmax);
        // Lanes past the end add e^-87 each, which no float sum of at least 1 can feel.
        if (body < count) sum += VectorMath.Exp(VectorMath.LoadPartial(x + body, count - body, float.NegativeInfinity) - vmax);
        return max + MathF.Log(VectorMath.Sum(sum));
    }

    /// <summary>x ← softmax(scale · x) over the first <paramref name="count"/> entries; entries up to <paramref name="padded"/> become 0.</summary>
    /// <param name="padded">A multiple of 16, at least count; the buffer reaches that far.</param>
    public static void Softmax(float* x, int count, int padded, float scale)
    {
        var end = (count + 15) & ~15;
        for (var i = count; i < padded; i++) x[i] = float.NegativeInfinity;
        var max = Vector512.Create(float.NegativeInfinity);
        for (var i = 0; i < end; i += 16) max = Vector512.Max(max, Vector512.Load(x + i));
        var vscale = Vector512.Create(scale);
        var vmax = Vector512.Create(VectorMath.Max(max)) * vscale;
        var sum = Vector512<float>.Zero;
        for (var i = 0; i + 16 <= count; i += 16)
        {
            var e = VectorMath.Exp(Vector512.Load(x + i) * vscale - vmax);
            sum += e;
            Vector512.Store(e, x + i);
        }
        if ((count & 15) != 0)
        {
            var at = x + (count & ~15);
            var keep = Vector512.LessThan(Vector512.Create(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f, 10f, 11f, 12f, 13f, 14f, 15f), Vector512.Create((float)(count & 15)));
            var e = VectorMath.Exp(Vector512.Load(at) * vscale - vmax) & keep;
            sum += e;
            Vector512.Store(e, at);
        }
        var inverse = Vector512.Create(1f / VectorMath.Sum(sum));
        for (var i = 0; i < end; i += 16) Vector512.Store(Vector512.Load(x + i) * inverse, x + i);
        for (var i = end; i < padded; i += 16) Vector512.Store(Vector512<float>.Zero, x + i);
    }

    /// <summary>Σ a b.</summary>
    public static float Dot(float* a, float* b, int count)
    {
        var sum = Vector512<float>.Zero;
        var body = count & ~15;
        for (var i = 0; i < body; i += 16) sum = Vector512.MultiplyAddEstimate(Vector512.Load(a + i), Vector512.Load(b + i), sum);
        if (body < count) sum = Vector512.MultiplyAddEstimate(VectorMath.LoadPartial(a + body, count - body), VectorMath.LoadPartial(b + body, count - body), sum);
        return VectorMath.Sum(sum);
    }
}
