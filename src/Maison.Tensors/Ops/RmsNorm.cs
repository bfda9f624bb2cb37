// y = g ∘ x · s,  s = 1 / sqrt(mean(x²) + ε)    (arXiv 1910.07467)
// dx = s · (g∘dy) − x · s³/C · Σ(g∘dy∘x),   dg += Σ_rows dy ∘ x · s.
// Sums run over 16 lanes and are folded in one fixed order; a last partial vector is zero filled.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    const int NormRowsPerTask = 64;

    struct NormJob
    {
        public float* X, Y, G, S, Dx, Dy, Dg;
        public int Rows, Cols;
        public float Eps;
        public bool Fresh;
        public float* Partial;
        public int Chunks;
        public ushort* RoundedY, RoundedX;
    }

    /// <summary>Sums of the gain's gradient that one kernel keeps beside the rows' own, and the chunks of rows that it makes of them at most.</summary>
    const int mostGains = 2048, mostGainChunks = 1024;

    /// <summary>Root-mean-square normalisation of each row, times a gain (1, cols) unless none is given: (rows, cols).</summary>
    public Tensor RmsNorm(Tensor x, Weight? gain, float eps = 1e-6f)
    {
        CheckGain(gain, in x);
        var y = New(x.Rows, x.Cols);
        var scales = (float*)Arena.Take((nint)x.Rows * sizeof(float));
        var job = new NormJob { X = x.Pointer, Y = y.Pointer, G = ValuesOf(gain), S = scales, Rows = x.Rows, Cols = x.Cols, Eps = eps, RoundedY = x.Rows == Rows ? RoundedToo(in y) : null };
        Gang.For((x.Rows + NormRowsPerTask - 1) / NormRowsPerTask, &NormForwardTask, &job, NormLaunch(x));
        if (Recording) Tape.Add(new TapeEntry { Backward = &RmsNormBackward, Y = y, A = x, Weight = gain, Memory = scales });
        return y;
    }

    static void CheckGain(Weight? gain, in Tensor x)
    {
        if (gain is not null && (gain.Rows != 1 || gain.Cols != x.Cols)) throw new ArgumentException($"A gain of {gain.Rows}×{gain.Cols} does not fit {x.Cols} features.");
    }

    /// <summary>Where rows are few and long, a block for each.</summary>
    static Launch NormLaunch(in Tensor x) => x.Rows <= 64 && x.Cols > 256 ? new("norm_forward_row", x.Rows, Early: true) : Launch.Rows("norm_forward", x.Rows);

    static void NormForwardTask(void* context, int task, int thread)
    {
        var j = (NormJob*)context;
        var cols = j->Cols;
        var body = cols & ~15;
        for (var r = task * NormRowsPerTask; r < Math.Min(j->Rows, (task + 1) * NormRowsPerTask); r++)
        {
            float* x = j->X + (nint)r * cols, y = j->Y + (nint)r * cols;
            var sum = Vector512<float>.Zero;
            for (var i = 0; i < body; i += 16)
            {
                var v = Vector512.Load(x + i);
                sum = Vector512.MultiplyAddEstimate(v, v, sum);
            }
            if (body < cols)
            {
                var v = VectorMath.LoadPartial(x + body, cols - body);
                sum = Vector512.MultiplyAddEstimate(v, v, sum);
            }
            var s = 1f / MathF.Sqrt(VectorMath.Sum(sum) / cols + j->Eps);
            j->S[r] = s;
            var vs = Vector512.Create(s);
            if (j->G == null)
            {
                for (var i = 0; i < body; i += 16) Vector512.Store(Vector512.Load(x + i) * vs, y + i);
                for (var i = body; i < cols; i++) y[i] = x[i] * s;
            }
            else
            {
                for (var i = 0; i < body; i += 16) Vector512.Store(Vector512.Load(x + i) * vs * Vector512.Load(j->G + i), y + i);
                for (var i = body; i < cols; i++) y[i] = x[i] * s * j->G[i];
            }
        }
    }

    static void RmsNormBackward(Pass p, in TapeEntry e)
    {
        var job = new NormJob
        {
            X = e.A.Pointer,
            S = (float*)e.Memory,
            Dy = p.Tape.Gradient(e.Y),
            Rows = e.A.Rows,
            Cols = e.A.Cols,
            G = e.Weight is null ? null : e.Weight is Param g ? g.Data : throw new NotSupportedException("A quantised gain cannot be trained through."),
        };
        job.RoundedX = p.Tape.NewRoundedGradient(in e.A);
        if (job.RoundedX == null) job.Dx = p.Tape.Gradient(e.A, out job.Fresh);
        if (Device.Current is { } whole && e.Weight is Param { Cols: <= mostGains } both)
        {
            job.Chunks = Math.Clamp(job.Rows / 32, 1, mostGainChunks);
            job.Partial = whole.Scratch((nint)job.Chunks * job.Cols);
            whole.Run(new Launch("norm_backward_gain", job.Chunks, Shared: Launch.RowsPerBlock * job.Cols * sizeof(float)), &job);
            whole.Fold(job.Partial, job.Chunks, job.Cols, both.Grad, fresh: false);
            return;
        }
        p.Gang.For((job.Rows + NormRowsPerTask - 1) / NormRowsPerTask, &NormBackwardTask, &job, Launch.Rows("norm_backward", job.Rows));
        if (e.Weight is not Param gain) return;
        job.Dg = gain.Grad;
        if (Device.Current is { } device)
        {
            job.Chunks = Device.Chunks(job.Rows);
            job.Partial = device.Scratch((nint)job.Chunks * job.Cols);
            device.Run(Launch.Columns("norm_gain", job.Cols, job.Chunks), &job);
            device.Fold(job.Partial, job.Chunks, job.Cols, job.Dg, fresh: false);
            return;
        }
        p.Gang.For((job.Cols + 15) / 16, &NormGainTask, &job);
    }

    static void NormBackwardTask(void* context, int task, int thread)
    {
        var j = (NormJob*)context;
        var cols = j->Cols;
        var body = cols & ~15;
        for (var r = task * NormRowsPerTask; r < Math.Min(j->Rows, (task + 1) * NormRowsPerTask); r++)
        {
            float* x = j->X + (nint)r * cols, dy = j->Dy + (nint)r * cols, dx = j->Dx + (nint)r * cols;
            var dot = Vector512<float>.Zero;
            for (var i = 0; i < body; i += 16)
            {
                var gdy = j->G == null ? Vector512.Load(dy + i) : Vector512.Load(dy + i) * Vector512.Load(j->G + i);
                dot = Vector512.MultiplyAddEstimate(gdy, Vector512.Load(x + i), dot);
            }
            var sum = VectorMath.Sum(dot);
            for (var i = body; i < cols; i++) sum += (j->G == null ? dy[i] : dy[i] * j->G[i]) * x[i];
            var s = j->S[r];
            var c = -sum * s * s * s / cols;
            Vector512<float> vs = Vector512.Create(s), vc = Vector512.Create(c);
            for (var i = 0; i < body; i += 16)
            {
                var gdy = j->G == null ? Vector512.Load(dy + i) : Vector512.Load(dy + i) * Vector512.Load(j->G + i);
                var v = Vector512.MultiplyAddEstimate(vs, gdy, vc * Vector512.Load(x + i));
                Vector512.Store(j->Fresh ? v : Vector512.Load(dx + i) + v, dx + i);
            }
            for (var i = body; i < cols; i++)
            {
                var v = s * (j->G == null ? dy[i] : dy[i] * j->G[i]) + c * x[i];
                dx[i] = j->Fresh ? v : dx[i] + v;
            }
        }
    }

    /// <summary>16 columns of the gain's gradient over all rows, in order.</summary>
    static void NormGainTask(void* context, int task, int thread)
    {
        var j = (NormJob*)context;
        int first = task * 16, width = Math.Min(16, j->Cols - first), cols = j->Cols;
        if (width == 16)
        {
            var sum = Vector512.Load(j->Dg + first);
            for (var r = 0; r < j->Rows; r++)
            {
                var at = (nint)r * cols + first;
                sum = Vector512.MultiplyAddEstimate(Vector512.Load(j->Dy + at) * Vector512.Load(j->X + at), Vector512.Create(j->S[r]), sum);
            }
            Vector512.Store(sum, j->Dg + first);
            return;
        }
        for (var i = first; i < first + width; i++)
            for (var r = 0; r < j->Rows; r++)
                j->Dg[i] += j->Dy[(nint)r * cols + i] * j->X[(nint)r * cols + i] * j->S[r];
    }
}
