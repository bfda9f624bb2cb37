// The server around the endpoints: keys on every route but the probes, one error body for everything that goes wrong, models, metrics.

using System.Net;
using System.Text.RegularExpressions;
using Maison.Api.Metrics;
using Maison.Api.Models;

namespace Maison.Tests.Api;

public sealed class ServerTests
{
    static readonly ServedModel Model = new ScriptedModel("a").Served;

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/test")]
    [InlineData("/metrics")]
    [InlineData("/unknown")]
    public async Task NothingButTheProbesOpensWithoutAKey(string path)
    {
        await using var server = await ApiServer.Start(Model);
        server.Http.DefaultRequestHeaders.Remove("Authorization");
        using var answer = await server.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        Assert.Equal(
            """{"error":{"message":"This route needs an API key: send it as 'Authorization: Bearer KEY' or 'x-api-key: KEY'. The first start printed one.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}""",
            await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task AWrongKeyIsNamedWithoutBeingRepeated()
    {
        await using var server = await ApiServer.Start(Model);
        server.Http.DefaultRequestHeaders.Remove("Authorization");
        server.Http.DefaultRequestHeaders.Add("Authorization", "Bearer mk-a-wrong-key-that-is-long");
        var (status, body) = await server.Get("/v1/models");
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains("mk-…long is not valid", body);
        Assert.DoesNotContain("wrong-key", body);
    }

    [Fact]
    public async Task AKeyMayComeAsXApiKey()
    {
        await using var server = await ApiServer.Start(Model);
        server.Http.DefaultRequestHeaders.Remove("Authorization");
        server.Http.DefaultRequestHeaders.Add("x-api-key", ApiServer.Key);
        Assert.Equal(HttpStatusCode.OK, (await server.Get("/v1/models")).Status);
    }

    [Fact]
    public async Task ProbesAreOpenAndReadyWaitsForAModel()
    {
        await using var empty = await ApiServer.Start();
        empty.Http.DefaultRequestHeaders.Remove("Authorization");
        Assert.Equal((HttpStatusCode.OK, """{"status":"ok"}"""), await empty.Get("/health"));
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, """{"error":{"message":"No model is loaded yet.","type":"server_error","param":null,"code":"not_ready"}}"""),
            await empty.Get("/ready"));
        await using var server = await ApiServer.Start(Model);
        Assert.Equal((HttpStatusCode.OK, """{"status":"ready"}"""), await server.Get("/ready"));
    }

    [Fact]
    public async Task EveryAnswerHasARequestIdOfItsOwn()
    {
        await using var server = await ApiServer.Start(Model);
        var ids = new HashSet<string>();
        foreach (var path in new[] { "/health", "/v1/models", "/v1/models/none", "/none", "/metrics" })
        {
            using var answer = await server.Http.GetAsync(path);
            var id = answer.Headers.GetValues("x-request-id").Single();
            Assert.Matches("^req_[0-9a-f]{32}$", id);
            Assert.True(ids.Add(id));
        }
    }

    [Fact]
    public async Task UnknownRoutesModelsAndMethodsAreErrorsInJson()
    {
        await using var server = await ApiServer.Start(Model);
        var (status, body) = await server.Get("/v1/none");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.StartsWith("""{"error":{"message":"There is no route GET /v1/none. Routes: POST /v1/chat/completions,""", body);
        Assert.EndsWith(""","type":"invalid_request_error","param":null,"code":"unknown_route"}}""", body);
        Assert.Equal(
            (HttpStatusCode.NotFound, """{"error":{"message":"The model 'none' is not served here. Served: test.","type":"invalid_request_error","param":"model","code":"model_not_found"}}"""),
            await server.Get("/v1/models/none"));
        Assert.Equal(
            (HttpStatusCode.MethodNotAllowed, """{"error":{"message":"/v1/models does not take POST; use GET.","type":"invalid_request_error","param":null,"code":"method_not_allowed"}}"""),
            await server.Post("/v1/models", "{}"));
    }

    [Fact]
    public async Task MetricsAreInPrometheusText()
    {
        await using var server = await ApiServer.Start(Model);
        await server.Get("/v1/models");
        await server.Get("/v1/none");
        using var answer = await server.Http.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var text = await answer.Content.ReadAsStringAsync();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Assert.Matches(new Regex("""^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.E+-]+)$"""), line);
        Assert.Contains("maison_requests_running{model=\"test\"} 1\n", text);
        Assert.Contains("maison_requests_queued{model=\"test\"} 2\n", text);
        Assert.Contains("maison_kv_pages_used{model=\"test\"} 3\n", text);
        Assert.Contains("maison_kv_pages_total{model=\"test\"} 4\n", text);
        Assert.Contains("maison_prompt_tokens_total{model=\"test\"} 50\n", text);
        Assert.Contains("maison_generated_tokens_total{model=\"test\"} 60\n", text);
        Assert.Contains("maison_http_requests_total{route=\"/v1/models\",status=\"200\"} 1\n", text);
        Assert.Contains("maison_http_requests_total{route=\"other\",status=\"404\"} 1\n", text);
        Assert.Contains("maison_time_to_first_token_seconds_bucket{le=\"+Inf\"} 0\n", text);
    }

    [Fact]
    public void HistogramBucketsAreCumulative()
    {
        var histogram = new Histogram(1, 2);
        foreach (var value in new[] { 0.5, 1, 1.5, 7 }) histogram.Observe(value);
        var (buckets, sum) = histogram.Read();
        Assert.Equal([(1, 2), (2, 3), (double.PositiveInfinity, 4)], buckets);
        Assert.Equal(10, sum);
    }

    [Fact]
    public void TheRateForgetsAfterTenSeconds()
    {
        var clock = new TickingClock();
        var rate = new TokenRate(clock);
        for (var second = 0; second < 4; second++, clock.Seconds++)
            for (var i = 0; i < 5; i++) rate.Count();
        Assert.Equal(2, rate.PerSecond());
        clock.Seconds += 7;
        Assert.Equal(1, rate.PerSecond());
        clock.Seconds += 10;
        Assert.Equal(0, rate.PerSecond());
    }

    sealed class TickingClock : TimeProvider
    {
        public long Seconds { get; set; } = 1_700_000_000;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(Seconds);
    }
}
