// Encyclopedia articles as conversations: the title asks, the opening sentences answer. A small model learns from them to speak about
// what it was asked. Rules only, so that no other model's words get in; an article whose opening does not name its title gives nothing.
// It knows nothing of tokens or of where articles come from.

using System.Text.RegularExpressions;
using Maison.Data.Chat;

namespace Maison.Data.Corpora;

/// <summary>Makes a question and its answer out of an article that begins with its title and a blank line.</summary>
static partial class ArticleQuestion
{
    const int LongestTitle = 48, LongestAnswer = 420, ShortestAnswer = 40, FewSentences = 2, MoreSentences = 4;

    /// <summary>Of articles about single persons, places and works, which are most of an encyclopedia, one in so many is asked about.</summary>
    const int NamesAskedOneIn = 4;

    [GeneratedRegex(@"^(?<article>The |A |An )?(?<named>.{1,80}?)(?<aside> \([^()]{0,160}\))? (?<verb>is|was|are|were) (?!also |sometimes |usually |often |called |known )", RegexOptions.ExplicitCapture)]
    private static partial Regex Opening { get; }

    [GeneratedRegex(@"\b(born|\d{4} ?[–-] ?[^()]*\d{4})\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Life { get; }

    [GeneratedRegex(@"^(a|an|the) ([\w-]+ ){0,3}(city|town|village|country|river|lake|mountain|island|municipality|commune|county|district|province|capital)\b[^.]{0,40}\b(in|of)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Place { get; }

    [GeneratedRegex(@"(?<!\b(\p{Lu}|St|Mr|Mrs|Dr|Jr|Sr|No|Mt|ca?|vs|e\.g|i\.e|etc|\d{1,2}))[.!?][""”)]?(?= \p{Lu}|$)", RegexOptions.ExplicitCapture)]
    private static partial Regex SentenceEnd { get; }

    /// <summary>The question and its answer, or null when the text is no article that can be asked about.</summary>
    /// <param name="choice">Picks the wording, and which articles about names are asked; the text's digest makes it as good as chance.</param>
    public static IReadOnlyList<ChatMessage>? From(string text, ulong choice)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (end is < 2 or > LongestTitle) return null;
        var title = text[..end];
        var open = title.IndexOf(" (", StringComparison.Ordinal);
        if (open > 0) title = title[..open];
        if (title.StartsWith("List of", StringComparison.Ordinal) || title.Contains('\n')) return null;
        var rest = text.AsSpan(end + 2);
        var paragraphEnd = rest.IndexOf('\n');
        var paragraph = (paragraphEnd < 0 ? rest : rest[..paragraphEnd]).ToString();
        if (Opening.Match(paragraph) is not { Success: true } opening || !opening.Groups["named"].Value.Equals(title, StringComparison.OrdinalIgnoreCase)) return null;

        // A common noun stands in small letters somewhere in its own article; a name never does.
        var small = char.ToLowerInvariant(title[0]) + title[1..];
        var common = small != title && title.Skip(1).All(c => !char.IsUpper(c)) && StandsAlone(small, text.AsSpan(end));
        if (!common && choice % NamesAskedOneIn != 0) return null;
        choice /= NamesAskedOneIn;

        var subject = (opening.Groups["article"].Value.ToLowerInvariant(), common ? small : title);
        var (asked, longer) = Ask(subject.Item1 + subject.Item2, opening, paragraph[opening.Length..], choice);
        return Answer(paragraph, longer ? MoreSentences : FewSentences) is { } answer ? [new("user", asked), new("assistant", answer)] : null;
    }

    /// <summary>Whether the words occur as they are, not as part of longer ones.</summary>
    static bool StandsAlone(string words, ReadOnlySpan<char> text)
    {
        for (var from = 0; text[from..].IndexOf(words, StringComparison.Ordinal) is >= 0 and var at; from += at + 1)
        {
            int start = from + at, after = start + words.Length;
            if (IsWord(words[0]) != (start > 0 && IsWord(text[start - 1])) && IsWord(words[^1]) != (after < text.Length && IsWord(text[after]))) return true;
        }
        return false;
    }

    /// <summary>A letter, digit, mark or joining character: what a regular expression's word border has on one side.</summary>
    static bool IsWord(char c) => char.IsLetterOrDigit(c) && !char.IsSurrogate(c) || c is '_' or '\u200C' or '\u200D'
        || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.ConnectorPunctuation;

    static (string Question, bool Longer) Ask(string subject, Match opening, string predicate, ulong choice)
    {
        var verb = opening.Groups["verb"].Value;
        var person = Life.IsMatch(opening.Groups["aside"].Value);
        (string, bool)[] ways =
        [
            .. person ? [($"Who {verb} {subject}?", false), ($"Who {verb} {subject}?", false)]
                : Place.IsMatch(predicate) ? [($"Where {verb} {subject}?", false), ($"What {verb} {subject}?", false)]
                : ((string, bool)[])[($"What {verb} {subject}?", false), ($"What {verb} {subject}?", false), ($"Explain what {subject} {verb}.", false), ($"Can you tell me what {subject} {verb}?", false)],
            ($"Tell me about {subject}.", true), ($"What do you know about {subject}?", true), ($"Write a few sentences about {subject}.", true),
        ];
        return ways[choice % (ulong)ways.Length];
    }

    static string? Answer(string paragraph, int sentences)
    {
        var end = 0;
        foreach (Match match in SentenceEnd.Matches(paragraph))
        {
            var next = match.Index + match.Length;
            if (next > LongestAnswer) break;
            end = next;
            if (--sentences == 0) break;
        }
        return end < ShortestAnswer ? null : paragraph[..end];
    }
}
