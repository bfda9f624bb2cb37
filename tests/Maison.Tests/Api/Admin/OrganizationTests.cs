using System.Net;
using System.Text.Json;

namespace Maison.Tests.Api.Admin;

public sealed class OrganizationTests
{
    const string Projects = "/v1/organization/projects";

    static JsonElement Json(string body) => JsonDocument.Parse(body).RootElement;

    [Fact]
    public async Task AProjectAndAKeyLiveFromMakingToClosing()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var (status, body) = await server.Post(Projects, """{"name":"lab","limits":{"max_requests_per_1_minute":100,"budget_month_micros":5000000}}""");
        Assert.Equal(HttpStatusCode.OK, status);
        var project = Json(body).GetProperty("id").GetString();
        Assert.Equal("organization.project", Json(body).GetProperty("object").GetString());
        Assert.Equal(5_000_000, Json(body).GetProperty("limits").GetProperty("budget_month_micros").GetInt64());

        (status, body) = await server.Post($"{Projects}/{project}/api_keys", """{"name":"app","scope":{"models":["test"]},"limits":{"budget_day_micros":7},"expires_in_seconds":3600}""");
        Assert.Equal(HttpStatusCode.OK, status);
        var (id, value) = (Json(body).GetProperty("id").GetString(), Json(body).GetProperty("value").GetString()!);
        using var app = server.With(value);
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync("/v1/models")).StatusCode);

        var key = $"{Projects}/{project}/api_keys/{id}";
        Assert.DoesNotContain("value", (await server.Get($"{Projects}/{project}/api_keys")).Body);
        (_, body) = await server.Post(key, """{"name":"renamed","limits":{}}""");
        Assert.Equal(("renamed", false), (Json(body).GetProperty("name").GetString(), Json(body).GetProperty("limits").TryGetProperty("budget_day_micros", out _)));
        Assert.Equal("test", Json(body).GetProperty("scope").GetProperty("models")[0].GetString());

        (_, body) = await server.Post(key + "/rotate", "{}");
        using var fresh = server.With(Json(body).GetProperty("value").GetString()!);
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.GetAsync("/v1/models")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await fresh.GetAsync("/v1/models")).StatusCode);

        using var deleted = await server.Http.DeleteAsync(key);
        Assert.Equal($$"""{"id":"{{id}}","object":"organization.project.api_key.deleted","deleted":true}""", await deleted.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get(key)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await fresh.GetAsync("/v1/models")).StatusCode);

        (_, body) = await server.Post($"{Projects}/{project}/archive", "");
        Assert.Equal("archived", Json(body).GetProperty("status").GetString());
        (_, body) = await server.Get("/v1/organization/audit_logs?limit=6");
        Assert.Equal(["project.archived", "api_key.deleted", "api_key.rotated", "api_key.updated", "api_key.created", "project.created"],
            Json(body).GetProperty("data").EnumerateArray().Select(a => a.GetProperty("type").GetString()));
        Assert.True(Json(body).GetProperty("has_more").GetBoolean());
    }

    [Theory]
    [InlineData(Projects, """{}""", "name")]
    [InlineData(Projects, """{"name":"x","limits":{"budget_day_micros":-1}}""", "budget_day")]
    [InlineData(Projects, """{"name":"x","limits":{"budget":1}}""", "limits.budget")]
    [InlineData(Projects + "/proj_default/api_keys", """{"name":"x","scope":{"modalities":["smell"]}}""", "modalities")]
    [InlineData(Projects + "/proj_default/api_keys", """{"name":"x","expires_in_seconds":-5}""", "expires_in_seconds")]
    [InlineData(Projects + "/proj_default/archive", "", "project")]
    [InlineData("/v1/organization/prices", """{"model":"test","input":-1}""", "input")]
    public async Task WhatCanNotBeIsRefusedByName(string path, string body, string named)
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var (status, answer) = await server.Post(path, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(named, answer);
        Assert.DoesNotContain("internal_error", answer);
    }

    [Fact]
    public async Task PricesAreSetAndListed()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        await server.Post("/v1/organization/prices", """{"model":"openai/x","input":150000,"output":600000}""");
        Assert.Equal("""{"object":"list","data":[{"model":"openai/x","input":150000,"cached":0,"output":600000,"audio_second":0,"image":0}]}""", Sorted((await server.Get("/v1/organization/prices")).Body));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get("/v1/organization/usage/dreams")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Get("/v1/organization/costs?group_by=colour")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Get("/v1/organization/costs?start_time=x")).Status);

        static string Sorted(string body) => body.Replace(",\"object\":\"list\"", "", StringComparison.Ordinal).Replace("{\"data\"", "{\"object\":\"list\",\"data\"", StringComparison.Ordinal);
    }
}
