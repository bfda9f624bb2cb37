// Votes brought into the form that the fit reads: contestants as numbers, equal votes as one with a count, and weights by how often a pair was
// shown. Which pairs are shown is the server's choice and no merit of the contestants, so every pair weighs the same however often it was; a pair that was
// hardly ever shown weighs at most ten times as much per vote as the average, since a few votes should not decide a board.

using System.Runtime.InteropServices;

namespace Maison.Battles;

/// <summary>From votes to comparisons.</summary>
static class Comparisons
{
    const double MostWeight = 10;

    /// <summary>Equal ones become one; seats are put in order.</summary>
    public static List<Comparison> Joined(IEnumerable<Comparison> votes)
    {
        var joined = new Dictionary<(int, int, Outcome, double), double>();
        foreach (var vote in votes)
        {
            var turned = vote.A > vote.B;
            var key = turned ? (vote.B, vote.A, Vote.Swapped(vote.Outcome), vote.Weight) : (vote.A, vote.B, vote.Outcome, vote.Weight);
            CollectionsMarshal.GetValueRefOrAddDefault(joined, key, out _) += vote.Count;
        }
        return [.. joined.Select(j => new Comparison(j.Key.Item1, j.Key.Item2, j.Key.Item3, j.Key.Item4, j.Value))];
    }

    /// <summary>Weights of votes by the inverse frequency of their pair, times the weight of their voter; their mean is 1.</summary>
    public static double[] Weights(IReadOnlyList<(int A, int B)> pairs, IReadOnlyList<double> voters)
    {
        var shown = Shown(pairs);
        var mean = (double)pairs.Count / Math.Max(1, shown.Count);
        double[] weights = [.. pairs.Select((p, i) => voters[i] * Math.Min(MostWeight, mean / shown[Ordered(p)]))];
        var scale = weights.Length / Math.Max(weights.Sum(), double.Epsilon);
        for (var i = 0; i < weights.Length; i++) weights[i] *= scale;
        return weights;
    }

    /// <summary>How often each pair was shown, whoever sat where.</summary>
    public static Dictionary<(int A, int B), int> Shown(IReadOnlyList<(int A, int B)> pairs)
    {
        var shown = new Dictionary<(int, int), int>();
        foreach (var pair in pairs) CollectionsMarshal.GetValueRefOrAddDefault(shown, Ordered(pair), out _)++;
        return shown;
    }

    static (int A, int B) Ordered((int A, int B) pair) => pair.A < pair.B ? pair : (pair.B, pair.A);
}
