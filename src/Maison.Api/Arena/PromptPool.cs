// The house's own questions, for whoever does not bring one: lines of prompts.txt under the name of their modality. A voter is asked each of them
// once before any comes again. Those for briefings are names of collections of invented news under sources/.

using System.Reflection;

namespace Maison.Api.Arena;

/// <summary>Questions by modality.</summary>
static class PromptPool
{
    static readonly Dictionary<string, List<string>> All = Read();

    public static IReadOnlyList<string> Of(string modality) => All[modality];

    /// <summary>One that was asked least.</summary>
    /// <param name="asked">What this voter was asked before.</param>
    public static string Draw(string modality, IEnumerable<string> asked, Random random)
    {
        var times = asked.GroupBy(p => p).ToDictionary(g => g.Key, g => g.Count());
        var least = All[modality].GroupBy(p => times.GetValueOrDefault(p)).MinBy(g => g.Key)!.ToList();
        return least[random.Next(least.Count)];
    }

    /// <summary>The feed behind one of the house's collections of news; null where a prompt names none.</summary>
    public static byte[]? Sources(string prompt)
    {
        if (!All["briefing"].Contains(prompt)) return null;
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"arena/sources/{prompt.ToLowerInvariant().Replace(' ', '-')}")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    static Dictionary<string, List<string>> Read()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("arena/prompts")!);
        var (found, current) = (new Dictionary<string, List<string>>(), (List<string>?)null);
        while (reader.ReadLine() is { } line)
            if (line.StartsWith("# ", StringComparison.Ordinal)) found[line[2..]] = current = [];
            else if (line.Length > 0) current!.Add(line);
        return found;
    }
}
