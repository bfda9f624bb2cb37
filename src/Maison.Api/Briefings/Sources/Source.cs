// What a briefing is made from, once it has been read: a headline and the sentences of an article, each of which can be pointed at.

namespace Maison.Api.Briefings.Sources;

/// <summary>What is known about the rights in a source.</summary>
public enum RightsKind
{
    /// <summary>The listener's own text or file.</summary>
    Own,

    /// <summary>A licence that allows use by anybody, or no rights at all.</summary>
    Open,

    /// <summary>The publisher states a copyright.</summary>
    Stated,

    /// <summary>Nothing is said, which means all rights are reserved.</summary>
    Unstated,
}

/// <summary>The rights in a source, and the line that tells a listener of them.</summary>
public sealed record SourceRights(RightsKind Kind, string Note)
{
    const int MostNote = 300;

    /// <summary>Share of an article's sentences that may be spoken: all of what is free, half of anything else.</summary>
    public double MostSpoken => Kind is RightsKind.Own or RightsKind.Open ? 1 : 0.5;

    public static SourceRights Own { get; } = new(RightsKind.Own, "Given by the listener.");

    /// <summary>From what a feed or a page says of itself.</summary>
    public static SourceRights Of(string? stated, string publisher)
    {
        var text = CleanText.Line(stated ?? "");
        if (text.Length > MostNote) text = text[..MostNote].TrimEnd() + "…";
        if (text.Length == 0) return new(RightsKind.Unstated, $"{publisher} states no licence: for personal listening only.");
        return Licences.Any(l => text.Contains(l, StringComparison.OrdinalIgnoreCase))
            ? new(RightsKind.Open, text)
            : new(RightsKind.Stated, $"{text}{(text[^1] is '.' or '…' ? "" : ".")} For personal listening only.");
    }

    static readonly string[] Licences = ["creativecommons.org/", "Creative Commons", "CC BY", "CC-BY", "CC0", "public domain", "MIT licen", "Open Government Licence"];
}

/// <summary>One article of one publisher.</summary>
/// <param name="Passages">Its sentences; the first is the headline.</param>
public sealed record Source(string Id, string Title, string Publisher, string? Url, DateTimeOffset? Published, SourceRights Rights, IReadOnlyList<string> Passages)
{
    /// <summary>Place in the feed, from 0 for what its editors put first.</summary>
    public int Place { get; init; }

    /// <summary>Whether the whole article is here; else a feed gave its teaser alone.</summary>
    public bool Whole { get; init; }

    /// <summary>Whether it came from another host, so that its page may be asked for too.</summary>
    public bool Fetched { get; init; }
}
