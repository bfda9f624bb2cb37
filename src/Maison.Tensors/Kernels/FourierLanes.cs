// Fourier transforms of sixteen real signals at once, one per lane: no shuffles. A complex Stockham transform of half the length
// (radix 4, one radix-2 stage where needed; Cooley, Lewis, Welch 1970) and one pass that unfolds it. All buffers are the caller's;
// an element is 16 floats, a complex one 32: real parts, then imaginary parts.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Maison.Tensors.Kernels;

static unsafe class FourierLanes
{
    const int Lanes = 16;

    /// <summary>X[k] = Σ x[n] e^(−2πi k n / length) for k ≤ length / 2.</summary>
    /// <param name="signal">length elements, destroyed; seen as half as many complex ones.</param>
    /// <param name="other">As much memory again.</param>
    /// <param name="re">length / 2 + 1 elements: real parts.</param>
    /// <param name="im">Imaginary parts.</param>
    /// <param name="turns">cos, sin of 2πk / length for k below length.</param>
    public static void Forward(float* signal, float* other, float* re, float* im, int length, float* turns)
    {
        var half = length / 2;
        var z = Transform(signal, other, half, turns);
        var h = Vector512.Create(0.5f);
        Vector512<float> a0 = Vector512.Load(z), b0 = Vector512.Load(z + Lanes);
        Vector512.Store(a0 + b0, re);
        Vector512.Store(Vector512<float>.Zero, im);
        Vector512.Store(a0 - b0, re + half * Lanes);
        Vector512.Store(Vector512<float>.Zero, im + half * Lanes);
        for (var k = 1; k < half; k++)
        {
            float* a = z + 2 * Lanes * k, b = z + 2 * Lanes * (half - k);
            Vector512<float> ar = Vector512.Load(a), ai = Vector512.Load(a + Lanes), br = Vector512.Load(b), bi = Vector512.Load(b + Lanes);
            Vector512<float> er = (ar + br) * h, ei = (ai - bi) * h, or = (ai + bi) * h, oi = (br - ar) * h;
            Vector512<float> c = Vector512.Create(turns[2 * k]), s = Vector512.Create(turns[2 * k + 1]);
            Vector512.Store(er + or * c + oi * s, re + k * Lanes);
            Vector512.Store(ei + oi * c - or * s, im + k * Lanes);
        }
    }

    /// <summary>x[n] = edge (X[0] + (−1)ⁿ X[length/2]) + inner · Re Σ X[k] e^(2πi k n / length), 0 &lt; k &lt; length/2; imaginary parts of both ends are ignored.
    /// edge = 1/length, inner = 2/length is the inverse transform, edge = inner = 1 the adjoint of <see cref="Forward"/>.</summary>
    /// <returns>Where the length elements lie: signal or other.</returns>
    public static float* Backward(float* re, float* im, float* signal, float* other, int length, float* turns, float edge, float inner)
    {
        // The inverse transform is the forward one with real and imaginary parts exchanged, both ways.
        var half = length / 2;
        Vector512<float> e = Vector512.Create(edge), scale = Vector512.Create(0.5f * inner);
        Vector512<float> first = Vector512.Load(re), last = Vector512.Load(re + half * Lanes);
        Vector512.Store((first + last) * e, signal + Lanes);
        Vector512.Store((first - last) * e, signal);
        for (var k = 1; k < half; k++)
        {
            float* a = re + k * Lanes, b = re + (half - k) * Lanes;
            Vector512<float> ar = Vector512.Load(a), ai = Vector512.Load(im + k * Lanes), br = Vector512.Load(b), bi = Vector512.Load(im + (half - k) * Lanes);
            Vector512<float> er = ar + br, ei = ai - bi, dr = ar - br, di = ai + bi;
            Vector512<float> c = Vector512.Create(turns[2 * k]), s = Vector512.Create(turns[2 * k + 1]);
            Vector512<float> or = dr * c - di * s, oi = dr * s + di * c;
            Vector512.Store((ei + or) * scale, signal + 2 * Lanes * k);
            Vector512.Store((er - oi) * scale, signal + 2 * Lanes * k + Lanes);
        }
        var z = Transform(signal, other, half, turns);
        for (var k = 0; k < half; k++)
        {
            var at = z + 2 * Lanes * k;
            var swap = Vector512.Load(at);
            Vector512.Store(Vector512.Load(at + Lanes), at);
            Vector512.Store(swap, at + Lanes);
        }
        return z;
    }

