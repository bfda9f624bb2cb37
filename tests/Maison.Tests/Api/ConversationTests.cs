// /v1/conversations: OpenAI's shapes, rows that are only added and removed, and one project never meets another's.

using System.Net;
using System.Text;
using System.Text.Json;
using Maison.Api.Keys;

namespace Maison.Tests.Api;

public sealed class ConversationTests
{
    const string Conversations = "/v1/conversations";

    static Task<ApiServer> Start() => ScriptedModel.Serve("Hello");

    static async Task<string> Create(ApiServer server, string body = "{}")
    {
        var (status, text) = await server.Post(Conversations, body);
        Assert.Equal(HttpStatusCode.OK, status);
        return JsonDocument.Parse(text).RootElement.GetProperty("id").GetString()!;
    }

    static string Say(int i) => $$"""{"items":[{"type":"message","role":"user","content":"message {{i}}"}]}""";

    static async Task<JsonElement> Read(ApiServer server, string path)
    {
        var (status, body) = await server.Get(path);
        Assert.Equal(HttpStatusCode.OK, status);
        return JsonDocument.Parse(body).RootElement;
    }

    static string[] Texts(JsonElement list) => [.. list.GetProperty("data").EnumerateArray().Select(i => i.GetProperty("content")[0].GetProperty("text").GetString()!)];

