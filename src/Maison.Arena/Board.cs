// The leaderboard: what a pile of votes says about who is better, how sure that is, and what was left out. Computed from votes and options alone, the
// same numbers for everyone. A rank is one more than the number of contestants that are surely better, so that those whom the votes can not
// tell apart share it; whoever has too few votes has none, and is told how many are missing.

namespace Maison.Battles;

/// <summary>Which board.</summary>
/// <param name="Modality">text, image, voice or briefing.</param>
/// <param name="Category">A kind of question; null for all.</param>
/// <param name="StyleControl">Whether style is explained away.</param>
public sealed record BoardOptions(string Modality, string? Category = null, bool StyleControl = true);

/// <summary>One contestant's line. Ratings are points: 1000 is the mean of the board, 400 more win ten times as often as they lose.</summary>
public sealed record BoardEntry
{
    public required string Contestant { get; init; }

    /// <summary>Null where there are not enough votes yet.</summary>
    public required int? Rank { get; init; }
    public required double Rating { get; init; }

    /// <summary>The 95 % interval.</summary>
    public required double Low { get; init; }
    public required double High { get; init; }
    public required int Battles { get; init; }
    public required int Wins { get; init; }
    public required int Losses { get; init; }
    public required int Ties { get; init; }
    public required int BothBad { get; init; }

    /// <summary>Votes that would have to be missing for the next one below to pass; null for the last one, and where none would do.</summary>
    public required int? VotesToFlip { get; init; }

    /// <summary>Votes that are missing before it is ranked.</summary>
    public required int VotesNeeded { get; init; }
}

/// <summary>What a measure of style was worth to voters, per standard deviation, in points.</summary>
public sealed record StyleEffect(string Name, double Points, double Low, double High);

/// <summary>How often a pair was shown.</summary>
public sealed record PairCount(string A, string B, int Battles);

/// <summary>A computed board.</summary>
public sealed record Board
{
    /// <summary>Changes whenever the same votes would give other numbers.</summary>
    public const string Method = "maison-arena-2";

    /// <summary>Votes of a contestant before it is ranked.</summary>
    public const int FewestBattles = 20;

    /// <summary>Points per unit of strength.</summary>
    public const double Scale = 400 / Ln10;
    const double Ln10 = 2.302585092994046, Middle = 1000;

    public required BoardOptions Options { get; init; }

    /// <summary>Best first; those without a rank at the end.</summary>
    public required IReadOnlyList<BoardEntry> Entries { get; init; }

    /// <summary>Votes that count on this board.</summary>
    public required int Votes { get; init; }
    public required int Voters { get; init; }

    /// <summary>The style's effects; empty without style control.</summary>
    public required IReadOnlyList<StyleEffect> Styles { get; init; }
    public required IReadOnlyList<PairCount> Pairs { get; init; }

    /// <summary>Of the decided votes, the share that went to the first seat, with its 95 % interval; by lot it is a half.</summary>
    public required (double Share, double Low, double High) FirstSeat { get; init; }

    /// <summary>What counted in this modality and what did not.</summary>
    public required Ballots Ballots { get; init; }

    /// <summary>Computes a board.</summary>
    /// <param name="votes">All votes of all modalities, in the order in which they were cast.</param>
    public static Board Of(IReadOnlyList<Vote> votes, BoardOptions options)
        => Of(Ballots.Of([.. votes.Where(v => v.Modality == options.Modality)]), options);

    /// <summary>Computes a board of sorted votes, which serve all boards of their modality.</summary>
    public static Board Of(Ballots ballots, BoardOptions options)
    {
        var chosen = ballots.Counted.Select((v, i) => (Vote: v, Weight: ballots.Weights[i])).Where(p => options.Category is null || p.Vote.Categories.Contains(options.Category)).ToList();
        List<Vote> counted = [.. chosen.Select(p => p.Vote)];
        var names = counted.SelectMany(v => new[] { v.A, v.B }).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var number = names.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i, StringComparer.Ordinal);
        List<(int A, int B)> pairs = [.. counted.Select(v => (number[v.A], number[v.B]))];

