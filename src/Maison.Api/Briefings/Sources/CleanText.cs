// Text as publishers send it, brought to what can be read aloud: one kind of blank, no invisible signs, encodings that were mixed up on the
// way set right, and the sentences without what only makes sense on a page.

using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Maison.Data.Speech.Reading;

namespace Maison.Api.Briefings.Sources;

/// <summary>Cleans lines, paragraphs and sentences.</summary>
public static partial class CleanText
{
    static readonly Encoding Western = WesternEncoding();

    /// <summary>One line of plain text: entities decoded, blanks single, mixed-up encodings mended.</summary>
    public static string Line(string text)
    {
        var decoded = text.Contains('&', StringComparison.Ordinal) ? WebUtility.HtmlDecode(text) : text;
        var line = new StringBuilder(decoded.Length);
        var blank = true;
        foreach (var c in Mended(decoded))
        {
            if (c is '\u00ad' or '\u200b' or '\u200c' or '\u200d' or '\u2060' or '\ufeff' or >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069' or '\u200e' or '\u200f' or '\ufffd' or >= '\ue000' and <= '\uf8ff') continue;
            if (char.IsWhiteSpace(c) || char.IsControl(c))
            {
                if (!blank) line.Append(' ');
                blank = true;
                continue;
            }
            line.Append(c);
            blank = false;
        }
        while (line.Length > 0 && line[^1] == ' ') line.Length--;
        return line.ToString();
    }

    /// <summary>UTF-8 that somebody read as Windows-1252 and sent on as such ("â€™"), read once more; any other text as it is.</summary>
    public static string Mended(string text)
    {
        if (!MixedUp().IsMatch(text)) return text;
        try
        {
            var mended = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Western.GetBytes(text));
            return mended.Length < text.Length ? mended : text;
        }
        catch (Exception e) when (e is DecoderFallbackException or EncoderFallbackException)
        {
            return MixedUp().Replace(text, m =>
            {
                try
                {
                    return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Western.GetBytes(m.Value));
                }
                catch (Exception inner) when (inner is DecoderFallbackException or EncoderFallbackException)
                {
                    return m.Value;
                }
            });
        }
    }

    /// <summary>A headline without the section before it or the publisher behind it.</summary>
    public static string Headline(string title, string? publisher)
    {
        var line = Line(title);
        var section = line.LastIndexOf(" › ", StringComparison.Ordinal);
        if (section >= 0) line = line[(section + 3)..];
        if (publisher is { Length: > 2 })
            foreach (var between in (string[])[" - ", " | ", " – ", " — "])
                if (line.EndsWith(between + publisher, StringComparison.OrdinalIgnoreCase)) line = line[..^(between.Length + publisher.Length)];
        return line.Trim();
    }

    /// <summary>The sentences of paragraphs that can be spoken, cleaned; what belongs to the page and not to the article is left out.</summary>
    public static List<string> Sentences(IEnumerable<string> paragraphs)
    {
        var sentences = new List<string>();
        foreach (var paragraph in paragraphs)
        {
            var text = Dateline().Replace(Notes().Replace(Line(paragraph), ""), "");
            if (text.Length == 0 || PageTalk.IsWhole(text)) continue;
            foreach (var found in Data.Speech.Reading.Sentences.Split(text))
            {
                var sentence = text.Substring(found.Span.Start, found.Span.Length).Trim();
                if (!PageTalk.IsSentence(sentence)) sentences.Add(sentence);
            }
        }
        return sentences;
    }

    static Encoding WesternEncoding()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return Encoding.GetEncoding(1252, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
    }

    /// <summary>A two- or three-byte character of UTF-8, its bytes taken for letters.</summary>
    [GeneratedRegex("â[€‚„][\u0080-\u2122œžŸ™¦¢˜]|[ÃÂ][\u0080-\u00bf]|â€\u009d")]
    private static partial Regex MixedUp();

    /// <summary>Footnote numbers and editor's brackets: [1], [citation needed], […].</summary>
    [GeneratedRegex(@"\s*\[(?:\d{1,3}|[a-z]|citation needed|edit|note \d+)\]", RegexOptions.IgnoreCase)]
    private static partial Regex Notes();

    /// <summary>LONDON (Reuters) - / PARIS, Nov. 26 (AP) —</summary>
    [GeneratedRegex(@"^(?:[A-Z][A-Z.'’ -]{2,30}(?:[,/] ?[A-Za-z.]{2,20}(?: \d{1,2})?)?\s*)?\((?:Reuters|AP|AFP|UPI|dpa|Bloomberg|Xinhua|BBC|CNN)\)\s*[-–—]+\s*|^[A-Z]{3}[A-Z.'’ ]{0,30}(?:[,/][A-Za-z.'’ /]{2,40})?(?:,? [A-Z][a-z]{2,8}\.? \d{1,2})? [–—-]{1,2} (?=[A-Z])")]
    private static partial Regex Dateline();
}
