// y = g ∘ x̂ + b,  x̂ = (x − mean) s,  s = 1 / sqrt(var + ε)    (arXiv 1607.06450)
// dx = s (h − mean(h) − x̂ mean(h ∘ x̂)) with h = g∘dy,   dg += Σ_rows dy ∘ x̂,   db += Σ_rows dy.
// Sums run over 16 lanes and are folded in one fixed order; a last partial vector is zero filled.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct LayerNormJob
    {
        public float* X, Y, G, B, Dy, Dx, Dg;

        /// <summary>Mean and s of each row.</summary>
        public float* Rowwise;
        public int Rows, Cols;
        public float Eps;
        public bool Fresh;
        public float* Partial;
        public int Chunks;
    }

    /// <summary>Normalises each row to mean 0 and deviation 1, times a gain (1, cols), plus a bias (1, cols): (rows, cols).</summary>
    public Tensor LayerNorm(Tensor x, Weight gain, Weight bias, float eps = 1e-6f)
    {
        if (gain.Rows != 1 || gain.Cols != x.Cols || bias.Rows != 1 || bias.Cols != x.Cols)
            throw new ArgumentException($"A gain of {gain.Rows}×{gain.Cols} and a bias of {bias.Rows}×{bias.Cols} do not fit {x.Cols} features.");
        var y = New(x.Rows, x.Cols);
        var rowwise = (float*)Arena.Take((nint)x.Rows * 2 * sizeof(float));
        var job = new LayerNormJob { X = x.Pointer, Y = y.Pointer, G = ValuesOf(gain), B = ValuesOf(bias), Rowwise = rowwise, Rows = x.Rows, Cols = x.Cols, Eps = eps };
        Gang.For((x.Rows + NormRowsPerTask - 1) / NormRowsPerTask, &LayerNormTask, &job, Launch.Rows("layer_norm_forward", x.Rows));
        if (Recording) Tape.Add(new TapeEntry { Backward = &LayerNormBackward, Y = y, A = x, Weight = gain, Weight2 = bias, Memory = rowwise });
        return y;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Lanes(float* p, int count) => count >= 16 ? Vector512.Load(p) : VectorMath.LoadPartial(p, count);

    static void LayerNormTask(void* context, int task, int thread)
    {
        var j = (LayerNormJob*)context;
        var cols = j->Cols;
        for (var r = task * NormRowsPerTask; r < Math.Min(j->Rows, (task + 1) * NormRowsPerTask); r++)
        {
            float* x = j->X + (nint)r * cols, y = j->Y + (nint)r * cols;
            Vector512<float> sum = default, squares = default;
            for (var i = 0; i < cols; i += 16) sum += Lanes(x + i, cols - i);
            var mean = VectorMath.Sum(sum) / cols;
            var vmean = Vector512.Create(mean);
            for (var i = 0; i + 16 <= cols; i += 16)
            {
                var d = Vector512.Load(x + i) - vmean;
                squares = Vector512.MultiplyAddEstimate(d, d, squares);
            }
            if ((cols & 15) != 0)
            {
                var rest = cols & 15;
                var d = VectorMath.LoadPartial(x + cols - rest, rest, mean) - vmean;
                squares = Vector512.MultiplyAddEstimate(d, d, squares);
            }
            var s = 1f / MathF.Sqrt(VectorMath.Sum(squares) / cols + j->Eps);
            j->Rowwise[2 * r] = mean;
            j->Rowwise[2 * r + 1] = s;
            var vs = Vector512.Create(s);
            for (var i = 0; i < cols; i += 16)
                Put(y + i, Vector512.MultiplyAddEstimate((Lanes(x + i, cols - i) - vmean) * vs, Lanes(j->G + i, cols - i), Lanes(j->B + i, cols - i)), Math.Min(16, cols - i), fresh: true);
        }
    }

    static void LayerNormBackward(Pass p, in TapeEntry e)
    {
        var gain = Trainable(e.Weight!);
        var job = new LayerNormJob { X = e.A.Pointer, G = gain.Data, Rowwise = (float*)e.Memory, Dy = p.Tape.Gradient(e.Y), Rows = e.A.Rows, Cols = e.A.Cols };
        job.Dx = p.Tape.Gradient(e.A, out job.Fresh);
        p.Gang.For((job.Rows + NormRowsPerTask - 1) / NormRowsPerTask, &LayerNormBackwardTask, &job, Launch.Rows("layer_norm_backward", job.Rows));
        if (!gain.Frozen)
        {
            job.Dg = gain.Grad;
            if (Device.Current is { } device)
            {
                job.Chunks = Device.Chunks(job.Rows);
                job.Partial = device.Scratch((nint)job.Chunks * job.Cols);
                device.Run(Launch.Columns("layer_norm_gain", job.Cols, job.Chunks), &job);
                device.Fold(job.Partial, job.Chunks, job.Cols, job.Dg, fresh: false);
            }
            else p.Gang.For((job.Cols + 15) / 16, &LayerNormGainTask, &job);
        }
        p.BiasBackward(e.Weight2!, job.Dy, job.Rows);
    }

    static void LayerNormBackwardTask(void* context, int task, int thread)
    {
        var j = (LayerNormJob*)context;
        var cols = j->Cols;
        for (var r = task * NormRowsPerTask; r < Math.Min(j->Rows, (task + 1) * NormRowsPerTask); r++)
        {
            float* x = j->X + (nint)r * cols, dy = j->Dy + (nint)r * cols, dx = j->Dx + (nint)r * cols;
            Vector512<float> mean = Vector512.Create(j->Rowwise[2 * r]), s = Vector512.Create(j->Rowwise[2 * r + 1]), sum = default, dot = default;
            for (var i = 0; i < cols; i += 16)
            {
                // Lanes past the end carry a gain of zero.
                var h = Lanes(dy + i, cols - i) * Lanes(j->G + i, cols - i);
                sum += h;
                dot = Vector512.MultiplyAddEstimate(h, (Lanes(x + i, cols - i) - mean) * s, dot);
            }
            Vector512<float> meanH = Vector512.Create(VectorMath.Sum(sum) / cols), meanDot = Vector512.Create(VectorMath.Sum(dot) / cols);
            for (var i = 0; i < cols; i += 16)
            {
                var h = Lanes(dy + i, cols - i) * Lanes(j->G + i, cols - i);
                var v = s * (h - meanH - (Lanes(x + i, cols - i) - mean) * s * meanDot);
                Put(dx + i, v, Math.Min(16, cols - i), j->Fresh);
            }
        }
    }

    /// <summary>16 columns of the gain's gradient over all rows, in order.</summary>
    static void LayerNormGainTask(void* context, int task, int thread)
    {
        var j = (LayerNormJob*)context;
        int first = task * 16, width = Math.Min(16, j->Cols - first);
        var sum = Lanes(j->Dg + first, width);
        for (var r = 0; r < j->Rows; r++)
        {
            var at = (nint)r * j->Cols + first;
            var x = (Lanes(j->X + at, width) - Vector512.Create(j->Rowwise[2 * r])) * Vector512.Create(j->Rowwise[2 * r + 1]);
            sum = Vector512.MultiplyAddEstimate(Lanes(j->Dy + at, width), x, sum);
        }
        Put(j->Dg + first, sum, width, fresh: true);
    }
}
