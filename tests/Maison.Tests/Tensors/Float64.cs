// Every op once more, in double precision and in the plainest loops: what the fast ones are compared with.
// Matrices are row-major arrays; w[i] is the i-th weight of the case in file order.

using Maison.Tensors;

namespace Maison.Tests.Tensors;

/// <summary>Slow, readable twins of the ops of <see cref="Pass"/>.</summary>
static partial class Float64
{
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>x (rows, inputs) · wᵀ + residual.</summary>
    public static double[] Linear(double[] x, double[] w, double[]? residual, int inputs, int outputs)
    {
        var rows = inputs == 0 ? 0 : x.Length / inputs;
        var y = new double[rows * outputs];
        for (var r = 0; r < rows; r++)
            for (var o = 0; o < outputs; o++)
            {
                var sum = residual is null ? 0 : residual[r * outputs + o];
                for (var i = 0; i < inputs; i++) sum += x[r * inputs + i] * w[o * inputs + i];
                y[r * outputs + o] = sum;
            }
        return y;
    }

    /// <summary>x with a row added to each of its rows.</summary>
    public static double[] AddRow(double[] x, double[]? row) => row is null ? x : [.. x.Select((v, i) => v + row[i % row.Length])];

    public static double[] Conv1d(double[] x, double[] w, IReadOnlyList<Segment> layout, int inputs, int outputs, int kernel, int stride, int dilation)
        => [.. layout.SelectMany(s => Enumerable.Range(0, (s.Length + stride - 1) / stride).SelectMany(row => Enumerable.Range(0, outputs).Select(o =>
        {
            var sum = 0.0;
            for (var tap = 0; tap < kernel; tap++)
            {
                var from = row * stride + (tap - (kernel - 1) / 2) * dilation;
                if (from < 0 || from >= s.Length) continue;
                for (var i = 0; i < inputs; i++) sum += w[(o * kernel + tap) * inputs + i] * x[(s.Start + from) * inputs + i];
            }
            return sum;
        })))];

    public static double[] Conv2d(double[] x, double[] w, ImageGrid grid, int inputs, int outputs, Kernel2d kernel)
    {
        var to = grid.Strided(kernel.StrideDown, kernel.StrideAcross);
        var y = new double[to.Positions * outputs];
        for (var at = 0; at < y.Length; at++)
        {
            int o = at % outputs, position = at / outputs, column = position % to.Width, row = position / to.Width % to.Height, image = position / to.Width / to.Height;
            for (var ky = 0; ky < kernel.Height; ky++)
                for (var kx = 0; kx < kernel.Width; kx++)
                {
                    int iy = row * kernel.StrideDown + ky - (kernel.Height - 1) / 2, ix = column * kernel.StrideAcross + kx - (kernel.Width - 1) / 2;
                    if (iy < 0 || iy >= grid.Height || ix < 0 || ix >= grid.Width) continue;
                    for (var i = 0; i < inputs; i++) y[at] += w[(o * kernel.Height * kernel.Width + ky * kernel.Width + kx) * inputs + i] * x[((image * grid.Height + iy) * grid.Width + ix) * inputs + i];
                }
        }
        return y;
    }

    public static double[] DepthwiseConv1d(double[] x, double[] w, IReadOnlyList<Segment> layout, int cols, int kernel, int dilation)
        => [.. layout.SelectMany(s => Enumerable.Range(0, s.Length).SelectMany(row => Enumerable.Range(0, cols).Select(c =>
            Enumerable.Range(0, kernel).Select(tap => (tap, from: row + (tap - (kernel - 1) / 2) * dilation)).Where(t => t.from >= 0 && t.from < s.Length)
                .Sum(t => w[t.tap * cols + c] * x[(s.Start + t.from) * cols + c]))))];

    public static double[] LayerNorm(double[] x, double[] gain, double[] bias, int cols, double eps)
    {
        var y = new double[x.Length];
        for (var at = 0; at < x.Length; at += cols)
        {
            double mean = 0, squares = 0;
            for (var i = 0; i < cols; i++) mean += x[at + i] / cols;
            for (var i = 0; i < cols; i++) squares += (x[at + i] - mean) * (x[at + i] - mean) / cols;
            for (var i = 0; i < cols; i++) y[at + i] = (x[at + i] - mean) / Math.Sqrt(squares + eps) * gain[i] + bias[i];
        }
        return y;
    }

    public static double Gelu(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    public static double[] RmsNorm(double[] x, double[]? gain, int cols, double eps)
    {
        var y = new double[x.Length];
        for (var at = 0; at < x.Length; at += cols)
        {
            var sum = 0.0;
            for (var i = 0; i < cols; i++) sum += x[at + i] * x[at + i];
            var s = 1 / Math.Sqrt(sum / cols + eps);
            for (var i = 0; i < cols; i++) y[at + i] = x[at + i] * s * (gain is null ? 1 : gain[i]);
        }
        return y;
    }

    public static double[] SwiGlu(double[] gate, double[] up)
        => [.. gate.Zip(up, (g, u) => g * Sigmoid(g) * u)];

    public static double[] Softcap(double[] x, double cap) => [.. x.Select(v => cap * Math.Tanh(v / cap))];

    /// <summary>Element i looks at the i mod 4-th 16 bits of the (i / 4 + 1)-th output of SplitMix64.</summary>
    public static double[] Dropout(double[] x, double rate, ulong seed)
    {
        var y = new double[x.Length];
        var state = seed;
        var bits = new byte[8];
        for (var i = 0; i < x.Length; i++)
        {
            if (i % 4 == 0)
            {
                var z = state += 0x9E3779B97F4A7C15;
                z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
                z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
                System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bits, z ^ (z >> 31));
            }
            var drawn = (bits[i % 4 * 2] + 256 * bits[i % 4 * 2 + 1]) / 65536.0;
            y[i] = drawn < Math.Floor((float)rate * 65536) / 65536 ? 0 : x[i] / (1 - rate);
        }
        return y;
    }

