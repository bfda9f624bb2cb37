// How many tokens an answer will probably have: the 95th percentile of a model's last answers. Holding the worst case instead would fill
// a budget while nothing is spent; an answer that turns out longer asks for more while it runs.

using System.Collections.Concurrent;

namespace Maison.Api.Budgets;

/// <summary>Lengths of answers by model; safe from any thread.</summary>
sealed class Estimates
{
    const int Remembered = 256, Enough = 20;

    /// <summary>What stands for a model that has answered too seldom to tell.</summary>
    const long Unknown = 512;

    readonly ConcurrentDictionary<string, (Lock Gate, long[] Ring, int[] Count)> lengths = new();

    public void Observe(string model, long tokens)
    {
        var (gate, ring, count) = lengths.GetOrAdd(model, _ => (new(), new long[Remembered], new int[1]));
        lock (gate) ring[count[0]++ % Remembered] = tokens;
    }

    /// <summary>Tokens that 19 of 20 answers do not exceed.</summary>
    public long Of(string model)
    {
        if (!lengths.TryGetValue(model, out var known)) return Unknown;
        lock (known.Gate)
        {
            var count = Math.Min(known.Count[0], Remembered);
            if (count < Enough) return Unknown;
            var sorted = known.Ring[..count];
            Array.Sort(sorted);
            return sorted[(count * 95 + 99) / 100 - 1];
        }
    }
}
