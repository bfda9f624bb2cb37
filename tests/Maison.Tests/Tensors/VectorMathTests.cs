// Elementary functions and row reductions against double precision, over their whole range and every length.

using System.Runtime.Intrinsics;
using Maison.Tensors.Kernels;

namespace Maison.Tests.Tensors;

public sealed unsafe class VectorMathTests
{
    /// <summary>Three ulp.</summary>
    const double tolerance = 3 * 1.2e-7;

    [Fact]
    public void ExpSigmoidAndTanhAreAccurate()
    {
        for (var x = -95.0; x < 90; x += OpCases.Reduced ? 0.5 : 0.003)
        {
            var v = Vector512.Create((float)x);
            double exact = (float)x, clamped = Math.Clamp(exact, -87, 88);
            Near(Math.Exp(clamped), VectorMath.Exp(v), tolerance);
            Near(1 / (1 + Math.Exp(-Math.Clamp(exact, -88, 87))), VectorMath.Sigmoid(v), tolerance);
            // tanh loses relative accuracy near 0, where 1 − 2/(1+e²ˣ) cancels; absolute accuracy is what losses and gates need.
            Assert.True(Math.Abs(Math.Tanh(exact) - VectorMath.Tanh(v).GetElement(3)) < 2.5e-7, $"tanh {x}");
        }

        static void Near(double expected, Vector512<float> actual, double relative)
            => Assert.True(Math.Abs(actual.GetElement(7) - expected) <= relative * expected + 1e-45, $"{actual.GetElement(7)} instead of {expected}");
    }

    [Fact]
    public void LogSineAndCosineAreAccurate()
    {
        for (var x = -85.0; x < 85; x += OpCases.Reduced ? 0.37 : 0.003)
        {
            var v = (float)Math.Exp(x);
            var log = VectorMath.Log(Vector512.Create(v)).GetElement(2);
            Assert.True(Math.Abs(Math.Log(v) - log) <= tolerance * Math.Max(0.3, Math.Abs(x)), $"log {v}: {log}");
            var angle = (float)(x * 20);
            var (sin, cos) = VectorMath.SinCos(Vector512.Create(angle));
            Assert.True(Math.Abs(Math.Sin(angle) - sin.GetElement(5)) < 2e-7 && Math.Abs(Math.Cos(angle) - cos.GetElement(9)) < 2e-7, $"sine and cosine of {angle}");
        }
    }

    [Fact]
    public void NotANumberStaysVisible()
    {
        Assert.True(float.IsNaN(VectorMath.Exp(Vector512.Create(float.NaN)).GetElement(0)));
        Assert.True(float.IsNaN(VectorMath.Sigmoid(Vector512.Create(float.NaN)).GetElement(5)));
    }

    [Fact]
    public void ReductionsOfEveryLengthReadNothingPastTheEnd()
    {
        var random = new Random(5);
        for (var count = 1; count <= 257; count++)
        {
            var x = new float[count + 33];
            Array.Fill(x, float.NaN);
            for (var i = 0; i < count; i++) x[i + 1] = (float)(random.NextDouble() * 20 - 10);
            var values = x.AsSpan(1, count).ToArray();
            double max = values.Max(), sum = values.Sum(v => Math.Exp(v - max));
            fixed (float* p = x)
            {
                Assert.Equal(values.Max(), RowOps.Max(p + 1, count));
                Assert.Equal(max + Math.Log(sum), RowOps.LogSumExp(p + 1, count), 1e-5);
            }
        }
    }

    [Fact]
    public void SoftmaxSumsToOneAndClearsItsPadding()
    {
        var random = new Random(6);
        for (var count = 1; count <= 257; count += OpCases.Reduced ? 16 : 1)
        {
            var padded = (count + 63) / 64 * 64;
            var x = new float[padded + 2];
            Array.Fill(x, float.NaN);
            for (var i = 0; i < count; i++) x[i + 1] = (float)(random.NextDouble() * 20 - 10);
            x[^1] = 77f;
            var values = x.AsSpan(1, count).ToArray();
            double max = values.Max(v => 0.5 * v), sum = values.Sum(v => Math.Exp(0.5 * v - max));
            fixed (float* p = x) RowOps.Softmax(p + 1, count, padded, 0.5f);
            for (var i = 0; i < padded; i++)
                Assert.Equal(i < count ? Math.Exp(0.5 * values[i] - max) / sum : 0, x[i + 1], 2e-7);
            Assert.Equal(77f, x[^1]);
        }
    }

    [Fact]
    public void AddIntoTouchesExactlyItsElements()
    {
        for (var count = 0; count <= 257; count++)
        {
            float[] x = [.. Enumerable.Range(0, count + 2).Select(i => (float)i)], y = [.. Enumerable.Range(0, count + 2).Select(i => 0.5f * i)];
            fixed (float* px = x, py = y)
            {
                Elementwise.AddInto(px + 1, py + 1, count);
                Elementwise.AddScaledInto(px + 1, 2f, py + 1, count);
            }
            for (var i = 0; i < x.Length; i++) Assert.Equal(i == 0 || i == count + 1 ? i : 2.5f * i, x[i]);
        }
    }
}
