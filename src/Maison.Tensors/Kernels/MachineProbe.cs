// What this machine can do, measured: the yardstick that training and benchmarks are held against. The best of several short
// runs counts, since whatever else runs on the machine only ever takes away.

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maison.Tensors.Kernels;

/// <summary>Short measurements of the machine.</summary>
public static unsafe class MachineProbe
{
    const int lineFloats = 16;

    struct Job
    {
        public float* Memory, Results;
        public nint Floats;
    }

    /// <summary>Floating-point operations per second of a square matrix product on the whole gang (768 wide, fp32), or on the device (8192 wide, bf16): best of several, about a tenth of a second.</summary>
    public static double MatMulFlops(Gang gang)
    {
        if (Cuda.Device.Current is { } device) return MatMulFlops(device);
        using var product = new ProductProbe(gang, MatrixProduct.Forward, 768, 768, 768);
        return product.Flops / Best(12, product.Run);
    }

    static double MatMulFlops(Cuda.Device device)
    {
        const int size = 8192;
        nint count = (nint)size * size, bytes = count * sizeof(float);
        float* a = (float*)device.Take(bytes), c = (float*)device.Take(bytes);
        for (nint i = 0; i < count; i++) a[i] = ((i * 7919 & 1023) - 511.5f) * 1e-4f;
        var rounded = (ushort*)device.Take(bytes / 2);
        device.Round(a, rounded, count);
        var seconds = Best(12, () =>
        {
            device.Multiply(size, size, size, rounded, size, 1, rounded, 1, size, c, size, accumulate: false);
            device.Wait();
        });
        foreach (var at in new[] { (nint)a, (nint)c, (nint)rounded }) device.Free(at);
        return 2.0 * size * count / seconds;
    }

    /// <summary>Floating-point operations per second of multiply-adds on registers, on every thread of the gang at once.</summary>
    public static double PeakFlops(Gang gang)
    {
        const int rounds = 1 << 19;
        var results = stackalloc float[gang.Threads * lineFloats];
        var job = new Job { Results = results, Floats = rounds };
        var at = &job;
        var lanes = Vector512.IsHardwareAccelerated || Avx512F.IsSupported ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;
        return 2.0 * chains * lanes * rounds * gang.Threads / Best(12, () => gang.For(gang.Threads, &MultiplyAdds, at));
    }

    /// <summary>Bytes per second that the whole gang reads from 512 MB of memory, lines fetched ahead, or that the device reads from 4 GB: best of several, about half a second.</summary>
    public static double ReadBandwidth(Gang gang)
    {
        if (Cuda.Device.Current is { } device) return ReadBandwidth(device);
        const nint floats = 128 << 20;
        var memory = (float*)NativeMemory.AlignedAlloc((nuint)floats * sizeof(float), 4096);
        // Untouched pages all share one frame of zeros, which would be read from the cache.
        new Span<float>(memory, (int)floats).Fill(1f);
        var results = stackalloc float[gang.Threads * lineFloats];
        var job = new Job { Memory = memory, Floats = floats / (4 * gang.Threads) / 64 * 64, Results = results };
        var at = &job;
        var seconds = Best(6, () => gang.For(4 * gang.Threads, &Read, at));
        NativeMemory.AlignedFree(memory);
        return 4.0 * gang.Threads * job.Floats * sizeof(float) / seconds;
    }

    struct ReadJob
    {
        public void* Memory, To;
        public nint Count;
    }

    static double ReadBandwidth(Cuda.Device device)
    {
        var bytes = (nint)4 << 30;
        const int blocksPerProcessor = 8;
        var memory = device.Take(bytes);
        device.Clear((void*)memory, bytes);
        var job = new ReadJob { Memory = (void*)memory, To = (void*)memory, Count = bytes / 16 };
        var at = &job;
        var seconds = Best(12, () =>
        {
            device.Run(new Cuda.Launch("read_memory", blocksPerProcessor * device.Processors), at);
            device.Wait();
        });
        device.Free(memory);
        return bytes / seconds;
    }

