// A Prometheus histogram: cumulative buckets, sum and count.

namespace Maison.Api.Metrics;

/// <summary>Counts observations at or below each bound; safe from any thread.</summary>
sealed class Histogram(params double[] bounds)
{
    readonly Lock gate = new();
    readonly long[] counts = new long[bounds.Length + 1];
    double sum;

    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket]) bucket++;
        lock (gate)
        {
            counts[bucket]++;
            sum += value;
        }
    }

    /// <summary>The cumulative counts per upper bound, ending with positive infinity, and the sum of all observations.</summary>
    public ((double UpTo, long Count)[] Buckets, double Sum) Read()
    {
        lock (gate)
        {
            var buckets = new (double, long)[counts.Length];
            long total = 0;
            for (var i = 0; i < counts.Length; i++)
                buckets[i] = (i < bounds.Length ? bounds[i] : double.PositiveInfinity, total += counts[i]);
            return (buckets, sum);
        }
    }
}
