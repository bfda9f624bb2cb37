using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Tests.Tensors;

/// <summary>What serving computes over stored weights and cached pages, against the same over widened weights and whole sequences; on a device, its kernels.</summary>
public sealed class ServingTests : IDisposable
{
    /// <summary>Single-precision sums of a few hundred products around 1, in two orders.</summary>
    const float Tolerance = 2e-4f;

    readonly Gang gang = new(2);
    readonly Arena arena = new();
    readonly Pass pass;

    public ServingTests() => pass = new(arena, gang);

    public void Dispose()
    {
        pass.Dispose();
        arena.Dispose();
        gang.Dispose();
    }

    [Theory]
    [InlineData(WeightFormat.F32)]
    [InlineData(WeightFormat.Bf16)]
    [InlineData(WeightFormat.F16)]
    [InlineData(WeightFormat.Q8)]
    public void AStoredWeightMultipliesAndLooksUpAsItsWidenedTwin(WeightFormat format)
    {
        foreach (var (rows, cols) in new[] { (1, 32), (70, 96), (192, 1056), (130, 2560) })
        {
            using var stored = PackedWeights.Rounded(Values(rows * cols, 1), rows, cols, format);
            using var wide = new Param(rows, cols);
            stored.ToArray().CopyTo(wide.Values);
            wide.Changed();
            using var bias = new Param(1, rows);
            Values(rows, 2).CopyTo(bias.Values);
            bias.Changed();
            foreach (var m in new[] { 1, 2, 3, 5, 8, 9, 33, 70 })
            {
                pass.Begin(m);
                var x = pass.Input(Values(m * cols, m), m, cols);
                var residual = pass.Input(Values(m * rows, m + 1), m, rows);
                Close(pass.Linear(x, wide), pass.Linear(x, stored), $"{format}: {m} rows through {rows}×{cols}");
                Close(pass.Linear(x, wide, residual), pass.Linear(x, stored, residual), $"{format}: {m} rows through {rows}×{cols}, added to a residual");
                Close(pass.Linear(x, wide, residual, bias), pass.Linear(x, stored, residual, bias), $"{format}: {m} rows through {rows}×{cols}, added to a residual and a bias");
                Close(pass.Linear(x, wide, bias: bias), pass.Linear(x, stored, bias: bias), $"{format}: {m} rows through {rows}×{cols}, added to a bias");
                int[] ids = [.. Enumerable.Range(0, m).Select(i => (7 * i + rows - 1) % rows)];
                Assert.Equal(pass.Embed(ids, wide).Span.ToArray(), pass.Embed(ids, stored).Span.ToArray());
            }
        }
    }

    [Theory]
    [InlineData(WeightFormat.F32, WeightFormat.F32)]
    [InlineData(WeightFormat.Bf16, WeightFormat.Bf16)]
    [InlineData(WeightFormat.Q8, WeightFormat.Q8)]
    [InlineData(WeightFormat.Q8, WeightFormat.F16)]
    public void WeightsThatShareALaunchGiveWhatTheyGiveAlone(WeightFormat first, WeightFormat others)
    {
        const int cols = 1056;
        using PackedWeight a = Stored(192, 1, first), b = Stored(70, 2, others), c = Stored(64, 3, others);
        using var gain = new Param(1, cols);
        Values(cols, 4).CopyTo(gain.Values);
        gain.Changed();
        foreach (var m in new[] { 1, 2, 7, 11, 40 })
        {
            pass.Begin(m);
            var x = pass.Input(Values(m * cols, m), m, cols);
            var (a2, b2) = pass.Linear(x, a, b);
            var (a3, b3, c3) = pass.Linear(x, a, b, c);
            foreach (var (alone, together) in new[] { (a, a2), (b, b2), (a, a3), (b, b3), (c, c3) }) Close(pass.Linear(x, alone), together, $"{m} rows through {alone.Rows} outputs");
            var normed = pass.RmsNorm(x, gain, 1e-2f);
            (a2, b2) = pass.NormedLinear(x, gain, 1e-2f, a, b);
            (a3, b3, c3) = pass.NormedLinear(x, gain, 1e-2f, a, b, c);
            foreach (var (alone, together) in new[] { (a, a2), (b, b2), (a, a3), (b, b3), (c, c3) }) Close(pass.Linear(normed, alone), together, $"{m} normalised rows through {alone.Rows} outputs");
        }

        static PackedWeight Stored(int rows, int seed, WeightFormat format) => PackedWeights.Rounded(Values(rows * cols, seed), rows, cols, format);
    }

    [Theory]
    [InlineData(WeightFormat.F32)]
    [InlineData(WeightFormat.Bf16)]
    [InlineData(WeightFormat.F16)]
    [InlineData(WeightFormat.Q8)]
    public void AGateFoldedIntoAProductGivesWhatBothGiveByThemselves(WeightFormat format)
    {
        foreach (var (rows, cols) in new[] { (70, 96), (130, 2560) })
        {
            using var stored = PackedWeights.Rounded(Values(rows * cols, 1), rows, cols, format);
            foreach (var m in new[] { 1, 2, 3, 6, 11, 33 })
            {
                pass.Begin(m);
                Tensor gate = pass.Input(Values(m * cols, m), m, cols), up = pass.Input(Values(m * cols, m + 1), m, cols), residual = pass.Input(Values(m * rows, m + 2), m, rows);
                var glu = pass.SwiGlu(gate, up);
                Close(pass.Linear(glu, stored), pass.GatedLinear(gate, up, stored), $"{format}: {m} rows through {rows}×{cols}");
                Close(pass.Linear(glu, stored, residual), pass.GatedLinear(gate, up, stored, residual), $"{format}: {m} rows through {rows}×{cols}, added to a residual");
            }
        }
    }

