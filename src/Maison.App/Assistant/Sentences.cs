// What of a growing answer can be spoken already: whole sentences, each once, as soon as something follows them. Only an end that stays one
// counts: not the number of a list, not an abbreviation, not a row of a table whose other rows are still to come.

using System.Text.RegularExpressions;

namespace Maison.App.Assistant;

/// <summary>Takes sentences from one answer while it is being written.</summary>
sealed partial class Sentences
{
    int seen;
    string spoken = "";

    /// <param name="begun">What was there before, which is not spoken again.</param>
    public Sentences(string begun = "") => Next(begun, whole: true);

    /// <summary>The sentences that are new, without markup; null where there are none.</summary>
    /// <param name="markdown">The answer as far as it is there.</param>
    /// <param name="whole">Whether no more of it comes.</param>
    public string? Next(string markdown, bool whole)
    {
        var end = whole ? markdown.Length : End(markdown);
        if (end <= seen) return null;
        seen = end;
        // Emphasis that is still open would shift what comes behind it, so its signs are left out.
        var plain = Markup.Plain(markdown[..end]).Replace("*", "", StringComparison.Ordinal).Replace("`", "", StringComparison.Ordinal);
        var from = Math.Min(spoken.Length, plain.Length);
        // A full stop that closed a quotation for the voice is not in the text that goes on.
        if (from > 0 && plain[from - 1] != spoken[from - 1]) from--;
        var next = plain[from..].Trim();
        spoken = plain;
        return next.Any(char.IsLetterOrDigit) ? next : null;
    }

    /// <summary>Where the last whole sentence ends; 0 where none does.</summary>
    static int End(string markdown)
    {
        var end = 0;
        foreach (Match match in Ends().Matches(markdown))
        {
            var line = markdown.LastIndexOf('\n', Math.Max(0, match.Index - 1)) + 1;
            var before = markdown.AsSpan(line, match.Index - line);
            var word = before[(before.LastIndexOf(' ') + 1)..];
            var isRow = before.TrimStart().StartsWith("|");
            var isShort = markdown[match.Index] == '.' && (word.Length == 1 && char.IsLetter(word[0]) || word.Contains('.') || word.Length > 0 && word.Length == before.TrimStart().Length && word.IndexOfAnyExceptInRange('0', '9') < 0);
            if (!isRow && !isShort) end = match.Index + match.Length;
        }
        return end;
    }

    /// <summary>Signs that end a sentence, with what closes around them and before a space; the end of a paragraph or of a line before a list.</summary>
    [GeneratedRegex("""[.!?…]+["'”’»)\]*_]*(?=\s)|\n(?=\s*\n|\s*[-*+#>]|\s*\d+[.)])""")]
    private static partial Regex Ends();
}
