// Dispatch:  y_s = x_row(s) for every slot s: rows sorted by expert.                    dx_r = Σ over the slots of row r of dy_s.
// Combine:   y_r = residual_r + Σ_i w_ri x_slot(r,i), in the order of choice.           dx_s = w dy_r,  dw_ri = dy_r · x_slot(r,i).
// Each row adds its own slots in the order of choice, so a row's bits do not depend on what else is in the step.

using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct DispatchJob
    {
        public float* X, Y, R, W, Dx, Dy, Dw;
        public int* SlotOf, ChoiceAt;
        public int Rows, Cols, K;
        public bool FreshX, FreshW;
    }

    /// <summary>One copy of a row of x (rows, cols) per expert that works on it, sorted by expert: (rows·k, cols).</summary>
    public Tensor Dispatch(Tensor x, in Routing routing)
    {
        var k = routing.Weights.Cols;
        var y = New(x.Rows * k, x.Cols);
        if (Device.Current is not null) GatherRows(x.Pointer, routing.ChoiceAt, k, y);
        else for (var s = 0; s < y.Rows; s++) x.Row(routing.ChoiceAt[s] / k).CopyTo(y.Row(s));
        if (Recording) Tape.Add(new TapeEntry { Backward = &DispatchBackward, Y = y, A = x, Memory = routing.SlotOf, I0 = k });
        return y;
    }

    static void DispatchBackward(Pass p, in TapeEntry e)
    {
        var job = new DispatchJob { Dy = p.Tape.Gradient(e.Y), SlotOf = (int*)e.Memory, Rows = e.A.Rows, Cols = e.A.Cols, K = e.I0 };
        job.Dx = p.Tape.Gradient(e.A, out job.FreshX);
        p.Gang.For((job.Rows + 15) / 16, &DispatchBackwardTask, &job, Launch.Elements("dispatch_backward", (nint)job.Rows * job.Cols));
    }

    static void DispatchBackwardTask(void* context, int task, int thread)
    {
        var j = (DispatchJob*)context;
        for (var r = task * 16; r < Math.Min(j->Rows, task * 16 + 16); r++)
        {
            var dx = j->Dx + (nint)r * j->Cols;
            for (var i = 0; i < j->K; i++)
            {
                var dy = j->Dy + (nint)j->SlotOf[r * j->K + i] * j->Cols;
                if (i == 0 && j->FreshX) new ReadOnlySpan<float>(dy, j->Cols).CopyTo(new Span<float>(dx, j->Cols));
                else Elementwise.AddInto(dx, dy, j->Cols);
            }
        }
    }

    /// <summary>The experts' answers x (rows·k, cols) weighted and summed per row, plus a residual (rows, cols): (rows, cols).</summary>
    public Tensor Combine(Tensor x, in Routing routing, Tensor residual)
    {
        int rows = routing.Weights.Rows, k = routing.Weights.Cols;
        if (x.Rows != rows * k || residual.Rows != rows || residual.Cols != x.Cols) throw new ArgumentException($"Combine cannot add {x.Rows}×{x.Cols} to {residual.Rows}×{residual.Cols} with {k} experts per row.");
        var y = New(rows, x.Cols);
        var job = new DispatchJob { X = x.Pointer, Y = y.Pointer, R = residual.Pointer, W = routing.Weights.Pointer, SlotOf = routing.SlotOf, Rows = rows, Cols = x.Cols, K = k };
        Gang.For((rows + 15) / 16, &CombineTask, &job, Launch.Elements("combine_forward", y.Count));
        if (Recording) Tape.Add(new TapeEntry { Backward = &CombineBackward, Y = y, A = x, B = residual, C = routing.Weights, Memory = routing.SlotOf });
        return y;
    }

    static void CombineTask(void* context, int task, int thread)
    {
        var j = (DispatchJob*)context;
        for (var r = task * 16; r < Math.Min(j->Rows, task * 16 + 16); r++)
        {
            var y = j->Y + (nint)r * j->Cols;
            new ReadOnlySpan<float>(j->R + (nint)r * j->Cols, j->Cols).CopyTo(new Span<float>(y, j->Cols));
            for (var i = 0; i < j->K; i++)
                Elementwise.AddScaledInto(y, j->W[r * j->K + i], j->X + (nint)j->SlotOf[r * j->K + i] * j->Cols, j->Cols);
        }
    }

    static void CombineBackward(Pass p, in TapeEntry e)
    {
        var job = new DispatchJob
        {
            X = e.A.Pointer,
            W = e.C.Pointer,
            Dy = p.Tape.Gradient(e.Y),
            SlotOf = (int*)e.Memory,
            Rows = e.Y.Rows,
            Cols = e.Y.Cols,
            K = e.C.Cols,
        };
        job.Dx = p.Tape.Gradient(e.A, out job.FreshX);
        job.Dw = p.Tape.Gradient(e.C, out job.FreshW);
        p.Gang.For((job.Rows + 15) / 16, &CombineBackwardTask, &job, Launch.Rows("combine_backward", job.Rows));
        p.Tape.HandOver(e.Y, e.B);
    }

    static void CombineBackwardTask(void* context, int task, int thread)
    {
        var j = (DispatchJob*)context;
        for (var r = task * 16; r < Math.Min(j->Rows, task * 16 + 16); r++)
        {
            var dy = j->Dy + (nint)r * j->Cols;
            for (var i = 0; i < j->K; i++)
            {
                var slot = (nint)j->SlotOf[r * j->K + i] * j->Cols;
                if (j->FreshX) new Span<float>(j->Dx + slot, j->Cols).Clear();
                Elementwise.AddScaledInto(j->Dx + slot, j->W[r * j->K + i], dy, j->Cols);
                var dw = RowOps.Dot(dy, j->X + slot, j->Cols);
                j->Dw[r * j->K + i] = j->FreshW ? dw : j->Dw[r * j->K + i] + dw;
            }
        }
    }
}
