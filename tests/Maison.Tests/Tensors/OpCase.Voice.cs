// Cases of the ops that frames of sound go through: convolutions along segments, layer normalisation, elementwise functions, errors.

using Maison.Tensors;

namespace Maison.Tests.Tensors;

static partial class OpCases
{
    static readonly int[] voiceLengths = Reduced ? [1, 17] : [1, 2, 15, 16, 17, 31, 32, 33, 64, 65];

    static IEnumerable<OpCase> Convolutions()
        => [.. Conv1d(), .. Conv2d(), .. Shuffles(), .. DepthwiseConv1d(), .. LayerNorm(), .. Activations(), .. Arithmetic(), .. Columns(), .. Errors()];

    static IEnumerable<OpCase> Conv1d()
    {
        OpCase Case(int inputs, int outputs, int kernel, int stride, int dilation, bool bias, params int[] lengths)
        {
            var layout = Segments(lengths);
            return new("Conv1d", $"{string.Join('+', lengths)}×{inputs}→{outputs}, {kernel} taps, stride {stride}, dilation {dilation}{(bias ? " + bias" : "")}")
            {
                Layout = layout,
                Inputs = [(lengths.Sum(), inputs)],
                Weights = bias ? [(outputs, kernel * inputs), (1, outputs)] : [(outputs, kernel * inputs)],
                RowWise = stride == 1,
                Run = (p, o) => p.Conv1d(o.Inputs[0], o.Weights[0], bias ? o.Weights[1] : null, kernel, stride, dilation),
                Reference = (x, w) => Float64.AddRow(Float64.Conv1d(x[0], w[0], layout, inputs, outputs, kernel, stride, dilation), bias ? w[1] : null),
            };
        }
        foreach (var n in voiceLengths) yield return Case(3, n, 3, 1, 1, n % 2 == 0, 4, 1, 6);
        foreach (var n in voiceLengths) yield return Case(n, 4, 5, 1 + n % 3, 1, true, 7, 2);
        foreach (var kernel in new[] { 1, 2, 3, 4, 7 })
            for (var stride = 1; stride < 4; stride++)
                for (var dilation = 1; dilation < (Reduced ? 2 : 4); dilation++) yield return Case(3, 5, kernel, stride, dilation, bias: true, 9, 1, 2, 13);
        yield return Case(3, 5, 3, 1, 1, bias: true, 0);
        if (!Reduced) yield return Case(18, 66, 7, 1, 1, bias: true, 70, 33, 1, 40);
    }

    static IEnumerable<OpCase> Conv2d()
    {
        OpCase Case(ImageGrid grid, int inputs, int outputs, Kernel2d kernel, bool bias) => new("Conv2d", $"{grid}×{inputs}→{outputs}, {kernel}{(bias ? " + bias" : "")}")
        {
            Layout = Segments(3),
            Inputs = [(grid.Positions, inputs)],
            Weights = bias ? [(outputs, kernel.Height * kernel.Width * inputs), (1, outputs)] : [(outputs, kernel.Height * kernel.Width * inputs)],
            RowWise = false,
            Run = (p, o) => p.Conv2d(o.Inputs[0], grid, o.Weights[0], bias ? o.Weights[1] : null, kernel),
            Reference = (x, w) => Float64.AddRow(Float64.Conv2d(x[0], w[0], grid, inputs, outputs, kernel), bias ? w[1] : null),
        };
        yield return Case(new(2, 4, 3), 2, 3, new(3, 2), bias: true);
        yield return Case(new(1, 7, 5), 1, 4, new(5, 3, 2, 1), bias: false);
        yield return Case(new(3, 5, 2), 3, 2, new(5, 1, 3, 1), bias: true);
        if (Reduced) yield break;
        yield return Case(new(0, 5, 2), 3, 2, new(5, 1, 3, 1), bias: true);
        yield return Case(new(2, 9, 8), 5, 17, new(3, 5, 2, 2), bias: true);
        yield return Case(new(1, 12, 11), 16, 16, new(3, 3), bias: true);
        yield return Case(new(3, 6, 7), 8, 3, new(2, 2, 2, 2), bias: true);
    }

