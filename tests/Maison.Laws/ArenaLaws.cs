// Slow laws of the arena: intervals hold the truth as often as they say, whatever is shown how often, over 500 whole boards.

using Maison.Battles;
using Maison.Tests.Battles;

namespace Maison.Laws;

public sealed class ArenaLaws
{
    [Theory]
    [InlineData(true), InlineData(false)]
    public void NinetyFivePercentIntervalsCoverTheTruth(bool evenPairs)
    {
        const int boards = 500, contestants = 8, votes = 1600;
        var truth = SimulatedVotes.Strengths(contestants, 0.8);
        // Uneven: the first of two is mostly one of the strong ones, as where visitors choose.
        (int, int) Uneven(Random random)
        {
            var a = (int)(contestants * Math.Pow(random.NextDouble(), 2));
            var b = random.Next(contestants - 1);
            return (a, b < a ? b : b + 1);
        }
        var held = 0;
        for (var seed = 0; seed < boards; seed++)
        {
            var cast = SimulatedVotes.Cast(truth, votes, new Random(seed), pair: evenPairs ? null : Uneven);
            var board = Board.Of(cast, new("text", StyleControl: false));
            held += board.Entries.Count(e => 1000 + Board.Scale * truth[int.Parse(e.Contestant[1..])] is var points && points >= e.Low && points <= e.High);
        }
        Assert.InRange(held / (double)(boards * contestants), 0.93, 0.97);
    }
}
