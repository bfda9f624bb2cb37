// The whole way with nothing scripted: HTTP, tokenizer, scheduler and a tiny decoder of random weights.

using System.Net;
using System.Text.Json;
using Maison.Api.Models;
using Maison.Inference;
using Maison.Tensors;
using Maison.Tests.Inference;

namespace Maison.Tests.Api;

public sealed class RealModelTests : IDisposable
{
    const string Route = "/v1/chat/completions";

    // More rows than the tokenizer has ids, as models pad them: random weights do choose those rows.
    readonly TinyModel tiny = new(seed: 5, vocab: ScriptedModel.Tokenizer.VocabSize + 30);
    readonly Scheduler scheduler;

    public RealModelTests() => scheduler = new(tiny.Decoder, tiny.Gang, new() { MaxRunning = 8 });

    Task<ApiServer> Serve() => ApiServer.Start(new ScriptedModel("").Served with
    {
        ContextLength = scheduler.ContextLength,
        Generate = scheduler.Generate,
        Stats = () => scheduler.Stats,
    });

    static string Request(int seed, string more = "")
        => $$"""{"model":"test","messages":[{"role":"user","content":"Hello world, this is the answer number {{seed}}."}],"max_tokens":40,"seed":{{seed}}{{more}}}""";

    static (string? Content, string? Reasoning, JsonElement Usage) Read(string body)
    {
        var answer = JsonDocument.Parse(body).RootElement;
        var message = answer.GetProperty("choices")[0].GetProperty("message");
        return (message.GetProperty("content").GetString(), message.TryGetProperty("reasoning", out var r) ? r.GetString() : null, answer.GetProperty("usage"));
    }

    [Fact]
    public async Task ParallelChatsAnswerAsEachAloneAndWholeAsStreamed()
    {
        await using var server = await Serve();
        var alone = new List<string?>();
        for (var seed = 0; seed < 8; seed++)
        {
            var (status, body) = await server.Post(Route, Request(seed, ",\"logprobs\":true,\"top_logprobs\":20"));
            Assert.True(status == HttpStatusCode.OK, body);
            alone.Add(Read(body).Content);
        }
        Assert.True(alone.Distinct().Count() > 4);
        var together = await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => server.Post(Route, Request(seed))));
        Assert.Equal(alone, together.Select(t => Read(t.Body).Content));
        var streamed = await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => server.Post(Route, Request(seed, ",\"stream\":true"))));
        Assert.Equal(alone, streamed.Select(s => Joined(s.Body)));
    }

    static string Joined(string stream) => string.Concat(stream.Split("\n\n").Where(e => e.StartsWith("data: {", StringComparison.Ordinal))
        .Select(e => JsonDocument.Parse(e[6..]).RootElement.GetProperty("choices")[0].GetProperty("delta"))
        .Select(d => d.TryGetProperty("content", out var text) ? text.GetString() : ""));

    [Fact]
    public async Task ARepeatedPromptComesFromTheCacheAndTheUsageSaysSo()
    {
        await using var server = await Serve();
        var longer = Request(1).Replace("Hello", new string('z', KvCache.PageTokens));
        var first = Read((await server.Post(Route, longer)).Body);
        var second = Read((await server.Post(Route, longer)).Body);
        Assert.Equal(first.Content, second.Content);
        Assert.Equal(0, first.Usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
        Assert.Equal(KvCache.PageTokens, second.Usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
        var (_, metrics) = await server.Get("/metrics");
        Assert.Contains("maison_generations_total{model=\"test\"} 2\n", metrics);
        Assert.Contains("maison_requests_running{model=\"test\"} 0\n", metrics);
    }

    [Fact]
    public async Task AClientThatLeavesFreesTheSchedulersSlot()
    {
        await using var server = await Serve();
        var request = new HttpRequestMessage(HttpMethod.Post, Route)
        {
            Content = new StringContent("""{"model":"test","messages":[{"role":"user","content":"Hi"}],"stream":true,"logit_bias":{"LAST":-100},"n":3}""".Replace("LAST", $"{ScriptedModel.MessageEnd}")),
        };
        var answer = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.Dispose();
        for (var tries = 0; scheduler.Stats.Running + scheduler.Stats.Queued > 0 && tries < 6000; tries++) await Task.Delay(10);
        Assert.Equal((0, 0), (scheduler.Stats.Running, scheduler.Stats.Queued));
        Assert.Equal(HttpStatusCode.OK, (await server.Post(Route, Request(1))).Status);
    }

    public void Dispose()
    {
        scheduler.Dispose();
        tiny.Dispose();
    }
}
