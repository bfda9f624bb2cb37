// The record: the search finds the best settings, an interrupted one runs nothing twice, and compute is read off between budgets alone.

using Maison.Tests.Api;
using Maison.Training.Baseline;

namespace Maison.Tests.Training.Baseline;

public sealed class ComputeRecordTests
{
    /// <summary>A made-up world: score falls with compute as a power, worse away from each arm's best settings; the baseline needs four times the compute.</summary>
    static TrialResult Score(Trial t)
    {
        var (need, rate) = t.Arm switch { TrialRunner.Baseline => (4.0, 4e-3), TrialRunner.Block => (3.0, 4e-3), "plain" => (2.0, 0.5), _ => (1.0, 1.0) };
        var away = Math.Pow(Math.Log2(t.Rate / rate), 2) + Math.Pow(Math.Log2(t.BatchTokens / 4096.0), 2) + Math.Pow(t.Size - 2, 2);
        return new(t, 1, 1, t.Flops, 1, 3 * Math.Pow(t.Flops / need / 1e12, -0.1) * (1 + 0.01 * away) * (1 + 1e-4 * t.Seed));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TheComputeOfABaselineThatNeedsFourTimesAsMuchIsFound(int together)
    {
        using var home = new TempFolder();
        var found = new ComputeRecord(new(home.Path), Score, together).Run(1e13, seeds: 3);
        Assert.Equal([("block-adamw", 4e-3, 4096, 2), ("plain", 0.5, 4096, 2), ("house", 1.0, 4096, 2)], found.House.Select(h => (h.Settings.Arm, h.Settings.Rate, h.Settings.BatchTokens, h.Settings.Size)));
        Assert.All(found.Baseline, b => Assert.Equal((4e-3, 4096, 2), (b.Settings.Rate, b.Settings.BatchTokens, b.Settings.Size)));
        Assert.Equal([1e13, 2.5e13, 6.25e13], found.Baseline.Select(b => b.Settings.Flops));
        Assert.Equal(["house"], new ComputeRecord(new(home.Path), Score, together).Run(1e13, seeds: 3, between: false).House.Select(h => h.Settings.Arm));
        foreach (var (ratios, expected) in found.Ratios.Zip([4 / 3.0, 2, 4])) Assert.All(ratios, r => Assert.Equal(expected, r, 1e-6));
    }

    [Fact]
    public void WhatWasRunIsNotRunAgain()
    {
        using var home = new TempFolder();
        var runs = 0;
        TrialResult Count(Trial t)
        {
            if (++runs == 20) throw new OperationCanceledException();
            return Score(t);
        }
        Assert.Throws<OperationCanceledException>(() => new ComputeRecord(new(home.Path), Count).Run(1e13, seeds: 1));
        File.AppendAllText(Path.Combine(home.Path, TrialBook.FileName), """{"trial":{"arm":"pl""");
        var book = new TrialBook(home.Path);
        Assert.Equal(19, book.Results.Count);
        var found = new ComputeRecord(book, Count).Run(1e13, seeds: 1);
        Assert.Equal(runs - 1, new TrialBook(home.Path).Results.Count);
        Assert.Equal(4, found.Ratios[^1].Single(), 1e-6);
    }

    [Fact]
    public void NothingIsReadOffBeyondTheLastBudget()
    {
        (double, double)[] curve = [(1e13, 2.0), (1e14, 1.5)];
        Assert.Equal(1e13, ComputeRecord.ComputeFor(2.5, curve));
        Assert.InRange(ComputeRecord.ComputeFor(1.7, curve), 1e13, 1e14);
        Assert.Equal(double.PositiveInfinity, ComputeRecord.ComputeFor(1.4, curve));
    }
}
