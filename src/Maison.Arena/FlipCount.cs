// How firm a place is: the fewest votes that would have to be missing for the one below to pass. Votes are ordered by how much each of them holds the
// place (the influence function, as in arXiv 2011.14999), as many as needed are left out, and the strengths are found again without them,
// since the first-order count is far too high where much must go. On many distinct votes they are found by one of Newton's steps, which
// needs to look at the missing votes alone.

namespace Maison.Battles;

/// <summary>Counts votes to a change of places.</summary>
sealed class FlipCount
{
    const int MostRefitted = 1000;

    readonly Fit fit;
    readonly IReadOnlyList<Comparison> votes;
    readonly double[] at;
    readonly Likelihood likelihood;
    readonly (double ByD, double ByTie)[] scores;
    readonly Lazy<SymmetricMatrix> information;

    public FlipCount(Fit fit, IReadOnlyList<Comparison> votes)
    {
        (this.fit, this.votes, at) = (fit, votes, fit.Parameters);
        likelihood = new(fit.Strengths.Count, votes, new double[at.Length]);
        (scores, information) = (likelihood.Scores(at), new(fit.Bread.Inverse));
    }

    /// <summary>Votes whose absence puts <paramref name="below"/> before <paramref name="above"/>; null when no number of them does.</summary>
    public int? Between(int above, int below)
    {
        // The votes that hold the place, and by how much, the firmest last.
        var influence = Influence(above, below);
        int[] holding = [.. Enumerable.Range(0, votes.Count).Where(i => influence[i] > 0)];
        double[] by = [.. holding.Select(i => influence[i])];
        Array.Sort(by, holding);
        var lead = fit.Strengths[above] - fit.Strengths[below];
        var count = 0;
        for (var i = holding.Length - 1; i >= 0; i--)
        {
            var here = (int)votes[holding[i]].Count;
            var needed = (int)Math.Floor(lead / by[i]) + 1;
            count += Math.Min(here, needed);
            if (needed <= here) break;
            lead -= here * by[i];
        }
        if (count == 0) return null;

        var all = (int)holding.Sum(i => votes[i].Count);
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

        bool Flips(int missing) => votes.Count > MostRefitted ? Steps(missing) : Refits(missing);

        bool Refits(int missing)
        {
            var left = votes.ToArray();
            foreach (var (vote, taken) in Missing(missing)) left[vote] = left[vote] with { Count = left[vote].Count - taken };
            var without = Davidson.Solve(fit.Strengths.Count, [.. left.Where(v => v.Count > 0)], fit.Styles.Count, start: fit);
            return without.Strengths[below] > without.Strengths[above];
        }

        bool Steps(int missing)
        {
            var (slope, left) = (new double[at.Length], information.Value.Copy());
            foreach (var (vote, taken) in Missing(missing)) likelihood.Count(votes[vote], -taken, at, slope, left);
            left.Mirror();
            var step = SymmetricMatrix.Solve(left.Cholesky(), slope);
            return at[above] + step[above] < at[below] + step[below];
        }

        IEnumerable<(int Vote, int Taken)> Missing(int missing)
        {
            for (var i = holding.Length - 1; missing > 0; i--)
            {
                var taken = (int)Math.Min(missing, votes[holding[i]].Count);
                yield return (holding[i], taken);
                missing -= taken;
            }
        }
    }

    /// <summary>How far leaving out one vote of each kind moves the lead, to first order.</summary>
    double[] Influence(int above, int below)
    {
        var (contestants, styles) = (fit.Strengths.Count, fit.Styles.Count);
        var moved = new double[contestants + 1 + styles];
        for (var i = 0; i < moved.Length; i++) moved[i] = fit.Bread[i, above] - fit.Bread[i, below];
        var influence = new double[votes.Count];
        for (var i = 0; i < influence.Length; i++)
        {
            var vote = votes[i];
            var along = moved[vote.A] - moved[vote.B];
            for (var k = 0; k < styles; k++) along += vote.Style![k] * moved[contestants + 1 + k];
            influence[i] = vote.Weight * (scores[i].ByD * along + scores[i].ByTie * moved[contestants]);
        }
        return influence;
    }
}
