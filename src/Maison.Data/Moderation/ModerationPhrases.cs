// Sentences for a moderation classifier, drawn from a small grammar that was written for it: templates by category, with fillers and choices.
// The grammar is data (phrases.txt), since no licensed collection of harmful texts lies at hand and none should lie in a repository.

using System.Reflection;
using System.Text;
using Maison.Data.Shards;

namespace Maison.Data.Moderation;

/// <summary>A sentence and the categories that it belongs to.</summary>
public sealed record LabelledText(string Text, IReadOnlyList<string> Categories);

/// <summary>The grammar.</summary>
public sealed class ModerationPhrases
{
    const int MostDepth = 6;

    readonly Dictionary<string, List<string>> fillers = new(StringComparer.Ordinal);
    readonly List<(string[] Categories, List<string> Templates)> groups = [];

    ModerationPhrases(IEnumerable<string> lines)
    {
        List<string>? into = null;
        foreach (var raw in lines)
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            if (line.StartsWith("= ", StringComparison.Ordinal)) fillers.Add(line[2..], into = []);
            else if (line == "-" || line.StartsWith("+ ", StringComparison.Ordinal))
                groups.Add((line.Length == 1 ? [] : line[2..].Split(',', StringSplitOptions.TrimEntries), into = []));
            else (into ?? throw new InvalidDataException($"\"{line}\" stands before the first \"=\", \"+\" or \"-\".")).Add(line);
        }
    }

    /// <summary>The grammar that comes with Maison.</summary>
    public static ModerationPhrases Load()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("moderation-phrases.txt")!, Encoding.UTF8);
        return new(reader.ReadToEnd().Split('\n'));
    }

    /// <summary>A grammar from lines, in the form that the head of phrases.txt tells.</summary>
    public static ModerationPhrases Of(IEnumerable<string> lines) => new(lines);

    /// <summary>Adds words for {name}; templates whose fillers are nowhere are left out when sentences are drawn.</summary>
    public void Fill(string name, IEnumerable<string> words)
    {
        if (!fillers.TryGetValue(name, out var known)) fillers.Add(name, known = []);
        known.AddRange(words);
    }

    /// <summary>All categories, in the order of the grammar.</summary>
    public IReadOnlyList<string> Categories => [.. groups.SelectMany(g => g.Categories).Distinct()];

    /// <summary>Number of templates.</summary>
    public int Count => groups.Sum(g => g.Templates.Count);

    /// <summary>Draws sentences without end: half of them of no category, the others evenly over the groups of the grammar; the same seed gives the same ones.</summary>
    /// <param name="heldOut">Sentences of every tenth template, which the others leave out.</param>
    public IEnumerable<LabelledText> Draw(int seed, bool heldOut)
    {
        var random = SplitMix64.For((ulong)seed, heldOut ? 2u : 1u, 0);
        (string[] Categories, List<string> Templates)[] parts = [.. groups.Select(g => (g.Categories, g.Templates.Where((t, i) => i % 10 == 9 == heldOut && CanFill(t)).ToList())).Where(g => g.Item2.Count > 0)];
        var none = parts.Where(g => g.Categories.Length == 0).ToArray();
        var some = parts.Where(g => g.Categories.Length > 0).ToArray();
        while (true)
        {
            var from = some.Length == 0 || none.Length > 0 && random.Below(2) == 0 ? none : some;
            var (categories, templates) = from[random.Below(from.Length)];
            yield return new(Fill(templates[random.Below(templates.Count)], ref random, 0), categories);
        }
    }

    bool CanFill(string template)
    {
        for (var at = template.IndexOf('{'); at >= 0; at = template.IndexOf('{', at + 1))
            if (!fillers.TryGetValue(template[(at + 1)..template.IndexOf('}', at)], out var words) || words.Count == 0) return false;
        return true;
    }

    string Fill(string template, ref SplitMix64 random, int depth)
    {
        if (depth > MostDepth) throw new InvalidDataException($"\"{template}\" fills itself without end.");
        var text = new StringBuilder();
        for (var i = 0; i < template.Length; i++)
        {
            var close = template[i] switch { '{' => '}', '(' => ')', _ => '\0' };
            var end = close == '\0' ? -1 : template.IndexOf(close, i);
            if (end < 0)
            {
                text.Append(template[i]);
                continue;
            }
            var inner = template[(i + 1)..end];
            string[] choices = close == ')' ? inner.Split('|')
                : [.. fillers[inner]];
            text.Append(Fill(choices[random.Below(choices.Length)], ref random, depth + 1));
            i = end;
        }
        return text.ToString();
    }
}
