// Takes out of an answer what would tell who wrote it: names of the house's contestants wherever they stand, with whatever between their parts,
// and names of known makers and products where the writer speaks of itself. Elsewhere a llama is an animal, and stays one.

using System.Text.RegularExpressions;

namespace Maison.Api.Arena;

/// <summary>Hides names.</summary>
sealed partial class NameMask
{
    public const string Hidden = "[name]";

    readonly Regex? own;

    /// <param name="names">Of models and providers; what follows a comma in a contestant's name is no name.</param>
    public NameMask(IEnumerable<string> names)
    {
        var patterns = names.Select(n => n.Split(',')[0]).SelectMany(n => n.Split('/').Append(n)).Select(n => n.Trim()).Where(n => n.Length >= 4).Distinct(StringComparer.OrdinalIgnoreCase)
            .OrderByDescending(n => n.Length).Select(n => string.Join(@"[\s._/\-–]*", Parts().Split(n).Where(p => p.Length > 0).Select(Regex.Escape))).ToList();
        if (patterns.Count > 0) own = new(@"(?<![\p{L}\p{N}])(?:" + string.Join('|', patterns) + @")(?![\p{L}])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }

    public string Hide(string text)
    {
        var hidden = own?.Replace(text, Hidden) ?? text;
        return Sentence().Replace(hidden, sentence => Self().IsMatch(sentence.Value) ? Makers().Replace(sentence.Value, Hidden) : sentence.Value);
    }

    [GeneratedRegex(@"[\s._/\-–]+")]
    private static partial Regex Parts();

    [GeneratedRegex(@"[^.!?\n]*(?:[.!?]+(?=\s|$)|\.(?=\S)[^.!?\n]*|\n|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\b(I am|I'm|I’m|my name|as an? (AI|language|assistant)|call me|(made|trained|developed|created|built) (by|at)|my (maker|creator|developer)s?|je suis|je m'appelle|ich bin|soy)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Self();

    [GeneratedRegex(@"\b(maison|open\s?ai|chat\s?gpt|gpt[\s-]?\d[\w.]*|anthropic|claude|google|deep\s?mind|gemini|gemma|bard|meta(\s?ai)?|llama[\s-]?\d?[\w.]*|mistral(\s?ai)?|mixtral|deep\s?seek|grok|xai|qwen[\w.]*|alibaba|microsoft|copilot|mai-\w+|phi-\d\w*|cohere|nova)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Makers();
}
