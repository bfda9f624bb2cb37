// The image creator: painting goes on without its tab, looks come while it does, the gallery keeps pictures with their recipes.

using System.Net;
using System.Text.RegularExpressions;
using Maison.Tests.Api;

namespace Maison.Tests.App;

public sealed class ImageCreatorTests
{
    static Task<ApiServer> Serve() => ApiServer.Start(new ScriptedModel("Hello").Served, ScriptedSenses.Painter);

    static async Task<string> Until(Browser browser, Func<string, bool> there)
    {
        var page = "";
        for (var i = 0; i < 400 && !there(page = await browser.Source("/images")); i++) await Task.Delay(25);
        Assert.True(there(page), page);
        return page;
    }

    [Fact]
    public async Task FourPicturesArePaintedWithoutTheTabAndKeptWithTheirRecipes()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        using (var asked = await browser.Send("/images", live: false, ("prompt", "a <purple> heart"), ("style", "3d"), ("seed", "41"), ("steps", "4"))) Assert.Equal("/images", asked.Headers.Location!.OriginalString);
        // Nobody looks meanwhile.
        var page = await Until(browser, p => Regex.Count(p, "/images/file-[0-9a-f]+\\.png") == 8);
        var picture = Regex.Matches(page, "href=\"(/images/file-[0-9a-f]+)\"").Select(m => m.Groups[1].Value).First();
        var shown = await browser.Page(picture);
        Assert.Contains("a <purple> heart, 3D rendered emoji", shown);
        Assert.Contains("<dd>41</dd>", shown);
        var like = await browser.Page("/images?like=" + picture.Split('/')[^1]);
        Assert.Contains("value=\"41\"", like);
        Assert.Contains(">a <purple> heart, 3D rendered emoji", like);
        using (var file = await browser.Get(picture + ".png")) Assert.Equal("image/png", file.Content.Headers.ContentType!.MediaType);
        using (await browser.Send(picture + "/delete", live: false)) { }
        await browser.Page(picture, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task JobsAreToldWhileTheyGoOnAndCanBeStopped()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        using (await browser.Send("/images", live: true, ("prompt", "slow clouds"), ("steps", "3"))) { }
        var page = await Until(browser, p => p.Contains("slow clouds") && p.Contains("/stop\""));
        Assert.Contains("Waiting…", WebUtility.HtmlDecode(page));
        using var other = await Browser.SignedIn(server);
        Assert.Contains("slow clouds", await other.Source("/images"));
        using (await browser.Send(Regex.Match(page, "/images/jobs/[0-9]+/stop").Value, live: true)) { }
        await Until(browser, p => !p.Contains("/stop\"") && p.Contains("Stopped before the end."));
    }

    [Fact]
    public async Task APlainBackgroundIsCutOutWhereThatIsAskedFor()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        using (await browser.Send("/images", live: true, ("prompt", "a heart"), ("style", "flat"), ("transparent", "1"))) { }
        var page = await Until(browser, p => Regex.Count(p, "/images/file-[0-9a-f]+\\.png") == 8);
        var picture = Regex.Match(page, "/images/file-[0-9a-f]+\\.png").Value;
        Assert.Equal(4, Maison.Data.Pictures.PngReader.Read(await (await browser.Get(picture)).Content.ReadAsByteArrayAsync()).Channels);
        Assert.Contains("name=\"transparent\" value=\"1\" checked", await browser.Source("/images?like=" + picture[8..^4]));
        using (await browser.Send("/images", live: true, ("prompt", "a heart"), ("style", "photo"), ("transparent", "1"))) { }
        await Until(browser, p => WebUtility.HtmlDecode(p).Contains("is cut out of a plain one"));
    }

    [Fact]
    public async Task WhatCanNotBePaintedIsSaidInWords()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        using (await browser.Send("/images", live: true, ("prompt", "wrong"))) { }
        await Until(browser, p => p.Contains("This can not be painted."));
        using var empty = await browser.Send("/images", live: true, ("prompt", " "));
        Assert.Contains("Say first what is to be seen.", WebUtility.HtmlDecode(await empty.Content.ReadAsStringAsync()));
        Assert.Equal(HttpStatusCode.NotFound, (await browser.Get("/images/jobs/1/9")).StatusCode);
    }
}
