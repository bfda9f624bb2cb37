// y = [r +] [b +] x Wᵀ.   dx = dy W,  dW += dyᵀ x,  db += Σ_rows dy,  dr = dy (handed over, not copied).
// Residual and bias are where the sum starts, so the additions cost nothing and keep one order.

using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    /// <summary>x (rows, in) times Wᵀ (in, out), plus an optional residual (rows, out) and bias (1, out): (rows, out).</summary>
    public Tensor Linear(Tensor x, Weight w, Tensor residual = default, Weight? bias = null)
    {
        CheckFactors(in x, w, in residual);
        var y = New(x.Rows, w.Rows);                                                     // (rows, out)
        if (Device.Current is { } server && w is PackedWeight stored && x.Rows <= PackedWeight.FewRows)
        {
            stored.MultiplyFew(server, x.Rows, x.Pointer, y.Pointer, residual.IsNone ? null : residual.Pointer, BiasOf(bias, y));
            return y;
        }
        var accumulate = StartSums(y, residual, bias);
        var rounding = Rounding(w, x.Rows);
        if (rounding is { } device) device.Multiply(x.Rows, w.Rows, w.Cols, Rounded(device, x), x.Cols, 1, ((Param)w).Rounded(device), 1, w.Cols, y.Pointer, y.Cols, accumulate);
        else w.Multiply(Gang, x.Rows, x.Pointer, x.Cols, y.Pointer, y.Cols, accumulate);
        if (!Recording) return y;
        Tape.Add(new TapeEntry { Backward = &LinearBackward, Y = y, A = x, B = residual, Weight = w, Weight2 = bias });
        if (rounding is not null && residual.IsNone && bias is null) Tape.TakeRounded(in y);
        return y;
    }

    /// <summary>The product of silu(gate) ∘ up, of which features are dropped first at the pass's rate, plus an optional residual: (rows, out). The gate is folded into the product where a device serves few rows.</summary>
    public Tensor GatedLinear(Tensor gate, Tensor up, Weight w, Tensor residual = default)
    {
        if (Device.Current is not { } device || w is not PackedWeight stored || up.Rows > PackedWeight.FewRows || dropoutRate != 0) return Linear(Dropout(SwiGlu(gate, up)), w, residual);
        CheckGate(in gate, in up);
        CheckFactors(in up, w, in residual);
        var y = New(up.Rows, w.Rows);                                                    // (rows, out)
        stored.MultiplyFew(device, up.Rows, up.Pointer, y.Pointer, residual.IsNone ? null : residual.Pointer, null, gate.Pointer);
        return y;
    }

    static void CheckFactors(in Tensor x, Weight w, in Tensor residual)
    {
        if (x.Cols != w.Cols) throw new ArgumentException($"A {w.Rows}×{w.Cols} weight cannot multiply {x.Cols} features.");
        if (!residual.IsNone && (residual.Rows != x.Rows || residual.Cols != w.Rows))
            throw new ArgumentException($"The residual is {residual.Rows}×{residual.Cols}, the product {x.Rows}×{w.Rows}.");
    }

    /// <summary>The same x by two weights: as two calls would give, in one launch where a device serves few rows.</summary>
    public (Tensor A, Tensor B) Linear(Tensor x, Weight a, Weight b) => Shared(x, null, 0, a, b);

    /// <summary>The same x by three weights: as three calls would give, in one launch where a device serves few rows.</summary>
    public (Tensor A, Tensor B, Tensor C) Linear(Tensor x, Weight a, Weight b, Weight c) => Shared(x, null, 0, a, b, c);

    /// <summary>What <see cref="RmsNorm"/> makes of x by two weights, all in one launch where a device serves few rows.</summary>
    public (Tensor A, Tensor B) NormedLinear(Tensor x, Weight gain, float eps, Weight a, Weight b) => Shared(x, gain, eps, a, b);

    /// <summary>What <see cref="RmsNorm"/> makes of x by three weights, all in one launch where a device serves few rows.</summary>
    public (Tensor A, Tensor B, Tensor C) NormedLinear(Tensor x, Weight gain, float eps, Weight a, Weight b, Weight c) => Shared(x, gain, eps, a, b, c);

    (Tensor A, Tensor B) Shared(Tensor x, Weight? gain, float eps, Weight a, Weight b)
    {
        if (Sharing(in x, a, b) is not { } device)
        {
            if (gain is not null) x = RmsNorm(x, gain, eps);
            return (Linear(x, a), Linear(x, b));
        }
        CheckGain(gain, in x);
        Tensor y = New(x.Rows, a.Rows), z = New(x.Rows, b.Rows);
        ((PackedWeight)a).MultiplyFew(device, x.Rows, x.Pointer, y.Pointer, (PackedWeight)b, z.Pointer, null, null, ValuesOf(gain), eps);
        return (y, z);
    }

    (Tensor A, Tensor B, Tensor C) Shared(Tensor x, Weight? gain, float eps, Weight a, Weight b, Weight c)
    {
        if (Sharing(in x, a, b, c) is not { } device)
        {
            if (gain is not null) x = RmsNorm(x, gain, eps);
            return (Linear(x, a), Linear(x, b), Linear(x, c));
        }
        CheckGain(gain, in x);
        Tensor y = New(x.Rows, a.Rows), z = New(x.Rows, b.Rows), last = New(x.Rows, c.Rows);
        ((PackedWeight)a).MultiplyFew(device, x.Rows, x.Pointer, y.Pointer, (PackedWeight)b, z.Pointer, (PackedWeight)c, last.Pointer, ValuesOf(gain), eps);
        return (y, z, last);
    }

    /// <summary>The device where stored weights share a launch over the few rows of x; null where each is multiplied by itself.</summary>
    static Device? Sharing(in Tensor x, params ReadOnlySpan<Weight> weights)
    {
        if (Device.Current is not { } device || x.Rows > PackedWeight.FewRows || weights[0] is not PackedWeight first || first.Cols != x.Cols) return null;
        foreach (var other in weights[1..])
            if (other is not PackedWeight stored || !first.SharesWith(stored)) return null;
        return device;
    }

    static void LinearBackward(Pass p, in TapeEntry e)
    {
        var w = Trainable(e.Weight!);
        var dy = p.Tape.Gradient(e.Y);
        int rows = e.A.Rows, inputs = w.Cols, outputs = w.Rows;
        var dx = p.Tape.Gradient(e.A, out var fresh);
        if (p.Rounding(w, rows) is { } device)
        {
            var rounded = p.Tape.RoundedGradient(in e.Y);
            if (rounded == null) device.Round(dy, rounded = (ushort*)device.Scratch((nint)rows * outputs / 2 + 1), (nint)rows * outputs);
            device.Multiply(rows, inputs, outputs, rounded, outputs, 1, w.Rounded(device), inputs, 1, dx, inputs, accumulate: !fresh);
            if (!w.Frozen) device.Multiply(outputs, inputs, rows, rounded, 1, outputs, p.Rounded(device, e.A), inputs, 1, w.Grad, inputs, accumulate: true);
        }
        else
        {
            MatMul.Run(p.Gang, rows, inputs, outputs, dy, outputs, 1, w.Data, inputs, 1, dx, inputs, accumulate: !fresh);
            if (!w.Frozen) MatMul.Run(p.Gang, outputs, inputs, rows, dy, 1, outputs, e.A.Pointer, inputs, 1, w.Grad, inputs, accumulate: true);
        }
        if (e.Weight2 is not null) p.BiasBackward(e.Weight2, dy, rows);
        if (!e.B.IsNone) p.Tape.HandOver(e.Y, e.B);
    }

    /// <summary>Rows from which rounding the factors of a product costs less than it gains.</summary>
    const int worthRounding = 128;

    /// <summary>The device where products with this weight take factors in bf16, which those of training do; null where they take fp32.</summary>
    Device? Rounding(Weight w, int rows) => Recording && w is Param && rows >= worthRounding && Device.Current is { Precision: ProductPrecision.BFloat16 } device ? device : null;

    /// <summary>A tensor of a recorded pass in bf16, rounded once a step.</summary>
    ushort* Rounded(Device device, in Tensor t)
    {
        ref var kept = ref Tape.Rounded(in t);
        if (kept == 0)
        {
            kept = (nint)Arena.Take((t.Count + 1) / 2 * sizeof(float));
            device.Round(t.Pointer, (ushort*)kept, t.Count);
        }
        return (ushort*)kept;
    }

    /// <summary>Where an op that makes what linear layers read leaves it in bf16 as well; null where they will not ask for it.</summary>
    ushort* RoundedToo(in Tensor y)
    {
        if (!Recording || y.Rows < worthRounding || Device.Current is not { Precision: ProductPrecision.BFloat16 }) return null;
        ref var kept = ref Tape.Rounded(in y);
        kept = (nint)Arena.Take((y.Count + 1) / 2 * sizeof(float));
        return (ushort*)kept;
    }

    /// <summary>The weight as one whose gradient can be taken.</summary>
    static Param Trainable(Weight w) => w as Param ?? throw new NotSupportedException("A quantised weight cannot be trained through; train the fp32 model.");
}
