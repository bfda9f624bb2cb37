// The list of op cases: for every op of Pass the shapes it is tried with and its float64 twin.
// "Add an op" means adding its cases here; OpLawTests fails while an op has none.

using Maison.Tensors;

namespace Maison.Tests.Tensors;

/// <summary>What a case hands to its op.</summary>
sealed record Operands(Tensor[] Inputs, Weight[] Weights, int[] Ids);

/// <summary>One op on one set of shapes.</summary>
sealed record OpCase(string Op, string Shape)
{
    /// <summary>Segments of the pass; Past counts rows that a cache would hold.</summary>
    public required Segment[] Layout { get; init; }

    /// <summary>Shapes of the tensors the op reads; tensors with one row per token are cut when a segment is tried alone.</summary>
    public (int Rows, int Cols)[] Inputs { get; init; } = [];
    public (int Rows, int Cols)[] Weights { get; init; } = [];
    public int[] Ids { get; init; } = [];

    /// <summary>Rows asked of the pass; null for all.</summary>
    public int[]? Outputs { get; init; }
    public required Func<Pass, Operands, Tensor> Run { get; init; }

    /// <summary>(inputs, weights) to the output, in double precision.</summary>
    public required Func<double[][], double[][], double[]> Reference { get; init; }

    /// <summary>Row i of the output depends on row i, or on the segment of row i, only.</summary>
    public bool RowWise { get; init; } = true;

    public int Rows => Layout.Length == 0 ? 0 : Layout[^1].Start + Layout[^1].Length;

    public override string ToString() => $"{Op} {Shape}";
}

static partial class OpCases
{
    /// <summary>Set in child processes that run with instruction sets switched off: emulated vectors are slow.</summary>
    public static bool Reduced { get; } = Environment.GetEnvironmentVariable("MAISON_TEST_REDUCED") == "1";

    static IEnumerable<int> Lengths => Reduced ? [1, 2, 15, 16, 17, 31, 33, 48, 63, 64, 65, 100, 129] : Enumerable.Range(1, 257);
    static readonly int[] rowCounts = Reduced ? [0, 1, 5, 13] : [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 63, 64, 65, 130];

    public static Segment[] Segments(params int[] lengths)
    {
        var start = 0;
        return [.. lengths.Where(n => n > 0).Select(n => new Segment((start += n) - n, n))];
    }

