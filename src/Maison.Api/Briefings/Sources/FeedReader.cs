// RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, and lists of feeds in OPML. The core elements are those in the namespace of the channel itself,
// since modules have titles and links of their own.

using System.Globalization;
using System.Text.RegularExpressions;

namespace Maison.Api.Briefings.Sources;

/// <summary>Reads feeds.</summary>
public static partial class FeedReader
{
    public const string AtomSpace = "http://www.w3.org/2005/Atom", ContentSpace = "http://purl.org/rss/1.0/modules/content/", DublinSpace = "http://purl.org/dc/elements/1.1/";
    const string OldAtomSpace = "http://purl.org/atom/ns#", CommonsSpace = "http://web.resource.org/cc/", OtherCommonsSpace = "http://backend.userland.com/creativeCommonsRssModule", NewCommonsSpace = "http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html", TermsSpace = "http://purl.org/dc/terms/";
    const int MostItems = 300;

    /// <summary>Reads a feed; what it does not have is null or empty, never an error.</summary>
    /// <param name="charset">As HTTP named it; the document's own word goes first.</param>
    /// <exception cref="InvalidDataException">It is no feed; the message says what it is instead.</exception>
    public static Feed Read(byte[] bytes, string? charset = null)
    {
        var root = FeedTree.Read(bytes, charset);
        return root.Name switch
        {
            "rss" or "RDF" => Rss(root),
            "feed" => Atom(root),
            "html" or "HTML" => throw new InvalidDataException("It is a web page and no feed. Look for the page's RSS or Atom link, or give it as an article."),
            "opml" => throw new InvalidDataException("It is a list of feeds (OPML) and no feed."),
            _ => throw new InvalidDataException($"It begins with <{root.Name}>, which is neither RSS nor Atom."),
        };
    }

    /// <summary>The addresses of the feeds that an OPML file lists; null when it is none.</summary>
    public static IReadOnlyList<string>? Opml(byte[] bytes)
    {
        FeedNode root;
        try
        {
            root = FeedTree.Read(bytes, null);
        }
        catch (InvalidDataException)
        {
            return null;
        }
        if (root.Name != "opml") return null;
        var found = new List<string>();
        Collect(root);
        return found;

        void Collect(FeedNode node)
        {
            foreach (var (name, value) in node.Attributes)
                if (name.Equals("xmlUrl", StringComparison.OrdinalIgnoreCase) && !found.Contains(value.Trim())) found.Add(value.Trim());
            foreach (var child in node.Children) Collect(child);
        }
    }

    static Feed Rss(FeedNode root)
    {
        var channel = root.Elements("channel").FirstOrDefault() ?? throw new InvalidDataException("The feed has no <channel>.");
        var core = channel.Space;
        // RSS 1.0 keeps its items beside the channel.
        var items = channel.Children.Concat(root.Children).Where(c => c.Name == "item" && c.Space == core).Take(MostItems);
        return new(
            Plain(channel.Child("title", core)), Address(channel.Child("link", core)), Value(channel.Child("language", core) ?? channel.Child("language", DublinSpace)),
            Rights(channel, core), [.. items.Select(item => Item(item, core))]);
    }

    static FeedItem Item(FeedNode item, string core)
    {
        var link = Address(item.Child("link", core)) ?? Address(item.Child("link", AtomSpace));
        var guid = Value(item.Child("guid", core));
        return new(
            Plain(item.Child("title", core) ?? item.Child("title", DublinSpace)), link ?? (guid is null ? null : Web(guid)), guid,
            Date(Value(item.Child("pubDate", core) ?? item.Child("date", DublinSpace) ?? item.Child("published", AtomSpace) ?? item.Child("updated", AtomSpace))),
            (item.Child("description", core) ?? item.Child("description", DublinSpace))?.Text() ?? "", item.Child("encoded", ContentSpace)?.Text() ?? "")
        { Rights = Rights(item, core) };
    }

