// How much more compute a dense GPT-2 with AdamW needs for the quality of the house's model: both are tuned at every budget by the same search,
// the baseline at budgets 2.5 apart until they bracket the house's score, and its compute for that score is read off between two of them.

using Maison.Training.Text;

namespace Maison.Training.Baseline;

/// <summary>One arm at one budget: its best settings, with the scores of all seeds.</summary>
public sealed record TunedTrial(Trial Settings, IReadOnlyList<TrialResult> Seeds)
{
    public double Flops => Seeds.Average(s => s.Flops);

    /// <summary>The mean over the seeds.</summary>
    public double BitsPerByte => Seeds.Average(s => s.BitsPerByte);
}

/// <summary>The comparison.</summary>
/// <param name="House">The house's arms at the first budget: the plain block with Muon, and with all extras.</param>
/// <param name="Baseline">The baseline, budget by budget.</param>
/// <param name="Ratios">For each arm of the house, baseline compute over its own at its score, a seed at a time; infinite where the baseline did not get there.</param>
public sealed record ComputeRatios(IReadOnlyList<TunedTrial> House, IReadOnlyList<TunedTrial> Baseline, IReadOnlyList<IReadOnlyList<double>> Ratios);

/// <summary>Runs the comparison; what is in the book is not run again.</summary>
/// <param name="run">Trains and scores one trial.</param>
public sealed class ComputeRecord(TrialBook book, Func<Trial, TrialResult> run)
{
    const double Apart = 2.5;
    const int MostBudgets = 5;

    /// <summary>Where a search begins: the second rung, batches of 2,048, usual rates.</summary>
    static Trial First(string arm, double flops) => new(arm, flops, 1, 2048, arm == TrialRunner.Baseline ? 2e-3 : 1, 1);

    /// <param name="flops">The house's budget, and the baseline's first.</param>
    /// <param name="seeds">Seeds per tuned setting.</param>
    public ComputeRatios Run(double flops, int seeds)
    {
        TunedTrial[] house = [.. TrialRunner.Arms.Where(a => a != TrialRunner.Baseline).Select(arm => WithSeeds(Tune(First(arm, flops)), seeds))];
        var goal = house.Min(h => h.Seeds.Min(s => s.BitsPerByte));
        List<TunedTrial> baseline = [];
        for (var at = First(TrialRunner.Baseline, flops); baseline.Count < MostBudgets; at = at with { Flops = at.Flops * Apart })
        {
            at = Tune(at);
            baseline.Add(WithSeeds(at, seeds));
            if (baseline[^1].Seeds.Max(s => s.BitsPerByte) <= goal) break;
        }
        return new(house, baseline, [.. house.Select(h => (IReadOnlyList<double>)[.. Enumerable.Range(0, seeds).Select(i =>
            ComputeFor(h.Seeds[i].BitsPerByte, [.. baseline.Select(b => (b.Seeds[i].Flops, b.Seeds[i].BitsPerByte))]) / h.Seeds[i].Flops)])]);
    }

    TunedTrial WithSeeds(Trial settings, int seeds) => new(settings, [.. Enumerable.Range(1, seeds).Select(seed => Result(settings with { Seed = seed }))]);

    /// <summary>Steps to a better neighbour in rate, size or batch until there is none: at the end all of them were tried and are worse.</summary>
    Trial Tune(Trial from)
    {
        for (var best = from; ;)
        {
            var better = Neighbours(best).Where(t => Result(t).BitsPerByte < Result(best).BitsPerByte).MinBy(t => Result(t).BitsPerByte);
            if (better is null) return best;
            best = better;
        }
    }

    static IEnumerable<Trial> Neighbours(Trial t)
    {
        yield return t with { Rate = t.Rate * 2 };
        yield return t with { Rate = t.Rate / 2 };
        if (t.BatchTokens > 1024) yield return t with { BatchTokens = t.BatchTokens / 2 };
        yield return t with { BatchTokens = t.BatchTokens * 2 };
        if (t.Size > 0) yield return t with { Size = t.Size - 1 };
        if (t.Size < TextSizing.Ladder.Count - 1) yield return t with { Size = t.Size + 1 };
    }

    TrialResult Result(Trial trial) => book.Get(trial, run);

    /// <summary>The compute at which a curve reaches a score: a straight line between two budgets in log compute and log score, nothing beyond the last.</summary>
    /// <param name="curve">Compute and score, by rising compute.</param>
    public static double ComputeFor(double score, IReadOnlyList<(double Flops, double BitsPerByte)> curve)
    {
        if (curve[0].BitsPerByte <= score) return curve[0].Flops;
        for (var i = 1; i < curve.Count; i++)
        {
            var ((c0, b0), (c1, b1)) = (curve[i - 1], curve[i]);
            if (b1 > score) continue;
            var share = (Math.Log(b0) - Math.Log(score)) / (Math.Log(b0) - Math.Log(b1));
            return c0 * Math.Pow(c1 / c0, share);
        }
        return double.PositiveInfinity;
    }
}
