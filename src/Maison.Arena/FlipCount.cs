// How firm a place is: the fewest votes that would have to be missing for the one below to pass. Votes are ordered by how much each of them holds the
// place (the influence function, as in arXiv 2011.14999), as many as needed are left out, and the strengths are found again without them,
// since the first-order count is only nearly right. On very many distinct votes that count alone is told.

namespace Maison.Battles;

/// <summary>Counts votes to a change of places.</summary>
static class FlipCount
{
    const int MostRefitted = 20_000;

    /// <summary>Votes whose absence puts <paramref name="below"/> before <paramref name="above"/>; null when no number of them does.</summary>
    public static int? Of(Fit fit, IReadOnlyList<Comparison> votes, int above, int below)
    {
        var contestants = fit.Strengths.Count;
        var (at, solved) = (fit.Parameters, new double[fit.Parameters.Length]);
        for (var i = 0; i < solved.Length; i++) solved[i] = fit.Bread[i, above] - fit.Bread[i, below];
        var likelihood = new Likelihood(contestants, votes, new double[at.Length]);
        var holding = votes.Select((vote, i) => (Vote: i, By: likelihood.Influence(vote, at, solved))).Where(h => h.By > 0).OrderByDescending(h => h.By).ThenBy(h => h.Vote).ToList();
        var all = (int)holding.Sum(h => votes[h.Vote].Count);
        var lead = fit.Strengths[above] - fit.Strengths[below];
        var count = 0;
        foreach (var (index, by) in holding)
        {
            var here = (int)votes[index].Count;
            var needed = (int)Math.Floor(lead / by) + 1;
            count += Math.Min(here, needed);
            if (needed <= here) break;
            lead -= here * by;
        }
        if (count == 0) return null;
        if (votes.Count > MostRefitted) return count;

        var (stays, flips) = (0, 0);
        for (var tried = count; flips == 0; tried = Math.Min(all, tried + tried / 4 + 1))
            if (Flips(tried)) flips = tried;
            else if (tried == all) return null;
            else stays = tried;
        // The first-order count is close, so that a search from it is short.
        for (var step = Math.Max(1, (flips - stays) / 8); flips - stays > 1;)
        {
            var tried = Math.Max(stays + 1, flips - step);
            if (Flips(tried)) (flips, step) = (tried, step * 2);
            else (stays, step) = (tried, Math.Max(1, (flips - tried) / 2));
        }
        return flips;

        bool Flips(int missing)
        {
            var left = votes.ToArray();
            foreach (var (index, _) in holding)
            {
                var taken = (int)Math.Min(missing, left[index].Count);
                left[index] = left[index] with { Count = left[index].Count - taken };
                if ((missing -= taken) == 0) break;
            }
            var without = Davidson.Solve(contestants, [.. left.Where(v => v.Count > 0)], fit.Styles.Count, start: fit);
            return without.Strengths[below] > without.Strengths[above];
        }
    }
}
