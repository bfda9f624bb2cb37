// The daily room in a browser without scripts: a briefing is made from a form, heard in parts, read with its sources, judged and removed; a show has its
// podcast address; whatever a source says stays text.

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Maison.App;
using Maison.App.Daily;
using Maison.Tests.Api;
using Maison.Tests.Api.Briefings;

namespace Maison.Tests.App;

public sealed class DailyTests
{
    static string Own => Encoding.UTF8.GetString(Material.Bytes("solar-ferry.txt"));

    static async Task<string> Make(Browser browser, params (string, string)[] fields)
    {
        using var made = await browser.Send("/daily", live: false, [("length", "brief"), .. fields]);
        Assert.Equal(HttpStatusCode.SeeOther, made.StatusCode);
        return made.Headers.Location!.OriginalString;
    }

    static async Task<string> Done(Browser browser, string path)
    {
        for (var i = 0; i < 600; i++)
        {
            using var answer = await browser.Get(path);
            if (!answer.Headers.Contains("refresh")) return await answer.Content.ReadAsStringAsync();
            await Task.Delay(50);
        }
        throw new TimeoutException(path);
    }

    [Fact]
    public async Task ABriefingIsMadeHeardReadJudgedAndRemovedWithoutScripts()
    {
        await using var server = await BriefingRouteTests.Serve();
        using var browser = await Browser.SignedIn(server);
        Assert.Contains("No briefing yet", await browser.Page("/daily"));
        var path = await Make(browser, ("text", Own), ("hosts", "2"), ("interests", "ferry, sun"));
        var page = WebUtility.HtmlDecode(await Done(browser, path));
        Assert.Contains("put together and is spoken by software", page);
        Assert.Contains("“The boat is 24 metres long and holds 90 people and 12 bicycles.”", page);
        Assert.Contains("href=\"https://courier.example/ferry\"", page);
        Assert.Matches("<span class=\"who\">martin</span>", page);
        Assert.Contains("No sentence had to be cut", page);

        // Every claim is one click from its source.
        Assert.Equal(Regex.Count(page, "<summary><span class=\"said\">"), Regex.Count(page, "<blockquote>"));
        using (var sound = await browser.Get(path + "/audio")) Assert.Contains(sound.Content.Headers.ContentType!.MediaType, new[] { "audio/mpeg", "audio/flac" });
        Assert.StartsWith("WEBVTT", await browser.Source(path + "/transcript.vtt"));
        Assert.Contains("Sources\n[1]", await browser.Source(path + "/transcript.txt"));
        using (var judged = await browser.Send(path + "/feedback", live: false, ("chapter", "0"), ("kind", "replay"))) Assert.Equal(path + "#story-0", judged.Headers.Location!.OriginalString);
        Assert.Contains("more like it next time", await browser.Page(path));
        Assert.Contains($"href=\"{path}\"", await browser.Page("/"));
        using (await browser.Send(path + "/delete", live: false)) { }
        Assert.Contains("There is no briefing", await browser.Page(path, HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task WhatTheFormLacksIsSaidAndWhatItHasIsKept()
    {
        await using var server = await BriefingRouteTests.Serve();
        using var browser = await Browser.SignedIn(server);
        using var refused = await browser.Send("/daily", live: false, ("feeds", "ftp://old.example/feed"), ("interests", "seals"), ("hosts", "2"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var page = WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync());
        Assert.Contains("addresses that begin with https://", page);
        Assert.Contains(">ftp://old.example/feed</textarea>", page);
        Assert.Contains("value=\"seals\"", page);
        var failed = await Make(browser, ("text", "Hello."));
        Assert.Contains("No source could be read", await Done(browser, failed));
    }

    [Fact]
    public async Task ADailyOneHasAPodcastAddressUntilItIsEnded()
    {
        await using var server = await BriefingRouteTests.Serve();
        using var browser = await Browser.SignedIn(server);
        await Done(browser, await Make(browser, ("text", Own), ("repeat", "yes"), ("at", "06:30"), ("zone", "Europe/Paris")));
        var page = await browser.Page("/daily");
        var address = Regex.Match(page, "value=\"(http[^\"]*/podcasts/[0-9a-f]{48}/feed.xml)\"").Groups[1].Value;
        using (var player = new HttpClient()) Assert.Contains("<enclosure", await player.GetStringAsync(address));
        using (await browser.Send(Regex.Match(page, "action=\"(/daily/shows/[^\"]+/delete)\"").Groups[1].Value, live: false)) { }
        Assert.DoesNotContain("/podcasts/", await browser.Page("/daily"));
    }

    [Fact]
    public async Task WithoutAVoiceTheRoomSaysWhatIsMissing()
    {
        await using var server = await ApiServer.Start();
        using var browser = await Browser.SignedIn(server);
        Assert.Contains("No voice is served yet", await browser.Page("/daily"));
    }

    [Fact]
    public async Task WhatASourceSaysStaysText()
    {
        await using var server = await BriefingRouteTests.Serve();
        using var browser = await Browser.SignedIn(server);
        var plain = await Tags("harmless");
        foreach (var payload in Payloads.All.Where(p => !p.Contains('\n', StringComparison.Ordinal)).Take(20)) Assert.Equal(plain, await Tags(payload));

        // Headers are not touched, so that the payload stands where it is written: in headline, publisher and text.
        async Task<string[]> Tags(string payload)
        {
            var path = await Make(browser, ("text", $"Title: A ferry {payload} on the lake\nPublisher: The {payload} Courier\nURL: javascript:alert(1)\n\nThe town has built a ferry that runs on the sun and on nothing else at all."));
            var page = await Done(browser, path);
            Assert.DoesNotContain("href=\"javascript", page, StringComparison.OrdinalIgnoreCase);
            using (await browser.Send(path + "/delete", live: false)) { }
            return [.. Regex.Matches(page, "</?[a-zA-Z][a-zA-Z0-9]*").Select(m => m.Value)];
        }
    }

    [Fact]
    public void NothingIsMissingInFrench()
    {
        foreach (var text in typeof(DailyTexts).GetProperties().Where(p => p.PropertyType == typeof(string)))
            Assert.True(text.Name is "Brief" or "Morning" or "Deep" or "Pages" or "Sources" or "AsVtt" || !Equals(text.GetValue(Texts.English.Daily), text.GetValue(Texts.French.Daily)), text.Name);
    }
}
