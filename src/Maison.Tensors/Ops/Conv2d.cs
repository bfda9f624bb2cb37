// y_{o,q} = b + Σ_{i,j} W_{i,j} x_{s·o + i − ⌊(k−1)/2⌋, t·q + j − ⌊(l−1)/2⌋}: kernel k × l, stride s × t, positions outside the image count as zero.
// Positions are rows and channels columns, so it is one product over all windows, as Conv1d is. Backward likewise.

namespace Maison.Tensors;

/// <summary>Images of one size: their positions are the rows of a tensor, image after image, row after row.</summary>
public readonly record struct ImageGrid(int Images, int Height, int Width)
{
    /// <summary>Rows of the tensor.</summary>
    public int Positions => Images * Height * Width;

    /// <summary>What a convolution of this stride leaves.</summary>
    public ImageGrid Strided(int down, int across) => new(Images, (Height + down - 1) / down, (Width + across - 1) / across);
}

/// <summary>Kernel and stride of a two-dimensional convolution, down and across.</summary>
public readonly record struct Kernel2d(int Height, int Width, int StrideDown = 1, int StrideAcross = 1);

public sealed unsafe partial class Pass
{
    /// <summary>Convolution of images: x (positions, in), w (out, height·width·in) with the taps outermost, bias (1, out) or null: (positions out, out).</summary>
    public Tensor Conv2d(Tensor x, ImageGrid grid, Weight w, Weight? bias, Kernel2d kernel)
    {
        if (kernel.Height < 1 || kernel.Width < 1 || kernel.StrideDown < 1 || kernel.StrideAcross < 1) throw new ArgumentException($"A convolution has kernels and strides of at least 1, not {kernel}.");
        if (x.Rows != grid.Positions) throw new ArgumentException($"{grid} has {grid.Positions} positions, not {x.Rows}.");
        if (w.Cols != kernel.Height * kernel.Width * x.Cols) throw new ArgumentException($"A {w.Rows}×{w.Cols} weight is none of {kernel.Height}×{kernel.Width} taps over {x.Cols} channels.");
        var y = New(grid.Strided(kernel.StrideDown, kernel.StrideAcross).Positions, w.Rows);  // (positions out, out)
        var accumulate = StartSums(y, default, bias);
        var mark = Arena.Here();
        Convolve(Windows(x.Pointer, grid, x.Cols, kernel), w, y, accumulate);
        Arena.Release(mark);
        if (!Recording) return y;
        var entry = new TapeEntry { Backward = &Conv2dBackward, Y = y, A = x, Weight = w, Weight2 = bias, I0 = grid.Images, I1 = grid.Height, I2 = grid.Width };
        (entry.I3, entry.I4, entry.I5, entry.I6) = kernel;
        Tape.Add(entry);
        return y;
    }

    WindowJob Windows(float* x, ImageGrid grid, int cols, Kernel2d kernel)
        => Windows(x, grid.Images, grid.Height, grid.Width, cols, new(kernel.Height, kernel.StrideDown), new(kernel.Width, kernel.StrideAcross));

    static void Conv2dBackward(Pass p, in TapeEntry e)
    {
        var mark = p.Arena.Here();
        p.ConvolveBackward(p.Windows(e.A.Pointer, new(e.I0, e.I1, e.I2), e.A.Cols, new(e.I3, e.I4, e.I5, e.I6)), in e);
        p.Arena.Release(mark);
    }
}
