// What a board says and refuses to say: ranks, missing votes, firmness, who is left out.

using Maison.Battles;

namespace Maison.Tests.Battles;

public sealed class BoardTests
{
    static Vote Of(int id, string a, string b, Outcome outcome, string voter = "v", string? prompt = null, string? repeatOf = null, string modality = "text")
        => new() { Id = $"b{id}", Voter = voter, Modality = modality, Prompt = prompt ?? $"q{id}", A = a, B = b, Outcome = outcome, RepeatOf = repeatOf };

    [Fact]
    public void WithoutVotesThereIsNobodyOnIt()
    {
        var board = Board.Of([], new("text"));
        Assert.Empty(board.Entries);
        Assert.Equal((0.5, 0.0, 1.0), board.FirstSeat);
    }

    [Fact]
    public void TooFewVotesGiveNoRankButSayHowManyAreMissing()
    {
        var votes = Enumerable.Range(0, Board.FewestBattles - 1).Select(i => Of(i, "x", "y", Outcome.A)).ToList();
        var board = Board.Of(votes, new("text"));
        Assert.All(board.Entries, e => Assert.Equal((null, 1), (e.Rank, e.VotesNeeded)));
        board = Board.Of([.. votes, Of(99, "y", "x", Outcome.B)], new("text"));
        Assert.Equal([1, 2], board.Entries.Select(e => e.Rank!.Value));
        Assert.Equal(["x", "y"], board.Entries.Select(e => e.Contestant));
        Assert.Equal((20, 20, 0), (board.Entries[0].Battles, board.Entries[0].Wins, board.Entries[0].Losses));
        Assert.Empty(Board.Of(votes, new("voice")).Entries);
    }

    [Fact]
    public void WhomVotesCanNotTellApartShareARank()
    {
        var votes = Enumerable.Range(0, 60).Select(i => Of(i, i % 2 == 0 ? "x" : "y", i % 2 == 0 ? "y" : "x", i % 4 < 2 ? Outcome.A : Outcome.Tie)).ToList();
        var board = Board.Of(votes, new("text"));
        Assert.All(board.Entries, e => Assert.Equal(1, e.Rank));
        Assert.Equal(15, board.Entries[0].Wins);
        Assert.Equal(30, board.Entries[0].Ties);
    }

    [Fact]
    public void TiesAndBothBadAreCountedApartAndRateAlike()
    {
        List<Vote> With(Outcome outcome) => [.. Enumerable.Range(0, 50).Select(i => Of(i, "x", "y", i % 3 == 0 ? Outcome.A : outcome))];
        Board tied = Board.Of(With(Outcome.Tie), new("text")), bad = Board.Of(With(Outcome.BothBad), new("text"));
        Assert.Equal(tied.Entries.Select(e => e.Rating), bad.Entries.Select(e => e.Rating));
        Assert.Equal((33, 0), (bad.Entries[0].BothBad, bad.Entries[0].Ties));
    }

    [Fact]
    public void CategoriesHaveBoardsOfTheirOwn()
    {
        var votes = Enumerable.Range(0, 60).Select(i => Of(i, "x", "y", i < 30 ? Outcome.A : Outcome.B) with { Categories = i < 30 ? ["maths"] : ["code"] }).ToList();
        Assert.Equal("x", Board.Of(votes, new("text", "maths")).Entries[0].Contestant);
        Assert.Equal("y", Board.Of(votes, new("text", "code")).Entries[0].Contestant);
        Assert.Equal(60, Board.Of(votes, new("text")).Votes);
    }

    [Fact]
    public void TheSameQuestionToTheSameVoterCountsOnce()
    {
        var votes = new[]
        {
            Of(0, "x", "y", Outcome.A, prompt: "Why is  the sky blue?"), Of(1, "y", "x", Outcome.A, prompt: "why is the sky BLUE?"),
            Of(2, "x", "y", Outcome.A, voter: "w", prompt: "Why is the sky blue?"), Of(3, "x", "z", Outcome.A, prompt: "Why is the sky blue?"),
        };
        var ballots = Ballots.Of(votes);
        Assert.Equal(["b0", "b2", "b3"], ballots.Counted.Select(v => v.Id));
        Assert.Equal((4, 1), (ballots.Cast, ballots.Duplicates));
    }

