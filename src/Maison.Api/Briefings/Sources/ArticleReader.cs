// The article of a web page: parsed as browsers do by AngleSharp, which loads and runs nothing here, then the block whose own paragraphs hold
// most text. Walks the tree with a list instead of the call stack, since a page may be nested as deep as its author is unkind.

using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Maison.Api.Briefings.Sources;

/// <summary>What was found on a page.</summary>
/// <param name="Rights">What the page says of its licence; null when it says nothing.</param>
public sealed record Article(string Title, string? Publisher, DateTimeOffset? Published, string? Language, string? Rights, IReadOnlyList<string> Paragraphs);

/// <summary>Reads web pages and the HTML inside feeds.</summary>
public static partial class ArticleReader
{
    /// <summary>Characters of a page at most, and levels of elements.</summary>
    public const int MostCharacters = 4 << 20, MostDepth = 400;

    const int LeastParagraph = 40;

    static readonly HashSet<string> Skipped = new(StringComparer.OrdinalIgnoreCase)
    {
        "script", "style", "noscript", "template", "nav", "footer", "aside", "form", "figure", "figcaption", "button", "iframe", "svg", "math", "select", "textarea", "input", "dialog", "object", "video", "audio", "canvas", "menu", "label", "table", "pre", "code", "sup", "time", "address",
    };

