// The votes in memory, in the form that boards are computed from, and the boards that were asked for. Votes are only ever added, so reading what came
// since the last look is enough. A board of thousands of votes is computed anew once a thousandth of them is new: until then its numbers would
// be the same to the eye, and nobody has to wait. What is signed is always computed from every vote.

using System.Text.Json;
using Maison.Api.Store;
using Maison.Battles;
using Maison.Data.Chat;
using Maison.Wire;

namespace Maison.Api.Arena;

/// <summary>All votes of one store; safe from any thread.</summary>
public sealed class VoteBook(Database database)
{
    const int Grain = 1000;

    readonly Lock gate = new(), computing = new();
    readonly List<Vote> votes = [];
    readonly HashSet<string> consents = [];
    readonly Dictionary<string, Tally> tallies = [];
    readonly Dictionary<string, (int Votes, Ballots Ballots)> sorted = [];
    readonly Dictionary<BoardOptions, (int Votes, Board Board)> boards = [];
    long position;

    /// <summary>Draws the next two of some contestants, seats by lot.</summary>
    internal (string A, string B) Draw(string modality, IReadOnlyList<string> contestants, Random random)
    {
        lock (gate)
        {
            Read();
            return PairChoice.Draw(contestants, TallyOf(modality), random);
        }
    }

    /// <summary>All votes, in the order in which they were cast.</summary>
    public IReadOnlyList<Vote> Votes
    {
        get
        {
            lock (gate)
            {
                Read();
                return [.. votes];
            }
        }
    }

    /// <summary>Which of two answers was judged better, of texts whose voters agreed to training; what does not count on a board is left out.</summary>
    public IEnumerable<PreferencePair> Preferences()
    {
        List<Vote> counted;
        HashSet<string> agreed;
        lock (gate)
        {
            Read();
            counted = [.. Ballots.Of([.. votes.Where(v => v.Modality == "text")]).Counted.Where(v => v.Outcome is Outcome.A or Outcome.B)];
            agreed = [.. consents];
        }
        foreach (var vote in counted.Where(v => agreed.Contains(v.Id)))
            if (database.Read(session => BattleStore.Texts(session, vote.Id)) is { } texts && texts.A != texts.B)
                yield return vote.Outcome == Outcome.A ? new(texts.Prompt, texts.A, texts.B) : new(texts.Prompt, texts.B, texts.A);
    }

    /// <summary>A board; of more than a thousand votes, up to a thousandth of them may be missing.</summary>
    /// <param name="voter">Counts this voter's votes alone; null counts all.</param>
    public Board Board(BoardOptions options, string? voter = null)
    {
        var all = Votes;
        if (voter is not null) return Battles.Board.Of([.. all.Where(v => v.Voter == voter)], options);
        lock (computing)
        {
            if (boards.TryGetValue(options, out var known) && StillHolds(known.Votes, known.Board.Ballots)) return known.Board;
            if (!sorted.TryGetValue(options.Modality, out var ballots) || !StillHolds(ballots.Votes, ballots.Ballots))
                sorted[options.Modality] = ballots = (all.Count, Ballots.Of([.. all.Where(v => v.Modality == options.Modality)]));
            var board = Battles.Board.Of(ballots.Ballots, options);
            boards[options] = (ballots.Votes, board);
            return board;
        }

        bool StillHolds(int votes, Ballots ballots) => (all.Count - votes) * (long)Grain <= ballots.Cast;
    }

    /// <summary>The board that models make when they judge; no vote of a person is in it.</summary>
    public Board JuryBoard(BoardOptions options) => Battles.Board.Of(database.Read(BattleStore.JuryVotes), options);

    void Read()
    {
        foreach (var (at, _, body, _) in database.Read(session => BattleStore.Votes(session, position)))
        {
            var line = JsonSerializer.Deserialize(body, WireJson.Default.VoteLine)!;
            votes.Add(VoteShapes.Of(line));
            TallyOf(line.Modality).Add(votes[^1]);
            if (line.Consent) consents.Add(line.Battle);
            position = at;
        }
    }

    Tally TallyOf(string modality) => tallies.TryGetValue(modality, out var tally) ? tally : tallies[modality] = new();
}

/// <summary>Votes and boards on the wire and off it.</summary>
static class VoteShapes
{
    static readonly string[] Choices = ["a", "b", "tie", "both_bad"];

    /// <summary>The outcome of a word; null for one that is none.</summary>
    public static Outcome? OutcomeOf(string? choice) => Array.IndexOf(Choices, choice) is >= 0 and var index ? (Outcome)index : null;

    public static Vote Of(VoteLine line) => new()
    {
        Id = line.Battle,
        Voter = line.Voter,
        Modality = line.Modality,
        Prompt = line.Question,
        Categories = line.Categories,
        A = line.A,
        B = line.B,
        Outcome = OutcomeOf(line.Choice) ?? throw new InvalidDataException($"The vote of {line.Battle} is '{line.Choice}', which is no choice."),
        RepeatOf = line.RepeatOf,
        StyleA = line.StyleA,
        StyleB = line.StyleB,
    };

    public static BoardBody Of(Board board)
    {
        var repeats = board.Ballots.Voters.Values.Aggregate((Of: 0, Agreed: 0), (sum, c) => (sum.Of + c.Repeats, sum.Agreed + c.Agreed));
        var steady = Proportion.Interval(repeats.Agreed, repeats.Of);
        return new()
        {
            Modality = board.Options.Modality,
            Category = board.Options.Category,
            StyleControl = board.Options.StyleControl,
            Method = Board.Method,
            Votes = board.Votes,
            Voters = board.Voters,
            Entries = [.. board.Entries.Select(e => new BoardLine
            {
                Contestant = e.Contestant,
                Rank = e.Rank,
                Rating = e.Rating,
                Low = e.Low,
                High = e.High,
                Battles = e.Battles,
                Wins = e.Wins,
                Losses = e.Losses,
                Ties = e.Ties,
                BothBad = e.BothBad,
                VotesToFlip = e.VotesToFlip,
                VotesNeeded = e.VotesNeeded,
            })],
            Styles = [.. board.Styles.Select(s => new StyleLine(s.Name, s.Points, s.Low, s.High))],
            Pairs = [.. board.Pairs.Select(p => new PairLine(p.A, p.B, p.Battles))],
            SeatA = new(board.FirstSeat.Share, board.FirstSeat.Low, board.FirstSeat.High, board.Entries.Sum(e => e.Wins)),
            LeftOut = new(board.Ballots.Duplicates, board.Ballots.Repeats, board.Ballots.SetAside.Count, board.Ballots.VotesSetAside),
            Consistency = new(repeats.Of == 0 ? 0 : (double)repeats.Agreed / repeats.Of, steady.Low, steady.High, repeats.Of),
        };
    }
}
