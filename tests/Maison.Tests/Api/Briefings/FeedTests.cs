// Feeds of every kind to items, articles to paragraphs, and what of them may be spoken.

using System.Text;
using Maison.Api.Briefings.Sources;

namespace Maison.Tests.Api.Briefings;

public sealed class FeedTests
{
    static Feed Read(string xml) => FeedReader.Read(Encoding.UTF8.GetBytes(xml));

    [Fact]
    public void RssWithModulesIsRead()
    {
        var feed = FeedReader.Read(Material.Bytes("gazette.xml"));
        Assert.Equal(("The Saltmere Gazette", "en-gb", 5), (feed.Publisher, feed.Language, feed.Items.Count));
        Assert.Contains("publicdomain/zero", feed.Rights);
        var first = feed.Items[0];
        Assert.Equal(("Harbour wall to be rebuilt after winter storms", "https://gazette.example/harbour-wall"), (first.Title, first.Link));
        Assert.Equal(new DateTimeOffset(2026, 11, 25, 7, 10, 0, TimeSpan.Zero), first.Published);
        Assert.Contains("<p>", first.Content);
    }

    [Fact]
    public void AtomWithXhtmlIsRead()
    {
        var feed = FeedReader.Read(Material.Bytes("bell.atom"));
        Assert.Equal(("The Morning Bell", 4, "https://bell.example/"), (feed.Publisher, feed.Items.Count, feed.Link));
        Assert.Equal("Council approves £3.2 million harbour wall", feed.Items[0].Title);
        Assert.Contains("Nine councillors", feed.Items[0].Content);
    }

    [Theory]
    [InlineData("""<rss version="0.91"><channel><title>A</title><link>http://a.example</link><item><title>One</title><link>http://a.example/1</link></item></channel></rss>""", "A", "One", "http://a.example/1")]
    [InlineData("""<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.netscape.com/rss.dtd"><rss version="0.91"><channel><title>A</title><item><title>Caf&eacute; &amp; bar</title></item></channel></rss>""", "A", "Café & bar", null)]
    [InlineData("""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>B</title></channel><item><title>Two</title><link>http://b.example/2</link><dc:date>2026-11-26T10:00:00+01:00</dc:date></item></rdf:RDF>""", "B", "Two", "http://b.example/2")]
    [InlineData("""<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>C</title><entry><title>Three</title><link rel="alternate" href="http://c.example/3"/><issued>2026-11-26T10:00:00Z</issued></entry></feed>""", "C", "Three", "http://c.example/3")]
    [InlineData("""<rss version="2.0"><channel><title>D</title><item><title>Fish & chips</title><content:encoded>x</content:encoded><guid>http://d.example/4</guid></item></channel></rss>""", "D", "Fish & chips", "http://d.example/4")]
    [InlineData("\uFEFF  \n<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:m=\"urn:m\"><channel><m:title>no</m:title><title>E</title><item><m:title>no</m:title><title>Fi\u0001ve</title></item></channel></rss>", "E", "Five", null)]
    [InlineData("""<rss version="2.0"><channel><title>F</title><item><title><![CDATA[<b>Six</b> &amp; more]]></title></item></channel></rss>""", "F", "Six & more", null)]
    public void EveryKindOfFeedIsRead(string xml, string title, string item, string? link)
    {
        var feed = Read(xml);
        Assert.Equal((title, item, link), (feed.Title, feed.Items.Single().Title, feed.Items.Single().Link));
    }

