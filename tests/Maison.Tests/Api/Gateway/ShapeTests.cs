// Responses and Anthropic's messages that third parties write: what goes out to either wire, what comes back in the shape that was asked in, and
// that receipts, masks, budgets and fallbacks are those of chats.

using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Maison.Api.Budgets;
using Maison.Api.Gateway;
using Maison.Api.Keys;
using OpenAI.Responses;

namespace Maison.Tests.Api.Gateway;

public sealed class ShapeTests
{
    const string Tool = """{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true}""";

    static ProviderConfig Provider(string name, StandIn at, string kind = "openai-compatible") => new()
    {
        Name = name,
        Kind = kind,
        BaseUrl = kind == "anthropic" ? at.Url[..^3] : at.Url,
        Models = [new() { Id = "m", MaxOutput = 1000, Prices = new() { Input = 1, Cached = 0.5m, Output = 2 } }],
    };

    static Task<ApiServer> Serve(params ProviderConfig[] providers) => ApiServer.Start(
        o => o with { Gateway = new() { Providers = [.. providers], Aliases = [new() { Name = "best", Targets = [.. providers.Select(p => new AliasTarget { Model = p.Name + "/m" }), new() { Model = "test" }] }] } },
        new ScriptedModel("Hello from home") { ContextLength = 2048 }.Served);

    static async Task<(HttpResponseMessage Answer, string Text)> Post(ApiServer server, string route, string json, HttpClient? http = null)
    {
        var answer = await (http ?? server.Http).PostAsync(route, new StringContent(json, Encoding.UTF8, "application/json"));
        return (answer, await answer.Content.ReadAsStringAsync());
    }

    static JsonNode Body(string json) => JsonNode.Parse(json)!;

    static void Same(string expected, JsonNode? sent) => Assert.True(JsonNode.DeepEquals(Body(expected), sent), sent?.ToJsonString());

    static List<JsonNode> Events(string body) => [.. Regex.Matches(body, "^data: (\\{.*\\})$", RegexOptions.Multiline).Select(m => Body(m.Groups[1].Value))];

    static string Anthropics(string type, string rest) => $"event: {type}\ndata: {{\"type\":\"{type}\"{rest}}}";

    /// <summary>Thinking, text and a call, as Anthropic streams them.</summary>
    static readonly string[] thinkingAloud =
    [
        Anthropics("message_start", ""","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}"""),
        Anthropics("content_block_start", ""","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}"""),
        Anthropics("content_block_delta", ""","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}"""),
        Anthropics("content_block_delta", ""","index":0,"delta":{"type":"signature_delta","signature":"sig"}"""),
        Anthropics("content_block_stop", ""","index":0"""),
        Anthropics("content_block_start", ""","index":1,"content_block":{"type":"text","text":""}"""),
        Anthropics("content_block_delta", ""","index":1,"delta":{"type":"text_delta","text":"Sunny"}"""),
        Anthropics("content_block_stop", ""","index":1"""),
        Anthropics("content_block_start", ""","index":2,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}"""),
        Anthropics("content_block_delta", ""","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}"""),
        Anthropics("content_block_delta", ""","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}"""),
        Anthropics("content_block_stop", ""","index":2"""),
        Anthropics("message_delta", ""","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}"""),
        Anthropics("message_stop", ""),
    ];

