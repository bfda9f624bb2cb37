// Tools: verbatim answers whole and streamed, what tool_choice tells the decoder, conversations with calls and results.

using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Maison.Data.Tokenizers;

namespace Maison.Tests.Api;

public sealed class ToolTests
{
    const string Route = "/v1/chat/completions";
    const string User = "\"model\":\"test\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
    const string Tools = """
        "tools":[{"type":"function","function":{"name":"weather","description":"Says it","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}}},
                 {"type":"function","function":{"name":"stop"}}]
        """;

    const string Weather = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Bonn\"}}\n</tool_call>";
    const string Stop = "<tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>";

    static string Fixed(string body) => Regex.Replace(Regex.Replace(body, "\"id\":\"chatcmpl-[0-9a-f]{32}\"(.*?)\"created\":\\d{10}", "\"id\":\"ID\"$1\"created\":0"), "call_[0-9a-f]{24}", "call_X");

    static ScriptedModel Model(params string[] scripts) => new(scripts) { ContextLength = 2048 };

    [Fact]
    public async Task WholeAnswerVerbatim()
    {
        await using var server = await ApiServer.Start(Model("Hello\n" + Weather + "\n" + Stop, Stop).Served);
        var (status, body) = await server.Post(Route, $"{{{User},{Tools},\"n\":2}}");
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Contains(
            """[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null,"tool_calls":[{"id":"call_X","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Bonn\"}"}},{"id":"call_X","type":"function","function":{"name":"stop","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"},{"index":1,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_X","type":"function","function":{"name":"stop","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"}]""",
            Fixed(body));
    }

