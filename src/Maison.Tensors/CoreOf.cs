// Which core a thread runs on, and how it leaves one. Where cores share no cache, as the virtual ones of many machines, Linux wakes a thread on the core
// it slept on and may leave it there for a second behind the very thread that waits for it, while another core is idle.

using System.Runtime.InteropServices;

namespace Maison.Tensors;

static unsafe partial class CoreOf
{
    const int maskBytes = 128;                                          // 1,024 cores, as the C library's cpu_set_t

    /// <summary>The core of this thread; −1 where that is not known.</summary>
    public static int ThisThread() => OperatingSystem.IsLinux() ? sched_getcpu() : -1;

    /// <summary>Moves this thread off a core and lets it go anywhere again.</summary>
    public static void Leave(int core)
    {
        if (!OperatingSystem.IsLinux() || (uint)core >= maskBytes * 8) return;
        byte* allowed = stackalloc byte[maskBytes], others = stackalloc byte[maskBytes];
        new Span<byte>(allowed, maskBytes).Clear();
        if (sched_getaffinity(0, maskBytes, allowed) < 0) return;
        Buffer.MemoryCopy(allowed, others, maskBytes, maskBytes);
        others[core / 8] &= (byte)~(1 << core % 8);
        if (new Span<byte>(others, maskBytes).IndexOfAnyExcept((byte)0) < 0 || sched_setaffinity(0, maskBytes, others) != 0) return;
        _ = sched_setaffinity(0, maskBytes, allowed);
    }

    [LibraryImport("libc")] private static partial int sched_getcpu();
    [LibraryImport("libc")] private static partial int sched_getaffinity(int thread, nint bytes, byte* mask);
    [LibraryImport("libc")] private static partial int sched_setaffinity(int thread, nint bytes, byte* mask);
}
