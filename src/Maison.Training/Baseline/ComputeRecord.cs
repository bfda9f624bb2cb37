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
/// <param name="House">The arms between the baseline and the house's model, where they were asked for, and that last, at the first budget.</param>
/// <param name="Baseline">The baseline, budget by budget.</param>
/// <param name="Ratios">For each arm of the house, baseline compute over its own at its score, a seed at a time; infinite where the baseline did not get there.</param>
public sealed record ComputeRatios(IReadOnlyList<TunedTrial> House, IReadOnlyList<TunedTrial> Baseline, IReadOnlyList<IReadOnlyList<double>> Ratios);

/// <summary>Runs the comparison; what is in the book is not run again.</summary>
/// <param name="run">Trains and scores one trial; called from as many threads as are asked for.</param>
/// <param name="together">Trials at once.</param>
public sealed class ComputeRecord(TrialBook book, Func<Trial, TrialResult> run, int together = 1)
{
    const double Apart = 2.5;
    const int MostBudgets = 5;

    /// <summary>Share by which a neighbour has to be better: seeds differ by more than this at small budgets, and a search that follows them wanders.</summary>
    const double Worth = 0.001;

    /// <param name="flops">The house's budget, and the baseline's first.</param>
    /// <param name="seeds">Seeds per tuned setting.</param>
    /// <param name="between">Whether what lies between the two is measured as well, to tell what gives how much.</param>
    public ComputeRatios Run(double flops, int seeds, bool between = true)
    {
        // The two ends first, then what lies between, whose searches begin at the best settings of the end whose rates mean the same.
        var house = Arm(First(TrialRunner.House, 1));
        List<TunedTrial> baseline = [Arm(First(TrialRunner.Baseline, 2e-3))];
        while (baseline.Count < MostBudgets && Ratios(house).Any(double.IsInfinity)) baseline.Add(Arm(baseline[^1].Settings with { Flops = baseline[^1].Settings.Flops * Apart }));
        TunedTrial[] all = !between ? [house] : [Arm(baseline[0].Settings with { Arm = TrialRunner.Block }), Arm(house.Settings with { Arm = TrialRunner.Plain }), house];
        return new(all, baseline, [.. all.Select(Ratios)]);

        // Of 512 tokens a batch on the lowest rung: where little compute is spent best.
        Trial First(string arm, double rate) => new(arm, flops, 0, 512, rate, 1);

        TunedTrial Arm(Trial from) => WithSeeds(Tune(from), seeds);

        IReadOnlyList<double> Ratios(TunedTrial arm) => [.. Enumerable.Range(0, seeds).Select(i => ComputeFor(arm.Seeds[i].BitsPerByte, [.. baseline.Select(b => (b.Seeds[i].Flops, b.Seeds[i].BitsPerByte))]) / arm.Seeds[i].Flops)];
    }

    TunedTrial WithSeeds(Trial settings, int seeds) => new(settings, Results([.. Enumerable.Range(1, seeds).Select(seed => settings with { Seed = seed })]));

    /// <summary>Steps to the first better neighbour in rate, batch, both or size until there is none: at the end all of them were tried and none is better.</summary>
    Trial Tune(Trial from)
    {
        var best = Results([from])[0];
        for (var moved = true; moved;)
        {
            moved = false;
            // All that is known of the arm first, it costs nothing; then as many as run at once, a dimension's two directions together.
            var known = book.Results.Select(r => r.Trial).Where(t => t with { Size = 0, BatchTokens = 0, Rate = 0 } == best.Trial with { Size = 0, BatchTokens = 0, Rate = 0 }).ToArray();
            foreach (var few in Neighbours(best.Trial).Except(known).Chunk(together).Prepend(known))
            {
                if (Results(few).MinBy(r => r.BitsPerByte) is not { } found || !(found.BitsPerByte < best.BitsPerByte * (1 - Worth))) continue;
                (best, moved) = (found, true);
                break;
            }
        }
        return best.Trial;
    }

    static IEnumerable<Trial> Neighbours(Trial t)
    {
        yield return t with { Rate = t.Rate * 2 };
        yield return t with { Rate = t.Rate / 2 };
        if (t.BatchTokens > TrialRunner.RowTokens) yield return t with { BatchTokens = t.BatchTokens / 2 };
        yield return t with { BatchTokens = t.BatchTokens * 2 };
        // A larger batch bears a larger rate: a search along the axes alone stops on that ridge.
        yield return t with { BatchTokens = t.BatchTokens * 2, Rate = t.Rate * 2 };
        if (t.BatchTokens > TrialRunner.RowTokens) yield return t with { BatchTokens = t.BatchTokens / 2, Rate = t.Rate / 2 };
        if (t.Size > 0) yield return t with { Size = t.Size - 1 };
        if (t.Size < TextSizing.Ladder.Count - 1) yield return t with { Size = t.Size + 1 };
    }

    TrialResult[] Results(IReadOnlyList<Trial> trials) => together == 1
        ? [.. trials.Select(t => book.Get(t, run))]
        : Task.WhenAll(trials.Select(t => Task.Run(() => book.Get(t, run)))).GetAwaiter().GetResult();

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
