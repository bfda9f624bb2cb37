// A bias is one row added to every row: where the sums of a product begin. db += Σ_rows dy, rows in order.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct BiasJob
    {
        public float* Y, Residual, Bias;
        public int Rows, Cols;
        public float* Partial;
        public int Chunks;
    }

    /// <summary>Fills y with residual + bias, whichever there are.</summary>
    /// <returns>Whether there was any: a product must then add to y.</returns>
    bool StartSums(Tensor y, Tensor residual, Weight? bias)
    {
        var values = BiasOf(bias, y);
        if (bias is null)
        {
            if (!residual.IsNone) NativeFloats.Copy(residual.Pointer, y.Pointer, y.Count);
            return !residual.IsNone;
        }
        var job = new BiasJob { Y = y.Pointer, Residual = residual.IsNone ? null : residual.Pointer, Bias = values, Rows = y.Rows, Cols = y.Cols };
        Gang.For((y.Rows + NormRowsPerTask - 1) / NormRowsPerTask, &BiasTask, &job, Launch.Elements("bias_forward", y.Count));
        return true;
    }

    /// <summary>The values of a bias of y, if there is one.</summary>
    float* BiasOf(Weight? bias, in Tensor y) => bias is null || bias.Rows == 1 && bias.Cols == y.Cols ? ValuesOf(bias) : throw new ArgumentException($"A bias of {bias.Rows}×{bias.Cols} does not fit {y.Cols} outputs.");

    static void BiasTask(void* context, int task, int thread)
    {
        var j = (BiasJob*)context;
        for (var r = task * NormRowsPerTask; r < Math.Min(j->Rows, (task + 1) * NormRowsPerTask); r++)
        {
            var at = (nint)r * j->Cols;
            new ReadOnlySpan<float>(j->Bias, j->Cols).CopyTo(new Span<float>(j->Y + at, j->Cols));
            if (j->Residual != null) Elementwise.AddInto(j->Y + at, j->Residual + at, j->Cols);
        }
    }

    void BiasBackward(Weight bias, float* dy, int rows)
    {
        var b = Trainable(bias);
        if (b.Frozen) return;
        var job = new BiasJob { Y = dy, Bias = b.Grad, Rows = rows, Cols = b.Cols };
        if (Device.Current is { } device)
        {
            job.Chunks = Device.Chunks(rows);
            job.Partial = device.Scratch((nint)job.Chunks * b.Cols);
            device.Run(Launch.Columns("bias_backward", b.Cols, job.Chunks), &job);
            device.Fold(job.Partial, job.Chunks, b.Cols, b.Grad, fresh: false);
            return;
        }
        Gang.For((b.Cols + 63) / 64, &BiasBackwardTask, &job);
    }

    static void BiasBackwardTask(void* context, int task, int thread)
    {
        var j = (BiasJob*)context;
        int first = task * 64, width = Math.Min(64, j->Cols - first);
        for (var r = 0; r < j->Rows; r++) Elementwise.AddInto(j->Bias + first, j->Y + (nint)r * j->Cols + first, width);
    }

    /// <summary>All values of a small weight as fp32 in this step's memory; a Param is used where it lies, none is null.</summary>
    float* ValuesOf(Weight? w)
    {
        if (w is null) return null;
        if (w is Param p) return p.Data;
        var values = (float*)Arena.Take((nint)w.Count * sizeof(float));
        NativeFloats.Wait();
        for (var r = 0; r < w.Rows; r++) w.ReadRow(r, values + (nint)r * w.Cols);
        return values;
    }
}
