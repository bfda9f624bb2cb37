// y = the rows of x somebody will look at: all of them in training, the last of each sequence when serving.

using Maison.Tensors.Cuda;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    /// <summary>The rows given to <see cref="Begin(ReadOnlySpan{Segment}, ReadOnlySpan{int})"/>, or x itself when all are wanted: (outputs, cols).</summary>
    public Tensor Outputs(Tensor x)
    {
        if (outputRows is null) return x;
        var y = New(outputCount, x.Cols);
        if (Device.Current is not null) GatherRows(x.Pointer, outputRows, 1, y);
        else for (var i = 0; i < outputCount; i++)
            new ReadOnlySpan<float>(x.Pointer + (nint)outputRows[i] * x.Cols, x.Cols).CopyTo(y.Row(i));
        if (Recording) Tape.Add(new TapeEntry { Backward = &OutputsBackward, Y = y, A = x, Memory = outputRows });
        return y;
    }

    struct GatherRowsJob
    {
        public float* X, Y;
        public int* From;
        public int Rows, Cols, Divisor;
    }

    /// <summary>y_i = x_(from_i / divisor), on the device.</summary>
    static void GatherRows(float* x, int* from, int divisor, in Tensor y)
    {
        var job = new GatherRowsJob { X = x, Y = y.Pointer, From = from, Rows = y.Rows, Cols = y.Cols, Divisor = divisor };
        Device.Current!.Run(Launch.Elements("gather_rows", y.Count) with { Early = true }, &job);
    }

    static void OutputsBackward(Pass p, in TapeEntry e)
    {
        var dy = p.Tape.Gradient(e.Y);
        var dx = p.Tape.Gradient(e.A, out var fresh);
        if (fresh) NativeFloats.Clear(dx, e.A.Count * sizeof(float));
        var rows = (int*)e.Memory;
        if (Device.Current is { } device)
        {
            // No row is asked for twice, so that no two threads add to one place.
            var job = new GatherRowsJob { X = dx, Y = dy, From = rows, Rows = e.Y.Rows, Cols = e.Y.Cols, Divisor = 1 };
            device.Run(Launch.Elements("scatter_rows", e.Y.Count), &job);
            return;
        }
        for (var i = 0; i < e.Y.Rows; i++)
            Kernels.Elementwise.AddInto(dx + (nint)rows[i] * e.A.Cols, dy + (nint)i * e.A.Cols, e.A.Cols);
    }
}
