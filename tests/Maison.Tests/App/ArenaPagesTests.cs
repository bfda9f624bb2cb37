// The arena in a browser without scripts: a battle that names nobody, a vote, who it was, the board.

using System.Net;
using System.Text.RegularExpressions;
using Maison.App;
using Maison.App.Arena;
using Maison.Tests.Api;
using Maison.Tests.Api.Blind;

namespace Maison.Tests.App;

public sealed class ArenaPagesTests
{
    static async Task<string> Battle(Browser browser, string modality, string prompt)
    {
        using var made = await browser.Send("/arena/battles", live: false, ("modality", modality), ("prompt", prompt));
        Assert.Equal(HttpStatusCode.SeeOther, made.StatusCode);
        return made.Headers.Location!.OriginalString;
    }

    [Theory]
    [InlineData("text"), InlineData("image"), InlineData("voice")]
    public async Task APageBeforeTheVoteNamesNobody(string modality)
    {
        await using var server = await BlindHouse.Start(o => o with { Clock = new SetClock() });
        using var browser = await Browser.SignedIn(server);
        var path = await Battle(browser, modality, "one two three");
        var page = await browser.Source(path);
        foreach (var telltale in BlindHouse.Telltales) Assert.DoesNotContain(telltale, page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("one two three", page);
        foreach (Match file in Regex.Matches(page, "src=\"(/arena/battles/[^\"]+)\""))
        {
            using var answer = await browser.Get(file.Groups[1].Value);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var all = $"{answer.Headers}{answer.Content.Headers}{System.Text.Encoding.Latin1.GetString(await answer.Content.ReadAsByteArrayAsync())}";
            foreach (var telltale in BlindHouse.Telltales) Assert.DoesNotContain(telltale, all, StringComparison.OrdinalIgnoreCase);
        }
        if (modality != "voice") return;
        using var early = await browser.Send(path + "/vote", live: false, ("choice", "a"));
        Assert.Equal(HttpStatusCode.Conflict, early.StatusCode);
        Assert.Contains("Listen to both first", await early.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task AVoteRevealsBothAndIsOnTheBoard()
    {
        await using var server = await BlindHouse.Start();
        using var browser = await Browser.SignedIn(server);
        var path = await Battle(browser, "text", "What is this?");
        using (var voted = await browser.Send(path + "/vote", live: false, ("choice", "both_bad"), ("consent", "yes"))) Assert.Equal(path, voted.Headers.Location!.OriginalString);
        var page = await browser.Page(path);
        Assert.Contains("alpha-quill-7", page);
        Assert.Contains("beta-quill-9", page);
        Assert.Contains("<strong>Both bad</strong>", page);
        using (var again = await browser.Send(path + "/vote", live: false, ("choice", "a"))) Assert.Contains("never changed", await again.Content.ReadAsStringAsync());
        page = await browser.Page("/arena/board?modality=text");
        Assert.Contains("Not enough votes yet", page);
        Assert.Contains("19 votes are missing", page);
        Assert.Contains("\"consent\":true", await browser.Source("/arena/votes.jsonl"));
        Assert.Contains("arena.seal", await browser.Source("/arena/snapshot.jsonl"));
    }

    [Theory]
    [InlineData("/arena", "Which one is better?")]
    [InlineData("/arena?modality=voice", "What is to be said")]
    [InlineData("/arena/board?modality=image&style=off&whose=mine", "Nobody has voted here yet")]
    [InlineData("/arena/method", "Votes to flip")]
    public async Task EveryPageAnswersUnderAStrictPolicy(string path, string shown)
    {
        await using var server = await BlindHouse.Start();
        using var browser = await Browser.SignedIn(server);
        using var answer = await browser.Get(path);
        Assert.Equal(MaisonApp.Policy, answer.Headers.GetValues("content-security-policy").Single());
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Contains(shown, WebUtility.HtmlDecode(html));
        Assert.DoesNotMatch(@"<style|\sstyle=|\son\w+=|<script(?! type=""module"" src=""/assets/)", html);
    }

    [Fact]
    public void NothingIsLeftInEnglish()
    {
        string[] same = ["Question", "Votes"];
        foreach (var text in typeof(ArenaTexts).GetProperties().Where(p => p.PropertyType == typeof(string)))
            Assert.True(same.Contains(text.Name) || !Equals(text.GetValue(new ArenaTexts()), text.GetValue(ArenaTexts.French)), text.Name);
        foreach (var text in typeof(ArenaTexts).GetProperties().Where(p => p.PropertyType.IsSubclassOf(typeof(Delegate))))
            Assert.False(Equals(((Delegate)text.GetValue(new ArenaTexts())!).Method, ((Delegate)text.GetValue(ArenaTexts.French)!).Method), text.Name);
    }

    [Fact]
    public async Task AModelIsAskedAfterTheVoteAndHasABoardOfItsOwn()
    {
        await using var server = await ApiServer.Start(
            new ScriptedModel("Hello").Served with { Id = "one" }, new ScriptedModel("world").Served with { Id = "two" }, new ScriptedModel("A") { ContextLength = 4096 }.Served with { Id = "judge" });
        using var browser = await Browser.SignedIn(server);
        for (var i = 0; ; i++)
        {
            var path = await Battle(browser, "text", $"What is {i}?");
            Assert.DoesNotContain("jury", await browser.Source(path));
            using (await browser.Send(path + "/vote", live: false, ("choice", "a"))) { }
            if (!(await browser.Source(path)).Contains("<option>judge</option>", StringComparison.Ordinal)) continue;      // it sat there itself
            using (await browser.Send(path + "/jury", live: false, ("model", "judge"))) { }
            Assert.Contains("judge says: abstains", await browser.Page(path));
            break;
        }
        Assert.Contains("Nobody has voted here yet", await browser.Page("/arena/board?modality=text&whose=jury"));
    }

    [Fact]
    public async Task WhatCanNotBeIsSaidInWords()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var browser = await Browser.SignedIn(server);
        using var none = await browser.Send("/arena/battles", live: false, ("modality", "image"), ("prompt", "a cat"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, none.StatusCode);
        var page = WebUtility.HtmlDecode(await none.Content.ReadAsStringAsync());
        Assert.Contains("Serve an image model.", page);
        Assert.Contains("a cat</textarea>", page);
        Assert.Contains("has no battle", await browser.Page("/arena/battles/battle_0", HttpStatusCode.NotFound));
        using var stale = await browser.SendAs(null, "/arena/battles", false, ("modality", "text"));
        Assert.Equal(HttpStatusCode.Forbidden, stale.StatusCode);
    }
}
