// Attention on tensor cores and the linear layers of training round their factors to bf16; both are held against the kernels in full precision
// within that rounding.

using Maison.Tensors;
using Maison.Tensors.Cuda;

namespace Maison.Tests.Tensors;

public sealed class TensorCoreTests
{
    /// <summary>Half a unit of 7 bits (2⁻⁹), times a few products in a row, of the largest value.</summary>
    const double tolerance = 1.2e-2;

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
        AreEqual(ProductPrecision.TensorFloat32, () => Attention(causal, dim, heads, kvHeads, lengths));
    }

    [Theory]
    [InlineData(200, 24, 40)]
    [InlineData(129, 8, 264)]
    [InlineData(131, 7, 5)]
    public void LinearLayersEqualTheFullPrecisionOnes(int rows, int inputs, int outputs)
        => AreEqual(ProductPrecision.BFloat16, () => Linear(rows, inputs, outputs));

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void GradientsThatOnlyProductsTakeAreRoundedOnTheirWay(float softcap) => AreEqual(ProductPrecision.BFloat16, () => Block(softcap), 4 * tolerance);

    /// <summary>The same values on tensor cores of a precision as in fp32.</summary>
    static void AreEqual(ProductPrecision precision, Func<List<(string Name, float[] Values)>> run, double within = tolerance)
    {
        Assert.SkipUnless(Device.Current is not null, "Asked for by MAISON_TEST_DEVICE=cuda.");
        var device = Device.Current!;
        var exact = run();
        device.Precision = precision;
        try
        {
            foreach (var ((name, a), (_, b)) in exact.Zip(run()))
            {
                var scale = a.Max(Math.Abs);
                for (var i = 0; i < a.Length; i++) Assert.True(Math.Abs(a[i] - b[i]) <= within * scale, $"{name} {i} is {b[i]}, not {a[i]}");
                Assert.False(a.SequenceEqual(b), $"{name} was not rounded");
            }
        }
        finally
        {
            device.Precision = ProductPrecision.Float32;
        }
    }

    /// <summary>A layer applied twice, its weight changed in between, so that rounded copies have to follow.</summary>
    static List<(string Name, float[] Values)> Linear(int rows, int inputs, int outputs)
    {
        using var arena = new Arena();
        using var gang = new Gang(1);
        using var pass = new Pass(arena, gang, record: true);
        using var w = new Param(outputs, inputs);
        var random = new Random(4);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 3 - 1.5f)];
        List<(string, float[])> all = [];
        for (var step = 0; step < 2; step++)
        {
            Values(outputs * inputs).CopyTo(w.Values);
            w.Changed();
            pass.Begin(rows);
            Tensor x = pass.Input(Values(rows * inputs), rows, inputs), residual = pass.Input(Values(rows * outputs), rows, outputs);
            var y = pass.Linear(x, w, residual);
            all.Add(($"y {step}", y.Span.ToArray()));
            pass.Backward(y, Values(rows * outputs));
            all.Add(($"dx {step}", pass.GradientOf(x).ToArray()));
            all.Add(($"dw {step}", w.Gradient.ToArray()));
        }
        return all;
    }

    /// <summary>What surrounds the products of a text model: norms, heads, gates, a loss.</summary>
    static List<(string Name, float[] Values)> Block(float softcap)
    {
        const int rows = 150, hidden = 48, heads = 2, inner = 72, vocab = 40;
        using var arena = new Arena();
        using var gang = new Gang(1);
        using var pass = new Pass(arena, gang, record: true);
        var random = new Random(5);
        float[] Values(int count, float size) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2 - 1) * size)];
        List<Param> weights = [];
        Param Weight(int outputs, int inputs)
        {
            var w = new Param(outputs, inputs);
            Values(outputs * inputs, outputs == 1 ? 1 : 2 / MathF.Sqrt(inputs)).CopyTo(w.Values);
            w.Changed();
            weights.Add(w);
            return w;
        }
        pass.Begin(OpCases.Segments(100, 50));
        var x = pass.Input(Values(rows * hidden, 1), rows, hidden);
        var rope = new RopeTable(hidden / heads, 100f, rows);
        Param gain = Weight(1, hidden), q = Weight(hidden, hidden), k = Weight(hidden, hidden), v = Weight(hidden, hidden), qGain = Weight(1, hidden / heads), kGain = Weight(1, hidden / heads), o = Weight(hidden, hidden);
        Param mlpGain = Weight(1, hidden), gate = Weight(inner, hidden), up = Weight(inner, hidden), down = Weight(hidden, inner), head = Weight(vocab, hidden);
        var normed = pass.RmsNorm(x, gain);
        var (qs, ks, vs) = pass.Linear(normed, q, k, v);
        var y = pass.Linear(pass.Attend(qs, ks, vs, qGain, kGain, 1e-6f, rope, 0), o, residual: x);
        normed = pass.RmsNorm(y, mlpGain);
        var (g, u) = pass.Linear(normed, gate, up);
        y = pass.Linear(pass.SwiGlu(g, u), down, residual: y);
        var logits = pass.Linear(y, head);
        var loss = pass.CrossEntropy(softcap == 0 ? logits : pass.Softcap(logits, softcap), [.. Enumerable.Range(0, rows).Select(i => i * 7 % vocab)]);
        List<(string, float[])> all = [("loss", [loss.Value])];
        pass.Backward(loss);
        all.Add(("dx", pass.GradientOf(x).ToArray()));
        all.AddRange(weights.Select((w, i) => ($"dw {i} ({w.Rows}×{w.Cols})", w.Gradient.ToArray())));
        foreach (var w in weights) w.Dispose();
        return all;
    }

    static List<(string Name, float[] Values)> Attention(bool causal, int dim, int heads, int kvHeads, int[] lengths)
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
