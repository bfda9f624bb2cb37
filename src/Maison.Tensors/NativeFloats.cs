// Native memory and the plain things done to it. With a device, memory is visible to both sides and these go to its stream in order;
// without one they are what they look like.

using System.Runtime.InteropServices;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

static unsafe class NativeFloats
{
    public static void* Take(nint bytes, int alignment = 4096)
        => Device.Current is { } device ? (void*)device.Take(bytes) : NativeMemory.AlignedAlloc((nuint)bytes, (nuint)alignment);

    public static void Free(void* at)
    {
        if (at == null || Device.Current is { } device && device.Free((nint)at)) return;
        NativeMemory.AlignedFree(at);
    }

    public static void Clear(void* at, nint bytes)
    {
        if (Device.Current is { } device) device.Clear(at, bytes);
        else NativeMemory.Clear(at, (nuint)bytes);
    }

    /// <summary>Copies floats; the two may overlap.</summary>
    public static void Copy(float* from, float* to, nint count)
    {
        if (Device.Current is not { } device) Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float));
        else if (to + count <= from || from + count <= to) device.Copy(to, from, count * sizeof(float));
        else
        {
            var between = device.Scratch(count);
            device.Copy(between, from, count * sizeof(float));
            device.Copy(to, between, count * sizeof(float));
        }
    }

    struct AddJob
    {
        public float* X, Y;
        public nint Count;
    }

    /// <summary>x += y.</summary>
    public static void AddInto(float* x, float* y, nint count)
    {
        if (Device.Current is not { } device)
        {
            Elementwise.AddInto(x, y, count);
            return;
        }
        var job = new AddJob { X = x, Y = y, Count = count };
        device.Run(Launch.Elements("add_into", count), &job);
    }

    /// <summary>Puts values of the host where kernels will read them.</summary>
    public static void Put<T>(void* to, ReadOnlySpan<T> from) where T : unmanaged
    {
        if (Device.Current is { } device) device.Put(to, MemoryMarshal.AsBytes(from));
        else from.CopyTo(new Span<T>(to, from.Length));
    }

    /// <summary>Waits for the device, where there is one, before the host reads or writes.</summary>
    public static void Wait() => Device.Current?.Wait();
}
