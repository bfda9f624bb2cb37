// The right-hand matrix of a product, packed: panels of 64 outputs, each (inputs, 64), so that a tile streams it in order.

using System.Runtime.InteropServices;

namespace Maison.Tensors.Kernels;

/// <summary>W (rows = outputs, cols = inputs) packed as ceil(rows/64) panels of (cols, 64), zero padded.</summary>
sealed unsafe class Panels : IDisposable
{
    /// <summary>Outputs per panel.</summary>
    public const int Width = 64;

    float* data;

    public Panels(int rows, int cols)
    {
        Rows = rows;
        Cols = cols;
        Count = (rows + Width - 1) / Width;
        data = (float*)NativeMemory.AlignedAlloc((nuint)Bytes, 4096);
    }

    public int Rows { get; }
    public int Cols { get; }
    public int Count { get; }
    public long Bytes => (long)Count * Cols * Width * sizeof(float);

    /// <summary>The (cols, 64) block of outputs [64·panel, 64·panel + 64).</summary>
    public float* this[int panel] => data + (nint)panel * Cols * Width;

    struct PackJob
    {
        public float* Source, Target;
        public int Rows, Cols;
    }

    /// <summary>Packs a row-major (rows, cols) matrix.</summary>
    public void Pack(Gang gang, float* source)
    {
        var job = new PackJob { Source = source, Target = data, Rows = Rows, Cols = Cols };
        gang.For(Count, &PackPanel, &job);
    }

    static void PackPanel(void* context, int panel, int thread)
    {
        var job = (PackJob*)context;
        var first = panel * Width;
        var width = Math.Min(Width, job->Rows - first);
        Transpose.ToPanel(job->Source + (nint)first * job->Cols, job->Cols, width, job->Cols, job->Target + (nint)panel * job->Cols * Width);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(data);
        data = null;
        GC.SuppressFinalize(this);
    }

    ~Panels() => NativeMemory.AlignedFree(data);
}
