// The rules that public validators hold a podcast's feed against: what RSS 2.0 requires, what Apple requires of a show, and the forms of the podcast
// namespace's transcript and chapters.

using System.Globalization;
using System.Xml.Linq;

namespace Maison.Tests.Api.Briefings;

static class PodcastRules
{
    static readonly XNamespace Itunes = "http://www.itunes.com/dtds/podcast-1.0.dtd", Podcast = "https://podcastindex.org/namespace/1.0", Atom = "http://www.w3.org/2005/Atom";

    public static void Check(XDocument feed)
    {
        Assert.Equal(("rss", "2.0"), (feed.Root!.Name.LocalName, feed.Root.Attribute("version")!.Value));
        var channel = Assert.Single(feed.Root.Elements());
        foreach (var name in new XName[] { "title", "link", "description", "language", Itunes + "author", Itunes + "explicit", Itunes + "image", Itunes + "category", Itunes + "block", Atom + "link" })
            Assert.Single(channel.Elements(name));
        Web(channel.Element("link")!.Value);
        Assert.Equal(("self", "application/rss+xml"), (channel.Element(Atom + "link")!.Attribute("rel")!.Value, channel.Element(Atom + "link")!.Attribute("type")!.Value));
        Assert.Contains(channel.Element(Itunes + "explicit")!.Value, new[] { "true", "false" });
        Web(channel.Element(Itunes + "image")!.Attribute("href")!.Value);
        Assert.Matches(@"\.(png|jpg)$", channel.Element(Itunes + "image")!.Attribute("href")!.Value);
        Date(channel.Element("lastBuildDate")!.Value);
        var guids = new HashSet<string>();
        foreach (var item in channel.Elements("item"))
        {
            Assert.NotEmpty(item.Element("title")!.Value);
            Assert.InRange(item.Element("description")!.Value.Length, 1, 10_000);
            Assert.True(guids.Add(item.Element("guid")!.Value));
            Assert.Equal("false", item.Element("guid")!.Attribute("isPermaLink")!.Value);
            Date(item.Element("pubDate")!.Value);
            var enclosure = Assert.Single(item.Elements("enclosure"));
            Web(enclosure.Attribute("url")!.Value);
            Assert.True(long.Parse(enclosure.Attribute("length")!.Value, CultureInfo.InvariantCulture) > 0);
            Assert.StartsWith("audio/", enclosure.Attribute("type")!.Value);
            Assert.True(int.Parse(item.Element(Itunes + "duration")!.Value, CultureInfo.InvariantCulture) > 0);
            Assert.Equal("text/vtt", item.Element(Podcast + "transcript")!.Attribute("type")!.Value);
            Assert.Equal("application/json+chapters", item.Element(Podcast + "chapters")!.Attribute("type")!.Value);
            Web(item.Element(Podcast + "transcript")!.Attribute("url")!.Value);
            Web(item.Element(Podcast + "chapters")!.Attribute("url")!.Value);
        }
    }

    static void Web(string address) => Assert.True(Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https", address);

    static void Date(string text) => Assert.True(DateTime.TryParseExact(text, "ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _), text);
}
