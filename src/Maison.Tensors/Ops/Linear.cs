// y = [r +] x Wᵀ.   dx = dy W,  dW += dyᵀ x,  dr = dy (handed over, not copied).
// A residual is where the sum starts, so the addition costs nothing and keeps one order.

using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    /// <summary>x (rows, in) times Wᵀ (in, out), plus an optional residual (rows, out): (rows, out).</summary>
    public Tensor Linear(Tensor x, Weight w, Tensor residual = default)
    {
        if (x.Cols != w.Cols) throw new ArgumentException($"A {w.Rows}×{w.Cols} weight cannot multiply {x.Cols} features.");
        if (!residual.IsNone && (residual.Rows != x.Rows || residual.Cols != w.Rows))
            throw new ArgumentException($"The residual is {residual.Rows}×{residual.Cols}, the product {x.Rows}×{w.Rows}.");
        var y = New(x.Rows, w.Rows);                                                     // (rows, out)
        if (!residual.IsNone) Buffer.MemoryCopy(residual.Pointer, y.Pointer, y.Count * sizeof(float), y.Count * sizeof(float));
        w.Multiply(Gang, x.Rows, x.Pointer, x.Cols, y.Pointer, y.Cols, accumulate: !residual.IsNone);
        if (Recording) Tape.Add(new TapeEntry { Backward = &LinearBackward, Y = y, A = x, B = residual, Weight = w });
        return y;
    }

    static void LinearBackward(Pass p, in TapeEntry e)
    {
        var w = e.Weight as Param ?? throw new NotSupportedException("A quantised weight cannot be trained through; train the fp32 model.");
        var dy = p.Tape.Gradient(e.Y);
        int rows = e.A.Rows, inputs = w.Cols, outputs = w.Rows;
        var dx = p.Tape.Gradient(e.A, out var fresh);
        MatMul.Run(p.Gang, rows, inputs, outputs, dy, outputs, 1, w.Data, inputs, 1, dx, inputs, accumulate: !fresh);
        MatMul.Run(p.Gang, outputs, inputs, rows, dy, 1, outputs, e.A.Pointer, inputs, 1, w.Grad, inputs, accumulate: true);
        if (!e.B.IsNone) p.Tape.HandOver(e.Y, e.B);
    }
}
