// y = silu(g) ∘ u,  silu(g) = g σ(g)    (arXiv 2002.05202)
// du = dy silu(g),   dg = dy u σ(g) (1 + g (1 − σ(g))).

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    const int ElementsPerTask = 1 << 15;

    struct GluJob
    {
        public float* G, U, Y, Dy, Dg, Du;
        public nint Count;
        public bool FreshG, FreshU;
        public ushort* RoundedY, RoundedG, RoundedU;
    }

    /// <summary>silu(gate) ∘ up, both (rows, cols): (rows, cols).</summary>
    public Tensor SwiGlu(Tensor gate, Tensor up)
    {
        CheckGate(in gate, in up);
        var y = New(gate.Rows, gate.Cols);
        var job = new GluJob { G = gate.Pointer, U = up.Pointer, Y = y.Pointer, Count = y.Count, RoundedY = RoundedToo(in y) };
        Gang.For(Tasks(y.Count), &SwiGluTask, &job, Launch.Elements("swiglu_forward", y.Count));
        if (Recording) Tape.Add(new TapeEntry { Backward = &SwiGluBackward, Y = y, A = gate, B = up });
        return y;
    }

    static void CheckGate(in Tensor gate, in Tensor up)
    {
        if (gate.Rows != up.Rows || gate.Cols != up.Cols) throw new ArgumentException($"The gate is {gate.Rows}×{gate.Cols}, up is {up.Rows}×{up.Cols}.");
    }

    static int Tasks(nint elements) => (int)((elements + ElementsPerTask - 1) / ElementsPerTask);

    static void SwiGluTask(void* context, int task, int thread)
    {
        var j = (GluJob*)context;
        nint i = (nint)task * ElementsPerTask, end = nint.Min(j->Count, i + ElementsPerTask);
        for (; i + 16 <= end; i += 16)
        {
            var g = Vector512.Load(j->G + i);
            Vector512.Store(g * VectorMath.Sigmoid(g) * Vector512.Load(j->U + i), j->Y + i);
        }
        if (i < end)
        {
            var count = (int)(end - i);
            var g = VectorMath.LoadPartial(j->G + i, count);
            VectorMath.StorePartial(g * VectorMath.Sigmoid(g) * VectorMath.LoadPartial(j->U + i, count), j->Y + i, count);
        }
    }

    static void SwiGluBackward(Pass p, in TapeEntry e)
    {
        var job = new GluJob { G = e.A.Pointer, U = e.B.Pointer, Dy = p.Tape.Gradient(e.Y), Count = e.Y.Count };
        job.RoundedG = p.Tape.NewRoundedGradient(in e.A);
        job.RoundedU = p.Tape.NewRoundedGradient(in e.B);
        if (job.RoundedG == null) job.Dg = p.Tape.Gradient(e.A, out job.FreshG);
        if (job.RoundedU == null) job.Du = p.Tape.Gradient(e.B, out job.FreshU);
        p.Gang.For(Tasks(job.Count), &SwiGluBackwardTask, &job, Launch.Elements("swiglu_backward", job.Count));
    }

    static void SwiGluBackwardTask(void* context, int task, int thread)
    {
        var j = (GluJob*)context;
        nint i = (nint)task * ElementsPerTask, end = nint.Min(j->Count, i + ElementsPerTask);
        for (; i < end; i += 16)
        {
            var count = (int)nint.Min(16, end - i);
            var full = count == 16;
            var g = full ? Vector512.Load(j->G + i) : VectorMath.LoadPartial(j->G + i, count);
            var u = full ? Vector512.Load(j->U + i) : VectorMath.LoadPartial(j->U + i, count);
            var dy = full ? Vector512.Load(j->Dy + i) : VectorMath.LoadPartial(j->Dy + i, count);
            var s = VectorMath.Sigmoid(g);
            var dg = dy * u * s * (Vector512<float>.One + g * (Vector512<float>.One - s));
            var du = dy * g * s;
            Put(j->Dg + i, dg, count, j->FreshG);
            Put(j->Du + i, du, count, j->FreshU);
        }
    }

    /// <summary>Writes, or adds, up to 16 lanes of a gradient.</summary>
    static void Put(float* to, Vector512<float> v, int count, bool fresh)
    {
        if (count == 16)
        {
            Vector512.Store(fresh ? v : Vector512.Load(to) + v, to);
            return;
        }
        VectorMath.StorePartial(fresh ? v : VectorMath.LoadPartial(to, count) + v, to, count);
    }
}