    [Theory]
    [InlineData("Wed, 25 Nov 2026 07:10:00 GMT", "2026-11-25T07:10:00Z")]
    [InlineData("Wed, 25 Nov 2026 07:10:00 EST", "2026-11-25T12:10:00Z")]
    [InlineData("Tue, 25 Nov 2026 07:10 +0100", "2026-11-25T06:10:00Z")]
    [InlineData("2026-11-25T07:10:00.123+02:00", "2026-11-25T05:10:00.123Z")]
    [InlineData("25 Nov 2026", "2026-11-25T00:00:00Z")]
    [InlineData("yesterday", null)]
    public void DatesAreReadAsFeedsWriteThem(string text, string? date) => Assert.Equal(date is null ? null : DateTimeOffset.Parse(date, System.Globalization.CultureInfo.InvariantCulture), FeedReader.Date(text));

    [Fact]
    public void WhatIsNoFeedIsRefusedWithWhatItIs()
    {
        Assert.Contains("web page", Assert.Throws<InvalidDataException>(() => Read("<html><body>Hello</body></html>")).Message);
        Assert.Contains("<svg>", Assert.Throws<InvalidDataException>(() => Read("<svg/>")).Message);
        Assert.Contains("no element", Assert.Throws<InvalidDataException>(() => Read("hello")).Message);
        Assert.Equal(["http://a.example/f", "http://b.example/f"], FeedReader.Opml("""<opml version="2.0"><body><outline text="x"><outline xmlUrl="http://a.example/f"/></outline><outline xmlUrl="http://b.example/f"/></body></opml>"""u8.ToArray())!);
        Assert.Null(FeedReader.Opml("hello"u8.ToArray()));
    }

    [Fact]
    public void AllRealFeedsAtHandAreRead()
    {
        if (Material.RealFeeds is not { } folder) return;
        var files = Directory.GetFiles(folder, "*.xml");
        Assert.True(files.Length >= 35);
        foreach (var file in files)
        {
            var feed = FeedReader.Read(File.ReadAllBytes(file));
            var name = Path.GetFileName(file);
            if (new FileInfo(file).Length > 5_000)
            {
                Assert.True(feed.Title.Length > 0 && feed.Items.Count > 0, name);
                Assert.True(feed.Items.Count(i => i.Title.Length > 0 || i.Summary.Length > 0) >= 0.9 * feed.Items.Count, name);
                Assert.True(feed.Items.Count(i => i.Published is not null) >= 0.9 * feed.Items.Count || name is "AtomSpecialCharacters.xml" or "Rss092FullSample.xml" or "Rss20FeedWebResourceSample.xml", name);
            }
            Assert.All(feed.Items, i => Assert.DoesNotContain("â€", i.Title));
        }
    }

    [Fact]
    public void ThePageAroundAnArticleStaysSilent()
    {
        const string page = """
            <!doctype html><html lang="en"><head><title>Wall to be rebuilt | The Gazette</title><meta property="og:site_name" content="The Gazette"><meta property="article:published_time" content="2026-11-25T07:00:00Z">
            <link rel="license" href="https://creativecommons.org/licenses/by/4.0/"></head><body>
            <nav><p>Home News Sport and everything else that a menu has to offer to a visitor.</p></nav>
            <div class="cookie-banner"><p>We use cookies to improve your experience and to show you what you may like.</p></div>
            <article><h1>Wall to be rebuilt</h1><p class="byline">By Anna Writer, who writes about the coast and its walls for us.</p>
            <p>The council voted on Tuesday to rebuild the wall, which lost 40 metres of stone last winter.</p>
            <figure><img src="x"><figcaption>The wall is seen here on a very windy day in February last year.</figcaption></figure>
            <p>Work begins in April and will cost <b>£3.2&nbsp;million</b>, the mayor said.<script>alert(1)</script></p>
            <aside><p>Related: ten other walls that you really should have a look at this winter.</p></aside>
            <p style="display:none">This paragraph was hidden by its author and nobody is meant to read it.</p>
            <p><a href="/more">Read more about walls, harbours and stones of the coast in our archive</a></p></article>
            <footer><p>Copyright 2026 The Gazette. All rights reserved, and everything else as well.</p></footer></body></html>
            """;
        var article = ArticleReader.Read(page);
        Assert.Equal(("Wall to be rebuilt", "The Gazette", "en"), (article.Title, article.Publisher, article.Language));
        Assert.Equal(["The council voted on Tuesday to rebuild the wall, which lost 40 metres of stone last winter.", "Work begins in April and will cost £3.2 million, the mayor said."], article.Paragraphs);
        Assert.Equal(RightsKind.Open, SourceRights.Of(article.Rights, "x").Kind);
    }

