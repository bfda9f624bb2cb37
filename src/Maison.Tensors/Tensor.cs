// A tensor is a handle: a matrix of floats somewhere in an arena. It owns nothing and is copied freely.
// Everything that moves through a model here is rows of features: tokens, frames or pixels × channels.

namespace Maison.Tensors;

/// <summary>A row-major (rows, cols) matrix of fp32 values in an <see cref="Arena"/>; valid until that arena releases it.</summary>
public readonly unsafe struct Tensor
{
    internal readonly float* data;
    internal readonly int id;
#if DEBUG
    internal readonly Arena arena;
    internal readonly int generation;
#endif

    /// <summary>Rows: one per token, frame or pixel of all segments of the pass.</summary>
    public int Rows { get; }

    /// <summary>Columns: features.</summary>
    public int Cols { get; }

    internal Tensor(Arena arena, float* data, int rows, int cols, int id)
    {
        this.data = data;
        this.id = id;
        Rows = rows;
        Cols = cols;
#if DEBUG
        this.arena = arena;
        generation = arena.Generation;
#endif
    }

    Tensor(in Tensor other, int rows, int cols)
    {
        this = other;
        Rows = rows;
        Cols = cols;
    }

    /// <summary>True for the default handle, which stands for "no tensor".</summary>
    public bool IsNone => data == null;

    /// <summary>Number of elements.</summary>
    public nint Count => (nint)Rows * Cols;

    /// <summary>The same memory, and the same gradient, seen with another number of rows; rows·cols must stay equal.</summary>
    public Tensor View(int rows, int cols)
    {
        if ((nint)rows * cols != Count) throw new ArgumentException($"A {Rows}×{Cols} tensor cannot be seen as {rows}×{cols}.");
        return new Tensor(this, rows, cols);
    }

    /// <summary>The elements of one row.</summary>
    public Span<float> Row(int row)
    {
        NativeFloats.Wait();
        return new(Pointer + (nint)row * Cols, Cols);
    }

    /// <summary>All elements, row after row.</summary>
    public Span<float> Span
    {
        get
        {
            NativeFloats.Wait();
            return new(Pointer, checked((int)Count));
        }
    }

    /// <summary>The only element of a (1, 1) tensor, such as a loss; its neighbours stay on the device.</summary>
    public float Value
    {
        get
        {
            if (Count != 1) throw new InvalidOperationException($"A {Rows}×{Cols} tensor has no single value.");
            return Cuda.Device.Current is { } device ? device.Read(Pointer) : *Pointer;
        }
    }

    internal float* Pointer
    {
        get
        {
#if DEBUG
            if (arena is not null && arena.Generation != generation && !arena.Holds(data))
                throw new InvalidOperationException("This tensor's arena was released; the handle is stale.");
#endif
            return data;
        }
    }
}
