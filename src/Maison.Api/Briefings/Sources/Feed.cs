namespace Maison.Api.Briefings.Sources;

/// <summary>A feed as its publisher gives it; texts are cleaned, descriptions and contents are still HTML.</summary>
/// <param name="Rights">What it says of its rights or licence; null when it says nothing.</param>
public sealed record Feed(string Title, string? Link, string? Language, string? Rights, IReadOnlyList<FeedItem> Items)
{
    /// <summary>Who speaks, as one would name them: the title without "RSS", sections and slogans.</summary>
    public string Publisher
    {
        get
        {
            foreach (var between in (string[])[" | ", " > ", " » ", " – ", " — ", " -  ", " - ", ": "])
                if (Title.IndexOf(between, StringComparison.Ordinal) is > 2 and var at) return Title[..at].Trim();
            return Title.Length > 0 ? Title : Uri.TryCreate(Link, UriKind.Absolute, out var url) ? url.Host : "a feed without a name";
        }
    }
}

/// <summary>One entry of a feed.</summary>
/// <param name="Summary">HTML or text; empty when there is none.</param>
/// <param name="Content">The article, where the feed carries it; empty else.</param>
public sealed record FeedItem(string Title, string? Link, string? Id, DateTimeOffset? Published, string Summary, string Content)
{
    /// <summary>Of this entry alone; null where the feed's hold.</summary>
    public string? Rights { get; init; }
}
