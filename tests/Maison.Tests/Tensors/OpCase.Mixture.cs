// Cases of the mixture-of-experts ops. Routing itself is checked through Combine, whose case is the whole layer with the router's
// logits as an input: its gradient runs through the weights of the chosen experts.

using Maison.Tensors;

namespace Maison.Tests.Tensors;

static partial class OpCases
{
    static IEnumerable<OpCase> Mixture()
    {
        foreach (var (rows, experts, k) in Reduced ? [(5, 4, 2)] : new[] { (0, 3, 1), (1, 3, 2), (5, 4, 2), (13, 8, 3), (17, 20, 2), (66, 5, 5) })
        {
            yield return Dispatch(rows, experts, k, cols: 19);
            yield return LinearByExpert(rows, experts, k, inputs: 18, outputs: 21);
            foreach (var normalise in new[] { true, false }) yield return Combine(rows, experts, k, cols: 17, normalise);
        }
    }

    static float[] Logits(int rows, int experts)
    {
        var random = new Random(rows * 31 + experts);
        return [.. Enumerable.Range(0, rows * experts).Select(_ => (float)(random.NextDouble() * 4 - 2))];
    }

    static OpCase Dispatch(int rows, int experts, int k, int cols)
    {
        var logits = Logits(rows, experts);
        return new("Dispatch", $"{rows}×{cols} to {k} of {experts}")
        {
            Layout = Segments(rows),
            Inputs = [(rows, cols)],
            RowWise = false,
            Run = (p, o) => p.Dispatch(o.Inputs[0], p.Route(p.Input(logits, rows, experts), null, k, true, new ExpertLoad(experts))),
            Reference = (x, _) => [.. Slots(logits, rows, experts, k).SelectMany(s => x[0][(s.Row * cols)..((s.Row + 1) * cols)])],
        };
    }

    static OpCase LinearByExpert(int rows, int experts, int k, int inputs, int outputs)
    {
        var logits = Logits(rows, experts);
        return new("LinearByExpert", $"{rows}×{inputs}→{outputs}, {k} of {experts}")
        {
            Layout = Segments(rows),
            Inputs = [(rows, inputs)],
            Weights = [.. Enumerable.Repeat((outputs, inputs), experts)],
            RowWise = false,
            Run = (p, o) =>
            {
                var routing = p.Route(p.Input(logits, rows, experts), null, k, true, new ExpertLoad(experts));
                return p.LinearByExpert(p.Dispatch(o.Inputs[0], routing), o.Weights, routing);
            },
            Reference = (x, w) => [.. Slots(logits, rows, experts, k).SelectMany(s => Float64.Linear(x[0][(s.Row * inputs)..((s.Row + 1) * inputs)], w[s.Expert], null, inputs, outputs))],
        };
    }

    static OpCase Combine(int rows, int experts, int k, int cols, bool normalise) => new("Combine", $"{rows}×{cols}, {k} of {experts}{(normalise ? ", normalised" : "")}")
    {
        Layout = Segments(rows / 2, rows - rows / 2),
        Inputs = [(rows, cols), (rows, experts), (rows, cols)],
        Weights = [.. Enumerable.Repeat((cols, cols), experts)],
        Run = (p, o) =>
        {
            var routing = p.Route(o.Inputs[1], null, k, normalise, new ExpertLoad(experts));
            return p.Combine(p.LinearByExpert(p.Dispatch(o.Inputs[0], routing), o.Weights, routing), routing, o.Inputs[2]);
        },
        Reference = (x, w) =>
        {
            var y = (double[])x[2].Clone();
            for (var r = 0; r < rows; r++)
            {
                var row = x[0][(r * cols)..((r + 1) * cols)];
                foreach (var (expert, weight) in Chosen(x[1][(r * experts)..((r + 1) * experts)], k, normalise))
                {
                    var answer = Float64.Linear(row, w[expert], null, cols, cols);
                    for (var i = 0; i < cols; i++) y[r * cols + i] += weight * answer[i];
                }
            }
            return y;
        },
    };

    static (int Expert, double Weight)[] Chosen(double[] logits, int k, bool normalise)
    {
        var e = logits.Select(z => Math.Exp(z - logits.Max())).ToArray();
        var best = Enumerable.Range(0, logits.Length).OrderByDescending(i => e[i]).ThenBy(i => i).Take(k).ToArray();
        var sum = normalise ? best.Sum(i => e[i]) : e.Sum();
        return [.. best.Select(i => (i, e[i] / sum))];
    }

    /// <summary>Slots in their order: by expert, then by row.</summary>
    static (int Row, int Expert)[] Slots(float[] logits, int rows, int experts, int k)
        => [.. Enumerable.Range(0, rows)
            .SelectMany(r => Chosen([.. logits[(r * experts)..((r + 1) * experts)].Select(z => (double)z)], k, true).Select(c => (Row: r, c.Expert)))
            .OrderBy(s => s.Expert).ThenBy(s => s.Row)];
}