        var measures = options.StyleControl ? StyleControl.Of(options.Modality) : [];
        var styles = measures.Count > 0 ? StyleControl.Differences(options.Modality, counted) : [];
        var weights = Comparisons.Weights(pairs, [.. chosen.Select(p => p.Weight)]);
        var comparisons = counted.Select((v, i) => new Comparison(pairs[i].A, pairs[i].B, v.Outcome, weights[i], 1, measures.Count > 0 ? styles[i] : null)).ToList();
        if (measures.Count == 0) comparisons = Comparisons.Joined(comparisons);
        var fit = Davidson.Solve(names.Count, comparisons, measures.Count);
        var decided = counted.Count(v => v.Outcome is Outcome.A or Outcome.B);
        var first = counted.Count(v => v.Outcome == Outcome.A);
        var (low, high) = Proportion.Interval(first, decided);
        return new()
        {
            Options = options,
            Entries = Lines(names, counted, pairs, comparisons, fit),
            Votes = counted.Count,
            Voters = counted.Select(v => v.Voter).Distinct(StringComparer.Ordinal).Count(),
            Styles = [.. measures.Select((m, k) => new StyleEffect(m.Name, Scale * fit.Styles[k], Scale * (fit.Styles[k] - Proportion.Sure * fit.ErrorOfStyle(k)), Scale * (fit.Styles[k] + Proportion.Sure * fit.ErrorOfStyle(k))))],
            Pairs = [.. Comparisons.Shown(pairs).OrderBy(p => p.Key).Select(p => new PairCount(names[p.Key.A], names[p.Key.B], p.Value))],
            FirstSeat = (decided == 0 ? 0.5 : (double)first / decided, low, high),
            Ballots = ballots,
        };
    }

    static IReadOnlyList<BoardEntry> Lines(List<string> names, List<Vote> votes, List<(int A, int B)> pairs, List<Comparison> comparisons, Fit fit)
    {
        var results = new (int Wins, int Losses, int Ties, int BothBad)[names.Count];
        for (var i = 0; i < votes.Count; i++)
        {
            Count(ref results[pairs[i].A], votes[i].Outcome);
            Count(ref results[pairs[i].B], Vote.Swapped(votes[i].Outcome));
        }
        int Battles(int i) => results[i].Wins + results[i].Losses + results[i].Ties + results[i].BothBad;

        var order = Enumerable.Range(0, names.Count).OrderByDescending(i => Battles(i) >= FewestBattles).ThenByDescending(i => fit.Strengths[i]).ThenBy(i => i).ToList();
        var ranked = order.Where(i => Battles(i) >= FewestBattles).ToList();
        var flips = new FlipCount(fit, comparisons);
        return [.. order.Select((i, place) =>
        {
            var (middle, reach) = (Middle + Scale * fit.Strengths[i], Scale * Proportion.Sure * fit.ErrorOf(i));
            return new BoardEntry
            {
                Contestant = names[i],
                Rank = place < ranked.Count ? 1 + ranked.Count(j => SurelyBetter(j, i)) : null,
                Rating = middle,
                Low = middle - reach,
                High = middle + reach,
                Battles = Battles(i),
                Wins = results[i].Wins,
                Losses = results[i].Losses,
                Ties = results[i].Ties,
                BothBad = results[i].BothBad,
                VotesToFlip = place + 1 < ranked.Count ? flips.Between(i, ranked[place + 1]) : null,
                VotesNeeded = Math.Max(0, FewestBattles - Battles(i)),
            };
        })];

        static void Count(ref (int Wins, int Losses, int Ties, int BothBad) r, Outcome outcome)
        {
            switch (outcome)
            {
                case Outcome.A: r.Wins++; break;
                case Outcome.B: r.Losses++; break;
                case Outcome.Tie: r.Ties++; break;
                default: r.BothBad++; break;
            }
        }

        bool SurelyBetter(int one, int other) => one != other && fit.Strengths[one] - fit.Strengths[other] > Proportion.Sure * Math.Sqrt(fit.VarianceBetween(one, other));
    }
}
