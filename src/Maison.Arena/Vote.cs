// One judgement of a blind battle, as everything in this room reads it. Who a contestant or a voter is stays a name: this room knows
// nothing about models, keys or storage, and is made of pure functions, so that anyone can compute a board again from its votes.

namespace Maison.Battles;

/// <summary>What a voter said. Ties and "both bad" say the same about who is better, and are counted apart.</summary>
public enum Outcome
{
    A,
    B,
    Tie,
    BothBad,
}

/// <summary>One vote.</summary>
public sealed record Vote
{
    /// <summary>The battle's name.</summary>
    public required string Id { get; init; }
    public required string Voter { get; init; }

    /// <summary>text, image, voice or briefing.</summary>
    public required string Modality { get; init; }

    /// <summary>What both contestants were asked; the same words are the same question.</summary>
    public required string Prompt { get; init; }

    /// <summary>Kinds of question that the prompt belongs to.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>The contestant in the first seat.</summary>
    public required string A { get; init; }

    /// <summary>The contestant in the second seat.</summary>
    public required string B { get; init; }
    public required Outcome Outcome { get; init; }

    /// <summary>The earlier battle that this one showed again in secret, seats swapped; null for a new one.</summary>
    public string? RepeatOf { get; init; }

    /// <summary>Measures of the first output, in the order of <see cref="StyleControl.Of"/>; empty where they were not taken.</summary>
    public IReadOnlyList<double> StyleA { get; init; } = [];

    /// <summary>Measures of the second output.</summary>
    public IReadOnlyList<double> StyleB { get; init; } = [];

    /// <summary>The better one's outcome as seen with the seats swapped.</summary>
    public static Outcome Swapped(Outcome outcome) => outcome switch { Outcome.A => Outcome.B, Outcome.B => Outcome.A, _ => outcome };
}
