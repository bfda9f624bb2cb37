// Third parties behind the house's route: what goes out, what comes back, and what happens when they fail.

using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Maison.Api.Budgets;
using Maison.Api.Gateway;
using Maison.Api.Keys;
using Microsoft.AspNetCore.Http;

namespace Maison.Tests.Api.Gateway;

public sealed class GatewayTests
{
    static ProviderConfig Provider(string name, StandIn at, string kind = "openai-compatible", double timeout = 600) => new()
    {
        Name = name,
        Kind = kind,
        BaseUrl = kind == "anthropic" ? at.Url[..^3] : at.Url,
        ApiKeyVariable = "STAND_IN_KEY",
        TimeoutSeconds = timeout,
        Models = [new() { Id = "m", MaxOutput = 1000, Prices = new() { Input = 1, Cached = 0.5m, Output = 2 } }],
    };

    static GatewayConfig Config(params ProviderConfig[] providers) => new()
    {
        Providers = [.. providers],
        Aliases = [new() { Name = "best", Targets = [.. providers.Select(p => new AliasTarget { Model = p.Name + "/m" }), new() { Model = "test" }] }],
        Cooldown = new() { Failures = 2, Seconds = 60 },
    };

    static Task<ApiServer> Serve(GatewayConfig config) => ApiServer.Start(
        o => o with { Gateway = config, Environment = name => name == "STAND_IN_KEY" ? "stand-in-key" : null }, new ScriptedModel("Hello from home").Served);

    static string Ask(string model, string content = "Hi", string more = "") => $$$"""{"model":"{{{model}}}","messages":[{"role":"user","content":"{{{content}}}"}]{{{more}}}}""";

    static async Task<(HttpResponseMessage Answer, string Text)> Post(ApiServer server, string json, HttpClient? http = null)
    {
        var answer = await (http ?? server.Http).PostAsync("/v1/chat/completions", new StringContent(json, Encoding.UTF8, "application/json"));
        return (answer, await answer.Content.ReadAsStringAsync());
    }

    static JsonNode Body(string json) => JsonNode.Parse(json)!;

    static List<JsonNode> Chunks(string events) => [.. events.Split("\n\n").Where(e => e.StartsWith("data: {", StringComparison.Ordinal)).Select(e => JsonNode.Parse(e[6..])!)];

    static string Joined(IEnumerable<JsonNode> chunks, string field) => string.Concat(chunks.Select(c => (string?)c["choices"]?.AsArray().FirstOrDefault()?["delta"]?[field]));

