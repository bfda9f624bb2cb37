// What a layer multiplies by. The kind of weight picks the kernel: a trainable fp32 matrix here, a stored one in PackedWeight.cs.
// Layers hold `Weight` and never know which; quantising a model is mapping over its weights.

using Maison.Tensors.Kernels;

namespace Maison.Tensors;

/// <summary>A (rows = outputs, cols = inputs) matrix in file order; y = x · Wᵀ.</summary>
public abstract class Weight(int rows, int cols)
{
    /// <summary>Output features (or vocabulary entries of an embedding; 1 for a gain).</summary>
    public int Rows { get; } = rows;

    /// <summary>Input features.</summary>
    public int Cols { get; } = cols;

    /// <summary>Number of elements.</summary>
    public long Count => (long)Rows * Cols;

    /// <summary>Bytes of native memory this weight keeps.</summary>
    public abstract long Bytes { get; }

    /// <summary>Why this weight cannot be computed with; kinds that can override Multiply and ReadRow instead.</summary>
    protected virtual Exception Unusable() => new NotSupportedException($"{GetType().Name} cannot be multiplied.");

    /// <summary>y (M,Rows) = or += x (M,Cols) · Wᵀ; every output sums its products in the order of the inputs, whatever M is.</summary>
    internal virtual unsafe void Multiply(Gang gang, int m, float* x, nint xStride, float* y, nint yStride, bool accumulate) => throw Unusable();

    /// <summary>Writes one row as fp32.</summary>
    internal virtual unsafe void ReadRow(int row, float* to) => throw Unusable();

    /// <summary>Copies all elements as fp32, in file order.</summary>
    public unsafe float[] ToArray()
    {
        var all = new float[Count];
        fixed (float* p = all)
            for (var r = 0; r < Rows; r++) ReadRow(r, p + (nint)r * Cols);
        return all;
    }
}

/// <summary>A trainable fp32 weight with its gradient.</summary>
public sealed unsafe class Param : Weight, IDisposable
{
    float* data, grad;
    Panels? panels;
    ushort* rounded;
    int panelsVersion = -1, roundedVersion = -1;
    readonly Lock packing = new();

    public Param(int rows, int cols) : base(rows, cols)
        => data = (float*)NativeFloats.Take((nint)Count * sizeof(float));

    /// <summary>Counts changes of the values; whoever writes <see cref="Values"/> calls <see cref="Changed"/>.</summary>
    public int Version { get; private set; }

    /// <summary>The values in file order.</summary>
    public Span<float> Values
    {
        get
        {
            NativeFloats.Wait();
            return new(data, checked((int)Count));
        }
    }

    /// <summary>The gradient, summed over backward passes since the last clearing; allocated (zero) when first asked for.</summary>
    public Span<float> Gradient
    {
        get
        {
            var at = Grad;
            NativeFloats.Wait();
            return new(at, checked((int)Count));
        }
    }

    /// <summary>True once a backward pass or an optimiser asked for the gradient.</summary>
    public bool HasGradient => grad != null;

    /// <summary>Gradients pass through without being added up here: the weights of a judge while another model learns from it.</summary>
    public bool Frozen { get; set; }

    internal float* Data => data;

    internal float* Grad
    {
        get
        {
            if (grad == null)
            {
                grad = (float*)NativeFloats.Take((nint)Count * sizeof(float));
                NativeFloats.Clear(grad, (nint)Count * sizeof(float));
            }
            return grad;
        }
    }

    public override long Bytes => Count * sizeof(float) * (grad == null ? 1 : 2) + (rounded == null ? 0 : Count * sizeof(ushort)) + (panels?.Bytes ?? 0);

    /// <summary>Tells that the values were rewritten, so that packed copies are made anew.</summary>
    public void Changed() => Version++;

    internal override void Multiply(Gang gang, int m, float* x, nint xStride, float* y, nint yStride, bool accumulate)
    {
        if (Cuda.Device.Current is { } device) device.Multiply(m, Rows, Cols, x, xStride, 1, data, 1, Cols, y, yStride, accumulate);
        else MatMul.Run(gang, m, x, xStride, 1, Packed(gang), y, yStride, accumulate);
    }

    internal override void ReadRow(int row, float* to)
    {
        NativeFloats.Wait();
        Buffer.MemoryCopy(data + (nint)row * Cols, to, (long)Cols * sizeof(float), (long)Cols * sizeof(float));
    }

    /// <summary>The values in bf16, rounded anew after they changed.</summary>
    internal ushort* Rounded(Cuda.Device device)
    {
        if (rounded == null) rounded = (ushort*)NativeFloats.Take((nint)(Count + 1) / 2 * sizeof(float));
        if (roundedVersion != Version)
        {
            device.Round(data, rounded, (nint)Count);
            roundedVersion = Version;
        }
        return rounded;
    }

    Panels Packed(Gang gang)
    {
        lock (packing)
        {
            if (panelsVersion != Version)
            {
                panels ??= new Panels(Rows, Cols);
                panels.Pack(gang, data);
                panelsVersion = Version;
            }
            return panels!;
        }
    }

    public void Dispose()
    {
        NativeFloats.Free(data);
        NativeFloats.Free(grad);
        NativeFloats.Free(rounded);
        data = grad = null;
        rounded = null;
        panels?.Dispose();
        GC.SuppressFinalize(this);
    }

    ~Param()
    {
        NativeFloats.Free(data);
        NativeFloats.Free(grad);
        NativeFloats.Free(rounded);
    }
}
