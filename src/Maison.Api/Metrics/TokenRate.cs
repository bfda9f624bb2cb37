// Tokens per second over the last ten seconds, from one counter per second of a ring. A scraper that wants another window takes
// rate() over the totals instead.

namespace Maison.Api.Metrics;

/// <summary>A sliding rate; safe from any thread.</summary>
sealed class TokenRate(TimeProvider clock)
{
    const int Window = 10;

    readonly Lock gate = new();
    readonly (long Second, long Count)[] ring = new (long, long)[Window];

    public void Count()
    {
        var second = Now();
        lock (gate)
        {
            ref var slot = ref ring[second % Window];
            if (slot.Second != second) slot = (second, 0);
            slot.Count++;
        }
    }

    /// <summary>The mean over the last ten seconds, the current one included.</summary>
    public double PerSecond()
    {
        var oldest = Now() - Window + 1;
        lock (gate) return ring.Where(s => s.Second >= oldest).Sum(s => s.Count) / (double)Window;
    }

    long Now() => clock.GetUtcNow().ToUnixTimeSeconds();
}
