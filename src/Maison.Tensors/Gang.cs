// One small gang of threads for all kernels. The caller works as thread 0; workers spin shortly for the next job, then park.
// Jobs are static functions with a context on the caller's stack, so a fork allocates nothing. Tasks are handed out one by
// one: which thread does which task never changes a bit of the result, because a task owns its outputs. The caller waits for
// tasks, not for threads: a worker that the system has put aside holds up nobody, and the gang may share its processors.

using System.Runtime.InteropServices;
using Maison.Tensors.Cuda;

namespace Maison.Tensors;

/// <summary>A fixed set of threads that run the tasks of one kernel at a time.</summary>
public sealed unsafe class Gang : IDisposable
{
    const int spins = 4000;

    readonly Thread[] workers;
    readonly SemaphoreSlim[] wake;
    readonly int[] parked;
    readonly nint[] scratch;
    readonly nint[] scratchBytes;
    readonly Lock turn = new();

    delegate*<void*, int, int, void> body;
    void* context;
    int tasks;
    volatile bool stopping;

    /// <summary>Where the caller of the job runs: no worker stays there while there are others.</summary>
    int callerCore;

    // The high half of `job` counts jobs, the low half the tasks nobody has taken yet. Whoever lowers it owns a task of that very
    // job, and the job cannot end, nor body and context change, before the owner has subtracted the task from `unfinished`.
    PaddedCounter job, unfinished;

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    struct PaddedCounter
    {
        [FieldOffset(128)] public long Value;
    }

    /// <param name="threads">How many threads work, the caller included; 0 takes one per processor.</param>
    public Gang(int threads = 0)
    {
        if (threads < 0) throw new ArgumentOutOfRangeException(nameof(threads), "threads must be 0 (one per processor) or more.");
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
        scratch = new nint[Threads];
        scratchBytes = new nint[Threads];
        parked = new int[Threads];
        wake = new SemaphoreSlim[Threads];
        workers = new Thread[Threads - 1];
        for (var i = 0; i < workers.Length; i++)
        {
            var index = i + 1;
            wake[index] = new SemaphoreSlim(0);
            workers[i] = new Thread(() => Work(index)) { IsBackground = true, Name = $"gang {index}" };
            workers[i].Start();
        }
    }

    /// <summary>How many threads work, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Runs a job: on the device its kernel, if there are both, else its tasks on the threads.</summary>
    internal void For<TJob>(int tasks, delegate*<void*, int, int, void> body, TJob* job, in Launch launch) where TJob : unmanaged
    {
        if (Device.Current is { } device && launch.Exists) device.Run(launch, job);
        else For(tasks, body, job);
    }

    /// <summary>Runs body(context, task, thread) for every task in [0, tasks) and returns when all are done.</summary>
    internal void For(int tasks, delegate*<void*, int, int, void> body, void* context)
    {
        if (tasks <= 0) return;
        Device.Current?.WaitForHost();
        lock (turn)
        {
            if (tasks == 1 || Threads == 1)
            {
                for (var task = 0; task < tasks; task++) body(context, task, 0);
                return;
            }
            this.body = body;
            this.context = context;
            this.tasks = tasks;
            callerCore = CoreOf.ThisThread();
            Volatile.Write(ref unfinished.Value, tasks);
            Interlocked.Exchange(ref job.Value, (((job.Value >> 32) + 1) << 32) | (uint)tasks);
            for (var i = 1; i < Threads; i++)
                if (Interlocked.Exchange(ref parked[i], 0) == 1) wake[i].Release();
            Drain(0);
            for (var spin = 0; Volatile.Read(ref unfinished.Value) != 0; spin++)
                if (spin < spins) Thread.SpinWait(1);
                else Thread.Yield();
        }
    }

    /// <summary>Takes tasks until none is left.</summary>
    void Drain(int thread)
    {
        var mine = 0;
        for (var seen = Volatile.Read(ref job.Value); (uint)seen != 0; seen = Volatile.Read(ref job.Value))
        {
            if (Interlocked.CompareExchange(ref job.Value, seen - 1, seen) != seen) continue;
            body(context, tasks - (int)(uint)seen, thread);
            mine++;
            if ((uint)seen == 1) break;
        }
        if (mine != 0) Interlocked.Add(ref unfinished.Value, -mine);
    }

    void Work(int index)
    {
        while (!stopping)
        {
            for (var spin = 0; (uint)Volatile.Read(ref job.Value) == 0 && spin < spins; spin++) Thread.SpinWait(1);
            if ((uint)Volatile.Read(ref job.Value) != 0)
            {
                if (callerCore >= 0 && CoreOf.ThisThread() == callerCore) CoreOf.Leave(callerCore);
                Drain(index);
                continue;
            }
            Volatile.Write(ref parked[index], 1);
            Interlocked.MemoryBarrier();
            if ((uint)Volatile.Read(ref job.Value) == 0 && !stopping || Interlocked.Exchange(ref parked[index], 0) == 0) wake[index].Wait();
        }
    }

    /// <summary>Held by whoever looks up the threads' scratch memory before its job.</summary>
    internal Lock Turn => turn;

    /// <summary>Scratch memory of one thread, 64-byte aligned, kept between calls; contents are whatever was there.</summary>
    internal float* Scratch(int thread, nint floats)
    {
        var bytes = floats * sizeof(float);
        if (scratchBytes[thread] < bytes)
        {
            NativeMemory.AlignedFree((void*)scratch[thread]);
            scratch[thread] = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 4096);
            scratchBytes[thread] = bytes;
        }
        return (float*)scratch[thread];
    }

    public void Dispose()
    {
        if (stopping) return;
        lock (turn)
        {
            stopping = true;
        }
        for (var i = 1; i < Threads; i++)
        {
            wake[i].Release();
            workers[i - 1].Join();
        }
        foreach (var at in scratch) NativeMemory.AlignedFree((void*)at);
    }
}
