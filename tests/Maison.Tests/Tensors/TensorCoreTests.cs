// Products on tensor cores round their factors to 10 bits of fraction; attention on them is held against the
// kernels in full precision within that rounding.

using Maison.Tensors;
using Maison.Tensors.Cuda;

namespace Maison.Tests.Tensors;

public sealed class TensorCoreTests
{
    /// <summary>Half a unit of 10 bits, times a few products in a row.</summary>
    const double tolerance = 4e-3;

    [Theory]
    [InlineData(true, 32, 2, 1, 5)]
    [InlineData(true, 64, 4, 2, 65, 1, 130, 3)]
    [InlineData(true, 96, 3, 3, 64, 64)]
    [InlineData(true, 128, 2, 1, 100, 29)]
    [InlineData(false, 32, 2, 1, 5)]
    [InlineData(false, 64, 6, 6, 93, 68, 116, 30)]
    [InlineData(false, 96, 4, 2, 65, 1, 130, 3)]
    public void AttentionEqualsTheFullPrecisionOne(bool causal, int dim, int heads, int kvHeads, params int[] lengths)
    {
        Assert.SkipUnless(Device.Current is not null, "Asked for by MAISON_TEST_DEVICE=cuda.");
        var device = Device.Current!;
        var exact = Run(causal, dim, heads, kvHeads, lengths);
        device.Precision = ProductPrecision.TensorFloat32;
        try
        {
            var rounded = Run(causal, dim, heads, kvHeads, lengths);
            foreach (var ((name, a), (_, b)) in exact.Zip(rounded))
            {
                var scale = a.Max(Math.Abs);
                for (var i = 0; i < a.Length; i++) Assert.True(Math.Abs(a[i] - b[i]) <= tolerance * scale, $"{name} {i} is {b[i]}, not {a[i]}");
            }
        }
        finally
        {
            device.Precision = ProductPrecision.Float32;
        }
    }

    static List<(string Name, float[] Values)> Run(bool causal, int dim, int heads, int kvHeads, int[] lengths)
    {
        using var arena = new Arena();
        using var gang = new Gang(1);
        using var pass = new Pass(arena, gang, record: true);
        var random = new Random(3);
        var rows = lengths.Sum();
        pass.Begin(OpCases.Segments(lengths));
        Tensor Input(int cols) => pass.Input([.. Enumerable.Range(0, rows * cols).Select(_ => random.NextSingle() * 3 - 1.5f)], rows, cols);
        Tensor q = Input(heads * dim), k = Input(kvHeads * dim), v = Input(kvHeads * dim);
        var o = pass.Attend(q, k, v, 0, dim, causal);
        var output = o.Span.ToArray();
        pass.Backward(o, [.. Enumerable.Range(0, output.Length).Select(_ => random.NextSingle() * 3 - 1.5f)]);
        return [("o", output), ("dq", pass.GradientOf(q).ToArray()), ("dk", pass.GradientOf(k).ToArray()), ("dv", pass.GradientOf(v).ToArray())];
    }
}
