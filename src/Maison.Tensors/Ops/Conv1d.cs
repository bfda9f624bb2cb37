// y_o = b + Σ_j W_j x_{s·o + (j − ⌊(k−1)/2⌋)·d}: kernel k, stride s, dilation d, rows outside the segment count as zero.
// Windows are laid out side by side, (rows, k·in), and one product does the rest, so sums run over taps, then inputs, and short
// segments share tiles. A window of neighbouring rows is one copy; against in·out multiply-adds per value it costs little.
// Backward: dW += dyᵀ · windows, made anew;  d windows = dy W, whose values each input row gathers in the order of the outputs.

using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    const int WindowRowsPerTask = 32;

    struct WindowJob
    {
        public float* X, Windows;
        public int* First, Length, OutFirst, OutLength;
        public int Rows, Cols, Kernel, Stride, Dilation;
        public bool Fresh;
        public readonly int Before => (Kernel - 1) / 2 * Dilation;
    }

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
        var windows = Windows(x.Pointer, rows, x.Cols, kernel, stride, dilation);
        w.Multiply(Gang, rows, windows, w.Cols, y.Pointer, y.Cols, accumulate);
        Arena.Release(mark);
        if (Recording) Tape.Add(new TapeEntry { Backward = &Conv1dBackward, Y = y, A = x, Weight = w, Weight2 = bias, I0 = kernel, I1 = stride, I2 = dilation });
        return y;
    }

    static void Conv1dBackward(Pass p, in TapeEntry e)
    {
        var w = Trainable(e.Weight!);
        var dy = p.Tape.Gradient(e.Y);
        var mark = p.Arena.Here();
        int rows = e.Y.Rows, outputs = e.Y.Cols, cols = w.Cols;
        if (!w.Frozen)
        {
            var windows = p.Windows(e.A.Pointer, rows, e.A.Cols, e.I0, e.I1, e.I2);
            MatMul.Run(p.Gang, outputs, cols, rows, dy, 1, outputs, windows, cols, 1, w.Grad, cols, accumulate: true);
            p.Arena.Release(mark);
        }
        var job = p.LayOut(e.A.Cols, e.I0, e.I1, e.I2);
        job.Rows = e.A.Rows;
        job.Windows = (float*)p.Arena.Take((nint)rows * cols * sizeof(float));
        MatMul.Run(p.Gang, rows, cols, outputs, dy, outputs, 1, w.Data, cols, 1, job.Windows, cols, accumulate: false);
        job.X = p.Tape.Gradient(e.A, out job.Fresh);
        p.Gang.For((e.A.Rows + WindowRowsPerTask - 1) / WindowRowsPerTask, &GatherTask, &job);
        p.Arena.Release(mark);
        if (e.Weight2 is not null) p.BiasBackward(e.Weight2, dy, rows);
    }

    /// <summary>The windows of all output rows, (rows, kernel·cols), in memory the caller releases.</summary>
    float* Windows(float* x, int rows, int cols, int kernel, int stride, int dilation)
    {
        var job = LayOut(cols, kernel, stride, dilation);
        job.X = x;
        job.Rows = rows;
        job.Windows = (float*)Arena.Take((nint)rows * kernel * cols * sizeof(float));
        Gang.For((rows + WindowRowsPerTask - 1) / WindowRowsPerTask, &WindowTask, &job);
        return job.Windows;
    }

    /// <summary>Where the segments lie among input and output rows.</summary>
    WindowJob LayOut(int cols, int kernel, int stride, int dilation)
    {
        var at = (int*)Arena.Take((nint)(4 * segmentCount + 4) * sizeof(int));
        var job = new WindowJob { First = at, Length = at + segmentCount, OutFirst = at + 2 * segmentCount, OutLength = at + 3 * segmentCount, Cols = cols, Kernel = kernel, Stride = stride, Dilation = dilation };
        var rows = 0;
        for (var i = 0; i < segmentCount; i++)
        {
            job.First[i] = segments[i].Start;
            job.Length[i] = segments[i].Length;
            job.OutFirst[i] = rows;
            job.OutLength[i] = (segments[i].Length + stride - 1) / stride;
            rows += job.OutLength[i];
        }
        return job;
    }

    static void WindowTask(void* context, int task, int thread)
    {
        var j = (WindowJob*)context;
        int row = task * WindowRowsPerTask, end = Math.Min(j->Rows, row + WindowRowsPerTask), segment = 0;
        for (; row < end; row++)
        {
            while (row >= j->OutFirst[segment] + j->OutLength[segment]) segment++;
            var to = j->Windows + (nint)row * j->Kernel * j->Cols;
            var from = (row - j->OutFirst[segment]) * j->Stride - j->Before;
            for (var tap = 0; tap < j->Kernel; tap++, from += j->Dilation, to += j->Cols)
            {
                var target = new Span<float>(to, j->Cols);
                if (from < 0 || from >= j->Length[segment]) target.Clear();
                else new ReadOnlySpan<float>(j->X + (nint)(j->First[segment] + from) * j->Cols, j->Cols).CopyTo(target);
            }
        }
    }

    /// <summary>dx of some rows: every window that holds the row gives its tap's gradient back.</summary>
    static void GatherTask(void* context, int task, int thread)
    {
        var j = (WindowJob*)context;
        int row = task * WindowRowsPerTask, end = Math.Min(j->Rows, row + WindowRowsPerTask), segment = 0;
        for (; row < end; row++)
        {
            while (row >= j->First[segment] + j->Length[segment]) segment++;
            var dx = j->X + (nint)row * j->Cols;
            if (j->Fresh) new Span<float>(dx, j->Cols).Clear();
            var t = row - j->First[segment];
            for (var tap = j->Kernel - 1; tap >= 0; tap--)
            {
                var from = t + j->Before - tap * j->Dilation;
                if (from < 0 || from % j->Stride != 0 || from / j->Stride >= j->OutLength[segment]) continue;
                Elementwise.AddInto(dx, j->Windows + ((nint)(j->OutFirst[segment] + from / j->Stride) * j->Kernel + tap) * j->Cols, j->Cols);
            }
        }
    }
}