    static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase)
    {
        "p", "div", "section", "article", "main", "body", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "br", "hr", "header", "dl", "dt", "dd", "td", "tr", "center",
    };

    /// <exception cref="InvalidDataException">It is beyond the limits; says which.</exception>
    public static Article Read(string html)
    {
        var document = Parse(html);
        // Everything once, in order: what stands in the head, and where the paragraphs are.
        var (meta, paragraphs) = (new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase), new List<(IElement Parent, string Text)>());
        string? title = null, heading = null, licence = null;
        foreach (var element in Walk(document.DocumentElement))
            switch (element.LocalName)
            {
                case "meta" when (element.GetAttribute("property") ?? element.GetAttribute("name") ?? element.GetAttribute("itemprop")) is { } name && element.GetAttribute("content") is { } content:
                    meta.TryAdd(name, content);
                    break;
                case "title":
                    title ??= Text(element);
                    break;
                case "h1":
                    heading ??= Text(element);
                    break;
                case "link" or "a" when element.GetAttribute("rel")?.Split(' ').Contains("license") == true:
                    licence ??= element.GetAttribute("href");
                    break;
                case "time" when element.GetAttribute("datetime") is { } at:
                    meta.TryAdd("time", at);
                    break;
                case "p" or "blockquote" when element.ParentElement is { } parent && !element.Children.Any(c => c.LocalName == "p"):
                    if (Paragraph(element) is { } text) paragraphs.Add((parent, text));
                    break;
            }
        var publisher = meta.GetValueOrDefault("og:site_name") ?? meta.GetValueOrDefault("application-name");
        return new(
            CleanText.Headline(meta.GetValueOrDefault("og:title") ?? (heading is { Length: > 0 } ? heading : title) ?? "", publisher),
            publisher is null ? null : CleanText.Line(publisher), FeedReader.Date(meta.GetValueOrDefault("article:published_time") ?? meta.GetValueOrDefault("datePublished") ?? meta.GetValueOrDefault("time")),
            document.DocumentElement.GetAttribute("lang"), licence ?? meta.GetValueOrDefault("dcterms.rights") ?? meta.GetValueOrDefault("copyright"), Best(paragraphs));
    }

    /// <summary>The paragraphs of a piece of HTML, such as a feed carries: text between blocks, whatever they are.</summary>
    /// <exception cref="InvalidDataException">It is beyond the limits.</exception>
    public static List<string> Fragment(string html)
    {
        if (!html.Contains('<', StringComparison.Ordinal)) return [.. html.Split("\n\n").Select(CleanText.Line).Where(l => l.Length > 0)];
        var paragraphs = new List<string>();
        var text = new StringBuilder();
        var links = 0;
        foreach (var (node, entering) in Visit(Parse(html).DocumentElement))
        {
            if (node is IElement element && Blocks.Contains(element.LocalName)) Flush();
            else if (entering && node is IText piece)
            {
                text.Append(piece.Data);
                if (Inside(piece, "a")) links += piece.Data.Length;
            }
        }
        Flush();
        return paragraphs;

        void Flush()
        {
            var line = CleanText.Line(text.ToString());
            if (line.Length > 0 && links * 2 <= text.Length) paragraphs.Add(line);
            text.Clear();
            links = 0;
        }
    }

    static IDocument Parse(string html)
    {
        if (html.Length > MostCharacters) throw new InvalidDataException($"The page has {html.Length >> 20} million characters; {MostCharacters >> 20} are read at most.");
        var depth = 0;
        foreach (Match tag in Tag().Matches(html))
        {
            depth += tag.Groups["end"].Length > 0 ? -1 : 1;
            if (depth < 0) depth = 0;
            if (depth > MostDepth) throw new InvalidDataException($"The page is nested deeper than {MostDepth} elements.");
        }
        return new HtmlParser(new HtmlParserOptions { IsScripting = false }).ParseDocument(html);
    }

    /// <summary>The paragraphs under the element that has most text in paragraphs of its own or of its children.</summary>
    static List<string> Best(List<(IElement Parent, string Text)> paragraphs)
    {
        var scores = new Dictionary<IElement, double>();
        foreach (var (parent, text) in paragraphs)
        {
            var share = 1.0;
            for (IElement? at = parent; at is not null && share > 0.2; at = at.ParentElement, share *= 0.7)
                scores[at] = scores.GetValueOrDefault(at) + text.Length * share * (at.LocalName is "article" or "main" || at.GetAttribute("itemprop") == "articleBody" ? 1.5 : 1);
        }
        if (scores.Count == 0) return [];
        var best = scores.MaxBy(s => s.Value).Key;
        var found = new List<string>();
        foreach (var (parent, text) in paragraphs)
            for (IElement? at = parent; at is not null; at = at.ParentElement)
                if (at == best)
                {
                    if (!found.Contains(text)) found.Add(text);
                    break;
                }
        return found;
    }

    /// <summary>The text of a paragraph; null when it is short, or mostly links.</summary>
    static string? Paragraph(IElement element)
    {
        var text = Text(element);
        if (text.Length < LeastParagraph) return null;
        var links = Visit(element).Where(v => v.Entering && v.Node is IText t && Inside(t, "a")).Sum(v => ((IText)v.Node).Data.Length);
        return links * 2 > text.Length ? null : text;
    }

    static string Text(IElement element)
    {
        var text = new StringBuilder();
        foreach (var (node, entering) in Visit(element))
            if (entering && node is IText piece) text.Append(piece.Data);
            else if (node is IElement { LocalName: "br" }) text.Append(' ');
        return CleanText.Line(text.ToString());
    }

    static bool Inside(INode node, string name)
    {
        for (var (at, up) = (node.Parent, 0); at is not null && up < 6; at = at.Parent, up++)
            if (at is IElement element && element.LocalName == name) return true;
        return false;
    }

    static IEnumerable<IElement> Walk(IElement root)
    {
        foreach (var (node, entering) in Visit(root))
            if (entering && node is IElement element) yield return element;
    }

    /// <summary>Every node twice, on entering and on leaving; what is no part of an article is not entered.</summary>
    static IEnumerable<(INode Node, bool Entering)> Visit(INode root)
    {
        var open = new Stack<(INode Node, bool Entering)>([(root, true)]);
        while (open.TryPop(out var next))
        {
            if (next.Entering && next.Node is IElement element && element != root && Beside(element)) continue;
            yield return next;
            if (!next.Entering) continue;
            open.Push((next.Node, false));
            for (var child = next.Node.LastChild; child is not null; child = child.PreviousSibling) open.Push((child, true));
        }
    }

    static bool Beside(IElement element)
    {
        if (element.LocalName is "head" or "title" or "meta" or "link" or "html" or "body") return false;
        if (element.LocalName == "time" && element.HasAttribute("datetime") && element.ParentElement?.LocalName != "p") return false;
        if (Skipped.Contains(element.LocalName)) return true;
        if (element.HasAttribute("hidden") || element.GetAttribute("aria-hidden") == "true" || element.GetAttribute("role") is "navigation" or "banner" or "contentinfo" or "complementary" or "dialog" or "alertdialog" or "search" or "menu") return true;
        if (element.GetAttribute("style") is { } style && Hidden().IsMatch(style)) return true;
        return element.LocalName is not ("article" or "main") && BesideName().IsMatch($" {element.ClassName} {element.Id} ");
    }

    [GeneratedRegex(@"<(?<end>/)?(?!(?:p|li|br|hr|img|input|meta|link|td|tr|th|dt|dd|option|source|area|base|col|embed|param|track|wbr)\b)[a-zA-Z][^<>]*(?<!/)>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"display\s*:\s*none|visibility\s*:\s*hidden", RegexOptions.IgnoreCase)]
    private static partial Regex Hidden();

    [GeneratedRegex(@"[ _-](?:cookies?|consent|gdpr|newsletter|subscri\w+|signup|sign-up|promo\w*|related|recommend\w*|share|sharing|social|comments?|caption|credits?|byline|author-\w+|breadcrumbs?|advert\w*|ads?|sponsor\w*|sidebar|footer|menu|navigation|navbar|paywall|taglist|tags|read-?more|toolbar|popup|modal|banner|widget|disclaimer|dateline|timestamp|visually-hidden|sr-only|screen-reader\w*)(?=[ _-])", RegexOptions.IgnoreCase)]
    private static partial Regex BesideName();
}
