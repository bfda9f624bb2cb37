// Which two are shown next: the pair whose vote is expected to tell most about the strengths, log(1 + variance of the difference · information of a
// vote), which is how much the determinant of the information grows. Chosen by lot in proportion to its square, and now and then evenly, so
// that every pair is shown at times and nobody can tell who sits there from who is due.

namespace Maison.Battles;

/// <summary>Chooses pairs.</summary>
public static class PairChoice
{
    const double Even = 0.2;

    /// <summary>How likely each pair is to be shown next.</summary>
    /// <param name="contestants">Who may be shown.</param>
    public static IReadOnlyList<(string A, string B, double Chance)> Chances(IReadOnlyList<string> contestants, Tally votes)
    {
        var (fit, number) = votes.Fit(contestants);
        var pairs = new List<(string A, string B, double Gain)>();
        for (var i = 0; i < contestants.Count; i++)
            for (var j = i + 1; j < contestants.Count; j++)
            {
                var (a, b) = (number[i], number[j]);
                var gain = Math.Log(1 + fit.VarianceBetween(a, b) * Davidson.Information(fit.Strengths[a] - fit.Strengths[b], fit.TieStrength));
                pairs.Add((contestants[i], contestants[j], gain * gain));
            }
        var all = pairs.Sum(p => p.Gain);
        return [.. pairs.Select(p => (p.A, p.B, Even / pairs.Count + (1 - Even) * (all > 0 ? p.Gain / all : 1.0 / pairs.Count)))];
    }

    /// <summary>Draws a pair, seats by lot.</summary>
    /// <exception cref="ArgumentException">There are fewer than two contestants.</exception>
    public static (string A, string B) Draw(IReadOnlyList<string> contestants, Tally votes, Random random)
    {
        if (contestants.Count < 2) throw new ArgumentException($"A battle needs two contestants; there is {contestants.Count}.", nameof(contestants));
        var pairs = Chances(contestants, votes);
        var at = random.NextDouble();
        var chosen = pairs[^1];
        foreach (var pair in pairs)
            if ((at -= pair.Chance) < 0)
            {
                chosen = pair;
                break;
            }
        return random.Next(2) == 0 ? (chosen.A, chosen.B) : (chosen.B, chosen.A);
    }
}
