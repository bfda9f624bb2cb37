using Maison.Tensors;
using Maison.Tensors.Kernels;

namespace Maison.Tests.Tensors;

/// <summary>The optimisers' kernels against their formulas in float64, tails and all.</summary>
public sealed class UpdatesTests
{
    /// <summary>Single-precision rounding of a few operations, relative to values around 1.</summary>
    const double Tolerance = 2e-6;

    /// <summary>Five rounds of three products each.</summary>
    const double MuonTolerance = 2e-4;

    const float Lr = 0.02f, Decay = 0.1f, Clip = 0.5f;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(4, 16)]
    [InlineData(7, 9363)]                                               // two chunks and a tail
    public void AdamWFollowsItsFormula(int rows, int cols)
    {
        using var gang = new Gang(2);
        using var weight = Random(rows, cols, 1);
        using FloatBuffer m = new(weight.Count), v = new(weight.Count);
        var (w, first, second) = (Doubles(weight.Values), new double[weight.Count], new double[weight.Count]);
        for (var step = 1; step <= 3; step++)
        {
            Fill(weight.Gradient, 10 + step);
            for (var i = 0; i < w.Length; i++)
            {
                var g = (double)weight.Gradient[i] * Clip;
                first[i] = 0.9 * first[i] + 0.1 * g;
                second[i] = 0.99 * second[i] + 0.01 * g * g;
                w[i] = w[i] * (1 - Lr * Decay) - Lr * first[i] / (1 - Math.Pow(0.9, step)) / (Math.Sqrt(second[i] / (1 - Math.Pow(0.99, step))) + 1e-6);
            }
            Updates.AdamW(gang, weight, m, v, step, Lr, 0.9f, 0.99f, 1e-6f, Decay, Clip);
            Assert.True(weight.Gradient.IndexOfAnyExcept(0f) < 0);
        }
        AssertClose(w, weight.Values, Tolerance);
    }

    [Theory]
    [InlineData(1, 7)]
    [InlineData(5, 3)]
    [InlineData(16, 16)]
    [InlineData(9, 40)]
    public void MuonFollowsItsFormula(int rows, int cols)
    {
        using var gang = new Gang(2);
        using var weight = Random(rows, cols, 1);
        using var twin = Random(rows, cols, 1);
        using FloatBuffer momentum = new(weight.Count), other = new(weight.Count), scratch = new(Updates.MuonScratch(rows, cols, 2));
        var (w, m) = (Doubles(weight.Values), new double[weight.Count]);
        for (var step = 1; step <= 2; step++)
        {
            Fill(weight.Gradient, 20 + step);
            var update = new double[w.Length];
            for (var i = 0; i < w.Length; i++)
            {
                var g = (double)weight.Gradient[i] * Clip * 0.1;
                m[i] = 0.9 * m[i] + g;
                update[i] = 0.9 * m[i] + g;
            }
            update = Orthogonal(update, rows, cols);
            var scaled = Lr * Math.Sqrt(Math.Max(1.0, (double)rows / cols));
            for (var i = 0; i < w.Length; i++) w[i] -= scaled * update[i] + (update[i] * w[i] > 0 ? Lr * Decay * w[i] : 0);
            Fill(twin.Gradient, 30 + step);
            (Param, FloatBuffer)[] weights = [(twin, other), (weight, momentum)];
            foreach (var together in weights.Chunk(Updates.MuonTogether)) Updates.Muon(gang, together, scratch, Lr, 0.9f, Decay, Clip);
            Assert.True(weight.Gradient.IndexOfAnyExcept(0f) < 0);
        }
        AssertClose(w, weight.Values, MuonTolerance);
    }

    [Theory]
    [InlineData(1, 15)]
    [InlineData(3, 11000)]
    public void SquaresAreSummedToTheLastElement(int rows, int cols)
    {
        using var gang = new Gang(2);
        using var weight = new Param(rows, cols);
        weight.Gradient.Fill(0.5f);
        Assert.Equal(0.25 * rows * cols, Updates.GradientSquares(gang, [weight]));
    }

    /// <summary>X ← aX + (bA + cA²)X with A = XXᵀ, in float64 and from the left whatever the shape.</summary>
    static double[] Orthogonal(double[] x, int rows, int cols)
    {
        var norm = 1.01 * Math.Sqrt(x.Sum(v => v * v)) + 1e-12;
        x = [.. x.Select(v => v / norm)];
        (double A, double B, double C)[] rounds = [(8.157, -22.483, 15.879), (4.043, -2.809, 0.5), (3.892, -2.772, 0.506), (3.286, -2.368, 0.464), (2.347, -1.710, 0.423)];
        foreach (var (a, b, c) in rounds)
        {
            var gram = Product(x, Transposed(x, rows, cols), rows, cols, rows);
            var square = Product(gram, gram, rows, rows, rows);
            var added = Product([.. gram.Zip(square, (g, s) => b * g + c * s)], x, rows, rows, cols);
            x = [.. x.Zip(added, (v, d) => a * v + d)];
        }
        return x;
    }

    static double[] Transposed(double[] x, int rows, int cols) => [.. Enumerable.Range(0, rows * cols).Select(i => x[i % rows * cols + i / rows])];

    static double[] Product(double[] a, double[] b, int m, int k, int n)
        => [.. Enumerable.Range(0, m * n).Select(i => Enumerable.Range(0, k).Sum(t => a[i / n * k + t] * b[t * n + i % n]))];

    [Fact]
    public void AnAverageMovesByItsRate()
    {
        using var gang = new Gang(2);
        using Param average = Random(3, 11000, 1), weight = Random(3, 11000, 2);
        double[] before = Doubles(average.Values), now = Doubles(weight.Values);
        Updates.Average(gang, average, weight, 0.25f);
        AssertClose([.. before.Zip(now, (a, w) => a + 0.25 * (w - a))], average.Values, 1e-6);
    }

    static Param Random(int rows, int cols, int seed)
    {
        var weight = new Param(rows, cols);
        Fill(weight.Values, seed);
        return weight;
    }

    static void Fill(Span<float> values, int seed)
    {
        var random = new Random(seed);
        foreach (ref var value in values) value = random.NextSingle() * 2 - 1;
    }

    static double[] Doubles(Span<float> values) => [.. values.ToArray().Select(v => (double)v)];

    static void AssertClose(double[] expected, Span<float> actual, double tolerance)
    {
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"Element {i} is {actual[i]}, by the formula {expected[i]}.");
    }
}
