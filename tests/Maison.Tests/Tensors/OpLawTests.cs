// The laws every op obeys: it equals its float64 twin, its backward equals central differences, it writes nothing beside its
// output, and neither the recorder, the number of threads nor the company of other rows changes a bit.

using System.Reflection;
using System.Runtime.InteropServices;
using Maison.Tensors;
using Maison.Tensors.Cuda;

namespace Maison.Tests.Tensors;

public sealed class OpLawTests
{
    /// <summary>Rounding of one op in fp32 relative to the largest output: a few hundred additions of 6e-8 each, and exp to 1e-7.</summary>
    const double forwardTolerance = 1e-5;

    /// <summary>Gradients chain two or three such sums.</summary>
    const double backwardTolerance = 5e-5;

    /// <summary>Step of the central differences, which are taken in double precision.</summary>
    const double step = 1e-5;

    const int sentinel = 0x7FC0BEEF;                                    // a NaN: reading it spoils a result, overwriting it shows
    const int guardFloats = 17;

    public static TheoryData<string> Ops => [.. OpCases.All().Select(c => c.Op).Distinct()];

    [Fact]
    public void EveryOpHasCases()
    {
        var ops = typeof(Pass).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(m => m.ReturnType == typeof(Tensor) && m.GetParameters().Any(p => p.ParameterType == typeof(Tensor) || p.ParameterType.IsAssignableTo(typeof(Weight))))
            .Select(m => m.Name).Distinct().Order();
        Assert.Equal(ops, OpCases.All().Select(c => c.Op).Distinct().Order());
    }

    [Theory, MemberData(nameof(Ops))]
    public void EqualsItsFloat64TwinAndCentralDifferences(string op)
    {
        using var bench = new Bench(threads: 2, record: true);
        foreach (var c in OpCases.All().Where(c => c.Op == op))
        {
            using var r = bench.Run(c);
            var expected = c.Reference(r.X, r.W);
            var scale = Scale(expected);
            Assert.True(expected.Length == r.Y.Length, $"{c}: {r.Y.Length} outputs instead of {expected.Length}");
            for (var i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(r.Y[i] - expected[i]) <= forwardTolerance * scale, $"{c}: output {i} is {r.Y[i]}, not {expected[i]}");
            CheckGradients(c, r, uses: 1);
        }
    }

    [Theory, MemberData(nameof(Ops))]
    public void GradientsOfTwoUsesAdd(string op)
    {
        using var bench = new Bench(threads: 2, record: true);
        foreach (var c in OpCases.All().Where(c => c.Op == op && c.Rows < 20).Where((_, i) => i % 8 == 0))
        {
            using var r = bench.Run(c, uses: 2);
            CheckGradients(c, r, uses: 2);
        }
    }

    [Theory, MemberData(nameof(Ops))]
    public void RecorderThreadsAndCompanyChangeNoBit(string op)
    {
        Assert.SkipWhen(Device.Current is not null, "The device's matrix library chooses its order of additions by the number of rows.");
        using var recorded = new Bench(threads: 1, record: true);
        using var threaded = new Bench(threads: 3, record: true);
        using var plain = new Bench(threads: 3, record: false);
        foreach (var c in OpCases.All().Where(c => c.Op == op).Where((c, i) => i % 3 == 0 || c.Rows > 20))
        {
            using Result one = recorded.Run(c), three = threaded.Run(c), off = plain.Run(c);
            Assert.True(one.SameBits(three), $"{c}: three threads give other bits than one");
            Assert.True(Bits(one.Y, off.Y), $"{c}: recording changes the output");
            if (!c.RowWise || c.Rows == 0) continue;
            var cols = one.Y.Length / c.Rows;
            foreach (var s in c.Layout)
            {
                using var alone = plain.Run(c, only: s);
                Assert.True(Bits(alone.Y, one.Y.AsSpan(s.Start * cols, s.Length * cols)), $"{c}: rows {s.Start} to {s.Start + s.Length} have other bits alone than in the batch");
            }
        }
    }

    [Theory, MemberData(nameof(Ops))]
    public void AWeightWithoutAGradientStopsTheBackwardWalk(string op)
    {
        if (OpCases.All().FirstOrDefault(c => c.Op == op && c.Weights.Length > 0 && c.Rows is > 0 and < 8) is not { } c) return;
        // An embedding is a leaf: nothing behind it loses a gradient.
        if (op == "Embed") return;
        using var bench = new Bench(threads: 1, record: true);
        using var r = bench.Run(c, uses: 0, freeze: true);
        Assert.Throws<NotSupportedException>(() => bench.Backward(r.Output, r.Dy));
    }

