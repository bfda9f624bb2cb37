// The fit against a plain solver and against what is known of simulated votes.

using Maison.Battles;

namespace Maison.Tests.Battles;

public sealed class RatingTests
{
    static List<Comparison> Numbered(IEnumerable<Vote> votes) => Comparisons.Joined(votes.Select(v => new Comparison(int.Parse(v.A[1..]), int.Parse(v.B[1..]), v.Outcome)));

    [Fact]
    public void StrengthsEqualThoseOfAPlainSolverAndTheTrueOrderIsFound()
    {
        var truth = SimulatedVotes.Strengths(20, 1.5);
        var votes = Numbered(SimulatedVotes.Cast(truth, 100_000, new Random(1)));
        var fit = Davidson.Solve(20, votes);
        var (strengths, tie) = PlainSolver.Solve(20, votes, Davidson.PriorDeviation);
        for (var i = 0; i < 20; i++) Assert.Equal(strengths[i], fit.Strengths[i], 1e-6);
        Assert.Equal(tie, fit.TieStrength, 1e-6);
        Assert.Equal(truth.Length, Enumerable.Range(0, 20).OrderByDescending(i => fit.Strengths[i]).Where((m, place) => m == place).Count());
        Assert.Equal(-0.7, fit.TieStrength, 0.05);
        Assert.InRange(fit.Steps, 1, 20);
    }

    [Theory]
    [InlineData(3, 7), InlineData(5, 40), InlineData(12, 300)]
    public void FewAndUnevenVotesAreSolvedAlike(int contestants, int count)
    {
        var random = new Random(contestants);
        var votes = Numbered(SimulatedVotes.Cast(SimulatedVotes.Strengths(contestants, 2), count, random)).Select((v, i) => v with { Weight = 0.5 + i % 3 }).ToList();
        var fit = Davidson.Solve(contestants, votes);
        var (strengths, tie) = PlainSolver.Solve(contestants, votes, Davidson.PriorDeviation);
        for (var i = 0; i < contestants; i++) Assert.Equal(strengths[i], fit.Strengths[i], 1e-6);
        Assert.Equal(tie, fit.TieStrength, 1e-6);
    }

    [Fact]
    public void NothingIsKnownWithoutVotesAndLittleWithOne()
    {
        var none = Davidson.Solve(3, []);
        Assert.All(none.Strengths, s => Assert.Equal(0, s));
        Assert.Equal(Davidson.PriorDeviation * Math.Sqrt(2 / 3.0), none.ErrorOf(0), 1e-9);        // around the mean of three
        var one = Davidson.Solve(3, [new(0, 1, Outcome.A)]);
        Assert.InRange(one.Strengths[0] - one.Strengths[1], 0.2, 1);
        Assert.Equal(0, one.Strengths[2], 1e-9);
        Assert.Equal(none.ErrorOf(2), one.ErrorOf(2), 1e-9);
        Assert.True(one.VarianceBetween(0, 1) < none.VarianceBetween(0, 1));
    }

    [Fact]
    public void WhoNeverLosesStaysFinite()
    {
        var fit = Davidson.Solve(2, [new(0, 1, Outcome.A, Count: 1000)]);
        Assert.InRange(fit.Strengths[0] - fit.Strengths[1], 3, 20);
    }

    [Fact]
    public void SeatsDoNotMatter()
    {
        var votes = SimulatedVotes.Cast(SimulatedVotes.Strengths(4, 1), 200, new Random(5));
        var turned = votes.Select(v => v with { A = v.B, B = v.A, Outcome = Vote.Swapped(v.Outcome) });
        Assert.Equal(Davidson.Solve(4, Numbered(votes)).Strengths, Davidson.Solve(4, Numbered(turned)).Strengths);
    }

    [Fact]
    public void AContradictionIsNamed()
    {
        Assert.Contains("give two of 2 contestants", Assert.Throws<ArgumentException>(() => Davidson.Solve(2, [new(0, 2, Outcome.A)])).Message);
        Assert.Throws<ArgumentException>(() => Davidson.Solve(2, [new(0, 1, Outcome.A, Style: [1])]));
    }

    [Fact]
    public void StyleControlTakesAwayWhatLengthIsWorth()
    {
        // The weakest writes three times as much as the strongest, and voters like length.
        var truth = SimulatedVotes.Strengths(4, 0.4);
        var votes = SimulatedVotes.Cast(truth, 20_000, new Random(2), lengthens: (m, random) => 50 + 50 * m + random.Next(60), lengthWorth: 5);
        var plain = Board.Of(votes, new("text", StyleControl: false));
        var controlled = Board.Of(votes, new("text"));
        Assert.Equal("m03", plain.Entries[0].Contestant);
        Assert.Equal(["m00", "m01", "m02", "m03"], controlled.Entries.Select(e => e.Contestant));
        for (var i = 0; i < 4; i++) Assert.InRange(1000 + Board.Scale * truth[i], controlled.Entries[i].Low - 5, controlled.Entries[i].High + 5);
        var length = controlled.Styles.Single(s => s.Name == "length");
        Assert.True(length.Low > 0);
        Assert.Empty(plain.Styles);
        Assert.All(controlled.Styles.Where(s => s.Name != "length"), s => Assert.Equal(0, s.Points, 1e-9));
    }

    [Fact]
    public void IntervalsHoldTheTruthAsOftenAsTheySay()
    {
        // A lighter twin of the slow law: 60 boards of 6 contestants; 360 intervals at 95 % leave 342 ± 12 that hold.
        var truth = SimulatedVotes.Strengths(6, 0.8);
        var held = Enumerable.Range(0, 60).Sum(seed =>
        {
            var fit = Davidson.Solve(6, Numbered(SimulatedVotes.Cast(truth, 900, new Random(seed))));
            return Enumerable.Range(0, 6).Count(i => Math.Abs(fit.Strengths[i] - truth[i]) <= Proportion.Sure * fit.ErrorOf(i));
        });
        Assert.InRange(held, 330, 354);
    }
}
