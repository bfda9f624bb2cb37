// How much memory may still be taken: what the system says is available, or what a container allows, whichever is less.

using System.Globalization;

namespace Maison.Cli.Serving;

/// <summary>The machine's memory.</summary>
static class MachineMemory
{
    const string meminfo = "/proc/meminfo", available = "MemAvailable:";

    /// <summary>Bytes that can be taken without swapping.</summary>
    public static long Available()
    {
        // In a container this is its limit; elsewhere the physical memory.
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;
        if (File.Exists(meminfo))
            foreach (var line in File.ReadLines(meminfo))
                if (line.StartsWith(available, StringComparison.Ordinal)
                    && long.TryParse(line[available.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes))
                    return Math.Max(0, Math.Min(limit, kilobytes * 1024));
        return Math.Max(0, limit);
    }
}
