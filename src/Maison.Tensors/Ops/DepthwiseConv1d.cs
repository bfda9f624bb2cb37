// y_t = b + Σ_j w_j ∘ x_{t + (j − ⌊(k−1)/2⌋)·d}: every feature is convolved by itself along the rows of its segment; rows outside are left out.
// dx_t = Σ_j w_j ∘ dy_{t − (j − ⌊(k−1)/2⌋)·d},   dw_j += Σ_t dy_t ∘ x_{t + (j − …)·d},   db += Σ_t dy_t. Lanes are features; sums run over taps, or rows, in order.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    const int DepthwiseRowsPerTask = 32;

    struct DepthwiseJob
    {
        public float* X, W, B, Y;

        /// <summary>First row and end of every segment; on a device of every row's segment.</summary>
        public int* First, End;
        public int Rows, Cols, Segments, Kernel, Step;
        public bool Fresh;
        public float* Partial;
        public int Chunks;

        /// <summary>Rows from an output to its first tap.</summary>
        public readonly int Before => (Kernel - 1) / 2 * Step;
    }

    /// <summary>Depthwise convolution: x (rows, cols), w (kernel, cols), bias (1, cols) or null: (rows, cols).</summary>
    public Tensor DepthwiseConv1d(Tensor x, Weight w, Weight? bias, int dilation = 1)
    {
        if (x.Rows != Rows) throw new ArgumentException($"DepthwiseConv1d needs one row per row of the pass; got {x.Rows} for {Rows}.");
        if (w.Cols != x.Cols) throw new ArgumentException($"Taps of {w.Cols} features do not fit {x.Cols}.");
        if (bias is not null && (bias.Rows != 1 || bias.Cols != x.Cols)) throw new ArgumentException($"A bias of {bias.Rows}×{bias.Cols} does not fit {x.Cols} features.");
        if (dilation < 1) throw new ArgumentException($"A dilation is at least 1, not {dilation}.");
        var y = New(x.Rows, x.Cols);
        var mark = Arena.Here();
        var job = Depthwise(x.Cols, w.Rows, dilation);
        job.X = x.Pointer;
        job.Y = y.Pointer;
        job.W = ValuesOf(w);
        job.B = ValuesOf(bias);
        job.Fresh = true;
        Gang.For((x.Rows + DepthwiseRowsPerTask - 1) / DepthwiseRowsPerTask, &DepthwiseTask, &job, Launch.Elements("depthwise", y.Count));
        Arena.Release(mark);
        if (Recording) Tape.Add(new TapeEntry { Backward = &DepthwiseBackward, Y = y, A = x, Weight = w, Weight2 = bias, I0 = dilation });
        return y;
    }

    DepthwiseJob Depthwise(int cols, int kernel, int dilation)
    {
        if (Device.Current is not null) return new DepthwiseJob { First = segmentStarts, End = segmentEnds, Rows = Rows, Cols = cols, Kernel = kernel, Step = dilation };
        var at = (int*)Arena.Take((nint)(2 * segmentCount + 2) * sizeof(int));
        for (var i = 0; i < segmentCount; i++)
        {
            at[i] = segments[i].Start;
            at[segmentCount + i] = segments[i].Start + segments[i].Length;
        }
        return new DepthwiseJob { First = at, End = at + segmentCount, Segments = segmentCount, Rows = Rows, Cols = cols, Kernel = kernel, Step = dilation };
    }

    static void DepthwiseBackward(Pass p, in TapeEntry e)
    {
        var w = Trainable(e.Weight!);
        var dy = p.Tape.Gradient(e.Y);
        var mark = p.Arena.Here();
        if (!w.Frozen)
        {
            var weights = p.Depthwise(e.A.Cols, w.Rows, e.I0);
            weights.X = e.A.Pointer;
            weights.Y = dy;
            weights.W = w.Grad;
            if (Device.Current is { } device)
            {
                weights.Chunks = Device.Chunks(weights.Rows);
                weights.Partial = device.Scratch((nint)weights.Chunks * (nint)w.Count);
                device.Run(Launch.Columns("depthwise_weights", w.Rows * w.Cols, weights.Chunks), &weights);
                device.Fold(weights.Partial, weights.Chunks, w.Rows * w.Cols, w.Grad, fresh: false);
            }
            else p.Gang.For((e.A.Cols + 15) / 16, &DepthwiseWeightTask, &weights);
        }
        // Towards x the taps run the other way round, with as much room behind as there was before.
        var job = p.Depthwise(e.A.Cols, w.Rows, -e.I0);
        job.X = dy;
        job.W = w.Data;
        job.Y = p.Tape.Gradient(e.A, out job.Fresh);
        p.Gang.For((e.A.Rows + DepthwiseRowsPerTask - 1) / DepthwiseRowsPerTask, &DepthwiseTask, &job, Launch.Elements("depthwise", e.A.Count));
        p.Arena.Release(mark);
        if (e.Weight2 is not null) p.BiasBackward(e.Weight2, dy, e.Y.Rows);
    }

    static void DepthwiseTask(void* context, int task, int thread)
    {
        var j = (DepthwiseJob*)context;
        int row = task * DepthwiseRowsPerTask, end = Math.Min(j->Rows, row + DepthwiseRowsPerTask), segment = 0, cols = j->Cols, step = j->Step;
        for (; row < end; row++)
        {
            while (row >= j->End[segment]) segment++;
            // The taps whose rows lie inside the segment.
            int first = row - j->Before, low = 0, high = j->Kernel, start = j->First[segment], stop = j->End[segment];
            while (low < high && (first + low * step < start || first + low * step >= stop)) low++;
            while (high > low && (first + (high - 1) * step < start || first + (high - 1) * step >= stop)) high--;
            float* x = j->X + (nint)(first + low * step) * cols, w = j->W + (nint)low * cols, y = j->Y + (nint)row * cols;
            var apart = (nint)step * cols;
            var c = 0;
            for (; c + 16 <= cols; c += 16)
            {
                var sum = j->B == null ? Vector512<float>.Zero : Vector512.Load(j->B + c);
                float* a = x + c, b = w + c;
                for (var tap = low; tap < high; tap++, a += apart, b += cols) sum = Vector512.MultiplyAddEstimate(Vector512.Load(a), Vector512.Load(b), sum);
                Vector512.Store(j->Fresh ? sum : Vector512.Load(y + c) + sum, y + c);
            }
            for (; c < cols; c++)
            {
                var sum = j->B == null ? 0f : j->B[c];
                float* a = x + c, b = w + c;
                for (var tap = low; tap < high; tap++, a += apart, b += cols) sum = float.MultiplyAddEstimate(*a, *b, sum);
                y[c] = j->Fresh ? sum : y[c] + sum;
            }
        }
    }

    /// <summary>All taps of 16 features, rows in order.</summary>
    static void DepthwiseWeightTask(void* context, int task, int thread)
    {
        var j = (DepthwiseJob*)context;
        int first = task * 16, width = Math.Min(16, j->Cols - first), cols = j->Cols;
        for (var tap = 0; tap < j->Kernel; tap++)
        {
            var shift = tap * j->Step - j->Before;
            var dw = j->W + (nint)tap * cols + first;
            for (var s = 0; s < j->Segments; s++)
            {
                int low = Math.Max(j->First[s], j->First[s] - shift), high = Math.Min(j->End[s], j->End[s] - shift);
                float* dy = j->Y + (nint)low * cols + first, x = j->X + (nint)(low + shift) * cols + first;
                if (width == 16)
                {
                    var sum = Vector512.Load(dw);
                    for (var r = low; r < high; r++, dy += cols, x += cols) sum = Vector512.MultiplyAddEstimate(Vector512.Load(dy), Vector512.Load(x), sum);
                    Vector512.Store(sum, dw);
                    continue;
                }
                for (var r = low; r < high; r++, dy += cols, x += cols)
                    for (var i = 0; i < width; i++) dw[i] += dy[i] * x[i];
            }
        }
    }
}