    [Fact]
    public async Task AConversationIsMadeFoundDescribedAndRemoved()
    {
        await using var server = await Start();
        var (_, made) = await server.Post(Conversations, """{"metadata":{"title":"One"},"items":[{"role":"user","content":"Hi"}]}""");
        var id = JsonDocument.Parse(made).RootElement.GetProperty("id").GetString()!;
        Assert.Matches($$$"""^\{"id":"{{{id}}}","object":"conversation","created_at":\d+,"metadata":\{"title":"One"\},"updated_at":\d+,"head":"msg_[0-9a-f]+"\}$""", made);
        Assert.Equal((HttpStatusCode.OK, made), await server.Get($"{Conversations}/{id}"));
        Assert.Contains("\"title\":\"Two\"", (await server.Post($"{Conversations}/{id}", """{"metadata":{"title":"Two"}}""")).Body);
        Assert.Equal(id, (await Read(server, Conversations)).GetProperty("data")[0].GetProperty("id").GetString());
        using (var gone = await server.Http.DeleteAsync($"{Conversations}/{id}"))
            Assert.Equal($$"""{"id":"{{id}}","object":"conversation.deleted","deleted":true}""", await gone.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get($"{Conversations}/{id}")).Status);
        Assert.Equal(0, server.Store.Read(s => s.First("SELECT count(*) FROM conversation_items", r => r.Whole(0))));
    }

    [Fact]
    public async Task ItemsAreKeptInOneShape()
    {
        await using var server = await Start();
        var id = await Create(server);
        var (_, added) = await server.Post($"{Conversations}/{id}/items",
            """{"items":[{"type":"message","role":"user","content":"a"},{"type":"reasoning","content":[{"type":"reasoning_text","text":"b"}]},{"type":"message","role":"assistant","status":"incomplete","content":[{"type":"output_text","text":"c"}]}]}""");
        var data = JsonDocument.Parse(added).RootElement.GetProperty("data");
        Assert.Equal(["message/user/completed/input_text/a", "reasoning//completed/reasoning_text/b", "message/assistant/incomplete/output_text/c"], data.EnumerateArray().Select(i =>
            $"{i.GetProperty("type")}/{(i.TryGetProperty("role", out var role) ? role : "")}/{i.GetProperty("status")}/{i.GetProperty("content")[0].GetProperty("type")}/{i.GetProperty("content")[0].GetProperty("text")}"));
        var item = data[0].GetProperty("id").GetString();
        Assert.Equal(data[0].GetRawText(), (await server.Get($"{Conversations}/{id}/items/{item}")).Body);
        using (await server.Http.DeleteAsync($"{Conversations}/{id}/items/{item}")) { }
        Assert.Equal(["b", "c"], Texts(await Read(server, $"{Conversations}/{id}/items?order=asc")));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get($"{Conversations}/{id}/items/{item}")).Status);
    }

    [Fact]
    public async Task ItemsComeInPagesFromEitherEnd()
    {
        await using var server = await Start();
        var id = await Create(server);
        for (var i = 0; i < 7; i++) await server.Post($"{Conversations}/{id}/items", Say(i));
        var newest = await Read(server, $"{Conversations}/{id}/items?limit=3");
        Assert.Equal(["message 6", "message 5", "message 4"], Texts(newest));
        Assert.True(newest.GetProperty("has_more").GetBoolean());
        Assert.Equal(["message 3", "message 2", "message 1"], Texts(await Read(server, $"{Conversations}/{id}/items?limit=3&after={newest.GetProperty("last_id")}")));
        var oldest = await Read(server, $"{Conversations}/{id}/items?order=asc&limit=5");
        var rest = await Read(server, $"{Conversations}/{id}/items?order=asc&limit=5&after={oldest.GetProperty("last_id")}");
        Assert.Equal(["message 5", "message 6"], Texts(rest));
        Assert.False(rest.GetProperty("has_more").GetBoolean());
    }

    [Fact]
    public async Task AddingTouchesNoOtherRow()
    {
        await using var server = await Start();
        var id = await Create(server);
        for (var i = 0; i < 5; i++) await server.Post($"{Conversations}/{id}/items", Say(i));
        List<string> Rows() => server.Store.Read(s => s.Rows("SELECT position, id, created, body FROM conversation_items ORDER BY position", r => $"{r.Whole(0)} {r.Text(1)} {r.Whole(2)} {r.Text(3)}"));
        var before = Rows();
        await server.Post($"{Conversations}/{id}/items", Say(5));
        Assert.Equal(before, Rows().Take(5));
        Assert.Equal(6, Rows().Count);
        foreach (var source in Directory.GetFiles(Path.Combine(Repository.Root, "src", "Maison.Api"), "*.cs", SearchOption.AllDirectories))
            Assert.DoesNotMatch("UPDATE conversation_items SET (?!parent)", File.ReadAllText(source));
    }

    static string Said(string text, string? after = null) => JsonSerializer.Serialize(new { items = new[] { new { role = "user", content = text } }, after }, new JsonSerializerOptions { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull });

    static async Task<string> Add(ApiServer server, string id, string text, string? after = null)
    {
        var (status, body) = await server.Post($"{Conversations}/{id}/items", Said(text, after));
        Assert.Equal(HttpStatusCode.OK, status);
        return JsonDocument.Parse(body).RootElement.GetProperty("first_id").GetString()!;
    }

    [Fact]
    public async Task WhatIsSaidDifferentlyIsABranchAndBothCanBeGoneOnWith()
    {
        await using var server = await Start();
        var id = await Create(server);
        var one = await Add(server, id, "one");
        var two = await Add(server, id, "two");
        await Add(server, id, "three");
        var other = await Add(server, id, "another two", after: one);
        await Add(server, id, "another three");
        Assert.Equal(["one", "another two", "another three"], Texts(await Read(server, $"{Conversations}/{id}/items?order=asc")));
        var items = (await Read(server, $"{Conversations}/{id}/items?order=asc")).GetProperty("data");
        Assert.Equal([two, other], items[1].GetProperty("alternatives").EnumerateArray().Select(a => a.GetString()));
        Assert.False(items[2].TryGetProperty("alternatives", out _));
        Assert.Equal(one, items[1].GetProperty("after").GetString());

        await server.Post($"{Conversations}/{id}", $$"""{"head":"{{two}}"}""");
        Assert.Equal(["three", "two", "one"], Texts(await Read(server, $"{Conversations}/{id}/items")));
        Assert.Equal(["another two", "one"], Texts(await Read(server, $"{Conversations}/{id}/items?branch={other}")));
        Assert.Equal(["one", "two", "three", "another two", "another three"], Texts(await Read(server, $"{Conversations}/{id}/items?order=asc&branch=all")));
        var first = await Add(server, id, "another one", after: "start");
        Assert.Equal(["another one"], Texts(await Read(server, $"{Conversations}/{id}/items")));
        Assert.Equal(2, (await Read(server, $"{Conversations}/{id}/items")).GetProperty("data")[0].GetProperty("alternatives").GetArrayLength());

        using (await server.Http.DeleteAsync($"{Conversations}/{id}/items/{first}")) { }
        using (await server.Http.DeleteAsync($"{Conversations}/{id}/items/{two}")) { }
        await server.Post($"{Conversations}/{id}", $$"""{"head":"{{one}}"}""");
        Assert.Equal(["one", "another two", "another three"], Texts(await Read(server, $"{Conversations}/{id}/items?order=asc")));
        foreach (var (path, body) in new[] { ($"{Conversations}/{id}/items", Said("x", "msg_0")), ($"{Conversations}/{id}", """{"head":"msg_0"}""") })
            Assert.Equal(HttpStatusCode.BadRequest, (await server.Post(path, body)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Get($"{Conversations}/{id}/items?branch=msg_0")).Status);
    }

    [Fact]
    public async Task ListsPutPinnedFirstLeaveOutTheArchiveAndAskForFoldersAndTags()
    {
        await using var server = await Start();
        var ids = new List<string>();
        foreach (var metadata in new[] { """{"title":"a"}""", """{"title":"b","pinned":"true"}""", """{"title":"c","archived":"true"}""", """{"title":"d","folder":"f1","tags":"Red, blue"}""", """{"title":"e","tags":"redder"}""" })
            ids.Add(await Create(server, $$"""{"metadata":{{metadata}}}"""));
        await Add(server, ids[0], "later");
        async Task<string> Titles(string query) => string.Concat((await Read(server, Conversations + query)).GetProperty("data").EnumerateArray().Select(c => c.GetProperty("metadata").GetProperty("title").GetString()));
        Assert.Equal("baed", await Titles(""));
        Assert.Equal("ba", await Titles("?limit=2"));
        Assert.Equal("ed", await Titles($"?limit=2&after={ids[0]}"));
        Assert.Equal("c", await Titles("?archived=true"));
        Assert.Equal("d", await Titles("?folder=f1"));
        Assert.Equal("d", await Titles("?tag=red"));
        Assert.Equal("d", await Titles("?tag=BLUE"));
        Assert.Equal("", await Titles("?tag=%25"));
        await server.Post($"{Conversations}/{ids[2]}", """{"metadata":{"title":"c"}}""");
        Assert.Contains("c", await Titles(""));
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Get($"{Conversations}?after=nobody")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Get($"{Conversations}?archived=yes")).Status);
    }

    [Fact]
    public async Task WordsAreFoundInMessagesAndTitlesWithoutCaseOrAccents()
    {
        await using var server = await Start();
        var lamp = await Create(server, """{"metadata":{"title":"The Lighthouse"}}""");
        var summer = await Create(server, """{"metadata":{"title":"x"},"items":[{"role":"user","content":"Où était le café\nd’été ?"},{"role":"assistant","content":"Behind the lighthouses, of course."}]}""");
        async Task<string[]> Found(string words) => [.. (await Read(server, $"{Conversations}?search={Uri.EscapeDataString(words)}")).GetProperty("data").EnumerateArray().Select(c => c.GetProperty("id").GetString()!)];
        Assert.Equal([summer, lamp], await Found("lighthouse"));
        Assert.Equal([summer], await Found("CAFE ete"));
        Assert.Equal([summer], await Found("étai"));
        Assert.Empty(await Found("cafe lighthouse"));
        Assert.Empty(await Found("nowhere"));
        Assert.Empty(await Found("\"*' OR 1=1 -- :("));
        var match = (await Read(server, $"{Conversations}?search=cafe")).GetProperty("data")[0].GetProperty("match");
        Assert.Equal("Où était le café d’été ?", match.GetProperty("text").GetString());
        Assert.StartsWith("msg_", match.GetProperty("item_id").GetString());

        var other = server.Keys.CreateProject("other", new(), AuditLog.Terminal);
        using var theirs = server.With(server.Keys.Create(new() { Name = "theirs", ProjectId = other.Id }, AuditLog.Terminal).Value);
        Assert.Contains("\"data\":[]", await theirs.GetStringAsync(Conversations + "?search=lighthouse"));
        await server.Post($"{Conversations}/{lamp}", """{"metadata":{"title":"Something else"}}""");
        using (await server.Http.DeleteAsync($"{Conversations}/{summer}")) { }
        Assert.Empty(await Found("lighthouse"));
        Assert.Equal([lamp], await Found("someth"));
        Assert.Equal(1, server.Store.Read(s => s.First("SELECT count(*) FROM conversation_words", r => r.Whole(0))));
    }

    [Fact]
    public async Task FoldersAreMadeChangedAndRemovedAndTheirConversationsStay()
    {
        await using var server = await Start();
        const string folders = Conversations + "/folders";
        Assert.Equal("""{"id":"everywhere","name":"","instructions":"","model":"","object":"conversation.folder"}""", (await Read(server, folders)).GetProperty("data")[0].GetRawText());
        await server.Post(folders + "/everywhere", """{"instructions":"Be brief."}""");
        var (_, made) = await server.Post(folders, """{"name":"Work","instructions":"Be formal."}""");
        var id = JsonDocument.Parse(made).RootElement.GetProperty("id").GetString()!;
        await server.Post($"{folders}/{id}", """{"name":"Works"}""");
        Assert.Equal(["Be brief.", "Be formal."], (await Read(server, folders)).GetProperty("data").EnumerateArray().Select(f => f.GetProperty("instructions").GetString()));
        Assert.Equal("Works", (await Read(server, $"{folders}/{id}")).GetProperty("name").GetString());
        var chat = await Create(server, $$$"""{"metadata":{"title":"t","folder":"{{{id}}}"}}""");
        using (await server.Http.DeleteAsync($"{folders}/{id}")) { }
        Assert.Equal("""{"title":"t"}""", (await Read(server, $"{Conversations}/{chat}")).GetProperty("metadata").GetRawText());
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get($"{folders}/{id}")).Status);
        foreach (var (path, body) in new[] { (folders, """{"name":" "}"""), (folders + "/everywhere", """{"name":"x"}"""), (folders, """{"nmae":"x"}""") })
            Assert.Equal(HttpStatusCode.BadRequest, (await server.Post(path, body)).Status);
    }

    [Fact]
    public async Task AKeySeesTheConversationsOfItsProjectAlone()
    {
        await using var server = await Start();
        var id = await Create(server, """{"items":[{"role":"user","content":"secret"}]}""");
        var item = (await Read(server, $"{Conversations}/{id}/items")).GetProperty("first_id").GetString();
        var other = server.Keys.CreateProject("other", new(), AuditLog.Terminal);
        var (_, value) = server.Keys.Create(new() { Name = "theirs", ProjectId = other.Id }, AuditLog.Terminal);
        using var theirs = server.With(value);
        Assert.Contains("\"data\":[]", await theirs.GetStringAsync(Conversations));
        StringContent Body(string json) => new(json, Encoding.UTF8, "application/json");
        foreach (var asked in new Func<Task<HttpResponseMessage>>[]
        {
            () => theirs.GetAsync($"{Conversations}/{id}"), () => theirs.GetAsync($"{Conversations}/{id}/items"), () => theirs.GetAsync($"{Conversations}/{id}/items/{item}"),
            () => theirs.PostAsync($"{Conversations}/{id}", Body("""{"metadata":{}}""")), () => theirs.PostAsync($"{Conversations}/{id}/items", Body(Say(1))),
            () => theirs.DeleteAsync($"{Conversations}/{id}/items/{item}"), () => theirs.DeleteAsync($"{Conversations}/{id}"),
        })
            using (var answer = await asked()) Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(["secret"], Texts(await Read(server, $"{Conversations}/{id}/items")));
    }

    [Theory]
    [InlineData("""{"items":[{"type":"message","role":"robot","content":"x"}]}""", "items[0].role")]
    [InlineData("""{"items":[{"type":"message","role":"user"}]}""", "items[0].content")]
    [InlineData("""{"items":[{"type":"web_search_call"}]}""", "items[0].type")]
    [InlineData("""{"items":[{"role":"user","content":[{"type":"input_image"}]}]}""", "items[0].content[0].type")]
    [InlineData("""{"items":[]}""", "items")]
    [InlineData("""{"itmes":[]}""", "itmes")]
    public async Task WhatCanNotBeKeptIsRefusedByName(string body, string param)
    {
        await using var server = await Start();
        var id = await Create(server);
        var (status, answer) = await server.Post($"{Conversations}/{id}/items", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(param, JsonDocument.Parse(answer).RootElement.GetProperty("error").GetProperty("param").GetString());
    }
}
