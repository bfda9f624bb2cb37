// y_s = x_s W_eᵀ for the slots s of expert e.   dx_s = dy_s W_e,  dW_e += dy_eᵀ x_e over its slots.

using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    /// <summary>Each slot of x (rows·k, in) times the matrix (out, in) of its expert: (rows·k, out).</summary>
    public Tensor LinearByExpert(Tensor x, Weight[] weights, in Routing routing)
    {
        if (weights.Length != routing.Experts || x.Rows != routing.Weights.Rows * routing.Weights.Cols)
            throw new ArgumentException($"{weights.Length} weights and {x.Rows} slots do not fit a routing of {routing.Weights.Rows} rows to {routing.Weights.Cols} of {routing.Experts} experts.");
        var outputs = weights[0].Rows;
        var y = New(x.Rows, outputs);
        NativeFloats.Wait();                                     // the routing is read here
        for (var e = 0; e < weights.Length; e++)
        {
            var w = weights[e];
            if (w.Cols != x.Cols || w.Rows != outputs) throw new ArgumentException($"Expert {e} is {w.Rows}×{w.Cols}, expected {outputs}×{x.Cols}.");
            var first = routing.FirstSlot[e];
            var count = routing.FirstSlot[e + 1] - first;
            if (count > 0) w.Multiply(Gang, count, x.Pointer + (nint)first * x.Cols, x.Cols, y.Pointer + (nint)first * outputs, outputs, accumulate: false);
        }
        if (Recording) Tape.Add(new TapeEntry { Backward = &LinearByExpertBackward, Y = y, A = x, State = weights, Memory = routing.FirstSlot });
        return y;
    }

    static void LinearByExpertBackward(Pass p, in TapeEntry entry)
    {
        var weights = (Weight[])entry.State!;
        var firstSlot = (int*)entry.Memory;
        int inputs = entry.A.Cols, outputs = entry.Y.Cols;
        var dy = p.Tape.Gradient(entry.Y);
        var dx = p.Tape.Gradient(entry.A, out var fresh);
        NativeFloats.Wait();
        for (var e = 0; e < weights.Length; e++)
        {
            var w = weights[e] as Param ?? throw new NotSupportedException("A quantised weight cannot be trained through; train the fp32 model.");
            var first = (nint)firstSlot[e];
            var count = firstSlot[e + 1] - firstSlot[e];
            var dw = w.Grad;                                     // an expert nobody chose has a gradient too: zero
            if (count == 0) continue;
            MatMul.Run(p.Gang, count, inputs, outputs, dy + first * outputs, outputs, 1, w.Data, inputs, 1, dx + first * inputs, inputs, accumulate: !fresh);
            MatMul.Run(p.Gang, outputs, inputs, count, dy + first * outputs, 1, outputs, entry.A.Pointer + first * inputs, inputs, 1, dw, inputs, accumulate: true);
        }
    }
}
