// Cases of the ops that bring text and speech together: distances of frames to phones, the sum over all alignments, phones stretched to
// frames. The twin of the sum over alignments multiplies probabilities along every path it can list.

namespace Maison.Tests.Tensors;

static partial class OpCases
{
    static IEnumerable<OpCase> Alignment()
    {
        foreach (var n in Lengths) yield return Distance(3, 2, n, residual: n % 2 == 0);
        foreach (var (queries, keys) in Reduced ? [(0, 2), (5, 3), (17, 18)] : new[] { (0, 2), (2, 0), (1, 1), (5, 3), (17, 18), (33, 16), (70, 40) })
            yield return Distance(queries, keys, 19, residual: queries % 2 == 1);

        foreach (var (frames, phones) in new[] { (1, 1), (2, 1), (2, 2), (5, 2), (6, 6), (7, 3), (12, 5) })
            foreach (var choose in new[] { true, false }) yield return ForwardSum(frames, phones, choose);
        foreach (var (frames, phones) in Reduced ? [(20, 17)] : new[] { (20, 17), (60, 33), (130, 40) }) yield return ForwardSum(frames, phones);

        foreach (var n in Lengths) yield return Repeat([2, 0, 3], n);
        yield return Repeat([], 5);
        yield return Repeat([0, 0], 5);
        yield return Repeat([.. Enumerable.Range(0, 40).Select(i => i * 7 % 5)], 33);
    }

    static OpCase Distance(int queries, int keys, int cols, bool residual) => new("SquaredDistance", $"{queries} to {keys} of {cols}{(residual ? " + residual" : "")}")
    {
        Layout = Segments(queries),
        Inputs = residual ? [(queries, cols), (keys, cols), (queries, keys)] : [(queries, cols), (keys, cols)],
        RowWise = false,
        Run = (p, o) => p.SquaredDistance(o.Inputs[0], o.Inputs[1], -0.3f, residual ? o.Inputs[2] : default),
        Reference = (x, _) =>
        {
            var y = new double[queries * keys];
            for (var i = 0; i < queries; i++)
                for (var n = 0; n < keys; n++)
                {
                    var sum = 0.0;
                    for (var c = 0; c < cols; c++) sum += Math.Pow(x[0][i * cols + c] - x[1][n * cols + c], 2);
                    y[i * keys + n] = (residual ? x[2][i * keys + n] : 0) - (double)0.3f * sum;
                }
            return y;
        },
    };

    static OpCase ForwardSum(int frames, int phones, bool choose = true) => new("ForwardSum", $"{frames} through {phones}{(choose ? "" : ", likelihoods")}")
    {
        Layout = Segments(frames),
        Inputs = [(frames, phones)],
        RowWise = false,
        Run = (p, o) => p.ForwardSum(o.Inputs[0], choose),
        Reference = (x, _) =>
        {
            var p = Enumerable.Range(0, frames).Select(t =>
            {
                var e = x[0][(t * phones)..((t + 1) * phones)].Select(Math.Exp).ToArray();
                return choose ? [.. e.Select(v => v / e.Sum())] : e;
            }).ToArray();
            // Few paths are listed one by one; many are summed in linear space, where double precision still holds 130 factors of 1/40.
            return [-Math.Log(frames <= 12 ? Listed(0, 0) : Summed())];

            double Listed(int t, int n) => t == frames - 1
                ? n == phones - 1 ? p[t][n] : 0
                : p[t][n] * (Listed(t + 1, n) + (n + 1 < phones ? Listed(t + 1, n + 1) : 0));

            double Summed()
            {
                var reached = new double[phones];
                reached[0] = p[0][0];
                for (var t = 1; t < frames; t++)
                    for (var n = phones - 1; n >= 0; n--)
                        reached[n] = p[t][n] * (reached[n] + (n > 0 ? reached[n - 1] : 0));
                return reached[^1];
            }
        },
    };

    static OpCase Repeat(int[] counts, int cols) => new("Repeat", $"{counts.Length}×{cols} to {counts.Sum()}")
    {
        Layout = Segments(counts.Length),
        Inputs = [(counts.Length, cols)],
        RowWise = false,
        Run = (p, o) => p.Repeat(o.Inputs[0], counts),
        Reference = (x, _) => [.. counts.SelectMany((n, i) => Enumerable.Repeat(x[0][(i * cols)..((i + 1) * cols)], n).SelectMany(row => row))],
    };
}
