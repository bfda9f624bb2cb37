// Enforced forms over HTTP with a real scheduler and random weights: valid whatever the model would rather say, whole as streamed,
// continued, several at once, and honest about the limit.

using System.Net;
using System.Text.Json;
using Maison.Api.Models;
using Maison.Inference;
using Maison.Tests.Api.Grammars;
using Maison.Tests.Inference;

namespace Maison.Tests.Api;

public sealed class FormTests : IDisposable
{
    const string Route = "/v1/chat/completions";
    const string Schema = """{"type":"object","properties":{"name":{"type":"string","maxLength":8},"age":{"type":"integer","minimum":0,"maximum":120},"tags":{"type":"array","items":{"enum":["a","b"]},"minItems":1}},"required":["name","age","tags"]}""";

    readonly TinyModel tiny = new(seed: 8, vocab: ScriptedModel.Tokenizer.VocabSize + 30, context: 1024);
    readonly Scheduler scheduler;

    public FormTests() => scheduler = new(tiny.Decoder, tiny.Gang, new() { MaxRunning = 8 });

    Task<ApiServer> Serve() => ApiServer.Start(new ScriptedModel("").Served with { ContextLength = scheduler.ContextLength, Generate = scheduler.Generate, Stats = () => scheduler.Stats });

    static string Request(string fields, string messages = """{"role":"user","content":"Hi"}""") => "{\"model\":\"test\",\"messages\":[" + messages + "],\"reasoning_effort\":\"none\"," + fields + "}";

    static string Format(string schema) => """
        "response_format":{"type":"json_schema","json_schema":{"name":"person","description":"who","schema":SCHEMA,"strict":true}}
        """.Replace("SCHEMA", schema);

    static List<(string Content, string Finish)> Choices(string body) => [.. JsonDocument.Parse(body).RootElement.GetProperty("choices").EnumerateArray()
        .Select(c => (c.GetProperty("message").GetProperty("content").GetString()!, c.GetProperty("finish_reason").GetString()!))];

    static void AssertValid(string schema, string text)
    {
        using var json = JsonDocument.Parse(text);
        Assert.Null(new SchemaValidator(JsonDocument.Parse(schema).RootElement).Fault(json.RootElement));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(45)]
    public async Task ManyAnswersAreAllValidWholeAndStreamed(int limit)
    {
        await using var server = await Serve();
        var (status, body) = await server.Post(Route, Request($"{Format(Schema)},\"n\":6,\"seed\":4,\"max_tokens\":{limit}"));
        Assert.True(status == HttpStatusCode.OK, body);
        var choices = Choices(body);
        Assert.All(choices, c => AssertValid(Schema, c.Content));
        Assert.True(choices.Distinct().Count() > 3);
        var (_, stream) = await server.Post(Route, Request($"{Format(Schema)},\"n\":6,\"seed\":4,\"max_tokens\":{limit},\"stream\":true"));
        var streamed = new string[6];
        foreach (var line in stream.Split('\n').Where(l => l.StartsWith("data: {", StringComparison.Ordinal)))
        {
            var choice = JsonDocument.Parse(line[6..]).RootElement.GetProperty("choices")[0];
            if (choice.GetProperty("delta").TryGetProperty("content", out var text)) streamed[choice.GetProperty("index").GetInt32()] += text.GetString();
        }
        Assert.Equal(choices.Select(c => c.Content), streamed);
        if (limit == 45) Assert.Contains(choices, c => c.Finish == "length");
        if (limit == 200) Assert.Contains(choices, c => c.Finish == "stop");
    }

    [Fact]
    public async Task AnyObjectARegexAndAGrammar()
    {
        await using var server = await Serve();
        var (_, body) = await server.Post(Route, Request("\"response_format\":{\"type\":\"json_object\"},\"max_tokens\":60"));
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(Choices(body)[0].Content).RootElement.ValueKind);
        (_, body) = await server.Post(Route, Request("\"response_format\":{\"type\":\"regex\",\"regex\":\"(yes|no), [a-f]{3}\\\\.\"}"));
        Assert.Matches("^(yes|no), [a-f]{3}\\.$", Choices(body)[0].Content);
        Assert.Equal("stop", Choices(body)[0].Finish);
        (_, body) = await server.Post(Route, Request("\"response_format\":{\"type\":\"grammar\",\"grammar\":\"root ::= \\\"(\\\" root \\\")\\\" | \\\"x\\\"\"},\"max_tokens\":9"));
        Assert.Matches("^\\(*x\\)*$", Choices(body)[0].Content);
    }

    [Fact]
    public async Task TheBeginningOfAnAnswerCountsAndMustFit()
    {
        await using var server = await Serve();
        const string begun = """{"role":"user","content":"Hi"},{"role":"assistant","content":"{\"name\": \"Ann\","}""";
        var (_, body) = await server.Post(Route, Request($"{Format(Schema)},\"max_tokens\":150", begun));
        AssertValid(Schema, "{\"name\": \"Ann\"," + Choices(body)[0].Content);
        (var status, body) = await server.Post(Route, Request(Format(Schema), begun.Replace("Ann", "Annabella")));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("does not begin as 'response_format' asks", body);
    }

    [Fact]
    public async Task ThoughtsMayComeFirstAndRequiredCallsAreMade()
    {
        await using var server = await Serve();
        const string tools = """
            "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"x":{"type":"boolean"}},"required":["x"]}}}],"tool_choice":"required","parallel_tool_calls":false,"seed":1,"max_tokens":150
            """;
        for (var seed = 0; seed < 4; seed++)
        {
            var (_, body) = await server.Post(Route, Request(tools.Replace("\"seed\":1", $"\"seed\":{seed}")).Replace("\"reasoning_effort\":\"none\"", "\"user\":\"u\""));
            var call = JsonDocument.Parse(body).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function");
            Assert.Matches("^\\{\\s*\"x\":\\s*(true|false)\\s*\\}$", call.GetProperty("arguments").GetString());
        }
    }

    [Fact]
    public async Task ABiasAgainstAllThatIsAllowedIsNamed()
    {
        await using var server = await Serve();
        var (status, body) = await server.Post(Route, Request($"\"response_format\":{{\"type\":\"regex\",\"regex\":\"a\"}},\"logit_bias\":{{\"{ScriptedModel.Tokenizer.Encode("a")[0]}\":-100}}"));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("\"param\":\"logit_bias\"", body);
    }

    [Fact]
    public async Task ThePromptOfManyAnswersIsComputedOnce()
    {
        await using var server = await Serve();
        var before = scheduler.Stats;
        var (status, body) = await server.Post(Route, Request("\"n\":5,\"max_tokens\":2", $$"""{"role":"user","content":"{{new string('z', 400)}}"}"""));
        Assert.True(status == HttpStatusCode.OK, body);
        var (prompt, cached) = (scheduler.Stats.PromptTokens - before.PromptTokens, scheduler.Stats.CachedPromptTokens - before.CachedPromptTokens);
        Assert.True(prompt - cached < prompt / 5 + 5 * 64, $"{prompt} prompt tokens, {cached} from the cache");
    }

    public void Dispose()
    {
        scheduler.Dispose();
        tiny.Dispose();
    }
}