    [Fact]
    public void HiddenRepeatsMeasureTheVoterAndNotTheContestants()
    {
        var votes = new[]
        {
            Of(0, "x", "y", Outcome.A), Of(1, "y", "x", Outcome.B, repeatOf: "b0"),    // seats swapped, the same judgement
            Of(2, "x", "y", Outcome.Tie), Of(3, "y", "x", Outcome.A, repeatOf: "b2"),  // another one
            Of(4, "x", "y", Outcome.A, voter: "w"),
        };
        var ballots = Ballots.Of(votes);
        Assert.Equal(["b0", "b2", "b4"], ballots.Counted.Select(v => v.Id));
        Assert.Equal(new Consistency(2, 1), ballots.Voters["v"]);
        Assert.Equal(new Consistency(0, 0), ballots.Voters["w"]);
    }

    [Fact]
    public void WhoContradictsThemselvesIsSetAsideInCompanyOnly()
    {
        List<Vote> With(int others)
        {
            var votes = Enumerable.Range(0, 20).SelectMany(i => new[] { Of(2 * i, "x", "y", Outcome.A), Of(2 * i + 1, "x", "y", Outcome.B, repeatOf: $"b{2 * i}") }).ToList();
            votes.AddRange(Enumerable.Range(0, others * 10).Select(i => Of(1000 + i, "x", "y", i % 2 == 0 ? Outcome.A : Outcome.B, voter: $"w{i / 10}")));
            return votes;
        }
        Assert.Equal(["v"], Ballots.Of(With(12)).SetAside);
        Assert.Equal(20, Ballots.Of(With(12)).VotesSetAside);
        Assert.Empty(Ballots.Of(With(5)).SetAside);
    }

