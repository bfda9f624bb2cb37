namespace Maison.Api.Briefings.Sources;

/// <summary>A text that somebody gave: pasted, or a file of theirs.</summary>
/// <param name="Name">The file's name, or what the text is called; for messages.</param>
public sealed record GivenText(string Name, byte[] Bytes);

/// <summary>What a briefing is to be made from.</summary>
/// <param name="Feeds">Addresses of RSS and Atom feeds.</param>
/// <param name="Pages">Addresses of articles.</param>
/// <param name="Texts">Feeds, lists of feeds, web pages or plain text that are at hand.</param>
public sealed record SourceList(IReadOnlyList<string> Feeds, IReadOnlyList<string> Pages, IReadOnlyList<GivenText> Texts)
{
    public bool IsEmpty => Feeds.Count + Pages.Count + Texts.Count == 0;
}

/// <summary>What was read.</summary>
/// <param name="Notes">What was left out and why, one line each.</param>
public sealed record Gathered(IReadOnlyList<Source> Sources, IReadOnlyList<string> Notes);

/// <summary>A feed as it came last, so that it is asked for only if it changed.</summary>
public sealed record KeptFeed(byte[] Bytes, string? Charset, string? Etag, string? Modified);

/// <summary>Where feeds are kept between two briefings.</summary>
public interface IFeedShelf
{
    KeptFeed? Find(string address);

    Task Keep(string address, KeptFeed feed);
}

/// <summary>Keeps nothing: for a briefing that is made once.</summary>
public sealed class NoShelf : IFeedShelf
{
    public KeptFeed? Find(string address) => null;

    public Task Keep(string address, KeptFeed feed) => Task.CompletedTask;
}
