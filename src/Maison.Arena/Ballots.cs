// Which votes count, and how much. Left out, and told beside the board: the same voter judging the same question and pair again, hidden repeats
// (they measure the voter, not the contestants), and voters who are set aside: who contradict themselves on repeats more often than not, or
// whose votes on one contestant can not be explained by the strengths that everybody's votes together say. Nobody is judged where there are few
// voters, and never more than a fifth of them: taste that is rare is no fraud. Of a voter with very many votes each counts for less.

namespace Maison.Battles;

/// <summary>How well a voter agrees with themselves.</summary>
/// <param name="Repeats">Hidden repeats that were answered.</param>
/// <param name="Agreed">How many of them as before.</param>
public readonly record struct Consistency(int Repeats, int Agreed);

/// <summary>The votes of one modality that count.</summary>
public sealed record Ballots
{
    /// <summary>Judged only in company: with fewer voters nobody is set aside.</summary>
    public const int FewestVotersToJudge = 10;

    /// <summary>Votes of one voter that count in full at least.</summary>
    public const int FullVotes = 100;

    const double MostSetAside = 0.2, Suspicious = 4.5, LeastLean = 0.2;
    const int MostRounds = 5, TimesTheMedian = 10;

    public required IReadOnlyList<Vote> Counted { get; init; }

    /// <summary>Of each counted vote, for its voter's sake.</summary>
    public required IReadOnlyList<double> Weights { get; init; }

    /// <summary>All that were cast.</summary>
    public required int Cast { get; init; }
    public required int Duplicates { get; init; }
    public required int Repeats { get; init; }
    public required IReadOnlyList<string> SetAside { get; init; }

    /// <summary>Votes of those who were set aside.</summary>
    public required int VotesSetAside { get; init; }
    public required IReadOnlyDictionary<string, Consistency> Voters { get; init; }

    /// <summary>Sorts the votes of one modality, in the order in which they were cast.</summary>
    public static Ballots Of(IReadOnlyList<Vote> votes)
    {
        var voters = Judge(votes);
        var fresh = votes.Where(v => v.RepeatOf is null).ToList();
        var seen = new HashSet<(string, string, string, string)>();
        var single = fresh.Where(v => seen.Add((v.Voter, Words(v.Prompt), string.CompareOrdinal(v.A, v.B) < 0 ? v.A : v.B, string.CompareOrdinal(v.A, v.B) < 0 ? v.B : v.A))).ToList();
        var aside = SetAsideOf(single, voters);
        var counted = single.Where(v => !aside.Contains(v.Voter)).ToList();
        return new()
        {
            Counted = counted,
            Weights = WeightsOf(counted),
            Cast = votes.Count,
            Duplicates = fresh.Count - single.Count,
            Repeats = votes.Count - fresh.Count,
            SetAside = [.. aside.Order(StringComparer.Ordinal)],
            VotesSetAside = single.Count - counted.Count,
            Voters = voters,
        };
    }

