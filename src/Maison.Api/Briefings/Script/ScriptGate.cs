// Between writing and speaking: every claim is held against the passages that it names, and only what they say goes through. Headlines and the
// sentences of one host's turn pass one by one, so that a false one takes nothing else with it.

using Maison.Api.Briefings.Checks;
using Maison.Api.Briefings.Sources;

namespace Maison.Api.Briefings.Script;

/// <summary>Lets lines through, and keeps the ones it cuts.</summary>
public sealed class ScriptGate(IReadOnlyDictionary<string, Source> sources)
{
    readonly List<CutLine> cut = [];

    public IReadOnlyList<CutLine> Cut => cut;

    /// <summary>The lines that stand.</summary>
    public IEnumerable<ScriptLine> Pass(IEnumerable<ScriptLine> lines)
    {
        foreach (var line in lines)
            if (line.Claim.Length == 0) yield return line;
            else if (FaultOf(line) is { } fault) cut.Add(new(line.Chapter, line.Claim, line.Passages, fault));
            else yield return line;
    }

    Fault? FaultOf(ScriptLine line)
    {
        var passages = new List<string>();
        foreach (var reference in line.Passages)
        {
            if (!sources.TryGetValue(reference.Source, out var source) || reference.Passage < 0 || reference.Passage >= source.Passages.Count)
                return new("words", $"It names the passage {reference.Passage} of {reference.Source}, which is not there.");
            passages.Add(source.Passages[reference.Passage]);
        }
        return SentenceCheck.Of(line.Claim, passages);
    }
}
