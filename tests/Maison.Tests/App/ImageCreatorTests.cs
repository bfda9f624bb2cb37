// The image creator: painting goes on without its tab, looks come while it does, the gallery keeps pictures with their recipes.

using System.Net;
using System.Text.RegularExpressions;
using Maison.App.Images;
using Maison.Tests.Api;
using Maison.Tests.Data.Pictures;

namespace Maison.Tests.App;

public sealed class ImageCreatorTests
{
    static Task<ApiServer> Serve() => ApiServer.Start(new ScriptedModel("Hello").Served, ScriptedSenses.Painter);

    static async Task<string> Until(Browser browser, Func<string, bool> there)
    {
        var page = "";
        for (var i = 0; i < 2400 && !there(page = await browser.Source("/images")); i++) await Task.Delay(25);
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
    public async Task ARecipeIsUsedAgainWithItsGuidance()
    {
        await using var server = await ApiServer.Start(new ScriptedModel("Hello").Served, ScriptedSenses.Painter with { Usual = new(2, 1.7f, 0.3f, 0.65f) });
        using var browser = await Browser.SignedIn(server);
        using (await browser.Send("/images", live: true, ("prompt", "a hat"), ("seed", "7"))) { }
        var page = await Until(browser, p => Regex.Count(p, "/images/file-[0-9a-f]+\\.png") == 8);
        var like = await browser.Source("/images?like=" + Regex.Match(page, "/images/(file-[0-9a-f]+)\\.png").Groups[1].Value);
        Assert.Contains("value=\"2\"", like);
        Assert.Contains("value=\"1.7\"", like);
    }

    [Fact]
    public async Task APictureWithADamagedFileIsOneWithoutARecipe()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        // Its first part claims to be as long as can be.
        byte[] damaged = [.. SamplePictures.Png(SamplePictures.Noise(16, 16))[..8], 0x7F, 0xFF, 0xFF, 0xFF, .. new byte[16]];
        using var kept = await browser.SendPicture("/images/upload", "file", damaged, "cat.png");
        Assert.Contains("This file carries no recipe.", await browser.Page(kept.Headers.Location!.OriginalString[..^"/edit".Length]));
    }

    [Fact]
    public async Task TheQueueGoesOnAfterAnAnswerThatCanNotBeRead()
    {
        using var http = new HttpClient(new Garbled()) { BaseAddress = new("http://house") };
        var queue = new PaintingQueue();
        PaintingJob?[] jobs = [.. Enumerable.Range(0, 2).Select(i => queue.Add(new(http, ""), "key", new() { Prompt = "a hat", Seed = i }, 1))];
        for (var i = 0; i < 2400 && !jobs.All(j => j!.IsDone); i++) await Task.Delay(25, TestContext.Current.CancellationToken);
        Assert.All(jobs, j => Assert.NotEmpty(j!.Tiles[0].Problem!));
    }

    /// <summary>Answers with a picture that is none.</summary>
    sealed class Garbled : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            => Task.FromResult(new HttpResponseMessage { Content = new StringContent("data: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"?\"}\n\n") });
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
