// Fourier transforms of sixteen real signals at once, one per lane: no shuffles, and the same bits on every SIMD level, because
// products and sums stay apart. A complex Stockham transform of half the length (radix 4, one radix-2 stage where needed) and
// one pass that unfolds it. Sources: Stockham 1966; Cooley, Lewis, Welch 1970. An instance keeps its scratch: one per thread.

using System.Numerics;
using System.Runtime.Intrinsics;

namespace Maison.Data.Audio.Analysis;

/// <summary>Transforms of one length.</summary>
public sealed class RealFft
{
    /// <summary>Signals transformed at once.</summary>
    public const int Lanes = 16;

    readonly int _half;
    readonly float[] _cos, _sin; // of 2π k / Length, k < Length
    Vector512<float>[] _re, _im, _re2, _im2;

    /// <param name="length">A power of two from 8 to 2^20.</param>
    public RealFft(int length)
    {
        if (length is < 8 or > 1 << 20 || !BitOperations.IsPow2(length)) throw new ArgumentException($"The length is {length}: give a power of two from 8 to {1 << 20}.", nameof(length));
        Length = length;
        _half = length / 2;
        _cos = new float[length];
        _sin = new float[length];
        for (var k = 0; k < length; k++) (_sin[k], _cos[k]) = Round(Math.SinCos(2 * Math.PI * k / length));
        (_re, _im, _re2, _im2) = (new Vector512<float>[_half], new Vector512<float>[_half], new Vector512<float>[_half], new Vector512<float>[_half]);

        static (float, float) Round((double Sin, double Cos) exact) => ((float)exact.Sin, (float)exact.Cos);
    }

    /// <summary>Samples of a signal.</summary>
    public int Length { get; }
    /// <summary>Frequencies of a spectrum, both ends included.</summary>
    public int Bins => _half + 1;

    /// <summary>X[k] = Σ x[n] e^(-2πi k n / Length) for k ≤ Length / 2.</summary>
    /// <param name="signal">Length vectors, a signal per lane.</param>
    /// <param name="re">Real parts, <see cref="Bins"/> vectors.</param>
    /// <param name="im">Imaginary parts.</param>
    public void Forward(ReadOnlySpan<Vector512<float>> signal, Span<Vector512<float>> re, Span<Vector512<float>> im)
    {
        for (var k = 0; k < _half; k++) (_re[k], _im[k]) = (signal[2 * k], signal[2 * k + 1]);
        Transform();
        var half = Vector512.Create(0.5f);
        re[0] = _re[0] + _im[0];
        im[0] = Vector512<float>.Zero;
        re[_half] = _re[0] - _im[0];
        im[_half] = Vector512<float>.Zero;
        for (var k = 1; k < _half; k++)
        {
            var (ar, ai, br, bi) = (_re[k], _im[k], _re[_half - k], _im[_half - k]);
            var (er, ei) = ((ar + br) * half, (ai - bi) * half);
            var (or, oi) = ((ai + bi) * half, (br - ar) * half);
            var (c, s) = (Vector512.Create(_cos[k]), Vector512.Create(_sin[k]));
            re[k] = er + (or * c + oi * s);
            im[k] = ei + (oi * c - or * s);
        }
    }

    /// <summary>The signals of spectra: the inverse of <see cref="Forward"/>. Imaginary parts at both ends are taken as 0.</summary>
    public void Inverse(ReadOnlySpan<Vector512<float>> re, ReadOnlySpan<Vector512<float>> im, Span<Vector512<float>> signal)
    {
        // The inverse transform is the forward one with real and imaginary parts exchanged, both ways.
        var scale = Vector512.Create(0.5f / _half);
        _im[0] = (re[0] + re[_half]) * scale;
        _re[0] = (re[0] - re[_half]) * scale;
        for (var k = 1; k < _half; k++)
        {
            var (ar, ai, br, bi) = (re[k], im[k], re[_half - k], im[_half - k]);
            var (er, ei) = (ar + br, ai - bi);
            var (dr, di) = (ar - br, ai + bi);
            var (c, s) = (Vector512.Create(_cos[k]), Vector512.Create(_sin[k]));
            var (or, oi) = (dr * c - di * s, dr * s + di * c);
            _im[k] = (er - oi) * scale;
            _re[k] = (ei + or) * scale;
        }
        Transform();
        for (var k = 0; k < _half; k++) (signal[2 * k], signal[2 * k + 1]) = (_im[k], _re[k]);
    }

    void Transform()
    {
        int n = _half, stride = 1;
        while (n > 1)
        {
            if (n % 4 == 0)
            {
                RadixFour(n / 4, stride);
                (n, stride) = (n / 4, stride * 4);
            }
            else
            {
                RadixTwo(n / 2, stride);
                (n, stride) = (n / 2, stride * 2);
            }
            (_re, _im, _re2, _im2) = (_re2, _im2, _re, _im);
        }
    }

    void RadixTwo(int m, int stride)
    {
        Span<Vector512<float>> re = _re, im = _im, toRe = _re2, toIm = _im2;
        for (var p = 0; p < m; p++)
        {
            var (c, s) = Twiddle(p * stride * 2);
            for (var q = 0; q < stride; q++)
            {
                int a = q + stride * p, b = q + stride * (p + m), to = q + stride * 2 * p;
                toRe[to] = re[a] + re[b];
                toIm[to] = im[a] + im[b];
                (toRe[to + stride], toIm[to + stride]) = Turn(re[a] - re[b], im[a] - im[b], c, s);
            }
        }
    }

    void RadixFour(int m, int stride)
    {
        Span<Vector512<float>> re = _re, im = _im, toRe = _re2, toIm = _im2;
        for (var p = 0; p < m; p++)
        {
            var (c1, s1) = Twiddle(p * stride * 2);
            var (c2, s2) = Twiddle(p * stride * 4);
            var (c3, s3) = Twiddle(p * stride * 6);
            for (var q = 0; q < stride; q++)
            {
                int a = q + stride * p, b = a + stride * m, c = b + stride * m, d = c + stride * m, to = q + stride * 4 * p;
                var (sumAcR, sumAcI, difAcR, difAcI) = (re[a] + re[c], im[a] + im[c], re[a] - re[c], im[a] - im[c]);
                var (sumBdR, sumBdI, difBdR, difBdI) = (re[b] + re[d], im[b] + im[d], re[b] - re[d], im[b] - im[d]);
                toRe[to] = sumAcR + sumBdR;
                toIm[to] = sumAcI + sumBdI;
                (toRe[to + stride], toIm[to + stride]) = Turn(difAcR + difBdI, difAcI - difBdR, c1, s1);
                (toRe[to + 2 * stride], toIm[to + 2 * stride]) = Turn(sumAcR - sumBdR, sumAcI - sumBdI, c2, s2);
                (toRe[to + 3 * stride], toIm[to + 3 * stride]) = Turn(difAcR - difBdI, difAcI + difBdR, c3, s3);
            }
        }
    }

    (Vector512<float>, Vector512<float>) Twiddle(int k) => (Vector512.Create(_cos[k]), Vector512.Create(_sin[k]));

    // (r + i im) e^(-i angle)
    static (Vector512<float>, Vector512<float>) Turn(Vector512<float> r, Vector512<float> i, Vector512<float> c, Vector512<float> s) => (r * c + i * s, i * c - r * s);
}
