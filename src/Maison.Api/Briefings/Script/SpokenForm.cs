// A sentence of a page as a host would say it: without brackets, without "however" at the start where nothing came before, whole in its
// quotation marks. Only takes away, never adds a word, so the passage still says all of it; and tells which sentences can not stand alone.

using System.Text.RegularExpressions;

namespace Maison.Api.Briefings.Script;

/// <summary>Sentences for the ear.</summary>
public static partial class SpokenForm
{
    const int LeastWords = 5, MostWords = 42;

    /// <summary>The sentence as it is spoken; null when it is better left on the page.</summary>
    public static string? Of(string sentence)
    {
        var text = Brackets().Replace(sentence, "");
        text = Connective().Replace(text, "");
        text = Blanks().Replace(text.Replace(" ,", ",", StringComparison.Ordinal).Replace(" .", ".", StringComparison.Ordinal), " ").Trim();
        if (text.Length == 0) return null;
        if (char.IsLower(text[0])) text = char.ToUpperInvariant(text[0]) + text[1..];
        var words = text.Count(c => c == ' ') + 1;
        if (words is < LeastWords or > MostWords || !Balanced(text) || OwnVoice(text) || ListLike().IsMatch(text)) return null;
        return text[^1] is '.' or '!' or '?' or '"' or '”' or '\'' or '’' ? text : text + ".";
    }

    /// <summary>Whether a sentence leans on the one before it: "He said …", "But …".</summary>
    public static bool Leans(string sentence) => Leaning().IsMatch(sentence);

    /// <summary>A headline as a sentence.</summary>
    public static string Headline(string title)
    {
        var text = Blanks().Replace(title, " ").Trim().TrimEnd('.', ':', ';', ',');
        return text.Length > 0 && text[^1] is '?' or '!' or '"' or '”' or '’' ? text : text + ".";
    }

    static bool Balanced(string text)
    {
        var (curly, straight) = (0, 0);
        foreach (var c in text)
        {
            if (c == '“') curly++;
            if (c == '”' && --curly < 0) return false;
            if (c == '"') straight++;
        }
        return curly == 0 && straight % 2 == 0;
    }

    /// <summary>An author who says I or we outside a quotation would be heard as the host.</summary>
    static bool OwnVoice(string text) => FirstPerson().IsMatch(Quoted().Replace(text, ""));

    [GeneratedRegex(@"\s*[(\[][^)\]]{0,200}[)\]]")]
    private static partial Regex Brackets();

    [GeneratedRegex(@"^(?:However|Meanwhile|Moreover|Furthermore|Nevertheless|Nonetheless|Additionally|In addition|Still|Indeed|Also|Besides|Therefore|Thus|Of course|In fact|As a result|For example|For instance|On the other hand|At the same time|By contrast|In contrast|That said|Separately|Likewise|Similarly), ")]
    private static partial Regex Connective();

    [GeneratedRegex(@"\s{2,}")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"^[""“']?(?:He|She|They|It|This|That|These|Those|His|Her|Their|Its|Such|But|And|Or|So|Yet|Not|Then|There|Here|Both|Neither|Others?|Another|The (?:latter|former|other|others|same|two|pair|move|incident|decision|announcement|report|study|news|comments?))\b", RegexOptions.CultureInvariant)]
    private static partial Regex Leaning();

    [GeneratedRegex(@"\b(?:I|I'm|I’m|I've|I’ve|I'd|I’d|we|We|we're|we’re|We're|my|My|our|Our|me|us|myself|ourselves)\b")]
    private static partial Regex FirstPerson();

    [GeneratedRegex("“[^”]*”|\"[^\"]*\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^\W*(?:\d+[.)]\s|•|·|–\s)|(?:,[^,]*){9,}|\|")]
    private static partial Regex ListLike();
}
