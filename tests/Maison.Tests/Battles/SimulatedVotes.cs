// Votes of people who follow the model exactly, so that what a fit should find is known.

using Maison.Battles;

namespace Maison.Tests.Battles;

/// <summary>Casts votes by lot.</summary>
public static class SimulatedVotes
{
    /// <summary>Strengths in even steps from -reach to reach, the strongest first; their mean is 0.</summary>
    public static double[] Strengths(int count, double reach) => [.. Enumerable.Range(0, count).Select(i => reach - 2 * reach * i / (count - 1))];

    /// <summary>Sorts by strength as well as by name.</summary>
    public static string Name(int contestant) => $"m{contestant:00}";

    /// <summary>Votes by voters in turn.</summary>
    /// <param name="tie">η.</param>
    /// <param name="pair">Chooses whom to show; null draws evenly.</param>
    /// <param name="lengthens">Words that a contestant writes, whose share of the difference is worth <paramref name="lengthWorth"/>; null for no style.</param>
    public static List<Vote> Cast(double[] strengths, int count, Random random, double tie = -0.7, int voters = 40, Func<Random, (int, int)>? pair = null, Func<int, Random, double>? lengthens = null, double lengthWorth = 0)
    {
        var votes = new List<Vote>(count);
        for (var i = 0; i < count; i++)
        {
            var (a, b) = pair?.Invoke(random) ?? Even(strengths.Length, random);
            double longA = lengthens?.Invoke(a, random) ?? 0, longB = lengthens?.Invoke(b, random) ?? 0;
            var (first, second, _) = Davidson.Chances(strengths[a] - strengths[b] + lengthWorth * (longA - longB) / (longA + longB + 1), tie);
            var lot = random.NextDouble();
            votes.Add(new()
            {
                Id = $"battle{i}",
                Voter = $"voter{i % voters:000}",
                Modality = "text",
                Prompt = $"question {i}",
                A = Name(a),
                B = Name(b),
                Outcome = lot < first ? Outcome.A : lot < first + second ? Outcome.B : random.Next(3) == 0 ? Outcome.BothBad : Outcome.Tie,
                StyleA = lengthens is null ? [] : [longA, 0, 0, 0, 0],
                StyleB = lengthens is null ? [] : [longB, 0, 0, 0, 0],
            });
        }
        return votes;
    }

    public static (int A, int B) Even(int count, Random random)
    {
        var a = random.Next(count);
        var b = random.Next(count - 1);
        return (a, b < a ? b : b + 1);
    }
}
