// The tiles of the matrix product against their scalar twin, and whole products against float64: strides, offsets, narrow last
// panels, blocks over the inputs, and the same bits for any rows and threads.

using System.Runtime.InteropServices;
using Maison.Tensors;
using Maison.Tensors.Kernels;

namespace Maison.Tests.Tensors;

public sealed unsafe class MatMulTests
{
    /// <summary>Relative to Σ|a·b|: one rounding of 6e-8 per product.</summary>
    const double tolerance = 2e-6;

    const float sentinel = 12345.678f;

    [Theory]
    [InlineData(false, false), InlineData(false, true), InlineData(true, false), InlineData(true, true)]
    public void TilesGiveTheBitsOfTheScalarTwin(bool transposedA, bool accumulate)
    {
        var random = new Random(1);
        foreach (var depth in OpCases.Reduced ? [0, 1, 5] : new[] { 0, 1, 2, 3, 4, 5, 8, 31, 128, 129 })
            for (var rows = 0; rows <= 14; rows++)
            {
                const int cStride = 67;
                var a = Floats(random, Math.Max(1, (rows + 1) * (depth + 3)));
                var b = Floats(random, Math.Max(1, depth * 64));
                var c = Floats(random, rows * cStride + 70);
                var twin = c.ToArray();
                fixed (float* pa = a, pb = b, pc = c, pt = twin)
                {
                    nint aM = transposedA ? 1 : depth + 3, aK = transposedA ? rows + 1 : 1;
                    MatMul.Rows(rows, pa, aM, aK, pb, 64, pc + 1, cStride, depth, accumulate);
                    MatMul.TileScalar(rows, pa, aM, aK, pb, 64, pt + 1, cStride, depth, accumulate);
                }
                Assert.True(Same(twin, c), $"{rows} rows, depth {depth}");
            }
    }

    public static TheoryData<int, int, int> Shapes => OpCases.Reduced
        ? new() { { 3, 70, 33 } }
        : new() { { 1, 1, 1 }, { 5, 64, 128 }, { 6, 65, 129 }, { 13, 130, 257 }, { 253, 63, 70 }, { 300, 200, 40 }, { 64, 129, 700 }, { 2, 300, 513 }, { 0, 4, 4 }, { 4, 9, 0 } };

    [Theory, MemberData(nameof(Shapes))]
    public void ProductsInEveryLayoutEqualFloat64(int m, int n, int k)
    {
        var random = new Random(m + n + k);
        float[] a = Floats(random, m * k), aT = Transposed(a, m, k);
        float[] b = Floats(random, k * n), bT = Transposed(b, k, n);
        using var one = new Gang(1);
        using var three = new Gang(3);
        foreach (var accumulate in new[] { false, true })
        {
            var start = Floats(random, m * n);
            var expected = new double[m * n];
            var magnitude = new double[m * n];
            for (var i = 0; i < m; i++)
                for (var j = 0; j < n; j++)
                    for (var x = -1; x < k; x++)
                    {
                        var term = x >= 0 ? (double)a[i * k + x] * b[x * n + j] : accumulate ? start[i * n + j] : 0;
                        expected[i * n + j] += term;
                        magnitude[i * n + j] += Math.Abs(term);
                    }

            float[]? first = null;
            using var panels = new Panels(n, k);
            fixed (float* pa = a, paT = aT, pb = b, pbT = bT, ps = start)
            {
                panels.Pack(three, pbT);
                foreach (var gang in new[] { one, three })
                    for (var layout = 0; layout < 6; layout++)
                    {
                        // One column more than n: what lies beside the product must stay.
                        var c = new float[m * (n + 1) + 1];
                        Array.Fill(c, sentinel);
                        fixed (float* pc = c)
                        {
                            for (var i = 0; i < m; i++) start.AsSpan(i * n, n).CopyTo(c.AsSpan(i * (n + 1)));
                            var (A, aM, aK) = layout % 2 == 0 ? ((nint)pa, (nint)k, (nint)1) : ((nint)paT, 1, m);
                            if (layout < 2) MatMul.Run(gang, m, (float*)A, aM, aK, panels, pc, n + 1, accumulate);
                            else if (layout < 4) MatMul.Run(gang, m, n, k, (float*)A, aM, aK, pb, n, 1, pc, n + 1, accumulate);
                            else MatMul.Run(gang, m, n, k, (float*)A, aM, aK, pbT, 1, k, pc, n + 1, accumulate);
                        }
                        for (var i = 0; i < m; i++)
                        {
                            Assert.Equal(sentinel, c[i * (n + 1) + n]);
                            for (var j = 0; j < n; j++)
                                Assert.True(Math.Abs(c[i * (n + 1) + j] - expected[i * n + j]) <= tolerance * (magnitude[i * n + j] + 1e-30), $"layout {layout}, element {i},{j}");
                        }
                        Assert.Equal(sentinel, c[^1]);
                        first ??= c;
                        Assert.True(Same(first, c), $"layout {layout} with {gang.Threads} threads has other bits");
                    }
            }
        }
    }

    [Fact]
    public void TransposedPanelsPadWithZeros()
    {
        var random = new Random(3);
        foreach (var rows in new[] { 1, 3, 15, 16, 17, 48, 63, 64 })
            foreach (var cols in new[] { 0, 1, 4, 15, 16, 17, 33, 64 })
            {
                var source = Floats(random, rows * (cols + 3) + 1);
                var panel = new float[cols * 64 + 1];
                Array.Fill(panel, sentinel);
                fixed (float* s = source, p = panel) Transpose.ToPanel(s, cols + 3, rows, cols, p);
                for (var c = 0; c < cols; c++)
                    for (var r = 0; r < 64; r++)
                        Assert.Equal(r < rows ? source[r * (cols + 3) + c] : 0f, panel[c * 64 + r]);
                Assert.Equal(sentinel, panel[^1]);
            }
    }

    [Fact]
    public void ARewrittenWeightMultipliesByItsNewValues()
    {
        using var gang = new Gang(2);
        using var arena = new Arena(1 << 20);
        using var w = new Param(70, 3);
        using var pass = new Pass(arena, gang);
        foreach (var value in new[] { 2f, 3f })
        {
            w.Values.Fill(value);
            w.Changed();
            pass.Begin(1);
            Assert.All(pass.Linear(pass.Input([1f, 1f, 1f], 1, 3), w).Span.ToArray(), y => Assert.Equal(3 * value, y));
        }
    }

    static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];

    static float[] Transposed(float[] a, int rows, int cols)
    {
        var t = new float[a.Length];
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < cols; c++) t[c * rows + r] = a[r * cols + c];
        return t;
    }

    static bool Same(float[] a, float[] b) => MemoryMarshal.AsBytes(a.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(b.AsSpan()));
}