    static int[] Ids(int count, int vocab, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(vocab))];
    }

    public static IEnumerable<OpCase> All()
        => [.. Linear(), .. RmsNorm(), .. SwiGlu(), .. GatedLinear(), .. Softcap(), .. Dropout(), .. Mix(), .. Embed(), .. Outputs(), .. Rope(), .. CrossEntropy(), .. Attend(), .. Mixture(), .. Alignment(), .. Convolutions(), .. Spectra()];

    static IEnumerable<OpCase> Linear()
    {
        OpCase Case(int rows, int inputs, int outputs, bool residual, bool bias = false) => new("Linear", $"{rows}×{inputs}→{outputs}{(residual ? " + residual" : "")}{(bias ? " + bias" : "")}")
        {
            Layout = Segments(rows / 2, rows - rows / 2),
            Inputs = residual ? [(rows, inputs), (rows, outputs)] : [(rows, inputs)],
            Weights = bias ? [(outputs, inputs), (1, outputs)] : [(outputs, inputs)],
            Run = (p, o) => p.Linear(o.Inputs[0], o.Weights[0], residual ? o.Inputs[1] : default, bias ? o.Weights[1] : null),
            Reference = (x, w) => Float64.AddRow(Float64.Linear(x[0], w[0], residual ? x[1] : null, inputs, outputs), bias ? w[1] : null),
        };
        foreach (var n in new[] { 1, 15, 16, 17, 65 })
            foreach (var residual in new[] { false, true }) yield return Case(5, 7, n, residual, bias: true);
        if (!Reduced) yield return Case(130, 9, 66, residual: true, bias: true);
        foreach (var n in Lengths) yield return Case(3, n, 5, residual: n % 2 == 0);
        foreach (var n in Lengths) yield return Case(2, 4, n, residual: n % 2 == 1);
        foreach (var rows in rowCounts) yield return Case(rows, 24, 70, residual: rows % 2 == 0);
        foreach (var (rows, inputs, outputs) in new[] { (7, 200, 129), (260, 129, 66), (13, 300, 64), (6, 128, 128) })
            if (!Reduced || rows < 100) yield return Case(rows, inputs, outputs, residual: true);
    }

    static IEnumerable<OpCase> RmsNorm()
    {
        const float eps = 1e-5f;
        OpCase Case(int rows, int cols, bool gain) => new("RmsNorm", $"{rows}×{cols}{(gain ? "" : " without gain")}")
        {
            Layout = Segments(rows),
            Inputs = [(rows, cols)],
            Weights = gain ? [(1, cols)] : [],
            Run = (p, o) => p.RmsNorm(o.Inputs[0], gain ? o.Weights[0] : null, eps),
            Reference = (x, w) => Float64.RmsNorm(x[0], gain ? w[0] : null, cols, eps),
        };
        foreach (var n in Lengths) yield return Case(3, n, gain: n % 3 != 0);
        foreach (var rows in rowCounts) yield return Case(rows, 33, gain: true);
        yield return Case(2, 700, gain: true);
    }

    static IEnumerable<OpCase> SwiGlu()
    {
        OpCase Case(int rows, int cols) => new("SwiGlu", $"{rows}×{cols}")
        {
            Layout = Segments(rows),
            Inputs = [(rows, cols), (rows, cols)],
            Run = (p, o) => p.SwiGlu(o.Inputs[0], o.Inputs[1]),
            Reference = (x, _) => Float64.SwiGlu(x[0], x[1]),
        };
        foreach (var n in Lengths) yield return Case(1, n);
        foreach (var rows in rowCounts) yield return Case(rows, 17);
        if (!Reduced) yield return Case(33, 1025);
    }

    static IEnumerable<OpCase> GatedLinear()
    {
        OpCase Case(int rows, int inputs, int outputs, bool residual) => new("GatedLinear", $"{rows}×{inputs}→{outputs}{(residual ? " + residual" : "")}")
        {
            Layout = Segments(rows),
            Inputs = residual ? [(rows, inputs), (rows, inputs), (rows, outputs)] : [(rows, inputs), (rows, inputs)],
            Weights = [(outputs, inputs)],
            Run = (p, o) => p.GatedLinear(o.Inputs[0], o.Inputs[1], o.Weights[0], residual ? o.Inputs[2] : default),
            Reference = (x, w) => Float64.Linear(Float64.SwiGlu(x[0], x[1]), w[0], residual ? x[2] : null, inputs, outputs),
        };
        yield return Case(1, 17, 5, residual: false);
        foreach (var rows in rowCounts) yield return Case(rows, 24, 70, residual: rows % 2 == 0);
    }

    static IEnumerable<OpCase> Softcap()
    {
        OpCase Case(int rows, int cols, float cap) => new("Softcap", $"{rows}×{cols} to ±{cap}")
        {
            Layout = Segments(rows),
            Inputs = [(rows, cols)],
            Run = (p, o) => p.Softcap(o.Inputs[0], cap),
            Reference = (x, _) => Float64.Softcap(x[0], cap),
        };
        foreach (var n in Lengths) yield return Case(1, n, 0.75f);
        foreach (var rows in rowCounts) yield return Case(rows, 17, 15f);
        if (!Reduced) yield return Case(33, 1025, 2f);
    }

    static IEnumerable<OpCase> Dropout()
    {
        OpCase Case(int rows, int cols, float rate, ulong seed) => new("Dropout", $"{rows}×{cols} at {rate}")
        {
            Layout = Segments(rows),
            Inputs = [(rows, cols)],
            RowWise = false,
            Run = (p, o) => p.Dropout(o.Inputs[0], rate, seed),
            Reference = (x, _) => Float64.Dropout(x[0], rate, seed),
        };
        foreach (var n in Lengths) yield return Case(1, n, 0.25f, (ulong)n);
        foreach (var rows in rowCounts) yield return Case(rows, 17, 0.5f, ulong.MaxValue - (ulong)rows);
        if (!Reduced) yield return Case(33, 1025, 0.1f, 3);
    }

    static IEnumerable<OpCase> Mix()
    {
        OpCase Case(int rows, int cols) => new("Mix", $"{rows}×{cols}")
        {
            Layout = Segments(rows),
            Inputs = [(rows, cols), (rows, cols)],
            Weights = [(1, 2)],
            Run = (p, o) => p.Mix(o.Inputs[0], o.Inputs[1], o.Weights[0]),
            Reference = (x, w) => Float64.Mix(x[0], x[1], w[0]),
        };
        foreach (var n in Lengths) yield return Case(1, n);
        foreach (var rows in rowCounts) yield return Case(rows, 17);
        if (!Reduced) yield return Case(33, 1025);
    }

    static IEnumerable<OpCase> Embed()
    {
        OpCase Case(int rows, int cols)
        {
            var ids = Ids(rows, 6, rows);
            return new("Embed", $"{rows}×{cols}")
            {
                Layout = Segments(rows),
                Ids = ids,
                Weights = [(6, cols)],
                Run = (p, o) => p.Embed(o.Ids, o.Weights[0]),
                Reference = (_, w) => Float64.Embed(ids, w[0], cols),
            };
        }
        foreach (var n in Lengths) yield return Case(4, n);
        foreach (var rows in rowCounts) yield return Case(rows, 33);
    }

    static IEnumerable<OpCase> Outputs()
    {
        OpCase Case(int rows, int cols, int[]? wanted) => new("Outputs", $"{wanted?.Length ?? rows} of {rows}×{cols}")
        {
            Layout = Segments(rows),
            Inputs = [(rows, cols)],
            Outputs = wanted,
            RowWise = wanted is null,
            Run = (p, o) => p.Outputs(o.Inputs[0]),
            Reference = (x, _) => wanted is null ? x[0] : Float64.Embed(wanted, x[0], cols),
        };
        foreach (var n in Lengths) yield return Case(3, n, [2, 0]);
        foreach (var rows in rowCounts) yield return Case(rows, 5, rows == 0 ? [] : [rows - 1]);
    }

    static IEnumerable<OpCase> Rope()
    {
        const float theta = 100f;
        OpCase Case(int headDim, int heads, params int[] lengths)
        {
            var layout = Segments(lengths);
            var table = new RopeTable(headDim, theta, Math.Max(1, lengths.Max()));
            var rows = lengths.Sum();
            return new("Rope", $"{string.Join('+', lengths)}×{heads}·{headDim}")
            {
                Layout = layout,
                Inputs = [(rows, heads * headDim)],
                Run = (p, o) => p.Rope(o.Inputs[0], table),
                Reference = (x, _) => Float64.Rope(x[0], layout, headDim, heads, theta),
            };
        }
        foreach (var n in Lengths) yield return Case(2 * ((n + 1) / 2), 2, 2, 1);
        var grid = RopeTable.Grid(8, theta, 2, 3, 9);
        yield return new("Rope", "over a grid of 2×3 and 3 more")
        {
            Layout = Segments(9, 4),
            Inputs = [(13, 16)],
            Run = (p, o) => p.Rope(o.Inputs[0], grid),
            Reference = (x, _) => Float64.RopeOfGrid(x[0], Segments(9, 4), 8, 2, theta, 2, 3),
        };
        foreach (var rows in rowCounts) yield return Case(34, 1, rows, 2);
        yield return Case(34, 1, 0);
    }

    static IEnumerable<OpCase> CrossEntropy()
    {
        OpCase Case(int rows, int cols)
        {
            var targets = Ids(rows, cols + 1, cols + rows).Select(t => t - 1).ToArray();
            return new("CrossEntropy", $"{rows}×{cols}")
            {
                Layout = Segments(rows),
                Inputs = [(rows, cols)],
                Ids = targets,
                RowWise = false,
                Run = (p, o) => p.CrossEntropy(o.Inputs[0], o.Ids),
                Reference = (x, _) => Float64.CrossEntropy(x[0], targets),
            };
        }
        foreach (var n in Lengths) yield return Case(3, n);
        foreach (var rows in rowCounts) yield return Case(rows, 19);
    }

    static IEnumerable<OpCase> Attend()
    {
        OpCase Both(bool causal, int headDim, int heads, int kvHeads, params int[] lengths)
        {
            var layout = Segments(lengths);
            var rows = lengths.Sum();
            return new("Attend", $"{string.Join('+', lengths)} × {heads}/{kvHeads} heads of {headDim}{(causal ? "" : ", both ways")}")
            {
                Layout = layout,
                Inputs = [(rows, heads * headDim), (rows, kvHeads * headDim), (rows, kvHeads * headDim)],
                Run = (p, o) => p.Attend(o.Inputs[0], o.Inputs[1], o.Inputs[2], 0, headDim, causal),
                Reference = (x, _) => Float64.Attend(x[0], x[1], x[2], layout, headDim, heads, kvHeads, causal),
            };
        }
        OpCase Case(int headDim, int heads, int kvHeads, params int[] lengths) => Both(true, headDim, heads, kvHeads, lengths);
        yield return Both(false, 16, 4, 2, 5, 1, 9);
        yield return Both(false, 32, 2, 2, 65);
        yield return Case(32, 1, 1, 0);
        yield return Case(16, 4, 2, 5, 1, 9);
        yield return Case(80, 3, 1, 7, 3);
        yield return Case(32, 2, 2, 65);
        if (Reduced) yield break;
        foreach (var n in new[] { 1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 127, 128, 129 }) yield return Case(32, 2, 1, n);
        foreach (var dim in new[] { 2, 6, 15, 48, 63, 64, 65, 80, 96, 128, 130 }) yield return Case(dim, 2, 1, 3, 18);
        yield return Case(64, 4, 2, 64, 1, 65, 2);
        yield return Case(128, 2, 1, 70, 64);
        yield return Case(80, 4, 4, 128, 3);
        yield return Case(32, 1, 1, 257);
        foreach (var n in new[] { 1, 2, 17, 63, 64, 65, 128, 129 }) yield return Both(false, 32, 2, 1, n, 3);
        yield return Both(false, 64, 4, 2, 64, 1, 65, 2, 100);
        yield return Both(false, 80, 2, 2, 3, 130);
        yield return Both(false, 130, 2, 1, 3, 70);
    }
}
