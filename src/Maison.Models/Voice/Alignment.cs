// Monotonic alignments of frames to phones, apart from any network: which one is likely before hearing anything, and which one is the best.
// Pure functions of numbers. A path visits the phones in order, each for at least one frame.

namespace Maison.Models.Voice;

/// <summary>The prior over alignments and the search for the best one.</summary>
public static class Alignment
{
    /// <summary>Log-probability of each phone in each frame when all is spoken evenly: row t (from 1) of T is BetaBinomial(phones − 1, t, T + 1 − t) (arXiv 2108.10447, ω = 1), as (frames, phones).</summary>
    public static void LogPrior(int frames, int phones, Span<float> prior)
    {
        if (prior.Length != frames * phones) throw new ArgumentException($"The prior of {frames} frames and {phones} phones has {frames * phones} values, not {prior.Length}.");
        // All parameters are whole numbers, so every gamma function is a factorial.
        var logFactorial = new double[frames + phones + 1];
        for (var i = 2; i < logFactorial.Length; i++) logFactorial[i] = logFactorial[i - 1] + Math.Log(i);
        int n = phones - 1, both = frames + 1;
        for (var t = 1; t <= frames; t++)
        {
            int a = t, b = both - t;
            var whole = logFactorial[both - 1] - logFactorial[a - 1] - logFactorial[b - 1] + logFactorial[n] - logFactorial[n + both - 1];
            for (var k = 0; k <= n; k++)
                prior[(t - 1) * phones + k] = (float)(whole - logFactorial[k] - logFactorial[n - k] + logFactorial[k + a - 1] + logFactorial[n - k + b - 1]);
        }
    }

    /// <summary>The path of greatest Σ scores (Viterbi; the monotonic alignment search of arXiv 2005.11129): frames per phone.</summary>
    /// <param name="scores">One row of phones per frame, (frames, phones).</param>
    /// <exception cref="ArgumentException">There are fewer frames than phones.</exception>
    public static int[] Search(ReadOnlySpan<float> scores, int frames, int phones)
    {
        if (phones < 1 || frames < phones) throw new ArgumentException($"{frames} frames cannot pass through {phones} phones: each takes at least one.");
        var best = new double[phones];
        var moved = new bool[frames * phones];
        Array.Fill(best, double.NegativeInfinity);
        best[0] = scores[0];
        for (var t = 1; t < frames; t++)
            for (var n = Math.Min(t, phones - 1); n >= 0; n--)
            {
                var comes = n > 0 && best[n - 1] > best[n];
                moved[t * phones + n] = comes;
                best[n] = (comes ? best[n - 1] : best[n]) + scores[t * phones + n];
            }
        var counts = new int[phones];
        for (int t = frames - 1, n = phones - 1; t >= 0; t--)
        {
            counts[n]++;
            if (moved[t * phones + n]) n--;
        }
        return counts;
    }
}
