// Pictures painted anew in the app: from the gallery, from one's own disk, in a chat; without scripts, and as the modules hear it.

using System.Net;
using System.Text.RegularExpressions;
using Maison.Tests.Api;
using Maison.Tests.Data.Pictures;

namespace Maison.Tests.App;

public sealed class ImageEditPagesTests
{
    static Task<ApiServer> Serve() => ApiServer.Start(new ScriptedModel("Hello").Served, ScriptedSenses.Painter);

    static async Task<string> Until(Browser browser, string path, Func<string, bool> there)
    {
        var page = "";
        for (var i = 0; i < 2400 && !there(page = await browser.Source(path)); i++) await Task.Delay(25);
        Assert.True(there(page), page);
        return page;
    }

    static async Task<string> Brought(Browser browser, byte[]? file = null, string name = "my photo.png")
    {
        using var answer = await browser.SendPicture("/images/upload", "file", file ?? SamplePictures.Png(SamplePictures.Noise(48, 32)), name);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var path = answer.Headers.Location!.OriginalString;
        Assert.Matches("^/images/file-[0-9a-f]+/edit$", path);
        return path[..^"/edit".Length];
    }

    [Fact]
    public async Task APictureOfOnesOwnIsPaintedAnewWithoutScriptsAndKnowsItsParent()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        var source = await Brought(browser);
        Assert.Contains("my photo", await browser.Page(source + "/edit"));
        using (var asked = await browser.Send(source + "/edit", live: false, ("prompt", "a <purple> heart"), ("seed", "41"), ("strength", "0.3"), ("left", "25"), ("right", "75"))) Assert.Equal("/images", asked.Headers.Location!.OriginalString);
        await Until(browser, "/images", p => Regex.Count(p, "/images/file-[0-9a-f]+\\.png") == 9);
        var children = await browser.Page(source);
        Assert.Contains("Painted from this one", children);
        Assert.Contains("This file carries no recipe.", children);
        var child = Regex.Matches(children, "href=\"(/images/file-[0-9a-f]+)\"").Select(m => m.Groups[1].Value).First(p => p != source);
        var shown = await browser.Page(child);
        Assert.Contains("a <purple> heart", shown);
        Assert.Matches(@"30\s?% · a part", shown);
        Assert.Contains("Painted from", shown);
        Assert.Contains($"href=\"{source}\"", shown);
        // A picture of a picture has both before it.
        using (await browser.Send(child + "/edit", live: false, ("prompt", "another"))) { }
        await Until(browser, "/images", p => Regex.Count(p, "/images/file-[0-9a-f]+\\.png") >= 13);
        var grandchild = Regex.Matches((await browser.Page(child)).Split("Painted from this one")[1], "href=\"(/images/file-[0-9a-f]+)\"")[0].Groups[1].Value;
        var family = (await browser.Page(grandchild)).Split("Painted from")[1];
        Assert.True(family.IndexOf(source, StringComparison.Ordinal) < family.IndexOf(child, StringComparison.Ordinal) && family.Contains(child));
        using (await browser.Send(source + "/delete", live: false)) { }
        Assert.Contains("no longer in the gallery", await browser.Page(child));
    }

    [Fact]
    public async Task AMaskThatWasDrawnGoesToThePainter()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        var source = await Brought(browser);
        var mask = SamplePictures.Png(SamplePictures.Opened(SamplePictures.Noise(48, 32, 4), 8, 8, 24, 24));
        using (var asked = await browser.SendPicture(source + "/edit", "mask", mask, "mask.png", ("prompt", "a heart"), ("seed", "7"))) Assert.Equal("/images", asked.Headers.Location!.OriginalString);
        var page = await Until(browser, "/images", p => Regex.Count(p, "/images/file-[0-9a-f]+\\.png") == 9);
        var made = Maison.Data.Pictures.PngReader.Read(await (await browser.Get(Regex.Match(page, "/images/file-[0-9a-f]+\\.png").Value)).Content.ReadAsByteArrayAsync());
        Assert.Equal((48, 32), (made.Width, made.Height));
        Assert.Equal(SamplePictures.Noise(48, 32).Pixels[..(8 * 48 * 3)], made.Pixels[..(8 * 48 * 3)]);
        Assert.Equal(7, made.Pixels[3 * (16 * 48 + 16)]);
    }

    [Fact]
    public async Task WhatCanNotBeEditedIsSaidInWords()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        using (var text = await browser.SendPicture("/images/upload", "file", "no picture"u8.ToArray(), "notes.txt"))
        {
            Assert.Equal(HttpStatusCode.BadRequest, text.StatusCode);
            Assert.Contains("“notes.txt” is no picture", WebUtility.HtmlDecode(await text.Content.ReadAsStringAsync()));
        }
        var source = await Brought(browser);
        foreach (var (fields, told) in new[] { (new[] { ("prompt", " ") }, "Say first what is to be seen."), ([("prompt", "x"), ("left", "60"), ("right", "40")], "The part has no area"), ([("prompt", "x"), ("top", "-5")], "The part has no area") })
            using (var refused = await browser.Send(source + "/edit", live: false, fields))
            {
                Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
                Assert.Contains(told, WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync()));
            }
        using (var drawn = await browser.SendPicture(source + "/edit", "mask", "x"u8.ToArray(), "mask.png", ("prompt", "x"))) Assert.Equal(HttpStatusCode.BadRequest, drawn.StatusCode);
        // A mask of another size is refused by the API, and the job says so.
        using (await browser.SendPicture(source + "/edit", "mask", SamplePictures.Png(SamplePictures.Opened(SamplePictures.Noise(9, 9, 4), 0, 0, 4, 4)), "mask.png", ("prompt", "x"))) { }
        await Until(browser, "/images", p => p.Contains("at least 16 each way"));
        foreach (var path in new[] { "/images/upload", source + "/edit" })
            foreach (var token in new[] { null, "0123" })
                using (var forged = await browser.SendAs(token, path, false, ("prompt", "x"))) Assert.Equal(HttpStatusCode.Forbidden, forged.StatusCode);
    }

    [Fact]
    public async Task EveryPageOfEditsKeepsTheStrictPolicyAndSpeaksFrench()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        var source = await Brought(browser, name: "x\" onload=alert(1) <img>.png");
        browser.Language = "fr-FR";
        foreach (var path in new[] { source, source + "/edit", "/images" })
        {
            var page = await browser.Source(path);
            Assert.DoesNotMatch(@"<style|\sstyle=|\son\w+=|<script(?! type=""module"" src=""/assets/)", page);
            Assert.Contains("Retoucher", page);
        }
        foreach (var (kind, file) in new[] { ("image/jpeg", Maison.Api.Images.JpegFile.Write(SamplePictures.Noise(32, 32), 90)), ("image/png", SamplePictures.Png(SamplePictures.Noise(32, 32))) })
            using (var sent = await browser.Get(await Brought(browser, file) + ".png")) Assert.Equal(kind, sent.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task AChatPaintsEditsAndPaintsAgain()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        var chat = await browser.Say("/image a <red> hat");
        var page = await browser.Source(chat);
        Assert.Contains("Painted: a &lt;red&gt; hat", page);
        var first = Regex.Match(page, "<a class=\"painted\" href=\"(/images/file-[0-9a-f]+)\">").Groups[1].Value;
        Assert.Contains("a <red> hat", await browser.Page(first));
        Assert.Contains($"{first}/edit", page);
        Assert.DoesNotContain("data-listen hidden", page);
        using (await browser.Send(chat + "/say", live: false, ("text", "/edit make it blue"))) { }
        page = await browser.Source(chat);
        var second = Regex.Matches(page, "<a class=\"painted\" href=\"(/images/file-[0-9a-f]+)\">")[1].Groups[1].Value;
        Assert.Contains(first, await browser.Page(second));
        // Again is another picture, beside the one that was there.
        using (await browser.Send(chat + "/again", live: false)) { }
        page = await browser.Source(chat);
        Assert.Contains(">2/2<", page);
        Assert.DoesNotContain(second + "\"", page);
        // Words go on as before.
        using (await browser.Send(chat + "/say", live: false, ("text", "Hi"))) { }
        Assert.Contains("Hello", await browser.Page(chat));
        Assert.Contains("a <red> hat", WebUtility.HtmlDecode(Regex.Match(await browser.Source("/"), "<nav class=\"chats\".*?</nav>|id=\"chats\".*?</", RegexOptions.Singleline).Value + await browser.Source("/chats")));
    }

    [Fact]
    public async Task TheButtonPaintsWhatWasWrittenAndAStreamBringsTheLooks()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        Assert.Contains("name=\"paint\"", await browser.Source("/assistant"));
        using var answer = await browser.Send("/assistant/say", live: true, ("text", "a hat"), ("paint", "1"));
        var stream = await answer.Content.ReadAsStringAsync();
        Assert.Matches("event: place[\\s\\S]+event: answer[\\s\\S]+class=\\\\u0022painted\\\\u0022 href[\\s\\S]+event: done", stream);
    }

    [Fact]
    public async Task WhatAChatCanNotPaintIsSaidInWords()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        foreach (var (text, told) in new[] { ("/image", "Say first what is to be seen."), ("/edit a hat", "There is no picture in this chat yet."), ("/image wrong", "This can not be painted.") })
            using (var answer = await browser.Send("/assistant/say", live: false, ("text", text)))
                Assert.Contains(told, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()));
        using var seen = await browser.SendPicture("/assistant/say", "files", SamplePictures.Png(SamplePictures.Noise(16, 16)), "cat.png", ("text", "What is this?"));
        Assert.Contains("“cat.png” is a picture, and the models that write here can not see.", WebUtility.HtmlDecode(await seen.Content.ReadAsStringAsync()));

        await using var blind = await ApiServer.Start(new ScriptedModel("Hello").Served);
        using var reader = await Browser.SignedIn(blind);
        Assert.DoesNotContain("name=\"paint\"", await reader.Source("/assistant"));
        using var none = await reader.Send("/assistant/say", live: false, ("text", "/image a hat"));
        Assert.Contains("No image model is loaded", WebUtility.HtmlDecode(await none.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task AReaderWhoLeavesStopsThePainting()
    {
        await using var server = await Serve();
        using var browser = await Browser.SignedIn(server);
        var token = await browser.Token();
        using (var leaving = new CancellationTokenSource(TimeSpan.FromMilliseconds(700)))
        {
            using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = browser.Cookies }) { BaseAddress = server.Url };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.PostAsync("/assistant/say", new FormUrlEncodedContent([KeyValuePair.Create("token", token), KeyValuePair.Create("text", "/image slow clouds")]), leaving.Token));
        }
        await Until(browser, "/images", p => p.Contains("Stopped before the end."));
    }
}
