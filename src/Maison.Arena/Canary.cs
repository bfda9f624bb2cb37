// Whether a candidate may take a model's place, from the votes between the two alone. The interval holds at every look at once (Robbins's mixture for
// bounded scores), so that looking after each vote, and stopping when it is good, fools nobody: an equal candidate is promoted in at
// most one trial of forty, however often one looks.

namespace Maison.Battles;

/// <summary>What to do with a candidate.</summary>
public enum CanaryVerdict
{
    /// <summary>The votes do not tell yet.</summary>
    GoOn,

    /// <summary>It is surely better.</summary>
    Promote,

    /// <summary>It is surely worse, or the trial is over without it being better.</summary>
    RollBack,
}

/// <summary>Where a trial stands.</summary>
/// <param name="Share">Of the votes between the two, the candidate's; ties are half.</param>
/// <param name="Low">Lower bound of the share's interval.</param>
public sealed record CanaryState(CanaryVerdict Verdict, int Battles, double Share, double Low, double High);

/// <summary>Judges candidates.</summary>
public static class Canary
{
    /// <summary>Votes after which a trial is over.</summary>
    public const int MostBattles = 1000;

    /// <summary>Scores lie between 0 and 1, so their variance is at most a quarter; the mixture is narrowest at about a hundred votes.</summary>
    const double MostVariance = 0.25, Mixture = 3, Error = 0.05;

    /// <summary>The verdict on a candidate.</summary>
    /// <param name="votes">All votes, in the order in which they were cast; what does not count on a board does not count here.</param>
    public static CanaryState Judge(IReadOnlyList<Vote> votes, string modality, string candidate, string baseline)
    {
        var (battles, sum) = (0, 0.0);
        var (low, high) = (0.0, 1.0);
        var counted = Ballots.Of([.. votes.Where(v => v.Modality == modality)]).Counted;
        foreach (var vote in counted.Where(v => (v.A, v.B) == (candidate, baseline) || (v.A, v.B) == (baseline, candidate)).Take(MostBattles))
        {
            battles++;
            sum += (vote.A == candidate ? vote.Outcome : Vote.Swapped(vote.Outcome)) switch { Outcome.A => 1, Outcome.B => 0, _ => 0.5 };
            var reach = Reach(battles);
            // Bounds that held once hold for ever, so only the narrowest of them count.
            (low, high) = (Math.Max(low, sum / battles - reach), Math.Min(high, sum / battles + reach));
            if (low > 0.5 || high < 0.5) break;
        }
        var verdict = low > 0.5 ? CanaryVerdict.Promote : high < 0.5 || battles == MostBattles ? CanaryVerdict.RollBack : CanaryVerdict.GoOn;
        return new(verdict, battles, battles == 0 ? 0.5 : sum / battles, low, high);
    }

    /// <summary>Half of the interval's width after so many votes.</summary>
    static double Reach(int battles)
    {
        var spread = MostVariance * battles + Mixture;
        return Math.Sqrt(spread * Math.Log(spread / (Mixture * Error * Error))) / battles;
    }
}