    static IEnumerable<OpCase> Shuffles()
    {
        foreach (var (grid, cols, factor) in new[] { (new ImageGrid(2, 4, 6), 3, 2), (new ImageGrid(1, 9, 3), 2, 3), (new ImageGrid(3, 4, 4), 5, 4), (new ImageGrid(0, 4, 4), 5, 2), (new ImageGrid(2, 16, 18), 4, 1) })
        {
            yield return new("PixelUnshuffle", $"{grid}×{cols} by {factor}")
            {
                Layout = Segments(3),
                Inputs = [(grid.Positions, cols)],
                RowWise = false,
                Run = (p, o) => p.PixelUnshuffle(o.Inputs[0], grid, factor),
                Reference = (x, _) => Float64.Shuffle(x[0], grid, cols, factor, toCoarse: true),
            };
            yield return new("PixelShuffle", $"{grid}×{cols} by {factor}")
            {
                Layout = Segments(3),
                Inputs = [(grid.Positions / factor / factor, cols * factor * factor)],
                RowWise = false,
                Run = (p, o) => p.PixelShuffle(o.Inputs[0], grid, factor),
                Reference = (x, _) => Float64.Shuffle(x[0], grid, cols, factor, toCoarse: false),
            };
        }
    }

    static IEnumerable<OpCase> DepthwiseConv1d()
    {
        OpCase Case(int cols, int kernel, int dilation, bool bias, params int[] lengths)
        {
            var layout = Segments(lengths);
            return new("DepthwiseConv1d", $"{string.Join('+', lengths)}×{cols}, {kernel} taps, dilation {dilation}{(bias ? " + bias" : "")}")
            {
                Layout = layout,
                Inputs = [(lengths.Sum(), cols)],
                Weights = bias ? [(kernel, cols), (1, cols)] : [(kernel, cols)],
                Run = (p, o) => p.DepthwiseConv1d(o.Inputs[0], o.Weights[0], bias ? o.Weights[1] : null, dilation),
                Reference = (x, w) => Float64.AddRow(Float64.DepthwiseConv1d(x[0], w[0], layout, cols, kernel, dilation), bias ? w[1] : null),
            };
        }
        foreach (var n in voiceLengths) yield return Case(n, 7, 1, n % 2 == 0, 4, 1, 9);
        foreach (var kernel in new[] { 1, 2, 3, 4, 7 })
            for (var dilation = 1; dilation < 4; dilation++) yield return Case(17, kernel, dilation, bias: true, 9, 1, 2, 13);
        yield return Case(5, 3, 1, bias: true, 0);
        if (!Reduced) yield return Case(48, 7, 1, bias: true, 70, 33, 40);
    }

    static IEnumerable<OpCase> LayerNorm()
    {
        const float eps = 1e-5f;
        OpCase Case(int rows, int cols) => new("LayerNorm", $"{rows}×{cols}")
        {
            Layout = Segments(rows),
            Inputs = [(rows, cols)],
            Weights = [(1, cols), (1, cols)],
            Run = (p, o) => p.LayerNorm(o.Inputs[0], o.Weights[0], o.Weights[1], eps),
            Reference = (x, w) => Float64.LayerNorm(x[0], w[0], w[1], cols, eps),
        };
        // Two features may lie so close together that their slope is too steep for central differences.
        foreach (var n in Lengths.Where(n => n > 4)) yield return Case(3, n);
        foreach (var rows in rowCounts) yield return Case(rows, 33);
    }

    static IEnumerable<OpCase> Activations()
    {
        (string Op, Func<Pass, Tensor, Tensor> Run, Func<double, double> F)[] all =
        [
            ("Gelu", (p, x) => p.Gelu(x), Float64.Gelu),
            ("LeakyRelu", (p, x) => p.LeakyRelu(x, 0.1f), x => x > 0 ? x : 0.1f * x),
            ("Tanh", (p, x) => p.Tanh(x), Math.Tanh),
            ("Sigmoid", (p, x) => p.Sigmoid(x), Float64.Sigmoid),
            ("Exp", (p, x) => p.Exp(x), Math.Exp),
        ];
        foreach (var (op, run, f) in all)
            foreach (var (rows, cols) in Elements())
                yield return new(op, $"{rows}×{cols}")
                {
                    Layout = Segments(rows),
                    Inputs = [(rows, cols)],
                    Run = (p, o) => run(p, o.Inputs[0]),
                    Reference = (x, _) => [.. x[0].Select(f)],
                };
    }

