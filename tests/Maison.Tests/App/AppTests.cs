// The app in a browser without scripts, and what its module hears: signing in, chats, refusals. Answers are scripted.

using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Maison.App;
using Maison.App.SignIn;
using Maison.Tests.Api;

namespace Maison.Tests.App;

public sealed partial class AppTests
{
    static List<(string Name, string Data)> Events(string stream) => [.. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        .Select(e => e.Split('\n')).Select(l => (l[0]["event: ".Length..], JsonSerializer.Deserialize<string>(l[1]["data: ".Length..])!))];

    static string[] TagsOf(string html) => [.. Opened().Matches(html).Select(m => m.Value)];

    [Theory]
    [InlineData("/", "What shall we think about?")]
    [InlineData("/assistant", "New chat")]
    [InlineData("/models", "Q8_0")]
    [InlineData("/models/test", "<h1>A card</h1>")]
    [InlineData("/images", "What is to be seen")]
    [InlineData("/voice-lab", "No voice is served yet")]
    public async Task EveryRoomAnswersUnderAStrictPolicy(string path, string shown)
    {
        await using var server = await ApiServer.Start(new ScriptedModel("Hello").Served with { CardText = "# A card" });
        using var browser = await Browser.SignedIn(server);
        using var answer = await browser.Get(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(MaisonApp.Policy, answer.Headers.GetValues("content-security-policy").Single());
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Contains(shown, WebUtility.HtmlDecode(html));
        Assert.DoesNotMatch(@"<style|\sstyle=|\son\w+=|<script(?! type=""module"" src=""/assets/)|(src|action|<link[^>]+href)=""(?!/)", html);
        foreach (Match asset in Regex.Matches(html, "\"(/assets/[^\"]+)\""))
            using (var file = await browser.Get(asset.Groups[1].Value)) Assert.True(file.IsSuccessStatusCode && file.Content.Headers.ContentLength is null or < 60_000, asset.Value);
    }

    [Fact]
    public async Task WithoutASessionEveryRoomAsksForAKeyAndTheApiStaysClosed()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var browser = new Browser(server);
        foreach (var path in new[] { "/", "/assistant", "/models", "/voice-lab" })
            using (var answer = await browser.Get(path)) Assert.Equal((HttpStatusCode.SeeOther, "/sign-in"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        using (var api = await browser.Get("/v1/models")) Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
        using (var said = await browser.SendAs("x", "/assistant/say", false, ("text", "Hi"))) Assert.Equal("/sign-in", said.Headers.Location!.OriginalString);
        using var wrong = await browser.SendAs(null, "/sign-in", false, ("key", "mk-wrong-wrong-wrong"));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Contains("is not valid here", await wrong.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task AKeySignsInAndNeverReachesTheBrowser()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var browser = new Browser(server);
        using (var entered = await browser.SendAs(null, "/sign-in", false, ("key", ApiServer.Key)))
        {
            var cookie = entered.Headers.GetValues("set-cookie").Single();
            Assert.Matches($"^{Sessions.Cookie}=[0-9a-f]{{48}}; ", cookie);
            Assert.Contains("; httponly", cookie);
            Assert.Contains("; samesite=strict", cookie);
        }
        Assert.DoesNotContain(ApiServer.Key, await browser.Source("/"));
        using (await browser.Send("/sign-out", live: false)) { }
        using var after = await browser.Get("/");
        Assert.Equal("/sign-in", after.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task ALinkSignsInOnce()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var link = server.Pages.OneTimePath();
        using Browser first = new(server), second = new(server);
        using (var entered = await first.Get(link)) Assert.Equal("/", entered.Headers.Location!.OriginalString);
        using var again = await second.Get(link);
        Assert.Equal(HttpStatusCode.Gone, again.StatusCode);
        Assert.False(again.Headers.Contains("set-cookie"));
    }

    [Fact]
    public async Task AFormWithoutTheSessionsTokenIsRefused()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var browser = await Browser.SignedIn(server);
        using var other = await Browser.SignedIn(server);
        var chat = await browser.Say("Hi");
        foreach (var path in new[] { "/assistant/say", chat + "/say", chat + "/again", chat + "/delete", "/sign-out" })
            foreach (var token in new[] { null, "", "0123", await other.Token() })
                using (var refused = await browser.SendAs(token, path, false, ("text", "Hi"))) Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("Hello", await browser.Page(chat));
    }

    [Fact]
    public async Task AChatWithoutScriptsIsAskedAnsweredAskedAgainAndRemoved()
    {
        await using var server = await ScriptedModel.Serve("Hello **world**", "the *answer*", "another");
        using var browser = await Browser.SignedIn(server);
        var chat = await browser.Say("What is <this>?");
        var page = await browser.Source(chat);
        Assert.Contains("<strong>world</strong>", page);
        Assert.Contains("What is &lt;this&gt;?</div>", page);
        using (await browser.Send(chat + "/say", live: false, ("text", "And that?"))) { }
        Assert.Contains("<em>answer</em>", await browser.Source(chat));
        using (await browser.Send(chat + "/again", live: false)) { }
        page = await browser.Source(chat);
        Assert.Contains("another", page);
        Assert.DoesNotContain("<em>answer</em>", page);
        Assert.Equal(2, Regex.Count(page, "class=\"turn answer\""));
        Assert.Contains("What is <this>?", await browser.Page("/"));
        using (await browser.Send(chat + "/delete", live: false)) { }
        Assert.Contains("There is no conversation", await browser.Page(chat, HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task AStreamBringsFinishedHtmlAndTheAnswerIsKept()
    {
        await using var server = await ScriptedModel.Serve("<think>so</think>Hello **world**");
        using var browser = await Browser.SignedIn(server);
        using var answer = await browser.Send("/assistant/say", live: true, ("text", "Hi"));
        var events = Events(await answer.Content.ReadAsStringAsync());
        Assert.Equal(["said", "chats", "chat", "answer"], events.Take(4).Select(e => e.Name));
        Assert.Equal("done", events[^1].Name);
        Assert.Contains("<strong>world</strong>", events[^1].Data);
        var page = await browser.Source("/assistant/" + events[2].Data);
        Assert.Contains("<strong>world</strong>", page);
        Assert.Contains("<details class=\"reasoning\">", page);
    }

    [Fact]
    public async Task AFailureIsSaidInWordsAndWhatThereIsIsKept()
    {
        await using var server = await ScriptedModel.Serve("Hello" + ScriptedModel.Failure);
        using var browser = await Browser.SignedIn(server);
        using var answer = await browser.Send("/assistant/say", live: true, ("text", "Hi"));
        var events = Events(await answer.Content.ReadAsStringAsync());
        Assert.Contains("class=\"problem\"", events.Single(e => e.Name == "note").Data);
        Assert.Contains("Stopped before the end.", await browser.Page("/assistant/" + events[2].Data));
        using var plain = await browser.Send("/assistant/say", live: false, ("text", "Hi"), ("model", "nobody"));
        Assert.Contains("'nobody' is not served here", WebUtility.HtmlDecode(await plain.Content.ReadAsStringAsync()));
        using var empty = await browser.Send("/assistant/say", live: false, ("text", " "));
        Assert.Contains("Write a message first.", await empty.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task AReaderWhoLeavesStopsTheAnswerAndKeepsIt()
    {
        var model = new ScriptedModel("Hello" + ScriptedModel.Endless) { ContextLength = 100_000 };
        await using var server = await ApiServer.Start(model.Served);
        using var browser = await Browser.SignedIn(server);
        string chat;
        using (var later = await browser.Send("/assistant/say", live: false, ("text", "Hi"), ("later", "1"))) chat = later.Headers.Location!.OriginalString;
        Assert.Contains("data-pending", await browser.Source(chat));
        using (var leaving = new CancellationTokenSource(TimeSpan.FromMilliseconds(700)))
        {
            var token = await browser.Token();
            using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = browser.Cookies }) { BaseAddress = server.Url };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.PostAsync(chat + "/again", new FormUrlEncodedContent([KeyValuePair.Create("token", token)]), leaving.Token));
        }
        await model.Released.WaitAsync(TimeSpan.FromSeconds(60));
        for (var i = 0; i < 600 && !(await browser.Source(chat)).Contains("Stopped before the end."); i++) await Task.Delay(50);
        Assert.Contains("Stopped before the end.", await browser.Source(chat));
    }

    [Fact]
    public async Task OldMessagesThatNoLongerFitAreLeftOutAndThatIsSaid()
    {
        var model = new ScriptedModel("Hello") { ContextLength = 200 };
        await using var server = await ApiServer.Start(model.Served);
        using var browser = await Browser.SignedIn(server);
        var chat = await browser.Say(string.Concat(Enumerable.Repeat("Zq", 40)));
        string last = "";
        for (var i = 0; i < 3; i++)
            using (var answer = await browser.Send(chat + "/say", live: true, ("text", string.Concat(Enumerable.Repeat("Zq", 40))))) last = await answer.Content.ReadAsStringAsync();
        Assert.Contains(Events(last), e => e.Name == "note" && e.Data.Contains("left out", StringComparison.Ordinal));
        Assert.Contains("Hello", Events(last)[^1].Data);
    }

    [Fact]
    public async Task NoPayloadChangesThePageItStandsIn()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var browser = await Browser.SignedIn(server);
        var conversations = new ApiClient(new() { BaseAddress = server.Url }, ApiServer.Key);
        var plain = await Chat("harmless");
        foreach (var payload in Payloads.All)
        {
            var page = await Chat(payload);
            Assert.Equal(TagsOf(plain), TagsOf(page));
        }

        // As a title and as a message of the reader; titles are in three places of every page. Each chat is removed so that lists stay alike.
        async Task<string> Chat(string text)
        {
            var made = await conversations.NewConversation(new Dictionary<string, string> { ["title"] = text }, default);
            await conversations.Add(made.Id, [new() { Role = "user", Content = text }], default);
            var page = await browser.Source("/assistant/" + made.Id);
            await conversations.Remove(made.Id, default);
            return page;
        }
    }

    [GeneratedRegex("</?[a-zA-Z][a-zA-Z0-9]*")]
    private static partial Regex Opened();
}
