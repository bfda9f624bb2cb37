using Maison.Battles;

namespace Maison.Tests.Battles;

public sealed class PairChoiceTests
{
    static double Of(IReadOnlyList<(string A, string B, double Chance)> chances, string one, string other)
        => chances.Single(c => (c.A, c.B) == (one, other) || (c.A, c.B) == (other, one)).Chance;

    [Fact]
    public void AtFirstEveryPairIsAsLikely()
    {
        var chances = PairChoice.Chances(["x", "y", "z"], new());
        Assert.All(chances, c => Assert.Equal(1 / 3.0, c.Chance, 1e-12));
    }

    [Fact]
    public void WhatIsLeastKnownIsShownMostAndNothingNever()
    {
        // Three are known well, two of them nearly equal; n is new.
        var truth = new[] { 1.5, 0.1, 0 };
        var votes = SimulatedVotes.Cast(truth, 3000, new Random(3));
        var chances = PairChoice.Chances(["m00", "m01", "m02", "n"], Tally.Of(votes));
        Assert.Equal(1, chances.Sum(c => c.Chance), 1e-12);
        Assert.All(chances, c => Assert.True(c.Chance >= 0.2 / 6));
        Assert.True(Of(chances, "n", "m01") > 5 * Of(chances, "m01", "m02"));
        Assert.True(Of(chances, "m01", "m02") > Of(chances, "m00", "m02"));
    }

    [Fact]
    public void SeatsAreDrawnByLot()
    {
        var random = new Random(1);
        var first = Enumerable.Range(0, 2000).Count(_ => PairChoice.Draw(["x", "y"], new(), random).A == "x");
        Assert.InRange(first, 900, 1100);
        Assert.Throws<ArgumentException>(() => PairChoice.Draw(["x"], new(), random));
    }

    [Fact]
    public void AChosenPairTeachesMoreThanAnEvenOne()
    {
        // The same number of votes, once even and once chosen: the largest error between neighbours is smaller.
        var truth = SimulatedVotes.Strengths(8, 2.5);
        double Worst(bool chosen)
        {
            var random = new Random(6);
            var names = Enumerable.Range(0, 8).Select(SimulatedVotes.Name).ToList();
            var votes = new List<Vote>();
            while (votes.Count < 400)
            {
                var draw = votes.ToList();
                votes.AddRange(SimulatedVotes.Cast(truth, 20, random, pair: r =>
                {
                    if (!chosen) return SimulatedVotes.Even(8, r);
                    var (a, b) = PairChoice.Draw(names, Tally.Of(draw), r);
                    return (int.Parse(a[1..]), int.Parse(b[1..]));
                }));
            }
            var fit = Davidson.Solve(8, [.. votes.Select(v => new Comparison(int.Parse(v.A[1..]), int.Parse(v.B[1..]), v.Outcome))]);
            return Enumerable.Range(0, 7).Max(i => fit.VarianceBetween(i, i + 1));
        }
        Assert.True(Worst(chosen: true) < Worst(chosen: false));
    }
}
