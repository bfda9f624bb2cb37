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
        Assert.Matches($$$"""^\{"id":"{{{id}}}","object":"conversation","created_at":\d+,"metadata":\{"title":"One"\}\}$""", made);
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
            Assert.DoesNotContain("UPDATE conversation_items", File.ReadAllText(source));
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
