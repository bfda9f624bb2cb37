// robots.txt (RFC 9309), as far as a feed reader needs it: whether a page that a feed leads to may be read by a program. What a person named in so many
// words is theirs to read, and is not asked about.

namespace Maison.Api.Briefings.Sources;

/// <summary>The rules of one host.</summary>
sealed class Robots
{
    const string Own = "maison";

    readonly List<(string Path, bool Allowed)> rules = [];

    /// <summary>Reads the group for Maison, or the one for everybody.</summary>
    public static Robots Of(string text)
    {
        var (own, all, agents, inRules) = (new Robots(), new Robots(), new List<string>(), true);
        var named = false;
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Split('#')[0].Trim();
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) continue;
            var (field, value) = (line[..colon].Trim().ToLowerInvariant(), line[(colon + 1)..].Trim());
            if (field == "user-agent")
            {
                if (inRules) agents.Clear();
                inRules = false;
                agents.Add(value.ToLowerInvariant());
                named |= value.Equals(Own, StringComparison.OrdinalIgnoreCase);
            }
            else if (field is "allow" or "disallow")
            {
                inRules = true;
                if (value.Length == 0) continue;
                if (agents.Contains(Own)) own.rules.Add((value, field == "allow"));
                if (agents.Contains("*")) all.rules.Add((value, field == "allow"));
            }
        }
        return named ? own : all;
    }

    /// <summary>Whether a path may be read: the longest rule that fits decides, and allows where two are as long.</summary>
    public bool Allows(string path)
    {
        var (length, allowed) = (-1, true);
        foreach (var rule in rules)
            if (Fits(rule.Path, path) && (rule.Path.Length > length || rule.Path.Length == length && rule.Allowed)) (length, allowed) = (rule.Path.Length, rule.Allowed);
        return allowed;
    }

    /// <summary>* stands for anything, $ at the end for the end; else a rule fits whatever begins so.</summary>
    static bool Fits(string rule, string path)
    {
        var end = rule.EndsWith('$');
        var parts = (end ? rule[..^1] : rule).Split('*');
        var at = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            if (i == 0)
            {
                if (!path.StartsWith(parts[0], StringComparison.Ordinal)) return false;
                at = parts[0].Length;
                continue;
            }
            var found = end && i == parts.Length - 1 ? path.Length - parts[i].Length : path.IndexOf(parts[i], at, StringComparison.Ordinal);
            if (found < at || !path.AsSpan(found).StartsWith(parts[i])) return false;
            at = found + parts[i].Length;
        }
        return !end || at == path.Length;
    }
}