    [Fact]
    public void OneBusyVoterDoesNotOutvoteTheHouse()
    {
        var votes = Enumerable.Range(0, 1000).Select(i => Of(i, "x", "y", Outcome.B, voter: "busy")).ToList();
        votes.AddRange(Enumerable.Range(0, 120).Select(i => Of(2000 + i, "x", "y", Outcome.A, voter: $"w{i % 6}")));
        var board = Board.Of(votes, new("text"));
        Assert.InRange(board.Entries.Single(e => e.Contestant == "x").Rating, 920, 1000);   // 200 against 120, not 1000 against 120
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void ARiggedTwentiethOfTheVotersDoesNotMoveTheTopThree(bool honestElsewhere)
    {
        var random = new Random(9);
        var votes = SimulatedVotes.Cast(SimulatedVotes.Strengths(12, 1.1), 12_000, random, voters: 200);
        var clean = Board.Of(votes, new("text", StyleControl: false));
        const string target = "m08";
        var rigged = votes.Select(v =>
        {
            if (string.CompareOrdinal(v.Voter, "voter010") >= 0) return v;
            if (v.A == target || v.B == target) return v with { Outcome = v.A == target ? Outcome.A : Outcome.B };
            if (!honestElsewhere && (v.A == "m00" || v.B == "m00")) return v with { Outcome = v.A == "m00" ? Outcome.B : Outcome.A };
            return v;
        }).ToList();
        var board = Board.Of(rigged, new("text", StyleControl: false));
        Assert.Equal(clean.Entries.Take(3).Select(e => e.Contestant), board.Entries.Take(3).Select(e => e.Contestant));
        Assert.Equal(["m00", "m01", "m02"], board.Entries.Take(3).Select(e => e.Contestant));
        // Most of them are found, and nobody else is.
        Assert.All(board.Ballots.SetAside, v => Assert.True(string.CompareOrdinal(v, "voter010") < 0, v));
        Assert.Empty(clean.Ballots.SetAside);
        Assert.True(board.Ballots.SetAside.Count >= 5, $"only {board.Ballots.SetAside.Count} were found");
        double At(Board b) => b.Entries.Single(e => e.Contestant == target).Rating;
        Assert.InRange(At(board) - At(clean), -15, 15);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void NoFewerVotesThanItSaysTurnAPlaceAround(int seed)
    {
        // All ways of leaving out so many votes of three contestants are tried.
        var votes = Comparisons.Joined(SimulatedVotes.Cast(SimulatedVotes.Strengths(3, 0.2), 60, new Random(seed)).Select(v => new Comparison(int.Parse(v.A[1..]), int.Parse(v.B[1..]), v.Outcome)));
        var fit = Davidson.Solve(3, votes);
        var order = Enumerable.Range(0, 3).OrderByDescending(i => fit.Strengths[i]).ToArray();
        var flips = new FlipCount(fit, votes).Between(order[0], order[1])!.Value;
        Assert.InRange(flips, 1, 12);
        Assert.True(Turns(votes.ToArray(), 0, flips));
        Assert.False(flips > 1 && Turns(votes.ToArray(), 0, flips - 1));

        bool Turns(Comparison[] left, int from, int missing)
        {
            if (from == left.Length || missing == 0)
            {
                var without = Davidson.Solve(3, [.. left.Where(v => v.Count > 0)], start: fit);
                return without.Strengths[order[1]] > without.Strengths[order[0]];
            }
            for (var taken = 0; taken <= Math.Min(missing, left[from].Count); taken++)
            {
                var next = left.ToArray();
                next[from] = next[from] with { Count = next[from].Count - taken };
                if (Turns(next, from + 1, missing - taken)) return true;
            }
            return false;
        }
    }

    [Fact]
    public void HowManyRelativesOneHasDoesNotMoveTheOthers()
    {
        // m03 sits once, then with five clones that play exactly as well; the gaps between the first three stay within their errors.
        var truth = SimulatedVotes.Strengths(4, 0.8);
        double[] family = [.. truth, .. Enumerable.Repeat(truth[3], 5)];
        Board alone = Board.Of(SimulatedVotes.Cast(truth, 4000, new Random(7)), new("text", StyleControl: false)), many = Board.Of(SimulatedVotes.Cast(family, 24_000, new Random(8)), new("text", StyleControl: false));
        double Gap(Board board, string one, string other) => board.Entries.Single(e => e.Contestant == one).Rating - board.Entries.Single(e => e.Contestant == other).Rating;
        Assert.Equal(["m00", "m01", "m02"], many.Entries.Take(3).Select(e => e.Contestant));
        Assert.InRange(Gap(many, "m00", "m01") - Gap(alone, "m00", "m01"), -30, 30);
        Assert.InRange(Gap(many, "m01", "m02") - Gap(alone, "m01", "m02"), -30, 30);
        Assert.All(many.Entries.Skip(3), e => Assert.Equal(4, e.Rank));
    }

    [Fact]
    public void OnManyVotesACountByOneStepIsCloseToTheTrueOne()
    {
        // 900 distinct votes are counted exactly; the same ones twice, 1,800, by one of Newton's steps, which must be about the double.
        var once = SimulatedVotes.Cast(SimulatedVotes.Strengths(4, 0.5), 900, new Random(5), lengthens: (c, r) => r.Next(20, 200));
        var twice = once.Concat(once.Select(v => v with { Id = v.Id + "x", Prompt = v.Prompt + "x" })).ToList();
        Board exact = Board.Of(once, new("text")), first = Board.Of(twice, new("text"));
        foreach (var (a, b) in exact.Entries.Zip(first.Entries).Where(p => p.First.VotesToFlip is not null))
            Assert.InRange(b.VotesToFlip!.Value, 1.8 * a.VotesToFlip!.Value, 2.2 * a.VotesToFlip!.Value);
    }

    [Fact]
    public void OnlyPlacesWithOneBelowCanBeLost()
    {
        var board = Board.Of(SimulatedVotes.Cast(SimulatedVotes.Strengths(3, 0.25), 90, new Random(4), voters: 3), new("text", StyleControl: false));
        Assert.NotNull(board.Entries[0].VotesToFlip);
        Assert.NotNull(board.Entries[1].VotesToFlip);
        Assert.Null(board.Entries[2].VotesToFlip);
    }

    [Fact]
    public void EveryOrderOfTheSameVotesGivesTheSameBoard()
    {
        var votes = SimulatedVotes.Cast(SimulatedVotes.Strengths(5, 1), 400, new Random(8), voters: 4);
        var board = Board.Of(votes, new("text"));
        var again = Board.Of([.. votes.OrderBy(v => v.Id, StringComparer.Ordinal)], new("text"));
        Assert.Equal(board.Entries.Select(e => e.Contestant), again.Entries.Select(e => e.Contestant));
        for (var i = 0; i < 5; i++) Assert.Equal(board.Entries[i].Rating, again.Entries[i].Rating, 1e-6);
    }
}
