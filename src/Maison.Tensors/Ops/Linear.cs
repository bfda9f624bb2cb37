// y = [r +] [b +] x Wᵀ.   dx = dy W,  dW += dyᵀ x,  db += Σ_rows dy,  dr = dy (handed over, not copied).
// Residual and bias are where the sum starts, so the additions cost nothing and keep one order.

using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    /// <summary>x (rows, in) times Wᵀ (in, out), plus an optional residual (rows, out) and bias (1, out): (rows, out).</summary>
    public Tensor Linear(Tensor x, Weight w, Tensor residual = default, Weight? bias = null)
    {
        if (x.Cols != w.Cols) throw new ArgumentException($"A {w.Rows}×{w.Cols} weight cannot multiply {x.Cols} features.");
        if (!residual.IsNone && (residual.Rows != x.Rows || residual.Cols != w.Rows))
            throw new ArgumentException($"The residual is {residual.Rows}×{residual.Cols}, the product {x.Rows}×{w.Rows}.");
        var y = New(x.Rows, w.Rows);                                                     // (rows, out)
        var accumulate = StartSums(y, residual, bias);
        w.Multiply(Gang, x.Rows, x.Pointer, x.Cols, y.Pointer, y.Cols, accumulate);
        if (Recording) Tape.Add(new TapeEntry { Backward = &LinearBackward, Y = y, A = x, B = residual, Weight = w, Weight2 = bias });
        return y;
    }

    static void LinearBackward(Pass p, in TapeEntry e)
    {
        var w = Trainable(e.Weight!);
        var dy = p.Tape.Gradient(e.Y);
        int rows = e.A.Rows, inputs = w.Cols, outputs = w.Rows;
        var dx = p.Tape.Gradient(e.A, out var fresh);
        MatMul.Run(p.Gang, rows, inputs, outputs, dy, outputs, 1, w.Data, inputs, 1, dx, inputs, accumulate: !fresh);
        if (!w.Frozen) MatMul.Run(p.Gang, outputs, inputs, rows, dy, 1, outputs, e.A.Pointer, inputs, 1, w.Grad, inputs, accumulate: true);
        if (e.Weight2 is not null) p.BiasBackward(e.Weight2, dy, rows);
        if (!e.B.IsNone) p.Tape.HandOver(e.Y, e.B);
    }

    /// <summary>The weight as one whose gradient can be taken.</summary>
    static Param Trainable(Weight w) => w as Param ?? throw new NotSupportedException("A quantised weight cannot be trained through; train the fp32 model.");
}
