// Columns side by side, and some columns of a tensor. Gradients are the matching columns of dy.

using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct ColumnsJob
    {
        public float* From, To;
        public int Rows, Cols, FromCols, ToCols;
        public bool Fresh;
    }

    /// <summary>a (rows, m) beside b (rows, n): (rows, m + n).</summary>
    public Tensor Concat(Tensor a, Tensor b)
    {
        if (a.Rows != b.Rows) throw new ArgumentException($"Concat needs equal rows, got {a.Rows} and {b.Rows}.");
        var y = New(a.Rows, a.Cols + b.Cols);
        CopyColumns(a.Pointer, a.Cols, y.Pointer, y.Cols, a.Rows, a.Cols, fresh: true);
        CopyColumns(b.Pointer, b.Cols, y.Pointer + a.Cols, y.Cols, b.Rows, b.Cols, fresh: true);
        if (Recording) Tape.Add(new TapeEntry { Backward = &ConcatBackward, Y = y, A = a, B = b });
        return y;
    }

    static void ConcatBackward(Pass p, in TapeEntry e)
    {
        var dy = p.Tape.Gradient(e.Y);
        var da = p.Tape.Gradient(e.A, out var fresh);
        p.CopyColumns(dy, e.Y.Cols, da, e.A.Cols, e.A.Rows, e.A.Cols, fresh);
        var db = p.Tape.Gradient(e.B, out fresh);
        p.CopyColumns(dy + e.A.Cols, e.Y.Cols, db, e.B.Cols, e.B.Rows, e.B.Cols, fresh);
    }

    /// <summary>Columns [first, first + count) of x: (rows, count).</summary>
    public Tensor Columns(Tensor x, int first, int count)
    {
        if (first < 0 || count < 0 || first + count > x.Cols) throw new ArgumentException($"Columns {first} to {first + count} are not among the {x.Cols} there are.");
        var y = New(x.Rows, count);
        CopyColumns(x.Pointer + first, x.Cols, y.Pointer, count, x.Rows, count, fresh: true);
        if (Recording) Tape.Add(new TapeEntry { Backward = &ColumnsBackward, Y = y, A = x, I0 = first });
        return y;
    }

    static void ColumnsBackward(Pass p, in TapeEntry e)
    {
        var dy = p.Tape.Gradient(e.Y);
        var dx = p.Tape.Gradient(e.A, out var fresh);
        if (fresh) NativeFloats.Clear(dx, e.A.Count * sizeof(float));
        p.CopyColumns(dy, e.Y.Cols, dx + e.I0, e.A.Cols, e.A.Rows, e.Y.Cols, fresh: false);
    }

    void CopyColumns(float* from, int fromCols, float* to, int toCols, int rows, int cols, bool fresh)
    {
        var job = new ColumnsJob { From = from, To = to, FromCols = fromCols, ToCols = toCols, Rows = rows, Cols = cols, Fresh = fresh };
        Gang.For((rows + NormRowsPerTask - 1) / NormRowsPerTask, &CopyColumnsTask, &job, Launch.Elements("copy_columns", (nint)rows * cols));
    }

    static void CopyColumnsTask(void* context, int task, int thread)
    {
        var j = (ColumnsJob*)context;
        for (var r = task * NormRowsPerTask; r < Math.Min(j->Rows, (task + 1) * NormRowsPerTask); r++)
        {
            float* from = j->From + (nint)r * j->FromCols, to = j->To + (nint)r * j->ToCols;
            if (j->Fresh) new ReadOnlySpan<float>(from, j->Cols).CopyTo(new Span<float>(to, j->Cols));
            else Elementwise.AddInto(to, from, j->Cols);
        }
    }
}
