// /v1/organization/users and /v1/sessions: people and their roles, sessions that end, guesses that have to wait.

using System.Net;
using System.Text;
using System.Text.Json;
using Maison.Api.Keys;

namespace Maison.Tests.Api;

public sealed class UserTests
{
    const string Users = "/v1/organization/users", Sessions = "/v1/sessions";

    static StringContent Body(object body) => new(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    static async Task<JsonElement> Add(ApiServer server, string name, string role = "member")
    {
        var (status, body) = await server.Post(Users, JsonSerializer.Serialize(new { name, password = "correct horse", role }));
        Assert.Equal(HttpStatusCode.OK, status);
        return JsonDocument.Parse(body).RootElement;
    }

    /// <summary>Without any key.</summary>
    static async Task<(HttpStatusCode Status, JsonElement Body)> SignIn(ApiServer server, string name, string password)
    {
        using var nobody = new HttpClient { BaseAddress = server.Url };
        using var answer = await nobody.PostAsync(Sessions, Body(new { name, password }));
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    static async Task<HttpStatusCode> Ask(HttpClient http, string path)
    {
        using var answer = await http.GetAsync(path);
        return answer.StatusCode;
    }

    [Fact]
    public async Task APersonSignsInWorksInTheirOwnProjectAndSignsOut()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var made = await Add(server, "Ada");
        Assert.DoesNotContain("correct horse", made.GetRawText());
        var (status, session) = await SignIn(server, " ada ", "correct horse");
        Assert.Equal((HttpStatusCode.OK, "Ada", "member"), (status, session.GetProperty("name").GetString(), session.GetProperty("role").GetString()));
        using var ada = server.With(session.GetProperty("key").GetString()!);
        await server.Post("/v1/conversations", """{"metadata":{"title":"of the house"}}""");
        Assert.Contains("\"data\":[]", await ada.GetStringAsync("/v1/conversations"));
        Assert.Equal(HttpStatusCode.Forbidden, await Ask(ada, Users));
        using (var second = await SignedIn(server)) Assert.Equal(HttpStatusCode.OK, await Ask(second, "/v1/models"));
        using (var ended = await ada.DeleteAsync(Sessions)) Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(ada, "/v1/models"));
        using (var kept = await server.Http.DeleteAsync(Sessions)) Assert.Equal(HttpStatusCode.BadRequest, kept.StatusCode);
    }

    static async Task<HttpClient> SignedIn(ApiServer server) => server.With((await SignIn(server, "Ada", "correct horse")).Body.GetProperty("key").GetString()!);

    [Fact]
    public async Task ARoleOpensTheBooksAndANewPasswordEndsSessions()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var id = (await Add(server, "Ada")).GetProperty("id").GetString();
        using var ada = await SignedIn(server);
        await server.Post($"{Users}/{id}", """{"role":"admin"}""");
        Assert.Equal(HttpStatusCode.OK, await Ask(ada, Users));
        using (var self = await ada.PostAsync($"{Users}/{id}", Body(new { role = "member" }))) Assert.Equal(HttpStatusCode.BadRequest, self.StatusCode);
        using (var self = await ada.DeleteAsync($"{Users}/{id}")) Assert.Equal(HttpStatusCode.BadRequest, self.StatusCode);
        await server.Post($"{Users}/{id}", """{"role":"member"}""");
        Assert.Equal(HttpStatusCode.Forbidden, await Ask(ada, Users));
        await server.Post($"{Users}/{id}", """{"password":"another password"}""");
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(ada, "/v1/models"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await SignIn(server, "Ada", "correct horse")).Status);
        Assert.Equal(HttpStatusCode.OK, (await SignIn(server, "Ada", "another password")).Status);
        using (await server.Http.DeleteAsync($"{Users}/{id}")) { }
        Assert.Equal(HttpStatusCode.Unauthorized, (await SignIn(server, "Ada", "another password")).Status);
        var log = new AuditLog(server.Store).Newest(50).Select(a => a.Action).ToList();
        foreach (var act in new[] { "user.added", "user.updated", "user.deleted", "session.begun" }) Assert.Contains(act, log);
    }

    [Fact]
    public async Task WhoGuessesHasToWaitAndNamesAreNotTold()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        await Add(server, "Ada");
        var known = await SignIn(server, "Ada", "wrong password");
        var unknown = await SignIn(server, "Bob", "wrong password");
        Assert.Equal(known.Body.GetProperty("error").GetRawText(), unknown.Body.GetProperty("error").GetRawText());
        for (var i = 0; i < 4; i++) await SignIn(server, "Ada", "wrong password");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SignIn(server, "ADA", "correct horse")).Status);
    }

    [Theory]
    [InlineData("""{"name":"Bob","password":"short"}""", "password")]
    [InlineData("""{"name":" ","password":"correct horse"}""", "name")]
    [InlineData("""{"name":"Bob"}""", "password")]
    [InlineData("""{"name":"Bob","password":"correct horse","role":"king"}""", "role")]
    [InlineData("""{"name":"Bob","password":"correct horse","mail":"x"}""", "mail")]
    public async Task WhatIsWrongWithAUserIsNamed(string body, string param)
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var (status, answer) = await server.Post(Users, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(param, JsonDocument.Parse(answer).RootElement.GetProperty("error").GetProperty("param").GetString());
        await Add(server, "Ada");
        Assert.Contains("There is a user 'ADA' already", (await server.Post(Users, """{"name":"ADA","password":"correct horse"}""")).Body);
    }
}