    [Fact]
    public void HeadsAreNormalisedAndTurnedOnTheirWayIntoTheCache()
    {
        const int dim = 96, heads = 4, kvHeads = 2, length = 70;
        using Param qGain = new(1, dim), kGain = new(1, dim);
        foreach (var (gain, seed) in new[] { (qGain, 1), (kGain, 2) })
        {
            Values(dim, seed).CopyTo(gain.Values);
            gain.Changed();
        }
        var rope = new RopeTable(dim, 100f, length);
        float[] q = Values(length * heads * dim, 3), k = Values(length * kvHeads * dim, 4), v = Values(length * kvHeads * dim, 5);
        pass.Begin(length);
        var whole = pass.Attend(pass.Input(q, length, heads * dim), pass.Input(k, length, kvHeads * dim), pass.Input(v, length, kvHeads * dim), qGain, kGain, 1e-5f, rope, 0).Span.ToArray();
        using var cache = new KvCache(1, kvHeads, dim, 3);
        using var cached = new Pass(arena, gang, cache: cache);
        PageTable pages = new();
        foreach (var page in new[] { 2, 0 }) pages.Add(page);
        foreach (var (past, count) in new[] { (0, 67), (67, 1), (68, 2) })
        {
            cached.Begin([new(0, count, past, pages)]);
            var o = cached.Attend(Rows(q, heads), Rows(k, kvHeads), Rows(v, kvHeads), qGain, kGain, 1e-5f, rope, 0).Span;
            for (var i = 0; i < o.Length; i++) Assert.Equal(whole[past * heads * dim + i], o[i], Tolerance);

            Tensor Rows(float[] all, int n) => cached.Input(all.AsSpan(past * n * dim, count * n * dim), count, n * dim);
        }
    }

    [Theory]
    [InlineData(16, 4, 2)]
    [InlineData(64, 4, 1)]
    [InlineData(96, 2, 2)]
    [InlineData(128, 2, 1)]
    [InlineData(32, 10, 1)]
    public void CachedAttentionInPiecesIsThatOverTheWholeSequence(int dim, int heads, int kvHeads)
    {
        const int first = 150, second = 70;
        float[] q = Values((first + second) * heads * dim, 1), k = Values((first + second) * kvHeads * dim, 2), v = Values((first + second) * kvHeads * dim, 3);
        pass.Begin([new(0, first), new(first, second)]);
        var whole = pass.Attend(In(q, heads), In(k, kvHeads), In(v, kvHeads), 1, dim).Span.ToArray();

        using var cache = new KvCache(2, kvHeads, dim, 8);
        using var cached = new Pass(arena, gang, cache: cache);
        PageTable a = new(), b = new();
        foreach (var page in new[] { 5, 0, 3 }) a.Add(page);
        foreach (var page in new[] { 7, 2 }) b.Add(page);
        // Prefill of one, then of the other beside the rest of the first, then token by token.
        foreach (var (pastA, lengthA, pastB, lengthB) in new[] { (0, 100, 0, 0), (100, 49, 0, 68), (149, 1, 68, 1), (0, 0, 69, 1) })
        {
            var segments = new List<Segment>();
            var rows = new List<int>();
            if (lengthA > 0) segments.Add(new(0, lengthA, pastA, a));
            if (lengthB > 0) segments.Add(new(lengthA, lengthB, pastB, b));
            rows.AddRange(Enumerable.Range(pastA, lengthA).Concat(Enumerable.Range(first + pastB, lengthB)));
            cached.Begin([.. segments]);
            var o = cached.Attend(Rows(q, heads), Rows(k, kvHeads), Rows(v, kvHeads), 1, dim).Span;
            for (var i = 0; i < rows.Count; i++)
                for (var c = 0; c < heads * dim; c++) Assert.Equal(whole[rows[i] * heads * dim + c], o[i * heads * dim + c], Tolerance);

            Tensor Rows(float[] all, int n) => cached.Input([.. rows.SelectMany(r => all.Skip(r * n * dim).Take(n * dim))], rows.Count, n * dim);
        }

        Tensor In(float[] all, int n) => pass.Input(all, first + second, n * dim);
    }

    void Close(Tensor expected, Tensor actual, string where)
    {
        float[] e = expected.Span.ToArray(), a = actual.Span.ToArray();
        var scale = MathF.Sqrt(e.Sum(x => x * x) / e.Length) + 1;
        for (var i = 0; i < e.Length; i++) Assert.True(MathF.Abs(e[i] - a[i]) <= Tolerance * scale, $"{where}: value {i} is {a[i]}, not {e[i]}.");
    }

    static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
