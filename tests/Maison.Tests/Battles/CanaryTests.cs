// A candidate between promotion and rollback, over many simulated trials that are looked at after every vote.

using Maison.Battles;

namespace Maison.Tests.Battles;

public sealed class CanaryTests
{
    static CanaryState Trial(double advantage, int votes, int seed)
        => Canary.Judge(SimulatedVotes.Cast([advantage / 2, -advantage / 2], votes, new Random(seed), voters: 5), "text", "m00", "m01");

    [Fact]
    public void ABetterCandidateIsPromotedAndAWorseOneCaught()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            Assert.Equal(CanaryVerdict.Promote, Trial(0.8, 1000, seed).Verdict);
            Assert.Equal(CanaryVerdict.RollBack, Trial(-0.8, 1000, seed).Verdict);
        }
        Assert.InRange(Trial(0.8, 1000, 1).Battles, 30, 500);               // and not only at the end
    }

    [Fact]
    public void AnEqualOneIsHardlyEverPromotedHoweverOftenOneLooks()
        => Assert.InRange(Enumerable.Range(0, 200).Count(seed => Trial(0, 1000, seed).Verdict == CanaryVerdict.Promote), 0, 5);

    [Fact]
    public void WithFewVotesTheTrialGoesOnAndWithoutBeingBetterItEnds()
    {
        Assert.Equal(new CanaryState(CanaryVerdict.GoOn, 0, 0.5, 0, 1), Canary.Judge([], "text", "x", "y"));
        Assert.Equal(CanaryVerdict.GoOn, Trial(2, 5, 1).Verdict);
        var even = Enumerable.Range(0, 1200).Select(i => new Vote { Id = $"b{i}", Voter = "v", Modality = "text", Prompt = $"q{i}", A = i % 2 == 0 ? "x" : "y", B = i % 2 == 0 ? "y" : "x", Outcome = Outcome.Tie }).ToList();
        Assert.Equal((CanaryVerdict.RollBack, Canary.MostBattles), (Canary.Judge(even, "text", "x", "y").Verdict, Canary.Judge(even, "text", "x", "y").Battles));
        Assert.Equal(0, Canary.Judge(even, "text", "x", "z").Battles);
    }
}
