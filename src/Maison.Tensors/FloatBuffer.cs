// Native floats that outlive a step: optimiser state, averaged weights.

namespace Maison.Tensors;

/// <summary>A zeroed, 64-byte aligned block of native floats.</summary>
public sealed unsafe class FloatBuffer : IDisposable
{
    internal float* data;

    public FloatBuffer(long count)
    {
        Count = count;
        data = (float*)NativeFloats.Take((nint)count * sizeof(float));
        NativeFloats.Clear(data, (nint)count * sizeof(float));
    }

    public long Count { get; }

    /// <summary>All values.</summary>
    public Span<float> Span
    {
        get
        {
            NativeFloats.Wait();
            return new(data, checked((int)Count));
        }
    }

    public void Dispose()
    {
        NativeFloats.Free(data);
        data = null;
        GC.SuppressFinalize(this);
    }

    ~FloatBuffer() => NativeFloats.Free(data);
}