    [Fact]
    public async Task StreamVerbatim()
    {
        await using var server = await ApiServer.Start(Model("Hello\n" + Stop).Served);
        var (_, body) = await server.Post(Route, $"{{{User},{Tools},\"stream\":true}}");
        const string head = """data: {"id":"ID","object":"chat.completion.chunk","created":0,"model":"test","choices":[{"index":0,"delta":""";
        const string tail = ",\"logprobs\":null,\"finish_reason\":null}]}\n\n";
        Assert.Equal(
            head + "{\"role\":\"assistant\",\"content\":\"\"}" + tail +
            head + "{\"content\":\"Hello\"}" + tail +
            head + "{\"tool_calls\":[{\"index\":0,\"id\":\"call_X\",\"type\":\"function\",\"function\":{\"name\":\"stop\",\"arguments\":\"{\"}}]}" + tail +
            head + "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"}\"}}]}" + tail +
            head + "{},\"logprobs\":null,\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
            Fixed(body));
    }

    [Fact]
    public async Task StreamedDeltasJoinToTheWholeAnswer()
    {
        var script = "<think>\nso\n</think>\n\nHello world\n" + Weather + "\n" + Stop + "\n" + Weather;
        await using var server = await ApiServer.Start(Model(script).Served);
        var (_, body) = await server.Post(Route, $"{{{User},{Tools},\"stream\":true}}");
        var deltas = Regex.Matches(body, "^data: (\\{.*\\})$", RegexOptions.Multiline).Select(m => JsonDocument.Parse(m.Groups[1].Value).RootElement.GetProperty("choices")[0].GetProperty("delta")).ToList();
        var calls = deltas.Where(d => d.TryGetProperty("tool_calls", out _)).SelectMany(d => d.GetProperty("tool_calls").EnumerateArray()).GroupBy(c => c.GetProperty("index").GetInt32()).ToList();
        Assert.Equal(["{\"city\": \"Bonn\"}", "{}", "{\"city\": \"Bonn\"}"], calls.Select(g => string.Concat(g.Select(c => c.GetProperty("function").GetProperty("arguments").GetString()))));
        Assert.Equal(["weather", "stop", "weather"], calls.Select(g => g.Single(c => c.GetProperty("function").TryGetProperty("name", out _)).GetProperty("function").GetProperty("name").GetString()));
        Assert.All(calls, g => Assert.Single(g, c => c.TryGetProperty("id", out _)));
        Assert.Equal("Hello world", string.Concat(deltas.Select(d => d.TryGetProperty("content", out var c) ? c.GetString() : "")));
    }

    const string BothCalls = Weather + "\n" + Stop;

    /// <summary>What the decoder is told, asked of the grammar itself: which answers it takes.</summary>
    [Theory]
    [InlineData("\"tool_choice\":\"auto\"", "Hello|" + Weather + "|Hello\n" + Stop + "|<think>\na\n</think>\n\n" + BothCalls, "<tool_call>x</tool_call>|" + Weather + "a")]
    [InlineData("\"parallel_tool_calls\":false", "Hello|" + Weather, BothCalls)]
    [InlineData("\"tool_choice\":\"none\"", "Hello|<think>\na\n</think>\n\nb", Weather)]
    [InlineData("\"tool_choice\":\"required\"", Weather + "|" + BothCalls, "Hello|Hello" + Weather)]
    [InlineData("\"tool_choice\":\"required\",\"reasoning_effort\":\"none\"", Weather, "<think>\na\n</think>\n\n" + Weather)]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"stop\"}}", Stop, Weather + "|" + Stop + "\n" + Stop + "|a")]
    [InlineData("\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"required\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"stop\"}}]}}", Stop + "|" + Stop + "\n" + Stop, Weather + "|a")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "{\"a\":1}|" + Stop, "a|a" + Stop)]
    public async Task ToolChoiceIsObeyed(string fields, string right, string wrong)
    {
        var model = Model("a");
        await using var server = await ApiServer.Start(model.Served);
        var (status, body) = await server.Post(Route, $"{{{User},{Tools},{fields}}}");
        Assert.True(status == HttpStatusCode.OK, body);
        var grammar = model.Requests[0].Grammar!;
        Assert.All(right.Split('|'), text => Assert.True(grammar.Matches(ScriptedModel.Tokenizer.Encode(text, allowSpecial: true)), text));
        Assert.All(wrong.Split('|'), text => Assert.False(grammar.Matches(ScriptedModel.Tokenizer.Encode(text, allowSpecial: true)), text));
        // What is spelled is not the mark.
        Assert.False(grammar.Matches(ScriptedModel.Tokenizer.Encode(right.Split('|')[^1], allowSpecial: false)) && right.Contains("tool_call") && !fields.Contains("auto") && !fields.Contains("parallel"));
    }

    [Fact]
    public async Task ArgumentsFollowTheirSchemaAndLooseOnesAsFarAsPossible()
    {
        var model = Model("a");
        await using var server = await ApiServer.Start(model.Served);
        await server.Post(Route, "{" + User + """
            ,"tool_choice":"required","tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"integer","not":{"const":3}},"b":{"type":"string","format":"iri"}},"required":["a"]}}}]}
            """);
        var grammar = model.Requests[0].Grammar!;
        bool Takes(string arguments) => grammar.Matches(ScriptedModel.Tokenizer.Encode("<tool_call>\n{\"name\": \"f\", \"arguments\": " + arguments + "}\n</tool_call>", allowSpecial: true));
        Assert.True(Takes("""{"a": 7, "b": "x"}"""));
        Assert.True(Takes("""{"a":3}"""));
        Assert.False(Takes("""{"b":"x"}"""));
        Assert.False(Takes("""{"a":"7"}"""));
    }

    [Fact]
    public async Task CallsAndResultsAreRendered()
    {
        var model = Model("a");
        await using var server = await ApiServer.Start(model.Served);
        var (status, body) = await server.Post(Route, """
            {"model":"test",TOOLS,"messages":[{"role":"user","content":"Hi"},
             {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Bonn\"}"}},{"id":"call_2","type":"function","function":{"name":"stop","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"call_2","content":"done"},{"role":"tool","tool_call_id":"call_1","content":[{"type":"text","text":"sun"}]}]}
            """.Replace("TOOLS", Tools));
        Assert.True(status == HttpStatusCode.OK, body);
        var prompt = ScriptedModel.Tokenizer.Decode(model.Requests[0].Prompt);
        Assert.Contains("<tools>\n{\"type\": \"function\", \"function\": {\"name\": \"weather\", \"description\": \"Says it\", \"parameters\": {\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}, \"days\": {\"type\": \"integer\"}}, \"required\": [\"city\"]}}}\n{\"type\": \"function\", \"function\": {\"name\": \"stop\", \"parameters\": {}}}\n</tools>", prompt);
        Assert.EndsWith("<|im_start|>assistant\n" + BothCalls + "<|im_end|>\n<|im_start|>user\n<tool_response>\ndone\n</tool_response>\n<tool_response>\nsun\n</tool_response><|im_end|>\n<|im_start|>assistant\n", prompt);
    }

    [Fact]
    public async Task ACutCallEndsWithLength()
    {
        await using var server = await ApiServer.Start(Model(Weather).Served);
        var (_, body) = await server.Post(Route, $"{{{User},{Tools},\"max_tokens\":40}}");
        Assert.Contains("\"name\":\"weather\",\"arguments\":\"{", body);
        Assert.Contains("\"finish_reason\":\"length\"", body);
    }

    [Fact]
    public async Task AModelWithoutTheMarksSaysSo()
    {
        var plain = BpeTrainer.Train([], 262, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], null, 1);
        await using var server = await ApiServer.Start(Model("a").Served with { Tokenizer = plain, ChatFormat = new(plain) });
        var (status, body) = await server.Post(Route, $"{{{User},{Tools}}}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("has no marks for calls of tools", body);
    }
}
