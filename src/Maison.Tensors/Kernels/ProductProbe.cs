// One of the three products of a linear layer on made-up numbers, to be timed beside another library on the same memory.

namespace Maison.Tensors.Kernels;

/// <summary>Which product of y = x Wᵀ: forward y = x Wᵀ, to the inputs dx = dy W, to the weights dW += dyᵀ x.</summary>
public enum MatrixProduct { Forward, ToInputs, ToWeights }

/// <summary>C (m,n) = A (m,k) · B (k,n), as a layer of <see cref="Rows"/> rows, Inputs and Outputs asks for it.</summary>
public sealed unsafe class ProductProbe : IDisposable
{
    readonly Gang gang;
    readonly Panels? panels;
    float* memory;

    public ProductProbe(Gang gang, MatrixProduct product, int rows, int inputs, int outputs)
    {
        this.gang = gang;
        Product = product;
        Rows = rows;
        Inputs = inputs;
        Outputs = outputs;
        nint x = (nint)rows * inputs, y = (nint)rows * outputs, w = (nint)inputs * outputs;
        memory = (float*)NativeFloats.Take((x + y + w) * sizeof(float));
        X = memory;
        Y = X + x;
        W = Y + y;
        // Small numbers of changing sign: sums neither grow nor become subnormal.
        for (nint i = 0; i < x + y + w; i++) memory[i] = ((i * 7919 & 1023) - 511.5f) * 1e-4f;
        if (product != MatrixProduct.Forward || Cuda.Device.Current is not null) return;
        panels = new Panels(outputs, inputs);
        panels.Pack(gang, W);
    }

    public MatrixProduct Product { get; }
    public int Rows { get; }
    public int Inputs { get; }
    public int Outputs { get; }

    /// <summary>(Rows, Inputs): x, or dx.</summary>
    public float* X { get; }

    /// <summary>(Rows, Outputs): y, or dy.</summary>
    public float* Y { get; }

    /// <summary>(Outputs, Inputs): W, or dW.</summary>
    public float* W { get; }

    /// <summary>Operations of one run.</summary>
    public double Flops => 2.0 * Rows * Inputs * Outputs;

    /// <summary>Computes the product once.</summary>
    public void Run()
    {
        switch (Product)
        {
            case MatrixProduct.Forward when panels is null: MatMul.Run(gang, Rows, Outputs, Inputs, X, Inputs, 1, W, 1, Inputs, Y, Outputs, accumulate: false); break;
            case MatrixProduct.Forward: MatMul.Run(gang, Rows, X, Inputs, 1, panels, Y, Outputs, accumulate: false); break;
            case MatrixProduct.ToInputs: MatMul.Run(gang, Rows, Inputs, Outputs, Y, Outputs, 1, W, Inputs, 1, X, Inputs, accumulate: false); break;
            case MatrixProduct.ToWeights: MatMul.Run(gang, Outputs, Inputs, Rows, Y, 1, Outputs, X, Inputs, 1, W, Inputs, accumulate: true); break;
        }
        NativeFloats.Wait();
    }

    public void Dispose()
    {
        NativeFloats.Free(memory);
        memory = null;
        panels?.Dispose();
        GC.SuppressFinalize(this);
    }

    ~ProductProbe() => NativeFloats.Free(memory);
}
