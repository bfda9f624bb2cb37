// Windows of convolutions laid out side by side, (outputs, taps·in), and their gradients gathered back. An image is rows of width positions;
// a segment of frames is an image one position wide. Taps run over height, then width; positions outside the image are zero. An input
// position gathers its gradient from the windows that hold it in the order of the outputs, so threads and company change no bit.

using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

/// <summary>Taps, step from window to window, and distance of taps along one side of an image; across, taps are neighbours.</summary>
readonly record struct WindowSide(int Kernel, int Stride, int Dilation = 1)
{
    public int Before => (Kernel - 1) / 2 * Dilation;

    /// <summary>Windows along so many positions.</summary>
    public int Count(int positions) => (positions + Stride - 1) / Stride;
}

public sealed unsafe partial class Pass
{
    const int WindowRowsPerTask = 32;

    struct WindowJob
    {
        public float* X, Windows;

        /// <summary>Of each image: first input position, height, first output.</summary>
        public int* First, Height, OutFirst;
        public int Images, Width, Cols, Rows, Outputs;
        public WindowSide Down, Across;

        /// <summary>All images have one height.</summary>
        public bool Even;
        public bool Fresh;

        public readonly int OutWidth => Across.Count(Width);
        public readonly int OutHeight(int image) => Down.Count(Height[image]);
        public readonly nint WindowFloats => (nint)Down.Kernel * Across.Kernel * Cols;

        /// <summary>A thread takes four channels where they lie as a kernel likes them.</summary>
        public readonly Launch Launch(string kernel, nint count)
            => Cols % 4 == 0 && (((nint)X | (nint)Windows) & 15) == 0 ? Cuda.Launch.Elements(kernel + "_wide", count / 4) : Cuda.Launch.Elements(kernel, count);
    }

    int[] imageTable = [];

    /// <summary>The segments of the pass as images one position wide.</summary>
    WindowJob Windows(float* x, int cols, WindowSide down)
    {
        var heights = Heights(segmentCount);
        for (var i = 0; i < segmentCount; i++) heights[i] = segments[i].Length;
        return LayOut(new WindowJob { X = x, Images = segmentCount, Width = 1, Cols = cols, Down = down, Across = new(1, 1) });
    }

    /// <summary>Images of one size.</summary>
    WindowJob Windows(float* x, int images, int height, int width, int cols, WindowSide down, WindowSide across)
    {
        Heights(images).Fill(height);
        return LayOut(new WindowJob { X = x, Images = images, Width = width, Cols = cols, Down = down, Across = across });
    }

    Span<int> Heights(int images)
    {
        if (imageTable.Length < 3 * images) imageTable = new int[6 * images];
        return imageTable.AsSpan(0, images);
    }

    WindowJob LayOut(WindowJob job)
    {
        Span<int> table = imageTable.AsSpan(0, 3 * job.Images), height = table[..job.Images], first = table.Slice(job.Images, job.Images), outFirst = table[(2 * job.Images)..];
        job.Even = true;
        for (var i = 0; i < job.Images; i++)
        {
            first[i] = job.Rows;
            outFirst[i] = job.Outputs;
            job.Even &= height[i] == height[0];
            job.Rows += height[i] * job.Width;
            job.Outputs += job.Down.Count(height[i]) * job.OutWidth;
        }
        job.Height = (int*)Arena.Take((nint)(table.Length + 1) * sizeof(int));
        NativeFloats.Put<int>(job.Height, table);
        job.First = job.Height + job.Images;
        job.OutFirst = job.First + job.Images;
        return job;
    }

    /// <summary>The product of all windows with w, in scratch that is given back: y = [y +] windows · wᵀ.</summary>
    void Convolve(WindowJob job, Weight w, Tensor y, bool accumulate)
    {
        var mark = Arena.Here();
        FillWindows(ref job);
        w.Multiply(Gang, job.Outputs, job.Windows, w.Cols, y.Pointer, y.Cols, accumulate);
        Arena.Release(mark);
    }