    /// <summary>A question as it is compared: words in small letters, single spaces.</summary>
    public static string Words(string prompt)
    {
        // One word in small letters, as a hash is, stays as it is.
        foreach (var c in prompt)
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c)) return string.Join(' ', prompt.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return prompt;
    }

    static Dictionary<string, Consistency> Judge(IReadOnlyList<Vote> votes)
    {
        var first = new Dictionary<string, Vote>(StringComparer.Ordinal);
        foreach (var vote in votes) first.TryAdd(vote.Id, vote);
        var voters = new Dictionary<string, Consistency>(StringComparer.Ordinal);
        foreach (var vote in votes)
        {
            var known = voters.GetValueOrDefault(vote.Voter);
            if (vote.RepeatOf is { } id && first.TryGetValue(id, out var before) && before.Voter == vote.Voter)
                known = new(known.Repeats + 1, known.Agreed + (vote.Outcome == (before.A == vote.A ? before.Outcome : Vote.Swapped(before.Outcome)) ? 1 : 0));
            voters[vote.Voter] = known;
        }
        return voters;
    }

    static HashSet<string> SetAsideOf(List<Vote> votes, Dictionary<string, Consistency> voters)
    {
        var aside = new HashSet<string>(StringComparer.Ordinal);
        var active = votes.Select(v => v.Voter).Distinct(StringComparer.Ordinal).Count();
        if (active < FewestVotersToJudge) return aside;
        var most = (int)(active * MostSetAside);
        aside.UnionWith(voters.Where(v => v.Value.Repeats > 0 && Highest(v.Value) < 0.5).OrderBy(v => Highest(v.Value)).Select(v => v.Key).Take(most));
        var names = votes.SelectMany(v => new[] { v.A, v.B }).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var number = names.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i, StringComparer.Ordinal);
        List<(string Voter, Comparison Said)> all = [.. votes.Select(v => (v.Voter, new Comparison(number[v.A], number[v.B], v.Outcome)))];
        for (var round = 0; round < MostRounds && aside.Count < most; round++)
        {
            var worst = Leaning(names.Count, [.. all.Where(v => !aside.Contains(v.Voter))]).Take(most - aside.Count).ToList();
            if (worst.Count == 0) break;
            aside.UnionWith(worst);
        }
        return aside;
    }

    /// <summary>The highest rate of agreement that a voter's repeats still allow (Wilson's bound).</summary>
    static double Highest(Consistency c) => Proportion.Interval(c.Agreed, c.Repeats).High;

    /// <summary>Voters whose votes on some contestant are beyond chance and far from what everybody says, the farthest first.</summary>
    static IEnumerable<string> Leaning(int contestants, List<(string Voter, Comparison Said)> votes)
    {
        var fit = Davidson.Solve(contestants, Comparisons.Joined(votes.Select(v => v.Said)));
        var leans = new Dictionary<string, (double Sum, double Variance, int Votes)[]>(StringComparer.Ordinal);
        foreach (var (voter, said) in votes)
        {
            var (a, b, tie) = Davidson.Chances(fit.Strengths[said.A] - fit.Strengths[said.B], fit.TieStrength);
            var expected = a + tie / 2;
            var variance = a + tie / 4 - expected * expected;
            var beyond = said.Outcome switch { Outcome.A => 1, Outcome.B => 0, _ => 0.5 } - expected;
            if (!leans.TryGetValue(voter, out var own)) leans[voter] = own = new (double, double, int)[contestants];
            own[said.A] = (own[said.A].Sum + beyond, own[said.A].Variance + variance, own[said.A].Votes + 1);
            own[said.B] = (own[said.B].Sum - beyond, own[said.B].Variance + variance, own[said.B].Votes + 1);
        }
        return leans.Select(l => (Voter: l.Key, Farthest: l.Value.Max(Farness))).Where(l => l.Farthest > 0).OrderByDescending(l => l.Farthest).ThenBy(l => l.Voter, StringComparer.Ordinal).Select(l => l.Voter);

        // In standard errors; 0 where chance would do, or a rare taste.
        static double Farness((double Sum, double Variance, int Votes) lean)
            => Math.Abs(lean.Sum) > Suspicious * Math.Sqrt(lean.Variance) && Math.Abs(lean.Sum) > LeastLean * lean.Votes ? Math.Abs(lean.Sum) / Math.Sqrt(lean.Variance) : 0;
    }

    static double[] WeightsOf(List<Vote> votes)
    {
        var counts = votes.GroupBy(v => v.Voter, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        if (counts.Count == 0) return [];
        var sorted = counts.Values.Order().ToList();
        double most = Math.Max(FullVotes, TimesTheMedian * sorted[sorted.Count / 2]);
        return [.. votes.Select(v => Math.Min(1, most / counts[v.Voter]))];
    }
}
