// Limits as a client meets them: over HTTP, whole and streamed.

using System.Net;
using System.Text;
using System.Text.Json;
using Maison.Api.Budgets;
using Maison.Api.Keys;

namespace Maison.Tests.Api.Budgets;

public sealed class AdmissionTests
{
    const string Ask = """{"model":"test","messages":[{"role":"user","content":"Hi"}]}""", AskStream = """{"model":"test","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";

    static async Task<(ApiServer Server, HttpClient Http, ApiKey Key)> Serve(ScriptedModel model, NewKey key)
    {
        var server = await ApiServer.Start(model.Served);
        var (made, value) = new KeyStore(server.Store).Create(key, "tester");
        return (server, server.With(value), made);
    }

    static async Task<(HttpResponseMessage Answer, string Body)> Post(HttpClient http, string json, string path = "/v1/chat/completions")
    {
        var answer = await http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
        return (answer, await answer.Content.ReadAsStringAsync());
    }

    static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    static JsonElement Error(string body) => JsonDocument.Parse(body).RootElement.GetProperty("error");

    [Fact]
    public async Task UsageAndCostOfEachRequestAreBooked()
    {
        var (server, http, key) = await Serve(new("Hello world"), new() { Name = "k" });
        await using var _ = server;
        new PriceBook(server.Store).Set("test", new(Input: 1_000_000, Cached: 500_000, Output: 3_000_000), "tester");
        var (answer, body) = await Post(http, Ask);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var usage = JsonDocument.Parse(body).RootElement.GetProperty("usage");
        var (input, output) = (usage.GetProperty("prompt_tokens").GetInt64(), usage.GetProperty("completion_tokens").GetInt64());
        var sum = Assert.Single(new UsageBook(server.Store).Sums(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), ["key_id", "model"]));
        Assert.Equal((key.Id, "test", 1, new Amounts(input, 2, output)), (sum.KeyId, sum.Model, sum.Requests, sum.Amounts));
        Assert.Equal(input - 2 + 1 + 3 * output, sum.Cost);
        var page = JsonDocument.Parse((await server.Get("/v1/organization/costs?group_by=api_key_id")).Body).RootElement;
        var today = page.GetProperty("data").EnumerateArray().Last().GetProperty("results").EnumerateArray().Single();
        Assert.Equal((key.Id, sum.Cost), (today.GetProperty("api_key_id").GetString(), today.GetProperty("amount").GetProperty("micros").GetInt64()));
        page = JsonDocument.Parse((await server.Get("/v1/organization/usage/completions")).Body).RootElement;
        Assert.Equal(output, page.GetProperty("data").EnumerateArray().Last().GetProperty("results")[0].GetProperty("output_tokens").GetInt64());
    }

    [Theory, InlineData(AskStream), InlineData(Ask)]
    public async Task AnAnswerIsCutCleanlyWhereTheBudgetEnds(string ask)
    {
        var (server, http, key) = await Serve(new ScriptedModel("Hello" + ScriptedModel.Endless) { ContextLength = 2000 }, new() { Name = "k", Limits = new(BudgetDay: 700) });
        await using var _ = server;
        new PriceBook(server.Store).Set("test", new(Output: 1_000_000), "tester");
        var (answer, body) = await Post(http, ask);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"finish_reason\":\"length\"", body);
        if (ask == AskStream) Assert.EndsWith("data: [DONE]\n\n", body);
        var sum = Assert.Single(new UsageBook(server.Store).Sums(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), []));
        Assert.Equal((700, 700), (sum.Cost, sum.Amounts.OutputTokens));

        (answer, body) = await Post(http, ask);
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Equal(("insufficient_quota", "insufficient_quota"), (Error(body).GetProperty("type").GetString(), Error(body).GetProperty("code").GetString()));
        Assert.Equal("false", Header(answer, "x-should-retry"));
        Assert.InRange(int.Parse(Header(answer, "retry-after")!), 0, 86_400);
        Assert.Equal(700, server.Store.Read(s => BudgetRows.Read(s, $"key:{key.Id}", Ledger.Day(DateTimeOffset.UtcNow))).Spent);
    }

    [Fact]
    public async Task AClientThatLeavesPaysWhatItGotAndTheRestIsReleased()
    {
        var model = new ScriptedModel("Hello" + ScriptedModel.Endless) { ContextLength = 100_000 };
        var (server, http, key) = await Serve(model, new() { Name = "k", Limits = new(BudgetDay: 1_000_000) });
        await using var _ = server;
        new PriceBook(server.Store).Set("test", new(Output: 1_000_000), "tester");
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(AskStream, Encoding.UTF8, "application/json") })
        using (var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        using (var reader = new StreamReader(await answer.Content.ReadAsStreamAsync()))
            for (var i = 0; i < 20; i++) await reader.ReadLineAsync();
        await model.Released.WaitAsync(TimeSpan.FromSeconds(60));
        (long Spent, long Held) Now() => server.Store.Read(s => BudgetRows.Read(s, $"key:{key.Id}", Ledger.Day(DateTimeOffset.UtcNow)));
        for (var i = 0; i < 3000 && Now().Held > 0; i++) await Task.Delay(20);
        Assert.Equal(0, Now().Held);
        Assert.True(Now().Spent > 0);
    }

    [Fact]
    public async Task RequestsPerMinuteAreToldAndKept()
    {
        var (server, http, _) = await Serve(new("a"), new() { Name = "k", Limits = new(RequestsPerMinute: 1, TokensPerMinute: 10_000) });
        await using var __ = server;
        var (answer, _) = await Post(http, Ask);
        Assert.Equal(("1", "0"), (Header(answer, "x-ratelimit-limit-requests"), Header(answer, "x-ratelimit-remaining-requests")));
        Assert.Equal("10000", Header(answer, "x-ratelimit-limit-tokens"));
        (answer, var body) = await Post(http, Ask);
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Equal("rate_limit_exceeded", Error(body).GetProperty("code").GetString());
        Assert.InRange(int.Parse(Header(answer, "retry-after")!), 1, 60);
    }

    [Theory]
    [InlineData("model"), InlineData("route"), InlineData("modality"), InlineData("admin")]
    public async Task OutsideItsScopeAKeyOpensNothing(string what)
    {
        var scope = what switch { "model" => new KeyScope(Models: ["other*"]), "route" => new(Routes: ["/v1/models*"]), "modality" => new(Modalities: ["image"]), _ => new() };
        var (server, http, _) = await Serve(new("a"), new() { Name = "k", Scope = scope });
        await using var __ = server;
        var (status, body) = what == "admin"
            ? ((await http.GetAsync("/v1/organization/projects")) is var a ? (a.StatusCode, await a.Content.ReadAsStringAsync()) : default)
            : (await Post(http, Ask)) is var (b, text) ? (b.StatusCode, text) : default;
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Equal("permission_denied", Error(body).GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v1/models")).StatusCode);
    }
}