    /// <summary>dW += dyᵀ · windows, and dx.</summary>
    void ConvolveBackward(WindowJob job, in TapeEntry e)
    {
        var w = Trainable(e.Weight!);
        var dy = Tape.Gradient(e.Y);
        int outputs = e.Y.Cols, cols = w.Cols;
        var mark = Arena.Here();
        if (!w.Frozen)
        {
            FillWindows(ref job);
            MatMul.Run(Gang, outputs, cols, job.Outputs, dy, 1, outputs, job.Windows, cols, 1, w.Grad, cols, accumulate: true);
        }
        else job.Windows = (float*)Arena.Take(job.Outputs * job.WindowFloats * sizeof(float));
        MatMul.Run(Gang, job.Outputs, cols, outputs, dy, outputs, 1, w.Data, cols, 1, job.Windows, cols, accumulate: false);
        job.X = Tape.Gradient(e.A, out job.Fresh);
        Gang.For((job.Rows + WindowRowsPerTask - 1) / WindowRowsPerTask, &GatherTask, &job, job.Launch("gather_windows", (nint)job.Rows * job.Cols));
        Arena.Release(mark);
        if (e.Weight2 is not null) BiasBackward(e.Weight2, dy, e.Y.Rows);
    }

    void FillWindows(ref WindowJob job)
    {
        job.Windows = (float*)Arena.Take(job.Outputs * job.WindowFloats * sizeof(float));
        var copy = job;
        Gang.For((job.Outputs + WindowRowsPerTask - 1) / WindowRowsPerTask, &WindowTask, &copy, job.Launch("fill_windows", job.Outputs * job.WindowFloats));
    }

    static void WindowTask(void* context, int task, int thread)
    {
        var j = (WindowJob*)context;
        int output = task * WindowRowsPerTask, end = Math.Min(j->Outputs, output + WindowRowsPerTask), image = 0, width = j->Width, cols = j->Cols, across = j->Across.Kernel;
        var to = j->Windows + output * j->WindowFloats;
        for (; output < end; output++)
        {
            while (output >= j->OutFirst[image] + j->OutHeight(image) * j->OutWidth) image++;
            var place = output - j->OutFirst[image];
            int top = place / j->OutWidth * j->Down.Stride - j->Down.Before, left = place % j->OutWidth * j->Across.Stride - j->Across.Before;
            // Taps across are neighbours: what lies inside the image is one piece.
            int before = Math.Clamp(-left, 0, across), inside = Math.Clamp(width - left, before, across) - before;
            for (var ky = 0; ky < j->Down.Kernel; ky++, top += j->Down.Dilation, to += across * cols)
            {
                if (top < 0 || top >= j->Height[image])
                {
                    new Span<float>(to, across * cols).Clear();
                    continue;
                }
                new Span<float>(to, before * cols).Clear();
                new ReadOnlySpan<float>(j->X + ((nint)j->First[image] + (nint)top * width + left + before) * cols, inside * cols).CopyTo(new Span<float>(to + before * cols, inside * cols));
                new Span<float>(to + (before + inside) * cols, (across - before - inside) * cols).Clear();
            }
        }
    }

    static void GatherTask(void* context, int task, int thread)
    {
        var j = (WindowJob*)context;
        int row = task * WindowRowsPerTask, end = Math.Min(j->Rows, row + WindowRowsPerTask), image = 0, cols = j->Cols;
        for (; row < end; row++)
        {
            while (row >= j->First[image] + j->Height[image] * j->Width) image++;
            var dx = j->X + (nint)row * cols;
            if (j->Fresh) new Span<float>(dx, cols).Clear();
            int place = row - j->First[image], y = place / j->Width, x = place % j->Width;
            for (var ky = j->Down.Kernel - 1; ky >= 0; ky--)
            {
                if (!WindowOf(j->Down, y, ky, j->OutHeight(image), out var oy)) continue;
                for (var kx = j->Across.Kernel - 1; kx >= 0; kx--)
                    if (WindowOf(j->Across, x, kx, j->OutWidth, out var ox))
                        Elementwise.AddInto(dx, j->Windows + (j->OutFirst[image] + oy * j->OutWidth + ox) * j->WindowFloats + (nint)(ky * j->Across.Kernel + kx) * cols, cols);
            }
        }
    }

    /// <summary>The window in which a position is a certain tap, if there is one.</summary>
    static bool WindowOf(WindowSide side, int position, int tap, int count, out int window)
    {
        var from = position + side.Before - tap * side.Dilation;
        window = from / side.Stride;
        return from >= 0 && from % side.Stride == 0 && window < count;
    }
}
