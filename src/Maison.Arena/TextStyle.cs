// The style of a written answer: how long it is and how much Markdown it wears. Counted line by line with plain rules, the same for everyone.

using System.Text.RegularExpressions;

namespace Maison.Battles;

/// <summary>Measures text.</summary>
public static partial class TextStyle
{
    /// <summary>In the order of <see cref="StyleControl.Of"/> for text: words, headings, bold spans, list items, code blocks.</summary>
    public static IReadOnlyList<double> Of(string answer)
    {
        var prose = Fences().Replace(answer, "\n");
        return [Words().Count(answer), Headings().Count(prose), Bold().Count(prose), Items().Count(prose), Fences().Count(answer)];
    }

    [GeneratedRegex(@"\S+")]
    private static partial Regex Words();

    [GeneratedRegex(@"^#{1,6} \S", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"\*\*[^*\n]+\*\*|__[^_\n]+__")]
    private static partial Regex Bold();

    [GeneratedRegex(@"^\s*(?:[-*+]|\d{1,3}[.)]) \S", RegexOptions.Multiline)]
    private static partial Regex Items();

    [GeneratedRegex(@"^```.*?(?:^```|\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences();
}
