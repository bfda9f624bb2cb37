using Maison.Api.Briefings.Checks;

namespace Maison.Api.Briefings.Script;

/// <summary>A sentence of a source.</summary>
/// <param name="Passage">Its number there; 0 is the headline.</param>
public readonly record struct PassageRef(string Source, int Passage);

/// <summary>What one host says in one breath: words of the house, a claim of a source, or the first leading to the second.</summary>
/// <param name="Host">0 or 1.</param>
/// <param name="Chapter">Number of its story; -1 before the first and behind the last.</param>
/// <param name="Lead">The house's own words, which claim nothing but who is quoted and which day it is; may be empty.</param>
/// <param name="Claim">What the passages say; empty where the house speaks alone.</param>
/// <param name="Passages">Where the claim stands.</param>
public sealed record ScriptLine(int Host, int Chapter, string Lead, string Claim, IReadOnlyList<PassageRef> Passages)
{
    public string Text => Lead.Length == 0 ? Claim : Claim.Length == 0 ? Lead : $"{Lead} {Claim}";

    /// <summary>Words that are said by the house, on a day and at a length it knows.</summary>
    public static ScriptLine House(int host, int chapter, string words) => new(host, chapter, words, "", []);
}

/// <summary>A sentence that was written and not spoken.</summary>
public sealed record CutLine(int Chapter, string Claim, IReadOnlyList<PassageRef> Passages, Fault Fault);