    [Fact]
    public async Task AnAnswerComesWithItsPriceAndItsReceipt()
    {
        await using var other = await StandIn.Start(StandIn.Chat("Hello from afar"));
        await using var server = await Serve(Config(Provider("lab", other)));
        var (answer, text) = await Post(server, Ask("lab/m"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var body = Body(text);
        Assert.Equal(("lab/m", "Hello from afar"), ((string?)body["model"], (string?)body["choices"]![0]!["message"]!["content"]));
        Assert.Equal("""{"model":"lab/m","provider":"lab","why":"asked for by name","cost_micros":20,"left_house":{"messages":1,"characters":17,"images":0},"masked":{}}""", body["usage"]!["maison"]!.ToJsonString());
        Assert.Equal("model=lab/m; why=asked for by name; left=1 messages, 17 characters, 0 images; masked=nothing found", answer.Headers.GetValues("x-maison-receipt").Single());
        Assert.Equal(("m", "Bearer stand-in-key"), ((string?)other.Asked[0]["model"], other.Keys[0]));
        var sum = Assert.Single(new UsageBook(server.Store).Sums(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), ["provider", "model"]));
        Assert.Equal(("lab", "lab/m", 20, new Amounts(10, 0, 5)), (sum.Provider, sum.Model, sum.Cost, sum.Amounts));
        Assert.Contains("lab/m", (await server.Get("/v1/models")).Body);
        Assert.Equal(HttpStatusCode.OK, (await server.Get("/v1/models/lab/m")).Status);
    }

    [Fact]
    public async Task AStreamIsPassedOnAsItComes()
    {
        await using var other = await StandIn.Start(StandIn.Stream("Hello", " from", " afar"));
        await using var server = await Serve(Config(Provider("lab", other)));
        var (answer, text) = await Post(server, Ask("lab/m", more: ""","stream":true,"stream_options":{"include_usage":true}"""));
        Assert.StartsWith("text/event-stream", answer.Content.Headers.ContentType!.ToString());
        Assert.EndsWith("data: [DONE]\n\n", text);
        var chunks = Chunks(text);
        Assert.Equal("Hello from afar", Joined(chunks, "content"));
        Assert.All(chunks, c => Assert.Equal("lab/m", (string?)c["model"]));
        Assert.Single(chunks.Select(c => (string?)c["id"]).Distinct());
        Assert.Equal(20, (long?)chunks[^1]["usage"]!["maison"]!["cost_micros"]);
        Assert.Equal("""{"include_usage":true}""", other.Asked[0]["stream_options"]!.ToJsonString());
        Assert.DoesNotContain("usage", (await Post(server, Ask("lab/m", more: ""","stream":true"""))).Text);
    }

    [Fact]
    public async Task ToolsPicturesAndReasoningSurviveBothWays()
    {
        await using var other = await StandIn.Start(StandIn.Json(
            """{"choices":[{"index":0,"message":{"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}"""));
        await using var server = await Serve(Config(Provider("lab", other)));
        const string request = """
            {"model":"lab/m","tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"messages":[
             {"role":"user","content":[{"type":"text","text":"what"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
             {"role":"assistant","content":null,"reasoning_content":"I think","tool_calls":[{"id":"c0","type":"function","function":{"name":"f","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"c0","content":"done"}]}
            """;
        var (_, text) = await Post(server, request);
        var message = Body(text)["choices"]![0]!["message"]!;
        Assert.Equal(("hm", "hm", "f"), ((string?)message["reasoning"], (string?)message["reasoning_content"], (string?)message["tool_calls"]![0]!["function"]!["name"]));
        Assert.True(JsonNode.DeepEquals(Body(request)["messages"], other.Asked[0]["messages"]));
        Assert.True(JsonNode.DeepEquals(Body(request)["tools"], other.Asked[0]["tools"]));
        Assert.Equal(1, (int?)Body(text)["usage"]!["maison"]!["left_house"]!["images"]);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task PersonalDataStaysAtHomeAndIsBackInTheAnswer(bool stream)
    {
        await using var other = await StandIn.Start(stream ? StandIn.Stream("To [EM", "AIL_1] and [NA", "ME_1", "] [x") : StandIn.Chat("To [EMAIL_1] and [NAME_1] [x"));
        await using var server = await Serve(Config(Provider("lab", other)));
        var ask = Ask("lab/m", "Write to a@b.org or Eva", ""","user":"a@b.org","maison":{"mask_names":["Eva"]}""" + (stream ? ""","stream":true""" : ""));
        var (answer, text) = await Post(server, ask);
        Assert.Equal("To a@b.org and Eva [x", stream ? Joined(Chunks(text), "content") : (string?)Body(text)["choices"]![0]!["message"]!["content"]);
        Assert.DoesNotContain("a@b.org", other.Asked[0].ToJsonString());
        Assert.DoesNotContain("Eva", other.Asked[0].ToJsonString());
        Assert.False(other.Asked[0].ContainsKey("maison"));
        Assert.Contains("masked=1 email, 1 name", answer.Headers.GetValues("x-maison-receipt").Single());

        var (_, value) = new KeyStore(server.Store).Create(new() { Name = "open", MaskPersonalData = false }, "t");
        using var http = server.With(value);
        (answer, _) = await Post(server, ask, http);
        Assert.Contains("a@b.org", other.Asked[1].ToJsonString());
        Assert.Contains("masked=off", answer.Headers.GetValues("x-maison-receipt").Single());
    }

    public static TheoryData<string> Failures => ["500", "429", "broken", "empty", "silent", "cut", "401", "nothing"];

    [Theory, MemberData(nameof(Failures))]
    public async Task WhoFailsBeforeAWordIsReplacedByTheNext(string how)
    {
        var stream = how is "cut";
        Func<HttpContext, Task> failure = how switch
        {
            "500" => StandIn.Fail(500),
            "429" => StandIn.Fail(429, retryAfter: "60"),
            "broken" => StandIn.Json("{\"choices\":[{"),
            "empty" => StandIn.Json("{}"),
            "silent" => StandIn.Silent,
            "cut" => StandIn.Events([StandIn.Delta("""{"role":"assistant","content":""}""")], cut: Task.CompletedTask),
            "401" => StandIn.Fail(401),
            _ => context => { context.Abort(); return Task.CompletedTask; }
            ,
        };
        await using var bad = await StandIn.Start(failure);
        await using var good = await StandIn.Start(stream ? StandIn.Stream("Hello") : StandIn.Chat("Hello"));
        await using var server = await Serve(Config(Provider("bad", bad, timeout: how is "silent" ? 1 : 600), Provider("good", good)));
        var (answer, text) = await Post(server, Ask("best", more: stream ? ""","stream":true""" : ""));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("Hello", stream ? Joined(Chunks(text), "content") : (string?)Body(text)["choices"]![0]!["message"]!["content"]);
        var receipt = answer.Headers.GetValues("x-maison-receipt").Single();
        Assert.Contains("model=good/m; why=fallback 1 of best; tried=bad/m (", receipt);
        Assert.Equal(how is "401" or "429" ? 1 : 2, bad.Asked.Count);
        var sum = Assert.Single(new UsageBook(server.Store).Sums(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), ["model"]));
        Assert.Equal(("good/m", 1), (sum.Model, sum.Requests));
    }

    [Fact]
    public async Task AfterAWordNothingIsAskedAgain()
    {
        var heard = new TaskCompletionSource();
        await using var bad = await StandIn.Start(StandIn.Events([StandIn.Delta("""{"role":"assistant","content":"Hel"}""")], cut: heard.Task));
        await using var good = await StandIn.Start(StandIn.Stream("Hello"));
        await using var server = await Serve(Config(Provider("bad", bad), Provider("good", good)));
        using var ask = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Ask("best", more: ""","stream":true"""), Encoding.UTF8, "application/json") };
        using var answer = await server.Http.SendAsync(ask, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var text = await reader.ReadLineAsync() + "\n";
        heard.SetResult();
        text += await reader.ReadToEndAsync();
        Assert.Contains("\"content\":\"Hel\"", text);
        Assert.Contains("event: error", text);
        Assert.Contains("upstream_unavailable", text);
        Assert.DoesNotContain("[DONE]", text);
        Assert.Empty(good.Asked);
        Assert.True(Assert.Single(new UsageBook(server.Store).Sums(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), [])).Cost > 0);
    }

    [Theory]
    [InlineData("\"messages\":[{\"role\":5,\"content\":\"x\"}]")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":5}]")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[\"x\"]}]")]
    [InlineData("\"messages\":[{\"type\":5,\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}]")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":[\"f\"]")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":\"many\"")]
    public async Task WhatCanNotBeSaidThereIsRefusedBeforeAnybodyIsAsked(string fields)
    {
        await using var other = await StandIn.Start(StandIn.Chat("Hello"));
        await using var server = await Serve(Config(Provider("claude", other, "anthropic")));
        var (answer, text) = await Post(server, "{\"model\":\"claude/m\"," + fields + "}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull(Body(text)["error"]!["param"]);
        Assert.Empty(other.Asked);
    }

    [Fact]
    public async Task AFailingModelCoolsDownAndTheHouseAnswers()
    {
        await using var bad = await StandIn.Start(StandIn.Fail(500));
        await using var server = await Serve(Config(Provider("bad", bad)));
        for (var i = 0; i < 4; i++)
        {
            var (answer, text) = await Post(server, Ask("best"));
            Assert.Equal("Hello from home", (string?)Body(text)["choices"]![0]!["message"]!["content"]);
            Assert.Contains("left=nothing", answer.Headers.GetValues("x-maison-receipt").Single());
        }
        Assert.Equal(4, bad.Asked.Count);                               // two requests of two tries each; then it is left alone
        var (refused, body) = await Post(server, Ask("bad/m"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "upstream_unavailable"), (refused.StatusCode, (string?)Body(body)["error"]!["code"]));
        Assert.Contains("cooling down", body);
    }

    [Fact]
    public async Task ALongConversationGoesWhereItFits()
    {
        const string tooLong = """{"error":{"message":"maximum context length is 8 tokens","code":"context_length_exceeded"}}""";
        await using var small = await StandIn.Start(StandIn.Fail(400, tooLong));
        await using var large = await StandIn.Start(StandIn.Chat("Hello"));
        var config = Config(Provider("small", small), Provider("large", large));
        config = config with { Aliases = [new() { Name = "best", Targets = [new() { Model = "small/m" }], ContextFallbacks = ["large/m"] }] };
        await using var server = await Serve(config);
        var (answer, _) = await Post(server, Ask("best"));
        Assert.Contains("model=large/m; why=longer context for best", answer.Headers.GetValues("x-maison-receipt").Single());
        var (refused, text) = await Post(server, Ask("small/m"));
        Assert.Equal((HttpStatusCode.BadRequest, "context_length_exceeded"), (refused.StatusCode, (string?)Body(text)["error"]!["code"]));
    }

    [Fact]
    public async Task WhatTheRequestDoesWrongIsToldAndNotTriedElsewhere()
    {
        await using var first = await StandIn.Start(StandIn.Fail(400, """{"error":{"message":"'temperature' is too high"}}"""));
        await using var second = await StandIn.Start(StandIn.Chat("Hello"));
        await using var server = await Serve(Config(Provider("first", first), Provider("second", second)));
        var (answer, text) = await Post(server, Ask("best"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("'temperature' is too high", text);
        Assert.Empty(second.Asked);
    }

    [Fact]
    public async Task NoMoreIsAskedForThanIsPaidFor()
    {
        await using var other = await StandIn.Start(StandIn.Chat("Hello", """{"prompt_tokens":10,"completion_tokens":395,"total_tokens":405}"""));
        await using var server = await Serve(Config(Provider("lab", other)));
        var (key, value) = new KeyStore(server.Store).Create(new() { Name = "k", Limits = new(BudgetDay: 800) }, "t");
        using var http = server.With(value);
        await Post(server, Ask("lab/m", more: ""","max_tokens":900"""), http);
        var most = (long)other.Asked[0]["max_tokens"]!;
        Assert.InRange(most, 300, 400);
        var spent = server.Store.Read(s => BudgetRows.Read(s, $"key:{key.Id}", Ledger.Day(DateTimeOffset.UtcNow)));
        Assert.InRange(spent.Spent, 700, 800);
        Assert.Equal(0, spent.Held);
        var (refused, _) = await Post(server, Ask("lab/m"), http);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Single(other.Asked);
    }

    [Theory, InlineData("cost", "cheap/m"), InlineData("order", "dear/m")]
    public async Task TheStrategyChoosesWhoIsAskedFirst(string strategy, string expected)
    {
        await using var dear = await StandIn.Start(StandIn.Chat("Hello"));
        await using var cheap = await StandIn.Start(StandIn.Chat("Hello"));
        var config = Config(Provider("dear", dear), Provider("cheap", cheap) with { Models = [new() { Id = "m", Prices = new() { Input = 0.1m, Output = 0.1m } }] });
        config = config with { Aliases = [new() { Name = "best", Strategy = strategy, Targets = [new() { Model = "dear/m" }, new() { Model = "cheap/m" }] }] };
        await using var server = await Serve(config);
        Assert.Equal(expected, (string?)Body((await Post(server, Ask("best"))).Text)["model"]);
    }

    [Fact]
    public async Task AProviderIsAddedOverTheApiWithASealedKey()
    {
        await using var other = await StandIn.Start(StandIn.Chat("Hello"));
        await using var server = await Serve(new());
        var (status, body) = await server.Post("/v1/organization/providers", $$$"""{"name":"added","kind":"openai-compatible","base_url":"{{{other.Url}}}","api_key":"sk-very-secret","models":[{"id":"m","prices":{"input":1,"output":2}}]}""");
        Assert.Equal((HttpStatusCode.OK, false), (status, body.Contains("sk-very-secret")));
        Assert.Equal(HttpStatusCode.OK, (await Post(server, Ask("added/m"))).Answer.StatusCode);
        Assert.Equal("Bearer sk-very-secret", other.Keys[0]);
        Assert.DoesNotContain("sk-very-secret", server.Store.Read(s => s.First("SELECT body || secret FROM providers", r => r.Text(0))));
        Assert.Equal(HttpStatusCode.OK, (await server.Post("/v1/organization/aliases", """{"name":"a","targets":[{"model":"added/m"}]}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Post(server, Ask("a"))).Answer.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Post("/v1/organization/providers", """{"name":"x","kind":"banana","models":[]}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Http.DeleteAsync("/v1/organization/providers/added")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Http.DeleteAsync("/v1/organization/aliases/a")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Http.DeleteAsync("/v1/organization/providers/added")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Post(server, Ask("added/m"))).Answer.StatusCode);
    }

    [Fact]
    public async Task AnthropicIsAskedInItsOwnWords()
    {
        await using var other = await StandIn.Start(StandIn.Json(
            """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"text","text":"Sunny"},{"type":"tool_use","id":"t2","name":"f","input":{"a":1}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,"cache_read_input_tokens":4,"output_tokens":5}}"""));
        await using var server = await Serve(Config(Provider("claude", other, "anthropic")));
        var (answer, text) = await Post(server, """
            {"model":"claude/m","max_tokens":50,"temperature":0.5,"stop":"END","tool_choice":"required","parallel_tool_calls":false,
             "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],
             "messages":[{"role":"system","content":"Be kind."},
              {"role":"user","content":[{"type":"text","text":"what"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
              {"role":"assistant","content":"ok","reasoning_details":[{"type":"thinking","thinking":"old","signature":"s0"}],"tool_calls":[{"id":"t0","type":"function","function":{"name":"f","arguments":"{\"x\":2}"}},{"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"t0","content":"r0"},{"role":"tool","tool_call_id":"t1","content":"r1"}]}
            """);
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.True(JsonNode.DeepEquals(Body("""
            {"model":"m","max_tokens":50,"messages":[
              {"role":"user","content":[{"type":"text","text":"what"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
              {"role":"assistant","content":[{"type":"thinking","thinking":"old","signature":"s0"},{"type":"text","text":"ok"},{"type":"tool_use","id":"t0","name":"f","input":{"x":2}},{"type":"tool_use","id":"t1","name":"f","input":{}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t0","content":[{"type":"text","text":"r0"}]},{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"r1"}]}]}],
             "system":[{"type":"text","text":"Be kind."}],"temperature":0.5,"stop_sequences":["END"],
             "tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}],"tool_choice":{"type":"any","disable_parallel_tool_use":true}}
            """), other.Asked[0]), other.Asked[0].ToJsonString());
        Assert.Equal("stand-in-key", other.Keys[0]);
        var choice = Body(text)["choices"]![0]!;
        Assert.Equal(("Sunny", "hm", "hm", "tool_calls"), ((string?)choice["message"]!["content"], (string?)choice["message"]!["reasoning"], (string?)choice["message"]!["reasoning_content"], (string?)choice["finish_reason"]));
        Assert.Equal("sig", (string?)choice["message"]!["reasoning_details"]![0]!["signature"]);
        Assert.Equal("""{"id":"t2","type":"function","function":{"name":"f","arguments":"{\u0022a\u0022:1}"}}""", choice["message"]!["tool_calls"]![0]!.ToJsonString());
        Assert.Equal((14, 4, 5), ((int?)Body(text)["usage"]!["prompt_tokens"], (int?)Body(text)["usage"]!["prompt_tokens_details"]!["cached_tokens"], (int?)Body(text)["usage"]!["completion_tokens"]));
        Assert.Equal(10 + 2 + 10, (long?)Body(text)["usage"]!["maison"]!["cost_micros"]);
        Assert.Contains("'seed'", (await Post(server, Ask("claude/m", more: ""","seed":1"""))).Text);
    }

    [Fact]
    public async Task AnthropicsStreamIsOneOfOurs()
    {
        static string Event(string type, string rest) => $"event: {type}\ndata: {{\"type\":\"{type}\"{rest}}}";
        string[] events =
        [
            Event("message_start", ""","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}"""),
            Event("content_block_start", ""","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}"""),
            Event("content_block_delta", ""","index":0,"delta":{"type":"thinking_delta","thinking":"h"}"""),
            Event("content_block_delta", ""","index":0,"delta":{"type":"thinking_delta","thinking":"m"}"""),
            Event("content_block_delta", ""","index":0,"delta":{"type":"signature_delta","signature":"sig"}"""),
            Event("content_block_stop", ""","index":0"""),
            Event("ping", ""),
            Event("content_block_start", ""","index":1,"content_block":{"type":"text","text":""}"""),
            Event("content_block_delta", ""","index":1,"delta":{"type":"text_delta","text":"Sun"}"""),
            Event("content_block_delta", ""","index":1,"delta":{"type":"text_delta","text":"ny"}"""),
            Event("content_block_stop", ""","index":1"""),
            Event("content_block_start", ""","index":2,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}"""),
            Event("content_block_delta", ""","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}"""),
            Event("content_block_delta", ""","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}"""),
            Event("content_block_stop", ""","index":2"""),
            Event("message_delta", ""","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}"""),
            Event("message_stop", ""),
        ];
        await using var other = await StandIn.Start(StandIn.Events(events));
        await using var server = await Serve(Config(Provider("claude", other, "anthropic")));
        var (_, text) = await Post(server, Ask("claude/m", more: ""","stream":true,"stream_options":{"include_usage":true}"""));
        var chunks = Chunks(text);
        Assert.Equal(("Sunny", "hm", "hm"), (Joined(chunks, "content"), Joined(chunks, "reasoning"), Joined(chunks, "reasoning_content")));
        Assert.Equal("""{"a":1}""", string.Concat(chunks.Select(c => (string?)c["choices"]!.AsArray().FirstOrDefault()?["delta"]?["tool_calls"]?[0]?["function"]?["arguments"])));
        Assert.Equal("tool_calls", chunks.Select(c => (string?)c["choices"]!.AsArray().FirstOrDefault()?["finish_reason"]).Single(f => f is not null));
        Assert.Equal((10, 9), ((int?)chunks[^1]["usage"]!["prompt_tokens"], (int?)chunks[^1]["usage"]!["completion_tokens"]));
        Assert.Contains("\"signature\":\"sig\"", text);
        Assert.True((bool?)other.Asked[0]["stream"]);
    }
}
