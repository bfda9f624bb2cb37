// loss = Σ_r w_r (logsumexp(z_r) − z_r[target_r]),   dz = w (softmax(z) − onehot(target)) · dloss.
// The gradient is written over the logits where no other op reads them: they are the largest tensor of a step.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct CrossEntropyJob
    {
        public float* Z, Dz, Lse, Losses;
        public int* Targets;
        public int Rows, Cols;
        public float* Scale;
        public bool Fresh;
        public ushort* RoundedZ;
    }

    /// <summary>Sum over rows of the negative log-likelihood, in nats, of the target ids under logits (rows, vocab): (1, 1).</summary>
    /// <param name="targets">One id per row; −1 leaves the row out.</param>
    public Tensor CrossEntropy(Tensor logits, ReadOnlySpan<int> targets) => CrossEntropy(logits, targets, out float* _);

    /// <inheritdoc cref="CrossEntropy(Tensor, ReadOnlySpan{int})"/>
    /// <param name="rowLosses">The loss of each row in nats, 0 where the target is −1.</param>
    public Tensor CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, out ReadOnlySpan<float> rowLosses)
    {
        var y = CrossEntropy(logits, targets, out float* losses);
        NativeFloats.Wait();
        rowLosses = new ReadOnlySpan<float>(losses, logits.Rows);
        return y;
    }

    Tensor CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, out float* losses)
    {
        if (targets.Length != logits.Rows) throw new ArgumentException($"{targets.Length} targets do not fit {logits.Rows} rows.");
        var lse = (float*)Arena.Take((nint)logits.Rows * sizeof(float));
        losses = (float*)Arena.Take((nint)logits.Rows * sizeof(float));
        var kept = (int*)Arena.Take((nint)logits.Rows * sizeof(int));
        for (var i = 0; i < targets.Length; i++)
        {
            if (targets[i] >= logits.Cols || targets[i] < -1) throw new ArgumentOutOfRangeException(nameof(targets), $"Target {targets[i]} at row {i} is outside the vocabulary of {logits.Cols}.");
        }
        NativeFloats.Put(kept, targets);
        var job = new CrossEntropyJob { Z = logits.Pointer, Lse = lse, Losses = losses, Targets = kept, Rows = logits.Rows, Cols = logits.Cols };
        Gang.For((logits.Rows + 15) / 16, &CrossEntropyTask, &job, Launch.Rows("cross_entropy_forward", logits.Rows));
        var y = New(1, 1);
        if (Device.Current is { } device) device.Fold(losses, logits.Rows, 1, y.Pointer, fresh: true);
        else
        {
            var sum = 0.0;
            for (var i = 0; i < logits.Rows; i++) sum += losses[i];
            *y.Pointer = (float)sum;
        }
        if (Recording) Tape.Add(new TapeEntry { Backward = &CrossEntropyBackward, Y = y, A = logits, Memory = kept, B = new Tensor(Arena, lse, 1, logits.Rows, -1) });
        return y;
    }

    static void CrossEntropyTask(void* context, int task, int thread)
    {
        var j = (CrossEntropyJob*)context;
        for (var r = task * 16; r < Math.Min(j->Rows, task * 16 + 16); r++)
        {
            if (j->Targets[r] < 0)
            {
                j->Lse[r] = j->Losses[r] = 0f;
                continue;
            }
            var z = j->Z + (nint)r * j->Cols;
            j->Lse[r] = RowOps.LogSumExp(z, j->Cols);
            j->Losses[r] = j->Lse[r] - z[j->Targets[r]];
        }
    }

    static void CrossEntropyBackward(Pass p, in TapeEntry e)
    {
        var job = new CrossEntropyJob
        {
            Z = e.A.Pointer,
            Lse = e.B.data,
            Targets = (int*)e.Memory,
            Rows = e.A.Rows,
            Cols = e.A.Cols,
            Scale = p.Tape.Gradient(e.Y),
        };
        job.RoundedZ = p.Tape.NewRoundedGradient(in e.A);
        if (job.RoundedZ == null) job.Dz = p.Tape.GradientInPlace(e.A, out job.Fresh);
        p.Gang.For((job.Rows + 15) / 16, &CrossEntropyBackwardTask, &job, Launch.Rows("cross_entropy_backward", job.Rows));
    }

    static void CrossEntropyBackwardTask(void* context, int task, int thread)
    {
        var j = (CrossEntropyJob*)context;
        var body = j->Cols & ~15;
        var scale = Vector512.Create(*j->Scale);
        for (var r = task * 16; r < Math.Min(j->Rows, task * 16 + 16); r++)
        {
            float* z = j->Z + (nint)r * j->Cols, dz = j->Dz + (nint)r * j->Cols;
            if (j->Targets[r] < 0)
            {
                if (j->Fresh) new Span<float>(dz, j->Cols).Clear();
                continue;
            }
            var lse = Vector512.Create(j->Lse[r]);
            for (var i = 0; i < body; i += 16)
            {
                var v = VectorMath.Exp(Vector512.Load(z + i) - lse) * scale;
                Vector512.Store(j->Fresh ? v : Vector512.Load(dz + i) + v, dz + i);
            }
            if (body < j->Cols)
            {
                var rest = VectorMath.LoadPartial(z + body, j->Cols - body);
                Put(dz + body, VectorMath.Exp(rest - lse) * scale, j->Cols - body, j->Fresh);
            }
            dz[j->Targets[r]] -= *j->Scale;
        }
    }
}
