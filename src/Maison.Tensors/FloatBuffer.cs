// Native floats that outlive a step: optimiser state, averaged weights.

using System.Runtime.InteropServices;

namespace Maison.Tensors;

/// <summary>A zeroed, 64-byte aligned block of native floats.</summary>
public sealed unsafe class FloatBuffer : IDisposable
{
    internal float* data;

    public FloatBuffer(long count)
    {
        Count = count;
        data = (float*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(float)), 4096);
        NativeMemory.Clear(data, (nuint)(count * sizeof(float)));
    }

    public long Count { get; }

    /// <summary>All values.</summary>
    public Span<float> Span => new(data, checked((int)Count));

    public void Dispose()
    {
        NativeMemory.AlignedFree(data);
        data = null;
        GC.SuppressFinalize(this);
    }

    ~FloatBuffer() => NativeMemory.AlignedFree(data);
}
