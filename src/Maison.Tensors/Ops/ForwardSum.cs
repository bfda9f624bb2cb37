// loss = −log Σ_π Π_t p_t[π_t] over all monotonic paths π: from column 0 to the last, each row staying or moving on by one, with
// p_t = softmax(z_t), a choice among the columns, or p_t = e^z_t, likelihoods as they are (a hidden Markov model's).
// The forward-sum loss of text-to-speech alignment (arXiv 2108.10447; the forward algorithm of hidden Markov models, without CTC's blank):
// α_tn = log p_tn + log(e^α_(t−1)n + e^α_(t−1)(n−1)),   dz_t = ([softmax(z_t)] − γ_t) · dloss,  γ the probability that a path is at n in row t.
// The recursions are in double precision: sums of a thousand logarithms, compared with one another.

using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct ForwardSumJob
    {
        public float* Z, Lse, Y, Dz, Scale;
        public double* Alpha, Beta;
        public int Rows, Cols;
        public bool Choose, Fresh;
    }

    /// <summary>Negative log-likelihood, in nats, that the rows of <paramref name="logits"/> (frames, phones) pass through all columns in order: (1, 1).</summary>
    /// <param name="choose">Whether each row is a choice among the columns; otherwise its values are log-likelihoods as they are.</param>
    /// <exception cref="ArgumentException">There are fewer frames than phones, so that no path exists.</exception>
    public Tensor ForwardSum(Tensor logits, bool choose = true)
    {
        int rows = logits.Rows, cols = logits.Cols;
        if (cols == 0 || rows < cols) throw new ArgumentException($"{rows} frames cannot pass through {cols} phones: each takes at least one.");
        var lse = (float*)Arena.Take((nint)rows * sizeof(float));
        var alpha = (double*)TakeAligned((nint)rows * cols * sizeof(double));
        var y = New(1, 1);
        if (Device.Current is { } device)
        {
            var job = new ForwardSumJob { Z = logits.Pointer, Lse = lse, Y = y.Pointer, Alpha = alpha, Rows = rows, Cols = cols, Choose = choose };
            device.Run(new Launch("forward_sum", 1), &job);
        }
        else
        {
            SumForward(logits.Pointer, lse, alpha, rows, cols, choose);
            *y.Pointer = (float)-alpha[(nint)rows * cols - 1];
        }
        if (Recording) Tape.Add(new TapeEntry { Backward = &ForwardSumBackward, Y = y, A = logits, Memory = alpha, Memory2 = lse, I0 = choose ? 1 : 0 });
        return y;
    }

    static void SumForward(float* logits, float* lse, double* alpha, int rows, int cols, bool choose)
    {
        for (var t = 0; t < rows; t++)
        {
            var z = logits + (nint)t * cols;
            lse[t] = choose ? RowOps.LogSumExp(z, cols) : 0f;
            double* now = alpha + (nint)t * cols, before = now - cols;
            for (var n = 0; n < cols; n++)
            {
                var reached = t == 0 ? n == 0 ? 0 : double.NegativeInfinity : LogAdd(before[n], n == 0 ? double.NegativeInfinity : before[n - 1]);
                now[n] = reached + (z[n] - (double)lse[t]);
            }
        }
    }

    static void ForwardSumBackward(Pass p, in TapeEntry e)
    {
        int rows = e.A.Rows, cols = e.A.Cols;
        double* alpha = (double*)e.Memory;
        var lse = (float*)e.Memory2;
        var dz = p.Tape.GradientInPlace(e.A, out var fresh);
        // beta: log-likelihood of what comes after row t, given column n in it.
        var beta = (double*)p.TakeAligned((nint)2 * cols * sizeof(double));
        if (Device.Current is { } device)
        {
            var job = new ForwardSumJob { Z = e.A.Pointer, Lse = lse, Dz = dz, Scale = p.Tape.Gradient(e.Y), Alpha = alpha, Beta = beta, Rows = rows, Cols = cols, Choose = e.I0 != 0, Fresh = fresh };
            device.Run(new Launch("forward_sum_backward", 1), &job);
            return;
        }
        var total = alpha[(nint)rows * cols - 1];
        var scale = *p.Tape.Gradient(e.Y);
        for (var n = 0; n < cols; n++) beta[n] = n == cols - 1 ? 0 : double.NegativeInfinity;
        for (var t = rows - 1; t >= 0; t--)
        {
            float* z = e.A.Pointer + (nint)t * cols, d = dz + (nint)t * cols;
            for (var n = 0; n < cols; n++)
            {
                var here = z[n] - (double)lse[t];
                var occupied = Math.Exp(alpha[(nint)t * cols + n] + beta[n] - total);
                var gradient = scale * (float)((e.I0 != 0 ? Math.Exp(here) : 0) - occupied);
                beta[n] += here;
                d[n] = fresh ? gradient : d[n] + gradient;
            }
            // By columns upwards, so that the one to the right is still the later row's.
            for (var n = 0; n < cols; n++) beta[n] = LogAdd(beta[n], n == cols - 1 ? double.NegativeInfinity : beta[n + 1]);
        }
    }

    static double LogAdd(double a, double b)
    {
        if (a < b) (a, b) = (b, a);
        return double.IsNegativeInfinity(b) ? a : a + Math.Log(1 + Math.Exp(b - a));
    }
}
