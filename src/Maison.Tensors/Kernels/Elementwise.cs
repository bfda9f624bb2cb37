// Plain loops over long rows of floats.

using System.Runtime.Intrinsics;

namespace Maison.Tensors.Kernels;

static unsafe class Elementwise
{
    /// <summary>x += y.</summary>
    public static void AddInto(float* x, float* y, nint count)
    {
        nint i = 0;
        for (; i + 16 <= count; i += 16) Vector512.Store(Vector512.Load(x + i) + Vector512.Load(y + i), x + i);
        for (; i < count; i++) x[i] += y[i];
    }

    /// <summary>x += a · y.</summary>
    public static void AddScaledInto(float* x, float a, float* y, nint count)
    {
        nint i = 0;
        var va = Vector512.Create(a);
        for (; i + 16 <= count; i += 16)
            Vector512.Store(Vector512.MultiplyAddEstimate(va, Vector512.Load(y + i), Vector512.Load(x + i)), x + i);
        for (; i < count; i++) x[i] = float.MultiplyAddEstimate(a, y[i], x[i]);
    }
}
