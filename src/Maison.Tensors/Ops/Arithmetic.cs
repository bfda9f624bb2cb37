// y = a + b, y = a ∘ b, y = c x: what models and losses are put together with.
// Add: da = db = dy (one of them handed over).   Multiply: da = dy ∘ b, db = dy ∘ a.   Scale: dx = c dy.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    enum Arithmetic { Add, Multiply, Scale }

    struct ArithmeticJob
    {
        public float* A, B, Y;
        public nint Count;
        public float Factor;
        public Arithmetic Kind;
        public bool Fresh;
    }

    /// <summary>a + b, equal shapes: same shape.</summary>
    public Tensor Add(Tensor a, Tensor b)
    {
        var y = NewLike(a, b, "Add");
        Compute(Arithmetic.Add, a.Pointer, b.Pointer, y.Pointer, y.Count);
        if (Recording) Tape.Add(new TapeEntry { Backward = &AddBackward, Y = y, A = a, B = b });
        return y;
    }

    /// <summary>a ∘ b, equal shapes: same shape.</summary>
    public Tensor Multiply(Tensor a, Tensor b)
    {
        var y = NewLike(a, b, "Multiply");
        Compute(Arithmetic.Multiply, a.Pointer, b.Pointer, y.Pointer, y.Count);
        if (Recording) Tape.Add(new TapeEntry { Backward = &MultiplyBackward, Y = y, A = a, B = b });
        return y;
    }

    /// <summary>factor · x: same shape.</summary>
    public Tensor Scale(Tensor x, float factor)
    {
        var y = New(x.Rows, x.Cols);
        Compute(Arithmetic.Scale, x.Pointer, null, y.Pointer, y.Count, factor);
        if (Recording) Tape.Add(new TapeEntry { Backward = &ScaleBackward, Y = y, A = x, F0 = factor });
        return y;
    }

    Tensor NewLike(Tensor a, Tensor b, string op)
        => a.Rows == b.Rows && a.Cols == b.Cols ? New(a.Rows, a.Cols) : throw new ArgumentException($"{op} needs equal shapes, got {a.Rows}×{a.Cols} and {b.Rows}×{b.Cols}.");

    static void AddBackward(Pass p, in TapeEntry e)
    {
        var dy = p.Tape.Gradient(e.Y);
        var db = p.Tape.Gradient(e.B, out var fresh);
        p.Compute(Arithmetic.Scale, dy, null, db, e.Y.Count, 1f, fresh);
        p.Tape.HandOver(e.Y, e.A);
    }

    static void MultiplyBackward(Pass p, in TapeEntry e)
    {
        var dy = p.Tape.Gradient(e.Y);
        var da = p.Tape.Gradient(e.A, out var fresh);
        p.Compute(Arithmetic.Multiply, dy, e.B.Pointer, da, e.Y.Count, 1f, fresh);
        var db = p.Tape.Gradient(e.B, out fresh);
        p.Compute(Arithmetic.Multiply, dy, e.A.Pointer, db, e.Y.Count, 1f, fresh);
    }

    static void ScaleBackward(Pass p, in TapeEntry e)
    {
        var dx = p.Tape.Gradient(e.A, out var fresh);
        p.Compute(Arithmetic.Scale, p.Tape.Gradient(e.Y), null, dx, e.Y.Count, e.F0, fresh);
    }

    void Compute(Arithmetic kind, float* a, float* b, float* y, nint count, float factor = 1f, bool fresh = true)
    {
        var job = new ArithmeticJob { Kind = kind, A = a, B = b, Y = y, Count = count, Factor = factor, Fresh = fresh };
        Gang.For(Tasks(count), &ArithmeticTask, &job, Launch.Elements("arithmetic", count));
    }

    static void ArithmeticTask(void* context, int task, int thread)
    {
        var j = (ArithmeticJob*)context;
        nint i = (nint)task * ElementsPerTask, end = nint.Min(j->Count, i + ElementsPerTask);
        var factor = Vector512.Create(j->Factor);
        for (; i < end; i += 16)
        {
            var count = (int)nint.Min(16, end - i);
            var a = Lanes(j->A + i, count);
            var v = j->Kind switch
            {
                Arithmetic.Add => a + Lanes(j->B + i, count),
                Arithmetic.Multiply => a * Lanes(j->B + i, count),
                _ => a * factor,
            };
            Put(j->Y + i, v, count, j->Fresh);
        }
    }
}
