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
    [InlineData("/chats", "Search all that was said")]
    [InlineData("/chats/folders", "Everywhere")]
    [InlineData("/images", "What is to be seen")]
    [InlineData("/daily", "Your daily briefing")]
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
        foreach (var path in new[] { "/", "/assistant", "/chats", "/chats/folders", "/chats/export.json", "/models", "/voice-lab" })
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
        foreach (var path in new[] { "/assistant/say", chat + "/say", chat + "/again", chat + "/compare", chat + "/continue", chat + "/turn", chat + "/describe", chat + "/delete", "/chats/import", "/chats/folders", "/chats/folders/everywhere", "/chats/folders/everywhere/delete", "/sign-out" })
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
        // The first answer is a branch away.
        var before = Regex.Match(page, "name=\"item\" value=\"([^\"]+)\" aria-label=\"Branch before\"").Groups[1].Value;
        Assert.Contains(">2/2<", page);
        using (await browser.Send(chat + "/turn", live: false, ("item", before))) { }
        page = await browser.Source(chat);
        Assert.Contains("<em>answer</em>", page);
        Assert.Contains(">1/2<", page);
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
        Assert.Equal(["said", "chats", "chat", "place"], events.Take(4).Select(e => e.Name));
        Assert.Equal(["answer", "done"], events.TakeLast(2).Select(e => e.Name));
        Assert.Contains("<strong>world</strong>", events[^2].Data);
        foreach (var handle in new[] { "Sources", "Model and cost", "Listen", "Compare blind" }) Assert.Contains(handle, events[^2].Data);
        var page = await browser.Source("/assistant/" + events[2].Data);
        Assert.Contains("<strong>world</strong>", page);
        Assert.Contains("<details class=\"reasoning\">", page);
    }

    [Fact]
    public async Task SayingItDifferentlyBranchesAndKeepsWhatWasThere()
    {
        await using var server = await ScriptedModel.Serve("first answer", "second answer");
        using var browser = await Browser.SignedIn(server);
        var chat = await browser.Say("One way");
        var said = Regex.Match(await browser.Source(chat), "data-edit=\"([^\"]+)\"").Groups[1].Value;
        var editing = await browser.Page($"{chat}?edit={said}");
        Assert.Contains($"name=\"edit\" id=\"edit\" value=\"{said}\"", editing);
        Assert.Contains(">One way</textarea>", editing);
        using (var answer = await browser.Send(chat + "/say", live: true, ("text", "Another way"), ("edit", said)))
            Assert.Equal("cut", Events(await answer.Content.ReadAsStringAsync())[0].Name);
        var page = await browser.Page(chat);
        Assert.Contains("Another way</div>", page);
        Assert.DoesNotContain("first answer", page);
        using (await browser.Send(chat + "/turn", live: false, ("item", said))) { }
        Assert.Contains("first answer", await browser.Page(chat));
    }

    [Fact]
    public async Task AnAnswerThatWasStoppedIsGoneOnWith()
    {
        var model = new ScriptedModel("Hello world" + ScriptedModel.Failure, ", this is the answer.");
        await using var server = await ApiServer.Start(model.Served);
        using var browser = await Browser.SignedIn(server);
        string chat;
        using (var failed = await browser.Send("/assistant/say", live: true, ("text", "Hi"))) chat = "/assistant/" + Events(await failed.Content.ReadAsStringAsync()).Single(e => e.Name == "chat").Data;
        var stopped = Regex.Match(await browser.Source(chat), "/continue\" name=\"item\" value=\"([^\"]+)\"").Groups[1].Value;
        using (await browser.Send(chat + "/continue", live: false, ("item", stopped))) { }
        Assert.Contains("Hello world, this is the answer.", await browser.Page(chat));
        Assert.EndsWith("<|im_start|>assistant\nHello world", ScriptedModel.Tokenizer.Decode(model.Requests[^1].Prompt));
    }

    [Fact]
    public async Task TwoModelsAnswerSideBySideAndOneIsGoneOnWith()
    {
        var (one, two) = (new ScriptedModel("Hello").Served, new ScriptedModel("the answer").Served with { Id = "other" });
        await using var server = await ApiServer.Start(one, two);
        using var browser = await Browser.SignedIn(server);
        using var answer = await browser.Send("/assistant/say", live: true, ("text", "Hi"), ("model", "test"), ("beside", "other"));
        var events = Events(await answer.Content.ReadAsStringAsync());
        var (chat, shown) = ("/assistant/" + events.Single(e => e.Name == "chat").Data, WebUtility.HtmlDecode(events.Last(e => e.Name == "place").Data));
        Assert.Contains("Answer A · test", shown);
        Assert.Contains("Answer B · other", shown);
        var choices = Regex.Matches(shown, "name=\"item\" value=\"([^\"]+)\"").Select(m => m.Groups[1].Value).ToList();
        using (await browser.Send(chat + "/turn", live: false, ("item", choices[0]))) { }
        var page = await browser.Page(chat);
        Assert.Contains("/2<", page);
        Assert.Contains(">Hello</p>", page);

        // Blind: nothing in the page tells who wrote what until one is chosen.
        using var blind = await browser.Send(chat + "/compare", live: true);
        shown = Events(await blind.Content.ReadAsStringAsync()).Last(e => e.Name == "place").Data;
        Assert.Contains("Answer A<", shown);
        Assert.DoesNotContain("test", shown.Replace(chat, "", StringComparison.Ordinal));
        Assert.DoesNotContain("other", shown);
        var (kept, over) = (Regex.Match(shown, "name=\"item\" value=\"([^\"]+)\"").Groups[1].Value, Regex.Match(shown, "name=\"over\" value=\"([^\"]+)\"").Groups[1].Value);
        using var chosen = await browser.Send(chat + "/turn", live: false, ("item", kept), ("over", over));
        Assert.Matches("You chose (test over other|other over test)\\.", await browser.Page(chosen.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task AChatIsRenamedTaggedPinnedPutAwayAndFound()
    {
        await using var server = await ScriptedModel.Serve("Behind the dunes");
        using var browser = await Browser.SignedIn(server);
        var chat = await browser.Say("Where is it?");
        using (await browser.Send(chat + "/describe", live: false, ("title", "The café"), ("folder", ""), ("tags", "sea, north"))) { }
        using (await browser.Send(chat + "/describe", live: false, ("pinned", "true"))) { }
        var home = await browser.Page("/");
        Assert.Contains("<h2>Pinned</h2>", home);
        Assert.Contains("The café", home);
        Assert.Contains("The café", await browser.Page("/chats?tag=north"));
        Assert.Contains("Behind the dunes", await browser.Page("/chats?search=dune"));
        Assert.Contains("has all of “dunes cafe”", await browser.Page("/chats?search=dunes+cafe"));
        using (await browser.Send(chat + "/describe", live: false, ("archived", "true"))) { }
        Assert.DoesNotContain("The café", await browser.Page("/chats"));
        Assert.Contains("The café", await browser.Page("/chats?archived=true"));
    }

    [Fact]
    public async Task WhatASearchFindsFarBackInALongChatIsShown()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var browser = await Browser.SignedIn(server);
        var api = new ApiClient(new() { BaseAddress = server.Url }, ApiServer.Key);
        var chat = await api.NewConversation(new Dictionary<string, string> { ["title"] = "long" }, default);
        for (var i = 0; i < 200; i += 20)
            await api.Add(chat.Id, [.. Enumerable.Range(i, 20).Select(n => new Maison.Wire.InputItem { Role = n % 2 == 0 ? "user" : "assistant", Content = $"entry{n}." })], default);
        var link = Regex.Match(await browser.Source("/chats?search=entry31"), "href=\"(/assistant/[^\"]+\\?at=[^#\"]+)").Groups[1].Value;
        var page = await browser.Page(link);
        Assert.Contains("entry31.", page);
        Assert.DoesNotContain("entry32.", page);
        Assert.Contains("Latest messages", page);
        page = await browser.Page("/assistant/" + chat.Id);
        Assert.Contains("entry199.", page);
        Assert.DoesNotContain("entry31.", page);
        var earlier = Regex.Match(page, "href=\"([^\"]+\\?before=[^\"]+)\"").Groups[1].Value;
        Assert.Contains("entry159.", await browser.Page(earlier));
    }

    [Fact]
    public async Task AModelsPageLeadsToWhereItIsAtWork()
    {
        await using var server = await ApiServer.Start(new ScriptedModel("Hello").Served, new ScriptedModel("Hi").Served with { Id = "other" }, ScriptedSenses.Voice, ScriptedSenses.Painter);
        using var browser = await Browser.SignedIn(server);
        foreach (var (model, room) in new[] { ("other", "/assistant?model=other"), ("test-voice", "/voice-lab"), ("test-painter", "/images") })
            Assert.Contains($"href=\"{room}\">Try it</a>", await browser.Page("/models/" + model));
        Assert.Contains("<option value=\"other\" selected", await browser.Page("/assistant?model=other"));
    }

    [Fact]
    public async Task InstructionsOfTheHouseAndTheFolderReachTheModel()
    {
        var model = new ScriptedModel("Hello");
        await using var server = await ApiServer.Start(model.Served);
        using var browser = await Browser.SignedIn(server);
        using (await browser.Send("/chats/folders/everywhere", live: false, ("instructions", "Be brief."), ("model", ""))) { }
        using (await browser.Send("/chats/folders", live: false, ("name", "Work"), ("instructions", "Be formal."))) { }
        var folder = Regex.Match(await browser.Source("/chats"), "/chats\\?folder=([^\"]+)\"").Groups[1].Value;
        using (await browser.Send("/assistant/say", live: false, ("text", "Hi"), ("folder", folder))) { }
        Assert.StartsWith("<|im_start|>system\nBe brief.\n\nBe formal.<|im_end|>", ScriptedModel.Tokenizer.Decode(model.Requests[^1].Prompt));
        using (await browser.Send("/assistant/say", live: false, ("text", "Hi"))) { }
        Assert.StartsWith("<|im_start|>system\nBe brief.<|im_end|>", ScriptedModel.Tokenizer.Decode(model.Requests[^1].Prompt));
    }

    [Fact]
    public async Task ChatsLeaveAsFilesAndComeBackWithTheirBranches()
    {
        await using var server = await ScriptedModel.Serve("<think>so</think>Hello **world**", "the answer");
        using var browser = await Browser.SignedIn(server);
        var chat = await browser.Say("Hi");
        using (await browser.Send(chat + "/again", live: false)) { }
        var markdown = await browser.Source(chat + "/export.md");
        Assert.Contains("# Hi\n\n## You\n\nHi\n\n## test\n\nthe answer", markdown);
        Assert.DoesNotContain("world", markdown);
        var one = await browser.Source(chat + "/export.json");
        var all = await browser.Source("/chats/export.json");
        Assert.Equal(one, all);
        using (await browser.Send(chat + "/delete", live: false)) { }
        Assert.Contains("One chat was imported.", await browser.Upload("/chats/import", all));
        chat = Regex.Match(await browser.Source("/chats"), "/assistant/conv_[0-9a-f]+").Value;
        var page = await browser.Source(chat);
        Assert.Contains("the answer", page);
        Assert.Contains(">2/2<", page);
        Assert.Equal(Without(one), Without(await browser.Source(chat + "/export.json")));

        static string Without(string json) => Regex.Replace(json, "(msg|rs)_[0-9a-f]+", "");
    }

    [Theory]
    [InlineData("[1,2]", "neither an export of this app")]
    [InlineData("{", "could not be imported")]
    [InlineData("", "Choose a file first")]
    public async Task AFileThatHoldsNoChatsIsRefusedInWords(string file, string said)
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var browser = await Browser.SignedIn(server);
        Assert.Contains(said, await browser.Upload("/chats/import", file, HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task AnExportOfChatGptIsImportedWithItsBranches()
    {
        const string file = """
            [{"title":"Names of boats","create_time":1700000000.1,"current_node":"d","mapping":{
              "r":{"id":"r","message":null,"parent":null,"children":["s"]},
              "s":{"id":"s","message":{"author":{"role":"system"},"content":{"content_type":"text","parts":[""]},"metadata":{"is_visually_hidden_from_conversation":true}},"parent":"r","children":["a"]},
              "a":{"id":"a","message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["Name a boat"]},"metadata":{}},"parent":"s","children":["b","c"]},
              "b":{"id":"b","message":{"author":{"role":"assistant"},"content":{"content_type":"text","parts":["Albatross"]},"metadata":{"model_slug":"gpt-4o"}},"parent":"a","children":[]},
              "c":{"id":"c","message":{"author":{"role":"assistant"},"content":{"content_type":"multimodal_text","parts":[{"asset_pointer":"x"}]},"metadata":{}},"parent":"a","children":["d"]},
              "d":{"id":"d","message":{"author":{"role":"assistant"},"content":{"content_type":"text","parts":["Kittiwake <b>"]},"metadata":{"model_slug":"gpt-4o"}},"parent":"c","children":[]}}}]
            """;
        await using var server = await ScriptedModel.Serve("Hello");
        using var browser = await Browser.SignedIn(server);
        Assert.Contains("One chat was imported; 1 messages without text were left out.", await browser.Upload("/chats/import", file));
        var chat = Regex.Match(await browser.Source("/chats?search=albatross"), "/assistant/conv_[0-9a-f]+").Value;
        var page = await browser.Source(chat);
        Assert.Contains("Names of boats", page);
        Assert.Contains("<p>Kittiwake &lt;b&gt;</p>", page);
        Assert.Contains("gpt-4o", page);
        Assert.Contains(">2/2<", page);
    }

    [Fact]
    public async Task TheAppSpeaksFrenchToWhomeverAsksForIt()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var browser = await Browser.SignedIn(server);
        browser.Language = "fr-FR,fr;q=0.9,en;q=0.8";
        Assert.Contains("<html lang=\"fr\">", await browser.Page("/"));
        Assert.Contains("Nouvelle discussion", await browser.Page("/assistant"));
        using (await browser.SendAs(null, "/language", false, ("language", "en"))) { }
        Assert.Contains("New chat", await browser.Page("/assistant"));
    }

    /// <summary>Words that are the same in both languages, or examples that only the models' language has.</summary>
    static readonly string[] Same = ["Product", "Assistant", "Images", "Message", "Sources", "SpeakExample", "PromptExample", "EditRectangle", "Position", "Licence", "Usage"];

    [Fact]
    public void NothingIsLeftInEnglish()
    {
        foreach (var text in typeof(Texts).GetProperties().Where(p => p.PropertyType == typeof(string)))
            Assert.True(Same.Contains(text.Name) || !Equals(text.GetValue(Texts.English), text.GetValue(Texts.French)), text.Name);
        foreach (var text in typeof(Texts).GetProperties().Where(p => p.PropertyType.IsSubclassOf(typeof(Delegate))))
            Assert.False(Equals(((Delegate)text.GetValue(Texts.English)!).Method, ((Delegate)text.GetValue(Texts.French)!).Method), text.Name);
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
        chat = chat.Split('?')[0];
        using (var leaving = new CancellationTokenSource(TimeSpan.FromMilliseconds(700)))
        {
            var token = await browser.Token();
            using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = browser.Cookies }) { BaseAddress = server.Url };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.PostAsync(chat + "/again", new FormUrlEncodedContent([KeyValuePair.Create("token", token)]), leaving.Token));
        }
        await model.Released.WaitAsync(TimeSpan.FromSeconds(60));
        for (var i = 0; i < 1200 && !(await browser.Source(chat)).Contains("Stopped before the end."); i++) await Task.Delay(50);
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
        Assert.Contains("Hello", Events(last).Last(e => e.Name == "answer").Data);
    }

    [Fact]
    public async Task NoPayloadChangesThePageItStandsIn()
    {
        await using var server = await ApiServer.Start(new ScriptedModel("Hello").Served, ScriptedSenses.Voice, ScriptedSenses.Painter);
        using var browser = await Browser.SignedIn(server);
        var api = new ApiClient(new() { BaseAddress = server.Url }, ApiServer.Key);
        var folder = (await api.SetFolder(null, new() { Name = "x" }, default)).Id;
        foreach (var group in Groups())
        {
            var plain = await Pages([.. group.Select(_ => "harmless")]);
            foreach (var (name, page) in await Pages(group))
                Assert.True(TagsOf(plain[name]).SequenceEqual(TagsOf(page)), $"{name}: {string.Join('\n', group)}");
        }

        // As many as fit into a title together.
        static IEnumerable<List<string>> Groups()
        {
            var group = new List<string>();
            foreach (var payload in Payloads.All)
            {
                if (group.Sum(p => p.Length + 1) + payload.Length > 500 || group.Count == 20)
                {
                    yield return group;
                    group = [];
                }
                group.Add(payload);
            }
            yield return group;
        }

        // As a title, a tag, messages of the reader, a folder's name and what is told in it, words that are looked for, and a file's name. All of
        // it is removed again, so that lists stay alike. Answers are Markdown: MarkupTests holds what becomes of it.
        async Task<Dictionary<string, string>> Pages(List<string> texts)
        {
            var text = string.Join(' ', texts);
            var made = await api.NewConversation(new Dictionary<string, string> { ["title"] = text, ["tags"] = text.Replace(',', ' '), ["folder"] = folder }, default);
            await api.Add(made.Id, [.. texts.Select(t => new Maison.Wire.InputItem { Role = "user", Content = t })], default);
            await api.SetFolder(folder, new() { Name = text.Length <= 80 ? text : text[..80], Instructions = text }, default);
            var name = new string([.. text.Where(c => c is >= ' ' and < '\u007f' && c is not ('"' or '\\' or '/')).Take(200)]);
            var file = await api.Keep([1, 2, 3], name + ".png", "image/png", default);
            var pages = new Dictionary<string, string>
            {
                ["chat"] = await browser.Source("/assistant/" + made.Id),
                ["chats"] = await browser.Source("/chats?folder=" + folder),
                ["search"] = await browser.Source("/chats?archived=true&search=" + Uri.EscapeDataString("zzz " + text)),
                ["folders"] = await browser.Source("/chats/folders"),
                ["images"] = await browser.Source("/images"),
            };
            await api.Remove(made.Id, default);
            await api.RemoveFile(file.Id, default);
            return pages;
        }
    }

    [Fact]
    public async Task TwoHundredReadersAtOnceAreAllAnswered()
    {
        const int readers = 200;
        await using var server = await ScriptedModel.Serve("Hello **world**");
        await Task.WhenAll(Enumerable.Range(0, readers).Select(async i =>
        {
            using var browser = await Browser.SignedIn(server);
            var token = await browser.Token();
            using var said = await browser.SendAs(token, "/assistant/say", false, ("text", $"Reader {i}"));
            Assert.Equal(HttpStatusCode.SeeOther, said.StatusCode);
            var page = await browser.Page(said.Headers.Location!.OriginalString);
            Assert.Contains($"Reader {i}</div>", page);
            Assert.Contains("<strong>world</strong>", page);
        }));
        Assert.Equal(2 * readers, server.Store.Read(s => s.First("SELECT count(*) FROM conversation_items", r => r.Whole(0))));
        Assert.Equal("", server.Log.ToString());
    }

    [GeneratedRegex("</?[a-zA-Z][a-zA-Z0-9]*")]
    private static partial Regex Opened();
}
