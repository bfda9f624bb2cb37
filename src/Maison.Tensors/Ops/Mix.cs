// y = w₀ a + w₁ b with two learned scalars: residual and embedding skips of small models.
// da = w₀ dy,  db = w₁ dy,  dw₀ = Σ dy∘a,  dw₁ = Σ dy∘b; the sums are folded task by task, in order.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct MixJob
    {
        public float* A, B, Y, Dy, Da, Db, Partial, W;
        public nint Count;
        public bool FreshA, FreshB;
    }

    /// <summary>w₀ a + w₁ b, a and b of one shape, w (1, 2): same shape.</summary>
    public Tensor Mix(Tensor a, Tensor b, Weight w)
    {
        if (a.Rows != b.Rows || a.Cols != b.Cols) throw new ArgumentException($"Mix needs equal shapes, got {a.Rows}×{a.Cols} and {b.Rows}×{b.Cols}.");
        if (w.Count != 2) throw new ArgumentException($"Mix takes two scalars, not {w.Count}.");
        var values = ValuesOf(w);
        var y = New(a.Rows, a.Cols);
        var job = new MixJob { A = a.Pointer, B = b.Pointer, Y = y.Pointer, Count = y.Count, W = values };
        Gang.For(Tasks(y.Count), &MixTask, &job, Launch.Elements("mix_forward", y.Count));
        if (Recording) Tape.Add(new TapeEntry { Backward = &MixBackward, Y = y, A = a, B = b, Weight = w });
        return y;
    }

    static void MixTask(void* context, int task, int thread)
    {
        var j = (MixJob*)context;
        nint i = (nint)task * ElementsPerTask, end = nint.Min(j->Count, i + ElementsPerTask);
        Vector512<float> w0 = Vector512.Create(j->W[0]), w1 = Vector512.Create(j->W[1]);
        for (; i + 16 <= end; i += 16)
            Vector512.Store(Vector512.MultiplyAddEstimate(w1, Vector512.Load(j->B + i), w0 * Vector512.Load(j->A + i)), j->Y + i);
        for (; i < end; i++) j->Y[i] = float.MultiplyAddEstimate(j->W[1], j->B[i], j->W[0] * j->A[i]);
    }

    static void MixBackward(Pass p, in TapeEntry e)
    {
        var w = e.Weight as Param ?? throw new NotSupportedException("A quantised weight cannot be trained through.");
        var launch = Launch.Elements("mix_backward", e.Y.Count);
        var tasks = Device.Current is null ? Tasks(e.Y.Count) : (int)launch.Blocks;
        var partial = (float*)p.Arena.Take((nint)tasks * 2 * sizeof(float));
        var job = new MixJob
        {
            A = e.A.Pointer,
            B = e.B.Pointer,
            Dy = p.Tape.Gradient(e.Y),
            Count = e.Y.Count,
            W = w.Data,
            Partial = partial,
        };
        job.Da = p.Tape.Gradient(e.A, out job.FreshA);
        job.Db = p.Tape.Gradient(e.B, out job.FreshB);
        p.Gang.For(tasks, &MixBackwardTask, &job, launch);
        if (Device.Current is { } device)
        {
            device.Fold(partial, tasks, 2, w.Grad, fresh: false);
            return;
        }
        for (var t = 0; t < tasks; t++)
        {
            w.Grad[0] += partial[2 * t];
            w.Grad[1] += partial[2 * t + 1];
        }
    }

    static void MixBackwardTask(void* context, int task, int thread)
    {
        var j = (MixJob*)context;
        nint i = (nint)task * ElementsPerTask, end = nint.Min(j->Count, i + ElementsPerTask);
        Vector512<float> w0 = Vector512.Create(j->W[0]), w1 = Vector512.Create(j->W[1]), sum0 = default, sum1 = default;
        for (; i < end; i += 16)
        {
            var count = (int)nint.Min(16, end - i);
            var dy = count == 16 ? Vector512.Load(j->Dy + i) : VectorMath.LoadPartial(j->Dy + i, count);
            sum0 = Vector512.MultiplyAddEstimate(dy, count == 16 ? Vector512.Load(j->A + i) : VectorMath.LoadPartial(j->A + i, count), sum0);
            sum1 = Vector512.MultiplyAddEstimate(dy, count == 16 ? Vector512.Load(j->B + i) : VectorMath.LoadPartial(j->B + i, count), sum1);
            Put(j->Da + i, dy * w0, count, j->FreshA);
            Put(j->Db + i, dy * w1, count, j->FreshB);
        }
        j->Partial[2 * task] = VectorMath.Sum(sum0);
        j->Partial[2 * task + 1] = VectorMath.Sum(sum1);
    }
}