    static Feed Atom(FeedNode root)
    {
        var core = root.Space;
        return new(
            Plain(root.Child("title", core)), Alternate(root, core), root.Attributes.GetValueOrDefault("lang"), Rights(root, core),
            [.. root.Elements("entry").Where(e => e.Space == core).Take(MostItems).Select(entry => new FeedItem(
                Plain(entry.Child("title", core)), Alternate(entry, core), Value(entry.Child("id", core)),
                Date(Value(entry.Child("published", core) ?? entry.Child("issued", core)) ?? Value(entry.Child("updated", core) ?? entry.Child("modified", core))),
                Html(entry.Child("summary", core)), Html(entry.Child("content", core)))
            { Rights = Rights(entry, core) })]);
    }

    /// <summary>The link to the page itself.</summary>
    static string? Alternate(FeedNode node, string core)
    {
        var links = node.Elements("link").Where(l => l.Space == core).ToList();
        var best = links.FirstOrDefault(l => l.Attributes.GetValueOrDefault("rel", "alternate") == "alternate") ?? links.FirstOrDefault();
        return best?.Attributes.GetValueOrDefault("href")?.Trim() is { Length: > 0 } href ? Web(href) : best is null ? null : Address(best);
    }

    /// <summary>Content of Atom by its type: text is escaped, XHTML written out, HTML taken.</summary>
    static string Html(FeedNode? node) => node is null ? "" : node.Attributes.GetValueOrDefault("type", "text") switch
    {
        "xhtml" or "application/xhtml+xml" => node.Markup(),
        "html" or "text/html" => node.Text(),
        "text" or "text/plain" when node.Attributes.GetValueOrDefault("mode") != "escaped" => System.Net.WebUtility.HtmlEncode(node.Text()),
        _ => node.Text(),
    };

    static string? Rights(FeedNode node, string core)
    {
        foreach (var licence in node.Children.Where(c => c.Name == "license" && c.Space is CommonsSpace or OtherCommonsSpace or NewCommonsSpace or TermsSpace))
            if ((Value(licence) ?? licence.Attributes.GetValueOrDefault("resource")) is { Length: > 0 } named) return named;
        foreach (var link in node.Elements("link"))
            if (link.Attributes.GetValueOrDefault("rel") == "license" && link.Attributes.GetValueOrDefault("href") is { Length: > 0 } href) return href;
        return Value(node.Child("rights", core, AtomSpace, DublinSpace) ?? node.Child("copyright", core));
    }

    static string Plain(FeedNode? node) => node is null ? "" : CleanText.Line(Tags().Replace(node.Text(), ""));

    static string? Value(FeedNode? node) => CleanText.Line(node?.Text() ?? "") is { Length: > 0 } value ? value : null;

    static string? Address(FeedNode? node) => Value(node) is { } value ? Web(value) : null;

    static string? Web(string address) => Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is ("http" or "https") ? address : null;

    /// <summary>A date of RFC 822 or RFC 3339, as loosely as feeds write them.</summary>
    internal static DateTimeOffset? Date(string? text)
    {
        if (text is null) return null;
        var known = Zone().Replace(text, m => m.Value.Trim() switch
        {
            "EST" or "CDT" => " -0500",
            "EDT" => " -0400",
            "CST" or "MDT" => " -0600",
            "MST" or "PDT" => " -0700",
            "PST" => " -0800",
            "CET" or "BST" => " +0100",
            "CEST" => " +0200",
            "JST" => " +0900",
            _ => " +0000",
        });
        foreach (var tried in (string[])[known, Weekday().Replace(known, "")])
            if (DateTimeOffset.TryParse(tried, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out var date)) return date;
        return null;
    }

    [GeneratedRegex("</?[a-zA-Z][^>]{0,200}>")]
    private static partial Regex Tags();

    [GeneratedRegex(@" (?:GMT|UTC|UT|Z|E[SD]T|C[SD]T|M[SD]T|P[SD]T|CES?T|BST|JST)\s*$")]
    private static partial Regex Zone();

    [GeneratedRegex(@"^\s*[A-Za-z]{3,9},?\s+(?=\d)")]
    private static partial Regex Weekday();
}
