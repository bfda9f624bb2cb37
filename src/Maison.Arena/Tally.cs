// Votes added up as they come: who met whom, and how it ended. It is all that the next pair is chosen from, so a draw costs the same however many
// votes there are. Hidden repeats are left out: they measure the voter.

using System.Runtime.InteropServices;

namespace Maison.Battles;

/// <summary>Counts of votes between contestants; not safe from several threads.</summary>
public sealed class Tally
{
    readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    readonly Dictionary<(int A, int B, Outcome Outcome), int> counts = [];

    /// <summary>A tally of some votes.</summary>
    public static Tally Of(IEnumerable<Vote> votes)
    {
        var tally = new Tally();
        foreach (var vote in votes) tally.Add(vote);
        return tally;
    }

    public void Add(Vote vote)
    {
        if (vote.RepeatOf is null) CollectionsMarshal.GetValueRefOrAddDefault(counts, (NumberOf(vote.A), NumberOf(vote.B), vote.Outcome), out _)++;
    }

    /// <summary>The likeliest strengths of all who were ever named here, and the numbers of some; those without votes are new.</summary>
    public (Fit Fit, int[] Numbers) Fit(IReadOnlyList<string> contestants)
    {
        int[] asked = [.. contestants.Select(NumberOf)];
        return (Davidson.Solve(numbers.Count, Comparisons.Joined(counts.Select(c => new Comparison(c.Key.A, c.Key.B, c.Key.Outcome, Count: c.Value)))), asked);
    }

    int NumberOf(string contestant)
    {
        if (!numbers.TryGetValue(contestant, out var number)) numbers[contestant] = number = numbers.Count;
        return number;
    }
}
