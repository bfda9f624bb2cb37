// y = c tanh(x / c).   dx = dy (1 − tanh²(x / c)), written over x where no other op reads x.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct SoftcapJob
    {
        public float* X, Y, Dx;
        public nint Count;
        public float Cap;
        public bool Fresh;
        public ushort* RoundedX;
    }

    /// <summary>Bounds x smoothly to (−cap, cap) (Gemma 2, arXiv 2408.00118): same shape.</summary>
    public Tensor Softcap(Tensor x, float cap)
    {
        var y = New(x.Rows, x.Cols);
        var job = new SoftcapJob { X = x.Pointer, Y = y.Pointer, Count = y.Count, Cap = cap };
        Gang.For(Tasks(y.Count), &SoftcapTask, &job, Launch.Elements("softcap_forward", y.Count));
        if (Recording) Tape.Add(new TapeEntry { Backward = &SoftcapBackward, Y = y, A = x, F0 = cap });
        return y;
    }

    static void SoftcapTask(void* context, int task, int thread)
    {
        var j = (SoftcapJob*)context;
        nint i = (nint)task * ElementsPerTask, end = nint.Min(j->Count, i + ElementsPerTask);
        Vector512<float> cap = Vector512.Create(j->Cap), inverse = Vector512.Create(1f / j->Cap);
        for (; i < end; i += 16)
        {
            var count = (int)nint.Min(16, end - i);
            var x = count == 16 ? Vector512.Load(j->X + i) : VectorMath.LoadPartial(j->X + i, count);
            Put(j->Y + i, cap * VectorMath.Tanh(x * inverse), count, fresh: true);
        }
    }

    static void SoftcapBackward(Pass p, in TapeEntry e)
    {
        var job = new SoftcapJob { X = e.A.Pointer, Y = p.Tape.Gradient(e.Y), Count = e.Y.Count, Cap = e.F0 };
        job.RoundedX = p.Tape.NewRoundedGradient(in e.A);
        if (job.RoundedX == null) job.Dx = p.Tape.GradientInPlace(e.A, out job.Fresh);
        p.Gang.For(Tasks(job.Count), &SoftcapBackwardTask, &job, Launch.Elements("softcap_backward", job.Count));
    }

    static void SoftcapBackwardTask(void* context, int task, int thread)
    {
        var j = (SoftcapJob*)context;
        nint i = (nint)task * ElementsPerTask, end = nint.Min(j->Count, i + ElementsPerTask);
        var inverse = Vector512.Create(1f / j->Cap);
        for (; i < end; i += 16)
        {
            var count = (int)nint.Min(16, end - i);
            var x = count == 16 ? Vector512.Load(j->X + i) : VectorMath.LoadPartial(j->X + i, count);
            var dy = count == 16 ? Vector512.Load(j->Y + i) : VectorMath.LoadPartial(j->Y + i, count);
            var t = VectorMath.Tanh(x * inverse);
            Put(j->Dx + i, dy * (Vector512<float>.One - t * t), count, j->Fresh);
        }
    }
}
