// Rotary positions, arXiv 2104.09864, in the half-split layout of Llama and Qwen: with h = D/2 and angle a = pos · θ^(−i/h),
// y_i = x_i cos a − x_{i+h} sin a,   y_{i+h} = x_{i+h} cos a + x_i sin a.   The gradient turns back by −a.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

/// <summary>Cosines and sines for positions [0, length) of a head of headDim features.</summary>
public sealed unsafe class RopeTable
{
    readonly float* cos;

    public RopeTable(int headDim, float theta, int length) : this(headDim, length, (t, i) => t * Math.Pow(theta, -2.0 * i / headDim)) { }

    RopeTable(int headDim, int length, Func<int, int, double> angleOf)
    {
        if (headDim % 2 != 0) throw new ArgumentException($"headDim must be even, not {headDim}.", nameof(headDim));
        HeadDim = headDim;
        Length = length;
        var half = headDim / 2;
        cos = (float*)NativeFloats.Take((nint)length * headDim * sizeof(float), 64);
        NativeFloats.Wait();
        for (var t = 0; t < length; t++)
            for (var i = 0; i < half; i++)
            {
                var angle = angleOf(t, i);
                cos[(nint)t * headDim + i] = (float)Math.Cos(angle);
                cos[(nint)t * headDim + half + i] = (float)Math.Sin(angle);
            }
    }

    /// <summary>For sequences that begin with a grid, row after row: half of the pairs turn by the row and half by the column; what follows lies on the diagonal behind it.</summary>
    /// <param name="length">Positions in all.</param>
    public static RopeTable Grid(int headDim, float theta, int height, int width, int length)
    {
        if (headDim % 4 != 0) throw new ArgumentException($"headDim must be a multiple of 4 to turn in two directions, not {headDim}.", nameof(headDim));
        int cells = height * width, quarter = headDim / 4;
        return new(headDim, length, (t, i) =>
        {
            var place = t >= cells ? Math.Max(height, width) + t - cells : i < quarter ? t / width : t % width;
            return place * Math.Pow(theta, -(double)(i % quarter) / quarter);
        });
    }

    public int HeadDim { get; }

    /// <summary>Positions the table holds.</summary>
    public int Length { get; }

    /// <summary>headDim/2 cosines, then headDim/2 sines.</summary>
    internal float* At(int position) => cos + (nint)position * HeadDim;

    ~RopeTable() => NativeFloats.Free(cos);
}

public sealed unsafe partial class Pass
{
    struct RopeJob
    {
        public float* X, Y, Table;
        public int* Positions;
        public int Rows, Heads, Dim;
        public float Sign;
        public bool Add;
    }

    void CheckPositions(in Tensor x, RopeTable table)
    {
        if (x.Rows != Rows || x.Cols % table.HeadDim != 0) throw new ArgumentException($"Rope needs one row per token and whole heads of {table.HeadDim}; got {x.Rows}×{x.Cols} for {Rows} tokens.");
        for (var i = 0; i < segmentCount; i++)
            if (segments[i].Past + segments[i].Length > table.Length)
                throw new ArgumentException($"Position {segments[i].Past + segments[i].Length - 1} is past the table's {table.Length}.");
    }

    /// <summary>Turns each head of x (rows, heads·headDim) by its row's position: same shape.</summary>
    public Tensor Rope(Tensor x, RopeTable table)
    {
        CheckPositions(x, table);
        var y = New(x.Rows, x.Cols);
        RunRope(x.Pointer, y.Pointer, table, x.Rows, x.Cols / table.HeadDim, sign: 1f, add: false);
        if (Recording) Tape.Add(new TapeEntry { Backward = &RopeBackward, Y = y, A = x, State = table });
        return y;
    }

    static void RopeBackward(Pass p, in TapeEntry e)
    {
        var table = (RopeTable)e.State!;
        var dy = p.Tape.Gradient(e.Y);
        var dx = p.Tape.Gradient(e.A, out var fresh);
        p.RunRope(dy, dx, table, e.Y.Rows, e.Y.Cols / table.HeadDim, sign: -1f, add: !fresh);
    }

    void RunRope(float* x, float* y, RopeTable table, int rows, int heads, float sign, bool add)
    {
        var job = new RopeJob { X = x, Y = y, Table = table.At(0), Positions = positions, Rows = rows, Heads = heads, Dim = table.HeadDim, Sign = sign, Add = add };
        Gang.For((rows + 31) / 32, &RopeTask, &job, Launch.Elements("rope", (nint)rows * heads * table.HeadDim / 2));
    }

    static void RopeTask(void* context, int task, int thread)
    {
        var j = (RopeJob*)context;
        int dim = j->Dim, half = dim / 2;
        for (var r = task * 32; r < Math.Min(j->Rows, task * 32 + 32); r++)
        {
            float* cos = j->Table + (nint)j->Positions[r] * dim, sin = cos + half;
            for (var h = 0; h < j->Heads; h++)
            {
                var at = ((nint)r * j->Heads + h) * dim;
                float* x = j->X + at, y = j->Y + at;
                var i = 0;
                for (; i + 16 <= half; i += 16)
                {
                    Vector512<float> c = Vector512.Load(cos + i), s = Vector512.Load(sin + i) * j->Sign;
                    Vector512<float> a = Vector512.Load(x + i), b = Vector512.Load(x + half + i);
                    var lo = Vector512.MultiplyAddEstimate(-b, s, a * c);
                    var hi = Vector512.MultiplyAddEstimate(a, s, b * c);
                    Vector512.Store(j->Add ? Vector512.Load(y + i) + lo : lo, y + i);
                    Vector512.Store(j->Add ? Vector512.Load(y + half + i) + hi : hi, y + half + i);
                }
                for (; i < half; i++)
                {
                    float s = sin[i] * j->Sign, a = x[i], b = x[half + i];
                    var lo = float.MultiplyAddEstimate(-b, s, a * cos[i]);
                    var hi = float.MultiplyAddEstimate(a, s, b * cos[i]);
                    y[i] = j->Add ? y[i] + lo : lo;
                    y[half + i] = j->Add ? y[half + i] + hi : hi;
                }
            }
        }
    }
}