    [Fact]
    public async Task AResponseGoesOutAsAChatAndComesBackAsAResponse()
    {
        await using var other = await StandIn.Start(StandIn.Json(
            """{"choices":[{"index":0,"message":{"role":"assistant","content":"Sunny","reasoning_content":"hm","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}}"""));
        await using var server = await Serve(Provider("lab", other));
        var (answer, text) = await Post(server, "/v1/responses", """
            {"model":"lab/m","instructions":"Be kind.","temperature":0.5,"max_output_tokens":50,"reasoning":{"effort":"high"},"text":{"verbosity":"low","format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}},
             "tools":[TOOL],"tool_choice":{"type":"function","name":"f"},"include":["message.output_text.logprobs"],"top_logprobs":2,
             "input":[{"role":"user","content":[{"type":"input_text","text":"what"},{"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"low"}]},
              {"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"so"}]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"ok","annotations":[]}]},
              {"type":"function_call","call_id":"c0","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c0","output":"r0"}]}
            """.Replace("TOOL", Tool));
        Assert.True(answer.IsSuccessStatusCode, text);
        Same("""
            {"model":"m","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":[{"type":"text","text":"what"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}}]},
              {"role":"assistant","content":"ok","reasoning_content":"so","tool_calls":[{"id":"c0","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c0","content":"r0"}],
             "temperature":0.5,"max_tokens":50,"logprobs":true,"top_logprobs":2,"reasoning_effort":"high","verbosity":"low","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}},
             "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false}
            """, other.Asked[0]);
        var response = Body(text);
        Assert.Equal(("lab/m", "completed"), ((string?)response["model"], (string?)response["status"]));
        Assert.Equal(["reasoning", "message", "function_call"], response["output"]!.AsArray().Select(o => (string?)o!["type"]));
        Assert.Equal(("hm", "Sunny", "c1", """{"a":1}"""), ((string?)response["output"]![0]!["content"]![0]!["text"], (string?)response["output"]![1]!["content"]![0]!["text"], (string?)response["output"]![2]!["call_id"], (string?)response["output"]![2]!["arguments"]));
        Assert.Equal((10, 4, 5, 2), ((int?)response["usage"]!["input_tokens"], (int?)response["usage"]!["input_tokens_details"]!["cached_tokens"], (int?)response["usage"]!["output_tokens"], (int?)response["usage"]!["output_tokens_details"]!["reasoning_tokens"]));
        Assert.Equal(6 + 2 + 10, (long?)response["usage"]!["maison"]!["cost_micros"]);
        Assert.Equal(1, (int?)response["usage"]!["maison"]!["left_house"]!["images"]);
        var sum = Assert.Single(new UsageBook(server.Store).Sums(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), ["provider", "model"]));
        Assert.Equal(("lab", "lab/m", 18L), (sum.Provider, sum.Model, sum.Cost));
    }

    [Fact]
    public async Task AStreamedResponseHasItsEventsInOrderAndSignedThoughtsGoBack()
    {
        await using var other = await StandIn.Start(StandIn.Events(thinkingAloud), StandIn.Json("""{"id":"msg_2","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Done"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}"""));
        await using var server = await Serve(Provider("claude", other, "anthropic"));
        var (_, text) = await Post(server, "/v1/responses", $$"""{"model":"claude/m","input":"Hi","stream":true,"tools":[{{Tool}}],"reasoning":{"effort":"low"},"max_output_tokens":9000}""");
        var events = Events(text);
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => (int)e["sequence_number"]!));
        Assert.Equal(
        [
            "response.created", "response.in_progress",
            "response.output_item.added", "response.content_part.added", "response.reasoning_text.delta", "response.reasoning_text.done", "response.content_part.done", "response.output_item.done",
            "response.output_item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.done", "response.content_part.done", "response.output_item.done",
            "response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done", "response.completed",
        ], events.Select(e => (string)e["type"]!));
        var response = events[^1]["response"]!;
        Assert.Equal((10, 9, 10 + 18), ((int?)response["usage"]!["input_tokens"], (int?)response["usage"]!["output_tokens"], (int?)response["usage"]!["maison"]!["cost_micros"]));
        Assert.StartsWith("maison-signed:", (string?)response["output"]![0]!["encrypted_content"]);
        Same("""{"type":"enabled","budget_tokens":2048}""", other.Asked[0]["thinking"]);

        (_, text) = await Post(server, "/v1/responses", $$"""{"model":"claude/m","previous_response_id":"{{response["id"]}}","tools":[{{Tool}}],"input":[{"type":"function_call_output","call_id":"t1","output":"22"}]}""");
        Assert.Equal("Done", (string?)Body(text)["output"]![0]!["content"]![0]!["text"]);
        Same("""
            [{"role":"user","content":[{"type":"text","text":"Hi"}]},
             {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"text","text":"Sunny"},{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"22"}]}]}]
            """, other.Asked[1]["messages"]);
    }

    [Fact]
    public async Task AnthropicsOwnModelsGetAnthropicsOwnWords()
    {
        await using var other = await StandIn.Start(StandIn.Json(
            """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"redacted_thinking","data":"xx"},{"type":"text","text":"Sunny"},{"type":"tool_use","id":"t2","name":"f","input":{"a":1}}],"stop_reason":"stop_sequence","stop_sequence":"END","usage":{"input_tokens":10,"cache_read_input_tokens":4,"output_tokens":5}}"""));
        await using var server = await Serve(Provider("claude", other, "anthropic"));
        var (answer, text) = await Post(server, "/v1/messages", """
            {"model":"claude/m","max_tokens":5000,"temperature":1,"top_k":5,"stop_sequences":["END"],"thinking":{"type":"enabled","budget_tokens":2000},"metadata":{"user_id":"u"},
             "system":[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral"}}],"tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true},
             "output_config":{"effort":"high","format":{"type":"json_schema","schema":{"type":"object"}}},
             "messages":[{"role":"user","content":[{"type":"text","text":"what"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
              {"role":"assistant","content":[{"type":"thinking","thinking":"old","signature":"s0"},{"type":"redacted_thinking","data":"yy"},{"type":"text","text":"ok"},{"type":"tool_use","id":"t0","name":"f","input":{"x":2}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t0","is_error":true,"content":[{"type":"text","text":"r0"}]},{"type":"text","text":"And?","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}
            """);
        Assert.True(answer.IsSuccessStatusCode, text);
        Same("""
            {"model":"m","max_tokens":5000,"temperature":1,"top_k":5,"stop_sequences":["END"],"thinking":{"type":"enabled","budget_tokens":2000},
             "system":[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral"}}],"tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true},
             "output_config":{"effort":"high","format":{"type":"json_schema","schema":{"type":"object"}}},
             "messages":[{"role":"user","content":[{"type":"text","text":"what"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
              {"role":"assistant","content":[{"type":"thinking","thinking":"old","signature":"s0"},{"type":"redacted_thinking","data":"yy"},{"type":"text","text":"ok"},{"type":"tool_use","id":"t0","name":"f","input":{"x":2}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t0","is_error":true,"content":[{"type":"text","text":"r0"}]},{"type":"text","text":"And?","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}
            """, other.Asked[0]);
        Same("""[{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"redacted_thinking","data":"xx"},{"type":"text","text":"Sunny"},{"type":"tool_use","id":"t2","name":"f","input":{"a":1}}]""", Body(text)["content"]);
        Assert.Equal(("stop_sequence", "END"), ((string?)Body(text)["stop_reason"], (string?)Body(text)["stop_sequence"]));
        Assert.Equal((10, 4, 5), ((int?)Body(text)["usage"]!["input_tokens"], (int?)Body(text)["usage"]!["cache_read_input_tokens"], (int?)Body(text)["usage"]!["output_tokens"]));
        Assert.Contains("model=claude/m", answer.Headers.GetValues("x-maison-receipt").Single());
    }

    [Fact]
    public async Task OthersAnswerMessagesInChatsWords()
    {
        await using var other = await StandIn.Start(StandIn.Events(
        [
            StandIn.Delta("""{"role":"assistant","content":""}"""), StandIn.Delta("""{"reasoning":"h"}"""), StandIn.Delta("""{"reasoning":"m"}"""), StandIn.Delta("""{"content":"Sun"}"""), StandIn.Delta("""{"content":"ny"}"""),
            StandIn.Delta("""{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}"""), StandIn.Delta("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}"""), StandIn.Delta("""{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"""),
            StandIn.Delta("""{"tool_calls":[{"index":1,"id":"c2","type":"function","function":{"name":"g","arguments":""}}]}"""),
            StandIn.Delta("{}", "\"tool_calls\""), """data: {"id":"x","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""", "data: [DONE]",
        ]));
        await using var server = await Serve(Provider("lab", other, "openai") with { BaseUrl = other.Url });
        var (_, text) = await Post(server, "/v1/messages", """
            {"model":"lab/m","max_tokens":50,"stream":true,"system":"Be kind.","thinking":{"type":"enabled","budget_tokens":20000},"tools":[{"name":"f","input_schema":{"type":"object"}},{"name":"g","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"},
             "messages":[{"role":"user","content":[{"type":"text","text":"what","cache_control":{"type":"ephemeral"}},{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}]},
              {"role":"assistant","content":[{"type":"thinking","thinking":"old","signature":"s0"},{"type":"tool_use","id":"t0","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t0","is_error":true,"content":"r0"}]}]}
            """);
        Same("""
            {"model":"m","stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":50,"reasoning_effort":"high","tool_choice":"required",
             "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}},{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}],
             "messages":[{"role":"system","content":"Be kind."},{"role":"user","content":[{"type":"text","text":"what"},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]},
              {"role":"assistant","content":"","tool_calls":[{"id":"t0","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t0","content":"Error: r0"}]}
            """, other.Asked[0]);
        var events = Events(text);
        Assert.Equal("message_start", (string?)events[0]["type"]);
        Assert.Equal(["thinking", "text", "tool_use", "tool_use"], events.Where(e => (string?)e["type"] == "content_block_start").Select(e => (string?)e["content_block"]!["type"]));
        Assert.Equal(("hm", "Sunny", """{"a":1}"""), (Joined("thinking"), Joined("text"), Joined("partial_json")));
        Assert.Equal(("tool_use", 10, 5, 20), ((string?)events[^2]["delta"]!["stop_reason"], (int?)events[^2]["usage"]!["input_tokens"], (int?)events[^2]["usage"]!["output_tokens"], (int?)events[^2]["usage"]!["maison"]!["cost_micros"]));
        Assert.Equal("message_stop", (string?)events[^1]["type"]);

        string Joined(string field) => string.Concat(events.Select(e => (string?)e["delta"]?[field]));
    }

    [Theory, InlineData("/v1/responses", "\"input\":\"Write to a@b.org or Eva\""), InlineData("/v1/messages", "\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Write to a@b.org or Eva\"}]")]
    public async Task PersonalDataStaysAtHomeInEveryShape(string route, string asked)
    {
        await using var other = await StandIn.Start(StandIn.Stream("To [EM", "AIL_1] and [NA", "ME_1", "] [x"), StandIn.Chat("To [EMAIL_1]"));
        await using var server = await Serve(Provider("lab", other));
        var (answer, text) = await Post(server, route, $$"""{"model":"lab/m","stream":true,"maison":{"mask_names":["Eva"]},{{asked}}}""");
        Assert.Equal("To a@b.org and Eva [x", string.Concat(Events(text).Select(e => e["delta"] is JsonValue word ? (string?)word : (string?)e["delta"]?["text"])));
        Assert.DoesNotContain("a@b.org", other.Asked[0].ToJsonString());
        Assert.DoesNotContain("Eva", other.Asked[0].ToJsonString());
        Assert.Contains("masked=1 email, 1 name", answer.Headers.GetValues("x-maison-receipt").Single());
        Assert.Contains("To a@b.org", (await Post(server, route, $$"""{"model":"lab/m",{{asked}}}""")).Text);
    }

    [Theory, InlineData("/v1/responses", "\"input\":\"Hi\"", "max_output_tokens"), InlineData("/v1/messages", "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]", "max_tokens")]
    public async Task BudgetsHoldAndTheHouseAnswersWhereOthersFail(string route, string asked, string limit)
    {
        await using var other = await StandIn.Start(StandIn.Chat("Hello", """{"prompt_tokens":10,"completion_tokens":395,"total_tokens":405}"""), StandIn.Fail(401));
        await using var server = await Serve(Provider("lab", other));
        var (key, value) = new KeyStore(server.Store).Create(new() { Name = "k", Limits = new(BudgetDay: 800) }, "t");
        using var http = server.With(value);
        await Post(server, route, $$"""{"model":"lab/m","{{limit}}":900,{{asked}}}""", http);
        Assert.InRange((long)other.Asked[0]["max_tokens"]!, 300, 400);
        Assert.Equal(0, server.Store.Read(s => BudgetRows.Read(s, $"key:{key.Id}", Ledger.Day(DateTimeOffset.UtcNow))).Held);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Post(server, route, $$"""{"model":"lab/m","{{limit}}":900,{{asked}}}""", http)).Answer.StatusCode);
        var (answer, text) = await Post(server, route, $$"""{"model":"best","{{limit}}":900,{{asked}}}""");
        Assert.Contains("Hello from home", text);
        Assert.Contains("tried=lab/m (the provider's key or model is not accepted)", answer.Headers.GetValues("x-maison-receipt").Single());
    }

    [Theory]
    [InlineData("/v1/responses", "\"input\":\"x\",\"background\":true", "background")]
    [InlineData("/v1/responses", "\"input\":\"x\",\"temprature\":1", "temprature")]
    [InlineData("/v1/responses", "\"input\":5", "input")]
    [InlineData("/v1/responses", "\"input\":\"x\",\"tools\":[{\"type\":\"web_search\"}]", "tools[0].type")]
    [InlineData("/v1/responses", "\"input\":\"x\",\"text\":{\"format\":{\"type\":\"regex\",\"regex\":\"a\"}}", "text.format")]
    [InlineData("/v1/responses", "\"input\":\"x\",\"reasoning\":{\"effort\":\"much\"}", "reasoning.effort")]
    [InlineData("/v1/responses", "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"file_id\":\"f\"}]}]", "file_id")]
    [InlineData("/v1/responses", "\"input\":\"x\",\"previous_response_id\":\"resp_none\"", "resp_none")]
    [InlineData("/v1/messages", "\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"service_tier\":\"batch\"", "service_tier")]
    [InlineData("/v1/messages", "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]", "max_tokens")]
    [InlineData("/v1/messages", "\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\",\"source\":{}}]}]", "messages[0].content[0].type")]
    [InlineData("/v1/messages", "\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"output_config\":{\"much\":1}", "output_config.much")]
    [InlineData("/v1/messages", "\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"thinking\":{\"type\":\"loud\"}", "thinking.type")]
    public async Task WhatCanNotBeSaidIsRefusedByNameBeforeAnybodyIsAsked(string route, string fields, string named)
    {
        await using var other = await StandIn.Start(StandIn.Chat("Hello"));
        await using var server = await Serve(Provider("lab", other));
        var (answer, text) = await Post(server, route, $"{{\"model\":\"lab/m\",{fields}}}");
        Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound, text);
        Assert.Contains(named, text);
        Assert.Empty(other.Asked);
    }

    [Theory, InlineData("/v1/completions", "\"prompt\":\"x\""), InlineData("/v1/messages/count_tokens", "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]")]
    public async Task RoutesOfTheHouseAloneSaySo(string route, string fields)
    {
        await using var other = await StandIn.Start(StandIn.Chat("Hello"));
        await using var server = await Serve(Provider("lab", other));
        var (answer, text) = await Post(server, route, $"{{\"model\":\"lab/m\",{fields}}}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("models of the house alone", text);
        Assert.True((await Post(server, route, $"{{\"model\":\"test\",{fields}}}")).Answer.IsSuccessStatusCode);
    }

    [Theory, InlineData("/v1/responses", "\"input\":\"Hi\""), InlineData("/v1/messages", "\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]")]
    public async Task ACutStreamEndsWithAnErrorInItsShape(string route, string asked)
    {
        var heard = new TaskCompletionSource();
        await using var other = await StandIn.Start(StandIn.Events([StandIn.Delta("""{"content":"Hel"}""")], cut: heard.Task));
        await using var server = await Serve(Provider("lab", other));
        using var ask = new HttpRequestMessage(HttpMethod.Post, route) { Content = new StringContent($$"""{"model":"lab/m","stream":true,{{asked}}}""", Encoding.UTF8, "application/json") };
        using var answer = await server.Http.SendAsync(ask, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var text = "";
        while (!text.Contains("Hel", StringComparison.Ordinal)) text += await reader.ReadLineAsync() + "\n";
        heard.SetResult();
        text += await reader.ReadToEndAsync();
        Assert.Contains("Hel", text);
        Assert.Equal("error", (string?)Events(text)[^1]["type"]);
    }

    /// <summary>However a stream is cut into chunks, its calls are those of the whole.</summary>
    [Fact]
    public async Task CallsDoNotDependOnHowTheyAreCut()
    {
        const string arguments = """{"city":"Zürich 😀","days":[1,2,3],"deep":{"a":"\"x\""}}""";
        var random = new Random(5);
        for (var round = 0; round < 20; round++)
        {
            var chunks = new List<string>();
            for (var call = 0; call < 3; call++)
            {
                chunks.Add(StandIn.Delta(new JsonObject { ["tool_calls"] = new JsonArray(new JsonObject { ["index"] = call, ["id"] = $"c{call}", ["type"] = "function", ["function"] = new JsonObject { ["name"] = "f", ["arguments"] = "" } }) }.ToJsonString()));
                for (var at = 0; at < arguments.Length;)
                {
                    var length = Math.Min(random.Next(1, 9), arguments.Length - at);
                    if (char.IsHighSurrogate(arguments[at + length - 1])) length = Math.Min(length + 1, arguments.Length - at);
                    chunks.Add(StandIn.Delta(new JsonObject { ["tool_calls"] = new JsonArray(new JsonObject { ["index"] = call, ["function"] = new JsonObject { ["arguments"] = arguments.Substring(at, length) } }) }.ToJsonString()));
                    at += length;
                }
            }
            await using var other = await StandIn.Start(StandIn.Events([.. chunks, StandIn.Delta("{}", "\"tool_calls\""), "data: [DONE]"]));
            await using var server = await Serve(Provider("lab", other));
            var (_, text) = await Post(server, "/v1/responses", $$"""{"model":"lab/m","input":"Hi","stream":true,"tools":[{{Tool}}]}""");
            Assert.Equal([arguments, arguments, arguments], Events(text)[^1]["response"]!["output"]!.AsArray().Select(o => (string?)o!["arguments"]));
        }
    }

    [Fact]
    public async Task TheVendorsClientsReadBothShapes()
    {
        await using var other = await StandIn.Start(StandIn.Events(thinkingAloud), StandIn.Events(thinkingAloud), StandIn.Json("""{"id":"msg_2","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Done"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}"""));
        await using var server = await Serve(Provider("claude", other, "anthropic"));
        Assert.Equal("Sunny", await AnthropicClientTests.Streamed(AnthropicClientTests.Client(server), AnthropicClientTests.Ask("claude/m")));

#pragma warning disable OPENAI001
        var openai = new ResponsesClient(new System.ClientModel.ApiKeyCredential(ApiServer.Key), new ResponsesClientOptions { Endpoint = new(server.Url, "/v1") });
        var words = new StringBuilder();
        await foreach (var update in await openai.CreateResponseStreamingAsync("claude/m", "Hi", null))
            if (update is StreamingResponseOutputTextDeltaUpdate delta) words.Append(delta.Delta);
        Assert.Equal("Sunny", words.ToString());
        var whole = (await openai.CreateResponseAsync(new CreateResponseOptions("claude/m", [ResponseItem.CreateUserMessageItem("Hi")]))).Value;
        Assert.Equal(("Done", ResponseStatus.Completed), (whole.GetOutputText(), whole.Status));
#pragma warning restore OPENAI001
    }
}