    static double Best(int runs, Action run)
    {
        var best = double.MaxValue;
        for (var i = 0; i < runs; i++)
        {
            var start = Stopwatch.GetTimestamp();
            run();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }

    /// <summary>Independent multiply-adds: twice what a latency of four and two units need.</summary>
    const int chains = 12;

    static void MultiplyAdds(void* context, int task, int thread)
    {
        var job = (Job*)context;
        job->Results[task * lineFloats] = Avx512F.IsSupported ? Chains512(job->Floats) : Vector256.IsHardwareAccelerated ? Chains256(job->Floats) : Chains128(job->Floats);
    }

    static float Chains512(nint rounds)
    {
        Vector512<float> a = Vector512.Create(0.999f), b = Vector512.Create(1e-8f);
        Vector512<float> x0 = b, x1 = b, x2 = b, x3 = b, x4 = b, x5 = b, x6 = b, x7 = b, x8 = b, x9 = b, x10 = b, x11 = b;
        for (; rounds > 0; rounds--)
        {
            x0 = Vector512.MultiplyAddEstimate(x0, a, b);
            x1 = Vector512.MultiplyAddEstimate(x1, a, b);
            x2 = Vector512.MultiplyAddEstimate(x2, a, b);
            x3 = Vector512.MultiplyAddEstimate(x3, a, b);
            x4 = Vector512.MultiplyAddEstimate(x4, a, b);
            x5 = Vector512.MultiplyAddEstimate(x5, a, b);
            x6 = Vector512.MultiplyAddEstimate(x6, a, b);
            x7 = Vector512.MultiplyAddEstimate(x7, a, b);
            x8 = Vector512.MultiplyAddEstimate(x8, a, b);
            x9 = Vector512.MultiplyAddEstimate(x9, a, b);
            x10 = Vector512.MultiplyAddEstimate(x10, a, b);
            x11 = Vector512.MultiplyAddEstimate(x11, a, b);
        }
        return Vector512.Sum(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10 + x11);
    }

    static float Chains256(nint rounds)
    {
        Vector256<float> a = Vector256.Create(0.999f), b = Vector256.Create(1e-8f);
        Vector256<float> x0 = b, x1 = b, x2 = b, x3 = b, x4 = b, x5 = b, x6 = b, x7 = b, x8 = b, x9 = b, x10 = b, x11 = b;
        for (; rounds > 0; rounds--)
        {
            x0 = Vector256.MultiplyAddEstimate(x0, a, b);
            x1 = Vector256.MultiplyAddEstimate(x1, a, b);
            x2 = Vector256.MultiplyAddEstimate(x2, a, b);
            x3 = Vector256.MultiplyAddEstimate(x3, a, b);
            x4 = Vector256.MultiplyAddEstimate(x4, a, b);
            x5 = Vector256.MultiplyAddEstimate(x5, a, b);
            x6 = Vector256.MultiplyAddEstimate(x6, a, b);
            x7 = Vector256.MultiplyAddEstimate(x7, a, b);
            x8 = Vector256.MultiplyAddEstimate(x8, a, b);
            x9 = Vector256.MultiplyAddEstimate(x9, a, b);
            x10 = Vector256.MultiplyAddEstimate(x10, a, b);
            x11 = Vector256.MultiplyAddEstimate(x11, a, b);
        }
        return Vector256.Sum(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10 + x11);
    }

    static float Chains128(nint rounds)
    {
        Vector128<float> a = Vector128.Create(0.999f), b = Vector128.Create(1e-8f);
        Vector128<float> x0 = b, x1 = b, x2 = b, x3 = b, x4 = b, x5 = b, x6 = b, x7 = b, x8 = b, x9 = b, x10 = b, x11 = b;
        for (; rounds > 0; rounds--)
        {
            x0 = Vector128.MultiplyAddEstimate(x0, a, b);
            x1 = Vector128.MultiplyAddEstimate(x1, a, b);
            x2 = Vector128.MultiplyAddEstimate(x2, a, b);
            x3 = Vector128.MultiplyAddEstimate(x3, a, b);
            x4 = Vector128.MultiplyAddEstimate(x4, a, b);
            x5 = Vector128.MultiplyAddEstimate(x5, a, b);
            x6 = Vector128.MultiplyAddEstimate(x6, a, b);
            x7 = Vector128.MultiplyAddEstimate(x7, a, b);
            x8 = Vector128.MultiplyAddEstimate(x8, a, b);
            x9 = Vector128.MultiplyAddEstimate(x9, a, b);
            x10 = Vector128.MultiplyAddEstimate(x10, a, b);
            x11 = Vector128.MultiplyAddEstimate(x11, a, b);
        }
        return Vector128.Sum(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10 + x11);
    }

    static void Read(void* context, int task, int thread)
    {
        var job = (Job*)context;
        float* p = job->Memory + task * job->Floats, end = p + job->Floats;
        Vector512<int> x0 = default, x1 = default, x2 = default, x3 = default;
        for (; p < end; p += 64)
        {
            PanelKernels.FetchAhead((byte*)p, 256);
            x0 ^= Vector512.Load((int*)p);
            x1 ^= Vector512.Load((int*)p + 16);
            x2 ^= Vector512.Load((int*)p + 32);
            x3 ^= Vector512.Load((int*)p + 48);
        }
        job->Results[thread * lineFloats] = Vector512.Sum(x0 ^ x1 ^ x2 ^ x3);
    }
}