    /// <summary>The complex transform, back and forth between two buffers.</summary>
    static float* Transform(float* z, float* other, int count, float* turns)
    {
        int n = count, stride = 1;
        while (n > 1)
        {
            if (n % 4 == 0)
            {
                RadixFour(z, other, n / 4, stride, turns);
                n /= 4;
                stride *= 4;
            }
            else
            {
                RadixTwo(z, other, n / 2, stride, turns);
                n /= 2;
                stride *= 2;
            }
            var swap = z;
            z = other;
            other = swap;
        }
        return z;
    }

    static void RadixTwo(float* from, float* to, int m, int stride, float* turns)
    {
        for (var p = 0; p < m; p++)
        {
            var w = turns + 4 * p * stride;
            Vector512<float> c = Vector512.Create(w[0]), s = Vector512.Create(w[1]);
            for (var q = 0; q < stride; q++)
            {
                float* a = from + 2 * Lanes * (q + stride * p), b = a + 2 * Lanes * stride * m, y = to + 2 * Lanes * (q + stride * 2 * p);
                Vector512<float> ar = Vector512.Load(a), ai = Vector512.Load(a + Lanes), br = Vector512.Load(b), bi = Vector512.Load(b + Lanes);
                Vector512.Store(ar + br, y);
                Vector512.Store(ai + bi, y + Lanes);
                Turn(ar - br, ai - bi, c, s, y + 2 * Lanes * stride);
            }
        }
    }

    static void RadixFour(float* from, float* to, int m, int stride, float* turns)
    {
        nint apart = 2 * Lanes * (nint)stride * m, next = 2 * Lanes * stride;
        for (var p = 0; p < m; p++)
        {
            float* w1 = turns + 4 * p * stride, w2 = turns + 8 * p * stride, w3 = turns + 12 * p * stride;
            Vector512<float> c1 = Vector512.Create(w1[0]), s1 = Vector512.Create(w1[1]);
            Vector512<float> c2 = Vector512.Create(w2[0]), s2 = Vector512.Create(w2[1]);
            Vector512<float> c3 = Vector512.Create(w3[0]), s3 = Vector512.Create(w3[1]);
            float* a = from + 2 * Lanes * stride * p, y = to + 2 * Lanes * stride * 4 * p;
            for (var q = 0; q < stride; q++, a += 2 * Lanes, y += 2 * Lanes)
            {
                float* b = a + apart, c = b + apart, d = c + apart;
                Vector512<float> ar = Vector512.Load(a), ai = Vector512.Load(a + Lanes), cr = Vector512.Load(c), ci = Vector512.Load(c + Lanes);
                Vector512<float> br = Vector512.Load(b), bi = Vector512.Load(b + Lanes), dr = Vector512.Load(d), di = Vector512.Load(d + Lanes);
                Vector512<float> sumAcR = ar + cr, sumAcI = ai + ci, difAcR = ar - cr, difAcI = ai - ci;
                Vector512<float> sumBdR = br + dr, sumBdI = bi + di, difBdR = br - dr, difBdI = bi - di;
                Vector512.Store(sumAcR + sumBdR, y);
                Vector512.Store(sumAcI + sumBdI, y + Lanes);
                Turn(difAcR + difBdI, difAcI - difBdR, c1, s1, y + next);
                Turn(sumAcR - sumBdR, sumAcI - sumBdI, c2, s2, y + 2 * next);
                Turn(difAcR - difBdI, difAcI + difBdR, c3, s3, y + 3 * next);
            }
        }
    }

    /// <summary>(r + i·im) e^(−i·angle).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Turn(Vector512<float> r, Vector512<float> i, Vector512<float> c, Vector512<float> s, float* to)
    {
        Vector512.Store(Vector512.MultiplyAddEstimate(r, c, i * s), to);
        Vector512.Store(Vector512.MultiplyAddEstimate(i, c, -(r * s)), to + Lanes);
    }
}