    public static double[] Mix(double[] a, double[] b, double[] w) => [.. a.Zip(b, (x, y) => w[0] * x + w[1] * y)];

    public static double[] Embed(int[] ids, double[] table, int cols)
        => [.. ids.SelectMany(id => table.Skip(id * cols).Take(cols))];

    public static double[] Rope(double[] x, IReadOnlyList<Segment> layout, int headDim, int heads, double theta)
    {
        var y = new double[x.Length];
        var half = headDim / 2;
        foreach (var s in layout)
            for (var t = 0; t < s.Length; t++)
                for (var h = 0; h < heads; h++)
                    for (var i = 0; i < half; i++)
                    {
                        var at = ((s.Start + t) * heads + h) * headDim + i;
                        var angle = (s.Past + t) * Math.Pow(theta, -(double)i / half);
                        y[at] = x[at] * Math.Cos(angle) - x[at + half] * Math.Sin(angle);
                        y[at + half] = x[at + half] * Math.Cos(angle) + x[at] * Math.Sin(angle);
                    }
        return y;
    }

    /// <summary>Segments that begin with a grid: the first half of the pairs turns by the row, the second by the column.</summary>
    public static double[] RopeOfGrid(double[] x, IReadOnlyList<Segment> layout, int headDim, int heads, double theta, int height, int width)
    {
        var y = new double[x.Length];
        foreach (var s in layout)
            for (var t = 0; t < s.Length; t++)
                for (var h = 0; h < heads; h++)
                    for (var i = 0; i < headDim / 2; i++)
                    {
                        var (row, column) = t < height * width ? (t / width, t % width) : (Math.Max(height, width) + t - height * width, Math.Max(height, width) + t - height * width);
                        var angle = (i < headDim / 4 ? row : column) * Math.Pow(theta, -(i % (headDim / 4)) * 4.0 / headDim);
                        int at = ((s.Start + t) * heads + h) * headDim + i, other = at + headDim / 2;
                        y[at] = x[at] * Math.Cos(angle) - x[other] * Math.Sin(angle);
                        y[other] = x[other] * Math.Cos(angle) + x[at] * Math.Sin(angle);
                    }
        return y;
    }

    /// <summary>Fine pixels into the channels of coarse ones, or back.</summary>
    public static double[] Shuffle(double[] x, ImageGrid grid, int cols, int factor, bool toCoarse)
    {
        var y = new double[x.Length];
        for (var image = 0; image < grid.Images; image++)
            for (var row = 0; row < grid.Height; row++)
                for (var column = 0; column < grid.Width; column++)
                    for (var c = 0; c < cols; c++)
                    {
                        var fine = ((image * grid.Height + row) * grid.Width + column) * cols + c;
                        var pixel = (image * (grid.Height / factor) + row / factor) * (grid.Width / factor) + column / factor;
                        var coarse = (pixel * factor * factor + row % factor * factor + column % factor) * cols + c;
                        if (toCoarse) y[coarse] = x[fine];
                        else y[fine] = x[coarse];
                    }
        return y;
    }

    /// <summary>Σ over rows with a target of the negative log-likelihood.</summary>
    public static double[] CrossEntropy(double[] logits, int[] targets)
    {
        var loss = 0.0;
        for (var r = 0; r < targets.Length; r++)
        {
            if (targets[r] < 0) continue;
            var row = logits.AsSpan(r * (logits.Length / targets.Length), logits.Length / targets.Length);
            var max = double.NegativeInfinity;
            foreach (var z in row) max = Math.Max(max, z);
            var sum = 0.0;
            foreach (var z in row) sum += Math.Exp(z - max);
            loss += max + Math.Log(sum) - row[targets[r]];
        }
        return [loss];
    }

    /// <summary>Causal attention inside each segment; query head h reads key head h / (heads / kvHeads).</summary>
    public static double[] Attend(double[] q, double[] k, double[] v, IReadOnlyList<Segment> layout, int headDim, int heads, int kvHeads, bool causal = true)
    {
        var o = new double[q.Length];
        foreach (var s in layout)
            for (var h = 0; h < heads; h++)
                for (var i = 0; i < s.Length; i++)
                {
                    var qAt = ((s.Start + i) * heads + h) * headDim;
                    var seen = causal ? i + 1 : s.Length;
                    var p = new double[seen];
                    var max = double.NegativeInfinity;
                    for (var j = 0; j < seen; j++)
                    {
                        var kAt = ((s.Start + j) * kvHeads + h / (heads / kvHeads)) * headDim;
                        for (var d = 0; d < headDim; d++) p[j] += q[qAt + d] * k[kAt + d];
                        p[j] /= Math.Sqrt(headDim);
                        max = Math.Max(max, p[j]);
                    }
                    var sum = 0.0;
                    for (var j = 0; j < seen; j++) sum += p[j] = Math.Exp(p[j] - max);
                    for (var j = 0; j < seen; j++)
                    {
                        var vAt = ((s.Start + j) * kvHeads + h / (heads / kvHeads)) * headDim;
                        for (var d = 0; d < headDim; d++) o[qAt + d] += p[j] / sum * v[vAt + d];
                    }
                }
        return o;
    }
}
