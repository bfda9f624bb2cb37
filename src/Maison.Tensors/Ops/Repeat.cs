// Each row of x so many times: y_t = x_i for the t that belong to i.   dx_i = Σ_t∈i dy_t, in the order of the rows.
// What stretches phones to frames (the length regulator of arXiv 1905.09263).

using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    const int RepeatRowsPerTask = 16;

    struct RepeatJob
    {
        public float* Dy, Dx;
        public int* Ends;
        public int Rows, Cols;
        public bool Fresh;
    }

    /// <summary>Row i of <paramref name="x"/> (rows, cols) counts[i] times, in order: (sum of counts, cols).</summary>
    /// <param name="counts">One per row of x, 0 or more.</param>
    public Tensor Repeat(Tensor x, ReadOnlySpan<int> counts)
    {
        if (counts.Length != x.Rows) throw new ArgumentException($"{counts.Length} counts do not fit {x.Rows} rows.");
        if (repeatEnds.Length < counts.Length) repeatEnds = new int[2 * counts.Length];
        var ends = repeatEnds.AsSpan(0, counts.Length);
        var total = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] < 0) throw new ArgumentOutOfRangeException(nameof(counts), $"Row {i} cannot be repeated {counts[i]} times.");
            ends[i] = total += counts[i];
        }
        var y = New(total, x.Cols);
        var kept = (int*)Arena.Take((nint)counts.Length * sizeof(int));
        NativeFloats.Put<int>(kept, ends);
        if (Device.Current is not null) GatherRows(x.Pointer, RepeatedRows(counts, total), 1, y);
        else for (int i = 0, t = 0; i < counts.Length; i++)
            for (; t < ends[i]; t++)
                Buffer.MemoryCopy(x.Pointer + (nint)i * x.Cols, y.Pointer + (nint)t * x.Cols, (long)x.Cols * sizeof(float), (long)x.Cols * sizeof(float));
        if (Recording) Tape.Add(new TapeEntry { Backward = &RepeatBackward, Y = y, A = x, Memory = kept });
        return y;
    }

    int[] repeatEnds = [], repeatRows = [];

    /// <summary>For the device: the row of x behind each row of y.</summary>
    int* RepeatedRows(ReadOnlySpan<int> counts, int total)
    {
        if (repeatRows.Length < total) repeatRows = new int[2 * total];
        for (int i = 0, t = 0; i < counts.Length; t += counts[i++]) repeatRows.AsSpan(t, counts[i]).Fill(i);
        var at = (int*)Arena.Take((nint)total * sizeof(int));
        NativeFloats.Put<int>(at, repeatRows.AsSpan(0, total));
        return at;
    }

    static void RepeatBackward(Pass p, in TapeEntry e)
    {
        var job = new RepeatJob { Dy = p.Tape.Gradient(e.Y), Ends = (int*)e.Memory, Rows = e.A.Rows, Cols = e.A.Cols };
        job.Dx = p.Tape.Gradient(e.A, out job.Fresh);
        p.Gang.For((job.Rows + RepeatRowsPerTask - 1) / RepeatRowsPerTask, &RepeatBackwardTask, &job, Launch.Elements("repeat_backward", e.A.Count));
    }

    static void RepeatBackwardTask(void* context, int task, int thread)
    {
        var j = (RepeatJob*)context;
        for (var i = task * RepeatRowsPerTask; i < Math.Min(j->Rows, (task + 1) * RepeatRowsPerTask); i++)
        {
            var dx = j->Dx + (nint)i * j->Cols;
            if (j->Fresh) new Span<float>(dx, j->Cols).Clear();
            for (var t = i == 0 ? 0 : j->Ends[i - 1]; t < j->Ends[i]; t++) Elementwise.AddInto(dx, j->Dy + (nint)t * j->Cols, j->Cols);
        }
    }
}
