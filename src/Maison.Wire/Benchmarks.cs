// What a machine was measured to do. Maison's own.

namespace Maison.Wire;

/// <summary>The latest measurement of each figure, in the order of the first.</summary>
public sealed record BenchmarkList(IReadOnlyList<BenchmarkBody> Data)
{
    public string Object { get; init; } = "list";
}

/// <summary>One figure of `maison bench`.</summary>
/// <param name="Value">The median of the measurements.</param>
/// <param name="Setting">Shape, type and threads, in words.</param>
/// <param name="Share">The value as a share of the reference.</param>
/// <param name="Goal">What the project wants of it, in words.</param>
public sealed record BenchmarkBody(string Name, double Value, string Unit, string Setting, double? Share, string? Reference, string? Goal, string Machine, int Threads, DateTimeOffset At);