    static double Scale(IEnumerable<double> values) => Math.Max(1, values.Select(Math.Abs).DefaultIfEmpty().Max());

    static bool Bits(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => MemoryMarshal.AsBytes(a).SequenceEqual(MemoryMarshal.AsBytes(b));

    /// <summary>Compares every gradient with differences of F = Σ dy·y: one by one while they are few, along random directions always.</summary>
    static void CheckGradients(OpCase c, Result r, int uses)
    {
        double F() => uses * c.Reference(r.X, r.W).Zip(r.Dy, (y, dy) => y * dy).Sum();
        var random = new Random(7);
        foreach (var (name, values, gradient) in r.Sources())
        {
            if (values.Length == 0) continue;
            Assert.True(gradient.Length == values.Length, $"{c}: no gradient for {name}");
            Assert.True(gradient.All(float.IsFinite), $"{c}: the gradient of {name} has values that are not finite");
            var norm = Math.Sqrt(gradient.Sum(g => (double)g * g)) + Scale(r.Dy.Select(d => (double)d));
            if (values.Length * (long)r.Y.Length <= 2000 || values.Length < 40 && r.Y.Length < 300)
                for (var i = 0; i < values.Length; i++)
                {
                    var kept = values[i];
                    values[i] = kept + step;
                    var up = F();
                    values[i] = kept - step;
                    var down = F();
                    values[i] = kept;
                    var expected = (up - down) / (2 * step);
                    Assert.True(Math.Abs(gradient[i] - expected) <= backwardTolerance * norm, $"{c}: gradient {i} of {name} is {gradient[i]}, not {expected}");
                }
            for (var trial = 0; trial < 2; trial++)
            {
                var kept = (double[])values.Clone();
                var direction = values.Select(_ => random.NextDouble() < 0.5 ? -1.0 : 1.0).ToArray();
                for (var i = 0; i < values.Length; i++) values[i] = kept[i] + step * direction[i];
                var up = F();
                for (var i = 0; i < values.Length; i++) values[i] = kept[i] - step * direction[i];
                var down = F();
                kept.CopyTo(values, 0);
                var expected = (up - down) / (2 * step);
                var actual = gradient.Zip(direction, (g, d) => g * d).Sum();
                Assert.True(Math.Abs(actual - expected) <= 2 * backwardTolerance * norm, $"{c}: the gradient of {name} along a random direction is {actual}, not {expected}");
            }
        }
    }

    /// <summary>What one run of a case left: values in double precision for the twin, output and gradients in fp32.</summary>
    sealed class Result(Param[] weights) : IDisposable
    {
        public required double[][] X { get; init; }
        public required double[][] W { get; init; }
        public required float[] Y { get; init; }
        public required float[] Dy { get; init; }
        public Tensor Output { get; init; }
        public float[][] Dx { get; set; } = [];
        public float[][] Dw { get; set; } = [];

        public IEnumerable<(string Name, double[] Values, float[] Gradient)> Sources()
            => X.Select((x, i) => ($"input {i}", x, Dx[i])).Concat(W.Select((w, i) => ($"weight {i}", w, Dw[i])));

        public bool SameBits(Result other)
            => Bits(Y, other.Y) && Dx.Zip(other.Dx).All(p => Bits(p.First, p.Second)) && Dw.Zip(other.Dw).All(p => Bits(p.First, p.Second));

        public void Dispose()
        {
            foreach (var w in weights) w.Dispose();
        }
    }

    /// <summary>A weight that only its values leave.</summary>
    sealed class Frozen(Param values) : Weight(values.Rows, values.Cols)
    {
        public override long Bytes => values.Bytes;
        internal override unsafe void Multiply(Gang gang, int m, float* x, nint xStride, float* y, nint yStride, bool accumulate)
            => values.Multiply(gang, m, x, xStride, y, yStride, accumulate);
        internal override unsafe void ReadRow(int row, float* to) => values.ReadRow(row, to);
    }

    /// <summary>An arena whose allocations are unaligned and lie between sentinels, and a pass over it.</summary>
    sealed unsafe class Bench : IDisposable
    {
        const int arenaBytes = 2 << 20;
        readonly Arena arena = new(arenaBytes) { Guard = guardFloats * sizeof(float) };
        readonly Gang gang;
        readonly Pass pass;
        readonly bool record;
        readonly Param ones = new(1, 2);

        public Bench(int threads, bool record)
        {
            this.record = record;
            gang = new Gang(threads);
            pass = new Pass(arena, gang, record);
            ones.Values.Fill(1f);
        }

        public void Backward(Tensor y, float[] dy) => pass.Backward(y, dy);

        /// <param name="uses">How often the op is applied to the same operands; the outputs are added. 0 leaves the backward walk to the caller.</param>
        public Result Run(OpCase c, int uses = 1, bool freeze = false, Segment? only = null)
        {
            var random = new Random(c.Shape.Length + c.Rows);
            var first = only?.Start ?? 0;
            var rows = only?.Length ?? c.Rows;
            pass.Begin(only is null ? c.Layout : [new Segment(0, rows)]);
            if (c.Outputs is not null) pass.Begin(c.Layout, c.Outputs);
            var mark = arena.Here();
            var room = arenaBytes - arena.BytesUsed - 4 * arena.Guard;
            new Span<int>((int*)arena.Take((nint)room) - guardFloats, (int)room / 4 + 2 * guardFloats).Fill(sentinel);
            arena.Release(mark);

            var x = c.Inputs.Select(s => Values(random, s.Rows * s.Cols)).ToArray();
            var w = c.Weights.Select(s => Values(random, s.Rows * s.Cols)).ToArray();
            int Count((int Rows, int Cols) shape) => only is null ? shape.Rows : rows;
            var inputs = c.Inputs.Select((s, i) => pass.Input(x[i].AsSpan(first * s.Cols, Count(s) * s.Cols), Count(s), s.Cols)).ToArray();
            var weights = c.Weights.Select((s, i) =>
            {
                var p = new Param(s.Rows, s.Cols);
                w[i].CopyTo(p.Values);
                p.Changed();
                return p;
            }).ToArray();
            var operands = new Operands(inputs, freeze ? [.. weights.Select(p => new Frozen(p))] : weights, c.Ids.Length == 0 ? [] : c.Ids[first..(first + rows)]);

            var y = c.Run(pass, operands);
            var result = y.Span.ToArray();
            var dy = Values(random, result.Length);
            var passedThrough = inputs.Any(t => t.Span == y.Span);
            if (!passedThrough) Guarded(c, y);
            foreach (var t in inputs) Guarded(c, t);
            for (var i = 0; i < inputs.Length; i++)
                Assert.True(Bits(inputs[i].Span, x[i].AsSpan(first * c.Inputs[i].Cols, Count(c.Inputs[i]) * c.Inputs[i].Cols)), $"{c}: input {i} was written to");
            var answer = new Result(weights)
            {
                X = [.. x.Select(v => v.Select(f => (double)f).ToArray())],
                W = [.. w.Select(v => v.Select(f => (double)f).ToArray())],
                Y = result,
                Dy = dy,
                Output = y,
            };
            if (!record || uses == 0) return answer;
            if (uses == 2) y = pass.Mix(y, c.Run(pass, operands), ones);
            pass.Backward(y, dy);
            answer.Dx = [.. inputs.Select(t => pass.GradientOf(t).ToArray())];
            answer.Dw = [.. weights.Select(p => p.HasGradient || c.Rows == 0 ? p.Gradient.ToArray() : [])];
            // The sum of two uses may lie where an op gave scratch back; what the first use made does not.
            if (!passedThrough) Guarded(c, answer.Output);
            foreach (var t in inputs) Guarded(c, t);
            return answer;
        }

        static float[] Values(Random random, int count)
            => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 3 - 1.5))];

        static void Guarded(OpCase c, Tensor t)
        {
            var p = (int*)t.Pointer;
            for (var i = 1; i <= guardFloats; i++)
                Assert.True(p[-i] == sentinel && p[t.Count + i - 1] == sentinel, $"{c}: something was written beside a {t.Rows}×{t.Cols} tensor");
        }

        public void Dispose()
        {
            pass.Dispose();
            Assert.Equal(0, arena.BytesUsed);
            gang.Dispose();
            arena.Dispose();
            ones.Dispose();
        }
    }
}
