// Elementary functions on 16 lanes, accurate to a few ulp: exp by Cody-Waite reduction and a degree-5 polynomial (Cephes).
// Scalar use goes through the same code, so that a tail element has the bits it would have inside a vector.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Maison.Tensors.Kernels;

static class VectorMath
{
    /// <summary>e^x; inputs are clamped to [-87, 88], so that no subnormal ever appears.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(-87f)), Vector512.Create(88f));
        var n = Vector512.Floor(Vector512.MultiplyAddEstimate(x, Vector512.Create(1.44269504088896341f), Vector512.Create(0.5f)));
        var r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.MultiplyAddEstimate(p, r * r, r) + Vector512<float>.One;
        var power = Vector512.ShiftLeft(Vector512.ConvertToInt32(n) + Vector512.Create(127), 23).AsSingle();
        return p * power;
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exp(-x));

    /// <summary>tanh x = 1 - 2 / (1 + e^2x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x)
        => Vector512<float>.One - Vector512.Create(2f) / (Vector512<float>.One + Exp(x + x));

    /// <summary>Natural logarithm of positive normal numbers (Cephes logf).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> x)
    {
        // x = 2^e m with m in [√½, √2).
        var bits = x.AsInt32() - Vector512.Create(0x3f3504f3);
        var e = Vector512.ConvertToSingle(Vector512.ShiftRightArithmetic(bits, 23));
        var m = ((bits & Vector512.Create(0x007fffff)) + Vector512.Create(0x3f3504f3)).AsSingle() - Vector512<float>.One;
        var z = m * m;
        var p = Vector512.Create(7.0376836292e-2f);
        p = Vector512.MultiplyAddEstimate(p, m, Vector512.Create(-1.1514610310e-1f));
        p = Vector512.MultiplyAddEstimate(p, m, Vector512.Create(1.1676998740e-1f));
        p = Vector512.MultiplyAddEstimate(p, m, Vector512.Create(-1.2420140846e-1f));
        p = Vector512.MultiplyAddEstimate(p, m, Vector512.Create(1.4249322787e-1f));
        p = Vector512.MultiplyAddEstimate(p, m, Vector512.Create(-1.6668057665e-1f));
        p = Vector512.MultiplyAddEstimate(p, m, Vector512.Create(2.0000714765e-1f));
        p = Vector512.MultiplyAddEstimate(p, m, Vector512.Create(-2.4999993993e-1f));
        p = Vector512.MultiplyAddEstimate(p, m, Vector512.Create(3.3333331174e-1f));
        p = Vector512.MultiplyAddEstimate(e, Vector512.Create(-2.12194440e-4f), p * m * z);
        p = Vector512.MultiplyAddEstimate(z, Vector512.Create(-0.5f), p);
        return Vector512.MultiplyAddEstimate(e, Vector512.Create(0.693359375f), m + p);
    }

    /// <summary>Sine and cosine of angles up to some thousands of radians (Cephes sinf, cosf).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Sin, Vector512<float> Cos) SinCos(Vector512<float> x)
    {
        // x = n π/2 + r with |r| up to π/4; π/2 in three parts, the first two exact in the products.
        var n = Vector512.Floor(Vector512.MultiplyAddEstimate(x, Vector512.Create(0.636619772f), Vector512.Create(0.5f)));
        var r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-1.5703125f), x);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-4.837512969970703e-4f), r);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-7.549789948768648e-8f), r);
        var z = r * r;
        var sin = Vector512.MultiplyAddEstimate(Vector512.Create(-1.9515295891e-4f), z, Vector512.Create(8.3321608736e-3f));
        sin = Vector512.MultiplyAddEstimate(sin, z, Vector512.Create(-1.6666654611e-1f));
        sin = Vector512.MultiplyAddEstimate(sin * z, r, r);
        var cos = Vector512.MultiplyAddEstimate(Vector512.Create(2.443315711809948e-5f), z, Vector512.Create(-1.388731625493765e-3f));
        cos = Vector512.MultiplyAddEstimate(cos, z, Vector512.Create(4.166664568298827e-2f));
        cos = Vector512.MultiplyAddEstimate(cos * z, z, Vector512.MultiplyAddEstimate(z, Vector512.Create(-0.5f), Vector512<float>.One));
        var quarter = Vector512.ConvertToInt32(n);
        var odd = Vector512.Equals(quarter & Vector512<int>.One, Vector512<int>.One).AsSingle();
        var sinSign = Vector512.ShiftLeft(quarter & Vector512.Create(2), 30).AsSingle();
        var cosSign = Vector512.ShiftLeft((quarter + Vector512<int>.One) & Vector512.Create(2), 30).AsSingle();
        return (Vector512.ConditionalSelect(odd, cos, sin) ^ sinSign, Vector512.ConditionalSelect(odd, sin, cos) ^ cosSign);
    }

    /// <summary>The 16 floats at p, or the first <paramref name="count"/> and zeros where there are fewer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<float> Load(float* p, nint count) => count >= 16 ? Vector512.Load(p) : LoadPartial(p, (int)count);

    /// <summary>Stores the 16 lanes, or the first <paramref name="count"/> where there is room for fewer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(Vector512<float> v, float* p, nint count)
    {
        if (count >= 16) Vector512.Store(v, p);
        else StorePartial(v, p, (int)count);
    }

    /// <summary>The first <paramref name="count"/> (at most 16) floats at p; the other lanes hold <paramref name="fill"/>.</summary>
    public static unsafe Vector512<float> LoadPartial(float* p, int count, float fill = 0f)
    {
        var lanes = stackalloc float[16];
        for (var i = 0; i < 16; i++) lanes[i] = i < count ? p[i] : fill;
        return Vector512.Load(lanes);
    }

    /// <summary>Stores the first <paramref name="count"/> lanes.</summary>
    public static unsafe void StorePartial(Vector512<float> v, float* p, int count)
    {
        for (var i = 0; i < count; i++) p[i] = v.GetElement(i);
    }

    /// <summary>Sum of the 16 lanes in one fixed order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> v)
    {
        var half = v.GetLower() + v.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
    }

    /// <summary>Largest of the 16 lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector512<float> v)
    {
        var half = Vector256.Max(v.GetLower(), v.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
    }
}