    [Theory]
    [InlineData("LONDON (Reuters) - The bank raised its rate.", "The bank raised its rate.")]
    [InlineData("The map was found.[1] It is old.", "The map was found.|It is old.")]
    [InlineData("A storm is coming. Read more at https://x.example/y", "A storm is coming.")]
    [InlineData("Photo: A. Stone/Getty Images", "")]
    [InlineData("The suspect retrieved his bag and loaded it…", "")]
    [InlineData("Esteban Santiago, 26, is seen in this image.", "")]
    [InlineData("Follow us on Twitter for more.", "")]
    [InlineData("Sheâ€™s here, and that isnâ€™t new.", "She’s here, and that isn’t new.")]
    [InlineData("The post Storm appeared first on The Bell.", "")]
    [InlineData("By using a drone, rangers counted the pups.", "By using a drone, rangers counted the pups.")]
    public void OnlySentencesAreKept(string text, string kept) => Assert.Equal(kept, string.Join("|", CleanText.Sentences([text])));

    [Fact]
    public async Task TextsAtHandBecomeSources()
    {
        var read = await Material.Read(Material.Texts);
        Assert.Empty(read.Notes);
        Assert.Equal(11, read.Sources.Count);
        var hospital = read.Sources.Single(s => s.Publisher == "The Kelby Courier" && s.Title.Contains("hospital", StringComparison.Ordinal));
        Assert.Equal((RightsKind.Open, "https://courier.example/hospital", 8), (hospital.Rights.Kind, hospital.Url, hospital.Passages.Count));
        Assert.DoesNotContain(read.Sources.SelectMany(s => s.Passages), p => p.Contains("http", StringComparison.Ordinal) || p.Contains("cookie", StringComparison.Ordinal) || p.Contains("newsletter", StringComparison.Ordinal) || p.Contains("Photo", StringComparison.Ordinal) || p.Contains("Reuters", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "/a", true)]
    [InlineData("User-agent: *\nDisallow: /", "/a", false)]
    [InlineData("User-agent: *\nDisallow: /private\nAllow: /private/open", "/private/open/1", true)]
    [InlineData("User-agent: *\nDisallow: /private\nAllow: /private/open", "/private/1", false)]
    [InlineData("User-agent: *\nDisallow: /\n\nUser-agent: Maison\nDisallow: /no # here", "/yes", true)]
    [InlineData("User-agent: other\nUser-agent: maison\nDisallow: /no", "/no/1", false)]
    [InlineData("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", false)]
    [InlineData("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", true)]
    [InlineData("User-agent: *\nDisallow:", "/a", true)]
    public void RobotsRulesAreObeyed(string rules, string path, bool allowed) => Assert.Equal(allowed, Robots.Of(rules).Allows(path));

    [Fact]
    public async Task WhatCanNotBeReadIsANote()
    {
        var read = await Material.Read(new("a.pdf", "%PDF-1.7"u8.ToArray()), new("b.bin", [1, 0, 2]), new("c.xml", "<rss>"u8.ToArray()),
            new("d.txt", Encoding.UTF8.GetBytes("Le port sera reconstruit après les tempêtes\n\nLe conseil municipal a décidé mardi de reconstruire le mur du port, qui avait perdu quarante mètres de pierres. Les travaux commenceront au printemps prochain.")));
        Assert.Empty(read.Sources);
        Assert.Equal(4, read.Notes.Count);
        Assert.Contains("not in English", read.Notes[3]);
    }
}