    static IEnumerable<(int Rows, int Cols)> Elements()
        => [.. voiceLengths.Select(n => (1, n)), (0, 3), (5, 17), .. Reduced ? Array.Empty<(int, int)>() : [(33, 1025)]];

    static IEnumerable<OpCase> Arithmetic()
    {
        (string Op, int Inputs, Func<Pass, Tensor[], Tensor> Run, Func<double, double, double> F)[] all =
        [
            ("Add", 2, (p, x) => p.Add(x[0], x[1]), (a, b) => a + b),
            ("Multiply", 2, (p, x) => p.Multiply(x[0], x[1]), (a, b) => a * b),
            ("Scale", 1, (p, x) => p.Scale(x[0], 1.5f), (a, _) => 1.5 * a),
        ];
        foreach (var (op, inputs, run, f) in all)
            foreach (var (rows, cols) in Elements())
                yield return new(op, $"{rows}×{cols}")
                {
                    Layout = Segments(rows),
                    Inputs = [.. Enumerable.Repeat((rows, cols), inputs)],
                    Run = (p, o) => run(p, o.Inputs),
                    Reference = (x, _) => [.. x[0].Zip(x[^1], f)],
                };
    }

    static IEnumerable<OpCase> Columns()
    {
        foreach (var (rows, a, b) in new[] { (0, 2, 3), (1, 1, 1), (3, 16, 17), (70, 5, 33) })
        {
            yield return new("Concat", $"{rows}×{a} beside {b}")
            {
                Layout = Segments(rows),
                Inputs = [(rows, a), (rows, b)],
                Run = (p, o) => p.Concat(o.Inputs[0], o.Inputs[1]),
                Reference = (x, _) => [.. Enumerable.Range(0, rows).SelectMany(r => x[0][(r * a)..((r + 1) * a)].Concat(x[1][(r * b)..((r + 1) * b)]))],
            };
            yield return new("Columns", $"{rows}×{b} of {a + b + 1}")
            {
                Layout = Segments(rows),
                Inputs = [(rows, a + b + 1)],
                Run = (p, o) => p.Columns(o.Inputs[0], a, b),
                Reference = (x, _) => [.. Enumerable.Range(0, rows).SelectMany(r => x[0][(r * (a + b + 1) + a)..(r * (a + b + 1) + a + b)])],
            };
        }
    }

    static IEnumerable<OpCase> Errors()
    {
        (string Op, Func<Pass, Tensor, float[], float[], Tensor> Run, Func<double, double, double> F)[] all =
        [
            ("AbsoluteError", (p, x, t, w) => p.AbsoluteError(x, t, w), (x, t) => Math.Abs(x - t)),
            ("SquaredError", (p, x, t, w) => p.SquaredError(x, t, w), (x, t) => (x - t) * (x - t)),
            ("HingeError", (p, x, t, w) => p.HingeError(x, [.. t.Select(v => v < 0.5f ? -1f : 1f)], w), (x, t) => Math.Max(0, 1 - (t < 0.5 ? -x : x))),
            ("BinaryCrossEntropy", (p, x, t, w) => p.BinaryCrossEntropy(x, t, w), (x, t) => Math.Log(1 + Math.Exp(x)) - x * t),
        ];
        foreach (var (op, run, f) in all)
            // Among so many verdicts one lies at the kink of the hinge, where differences are not a slope.
            foreach (var (rows, cols) in Elements().Where(e => op != "HingeError" || e.Rows * e.Cols < 1000))
                for (var weighted = 0; weighted < 3; weighted++)
                {
                    var random = new Random(rows * 7 + cols);
                    float[] target = [.. Enumerable.Range(0, rows * cols).Select(_ => (float)random.NextDouble())];
                    float[] weights = [.. Enumerable.Range(0, weighted switch { 0 => 0, 1 => rows, _ => rows * cols }).Select(_ => (float)random.NextDouble())];
                    yield return new(op, $"{rows}×{cols}, {weights.Length} weights")
                    {
                        Layout = Segments(rows),
                        Inputs = [(rows, cols)],
                        RowWise = false,
                        Run = (p, o) => run(p, o.Inputs[0], target, weights),
                        Reference = (x, _) => [x[0].Select((v, i) => (weights.Length == 0 ? 1 : weights.Length == rows && cols != 1 ? weights[i / cols] : weights[i]) * f(v, target[i])).Sum()],
                    };
                }
    }
}
