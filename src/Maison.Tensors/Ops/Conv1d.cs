// y_o = b + Σ_j W_j x_{s·o + (j − ⌊(k−1)/2⌋)·d}: kernel k, stride s, dilation d, rows outside the segment count as zero.
// One product over all windows, so sums run over taps, then inputs, and short segments share tiles; the copies cost little against
// in·out multiply-adds per value. Backward: dW += dyᵀ · windows, made anew;  d windows = dy W, gathered into dx.

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    /// <summary>Convolution along the rows of every segment: x (rows, in), w (out, kernel·in) with the taps outermost, bias (1, out) or null: (Σ ⌈length/stride⌉, out).</summary>
    public Tensor Conv1d(Tensor x, Weight w, Weight? bias, int kernel, int stride = 1, int dilation = 1)
    {
        if (kernel < 1 || stride < 1 || dilation < 1) throw new ArgumentException($"A convolution has kernel, stride and dilation of at least 1, not {kernel}, {stride}, {dilation}.");
        if (x.Rows != Rows) throw new ArgumentException($"Conv1d needs one row per row of the pass; got {x.Rows} for {Rows}.");
        if (w.Cols != kernel * x.Cols) throw new ArgumentException($"A {w.Rows}×{w.Cols} weight is none of {kernel} taps over {x.Cols} features.");
        var rows = 0;
        foreach (var s in Segments) rows += (s.Length + stride - 1) / stride;
        var y = New(rows, w.Rows);                                                       // (rows out, out)
        var accumulate = StartSums(y, default, bias);
        var mark = Arena.Here();
        Convolve(Windows(x.Pointer, x.Cols, new(kernel, stride, dilation)), w, y, accumulate);
        Arena.Release(mark);
        if (Recording) Tape.Add(new TapeEntry { Backward = &Conv1dBackward, Y = y, A = x, Weight = w, Weight2 = bias, I0 = kernel, I1 = stride, I2 = dilation });
        return y;
    }

    static void Conv1dBackward(Pass p, in TapeEntry e)
    {
        var mark = p.Arena.Here();
        p.ConvolveBackward(p.Windows(e.A.Pointer, e.A.Cols, new(e.I0, e.I1, e.I2)), in e);
        p.Arena.Release(mark);
    }
}
