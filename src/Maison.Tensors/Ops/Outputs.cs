// y = the rows of x somebody will look at: all of them in training, the last of each sequence when serving.

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    /// <summary>The rows given to <see cref="Begin(ReadOnlySpan{Segment}, ReadOnlySpan{int})"/>, or x itself when all are wanted: (outputs, cols).</summary>
    public Tensor Outputs(Tensor x)
    {
        if (outputRows is null) return x;
        var y = New(outputCount, x.Cols);
        for (var i = 0; i < outputCount; i++)
            new ReadOnlySpan<float>(x.Pointer + (nint)outputRows[i] * x.Cols, x.Cols).CopyTo(y.Row(i));
        if (Recording) Tape.Add(new TapeEntry { Backward = &OutputsBackward, Y = y, A = x, Memory = outputRows });
        return y;
    }

    static void OutputsBackward(Pass p, in TapeEntry e)
    {
        var dy = p.Tape.Gradient(e.Y);
        var dx = p.Tape.Gradient(e.A, out var fresh);
        if (fresh) new Span<float>(dx, checked((int)e.A.Count)).Clear();
        var rows = (int*)e.Memory;
        for (var i = 0; i < e.Y.Rows; i++)
            Kernels.Elementwise.AddInto(dx + (nint)rows[i] * e.A.Cols, dy + (nint)i * e.A.Cols, e.A.Cols);
    }
}
