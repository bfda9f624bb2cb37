// Between fine pixels and coarse ones: f × f neighbours lie side by side in the channels of one, in the order of their rows, the taps
// outermost as in Conv2d (sub-pixel layout, arXiv 1609.05158).   y_(i, Y, X),(a f + b) C + c = x_(i, f Y + a, f X + b), c.
// Nothing is computed: each op is the other's gradient.

using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    const int ShuffleRowsPerTask = 256;

    struct ShuffleJob
    {
        public float* Fine, Coarse;

        /// <summary>Fine rows and columns, and channels of a fine pixel.</summary>
        public int Positions, Width, Cols, Factor;
        public bool ToCoarse, Fresh;
    }

    /// <summary>Folds factor × factor pixels of x (positions of grid, cols) into one: (positions / factor², factor² · cols).</summary>
    public Tensor PixelUnshuffle(Tensor x, ImageGrid grid, int factor)
    {
        CheckShuffle(grid, factor, "PixelUnshuffle");
        if (x.Rows != grid.Positions) throw new ArgumentException($"{grid} has {grid.Positions} positions, not {x.Rows}.");
        var y = New(x.Rows / (factor * factor), x.Cols * factor * factor);
        Shuffle(x.Pointer, y.Pointer, grid, x.Cols, factor, toCoarse: true, fresh: true);
        if (Recording) Tape.Add(new TapeEntry { Backward = &ShuffleBackward, Y = y, A = x, I0 = grid.Positions, I1 = grid.Width, I2 = factor, I3 = 1 });
        return y;
    }

    /// <summary>Unfolds the channels of x (positions, factor² · cols) into pixels of the fine grid: (positions · factor², cols).</summary>
    /// <param name="grid">The grid that comes out.</param>
    public Tensor PixelShuffle(Tensor x, ImageGrid grid, int factor)
    {
        CheckShuffle(grid, factor, "PixelShuffle");
        if ((long)x.Rows * factor * factor != grid.Positions || x.Cols % (factor * factor) != 0) throw new ArgumentException($"{x.Rows}×{x.Cols} does not unfold by {factor} into {grid}.");
        var y = New(grid.Positions, x.Cols / (factor * factor));
        Shuffle(y.Pointer, x.Pointer, grid, y.Cols, factor, toCoarse: false, fresh: true);
        if (Recording) Tape.Add(new TapeEntry { Backward = &ShuffleBackward, Y = y, A = x, I0 = grid.Positions, I1 = grid.Width, I2 = factor });
        return y;
    }

    static void CheckShuffle(ImageGrid grid, int factor, string op)
    {
        if (factor < 1 || grid.Height % factor != 0 || grid.Width % factor != 0) throw new ArgumentException($"{op} needs sides that are multiples of {factor}, not {grid.Height} × {grid.Width}.");
    }

    static void ShuffleBackward(Pass p, in TapeEntry e)
    {
        var dy = p.Tape.Gradient(e.Y);
        var dx = p.Tape.Gradient(e.A, out var fresh);
        var grid = new ImageGrid(1, e.I0 / Math.Max(1, e.I1), e.I1);
        if (e.I3 != 0) p.Shuffle(dx, dy, grid, e.A.Cols, e.I2, toCoarse: false, fresh);
        else p.Shuffle(dy, dx, grid, e.Y.Cols, e.I2, toCoarse: true, fresh);
    }

    void Shuffle(float* fine, float* coarse, ImageGrid grid, int cols, int factor, bool toCoarse, bool fresh)
    {
        var job = new ShuffleJob { Fine = fine, Coarse = coarse, Positions = grid.Positions, Width = grid.Width, Cols = cols, Factor = factor, ToCoarse = toCoarse, Fresh = fresh };
        Gang.For((job.Positions + ShuffleRowsPerTask - 1) / ShuffleRowsPerTask, &ShuffleTask, &job, Launch.Elements("shuffle", (nint)job.Positions * cols));
    }

    // Sides are multiples of the factor, so that images need not be told apart: they are rows of one tall one.
    static void ShuffleTask(void* context, int task, int thread)
    {
        var j = (ShuffleJob*)context;
        int cols = j->Cols, f = j->Factor, width = j->Width;
        for (var r = task * ShuffleRowsPerTask; r < Math.Min(j->Positions, (task + 1) * ShuffleRowsPerTask); r++)
        {
            int y = r / width, x = r % width;
            float* fine = j->Fine + (nint)r * cols, coarse = j->Coarse + (((nint)(y / f) * (width / f) + x / f) * f * f + y % f * f + x % f) * cols;
            float* to = j->ToCoarse ? coarse : fine, from = j->ToCoarse ? fine : coarse;
            if (j->Fresh) new ReadOnlySpan<float>(from, cols).CopyTo(new Span<float>(to, cols));
            else Elementwise.AddInto(to, from, cols);
        }
    }
}
