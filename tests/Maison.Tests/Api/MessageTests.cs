// POST /v1/messages: verbatim whole and streamed, conversations of blocks, tools, and errors in Anthropic's shape.

using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Maison.Tests.Api;

public sealed class MessageTests
{
    const string Route = "/v1/messages";
    const string Head = "\"model\":\"test\",\"max_tokens\":100";
    const string User = Head + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
    const string Tools = "\"tools\":[{\"name\":\"stop\",\"description\":\"Stops\",\"input_schema\":{\"type\":\"object\",\"properties\":{\"hard\":{\"type\":\"boolean\"}}}}]";
    const string Call = "<tool_call>\n{\"name\": \"stop\", \"arguments\": {\"hard\": true}}\n</tool_call>";

    static string Fixed(string body) => Regex.Replace(body, "(msg|toolu)_[0-9a-f]{24,32}", "$1_X");

    static ScriptedModel Model(params string[] scripts) => new(scripts) { ContextLength = 2048 };

    static string Prompt(ScriptedModel model) => ScriptedModel.Tokenizer.Decode(model.Requests[0].Prompt);

    [Fact]
    public async Task WholeVerbatim()
    {
        await using var server = await ApiServer.Start(Model("<think>\nso\n</think>\n\nHello\n" + Call).Served);
        var (status, body) = await server.Post(Route, $"{{{User},{Tools},\"thinking\":{{\"type\":\"adaptive\"}}}}");
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Matches(
            "^" + Regex.Escape("""{"id":"msg_X","type":"message","role":"assistant","model":"test","content":[{"type":"thinking","thinking":"so","signature":""},{"type":"text","text":"Hello"},{"type":"tool_use","id":"toolu_X","name":"stop","input":{"hard":true}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":""")
            + "\\d+,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":2,\"output_tokens\":\\d+\\}\\}$",
            Fixed(body));
    }

    [Fact]
    public async Task StreamVerbatim()
    {
        await using var server = await ScriptedModel.Serve("Hello world");
        var (_, body) = await server.Post(Route, $"{{{User},\"stream\":true}}");
        Assert.Equal(
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_X\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"test\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":25,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":0}}}\n\n" +
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n" +
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n" +
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" world\"}}\n\n" +
            "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n" +
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"input_tokens\":23,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":2,\"output_tokens\":3}}\n\n" +
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            Fixed(body));
    }

    [Fact]
    public async Task StreamedCallsAreBlocksOfJson()
    {
        await using var server = await ApiServer.Start(Model(Call + "\n" + Call).Served);
        var (_, body) = await server.Post(Route, $"{{{User},{Tools},\"stream\":true}}");
        var events = Regex.Matches(body, "^data: (.*)$", RegexOptions.Multiline).Select(m => JsonDocument.Parse(m.Groups[1].Value).RootElement).ToList();
        foreach (var index in new[] { 0, 1 })
        {
            var own = events.Where(e => e.TryGetProperty("index", out var i) && i.GetInt32() == index).ToList();
            Assert.Equal("tool_use", own[0].GetProperty("content_block").GetProperty("type").GetString());
            Assert.Equal("{}", own[0].GetProperty("content_block").GetProperty("input").GetRawText());
            Assert.Equal("{\"hard\": true}", string.Concat(own[1..^1].Select(e => e.GetProperty("delta").GetProperty("partial_json").GetString())));
        }
        Assert.Contains("\"stop_reason\":\"tool_use\"", body);
    }

    [Fact]
    public async Task ConversationsOfBlocks()
    {
        var model = Model("a");
        await using var server = await ApiServer.Start(model.Served);
        var (status, body) = await server.Post(Route, """
            {HEAD,TOOLS,"system":[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral"}}],"thinking":{"type":"enabled"},"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]},
             {"role":"assistant","content":[{"type":"thinking","thinking":"so","signature":""},{"type":"text","text":"Yes."},{"type":"tool_use","id":"t1","name":"stop","input":{"hard": false}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"no"}]},{"type":"text","text":"And?"}]}]}
            """.Replace("HEAD", Head).Replace("TOOLS", Tools));
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Contains("<|im_start|>system\nBe kind.\n\n# Tools", Prompt(model));
        Assert.EndsWith("<|im_start|>assistant\nYes.\n<tool_call>\n{\"name\": \"stop\", \"arguments\": {\"hard\": false}}\n</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\nError: no\n</tool_response><|im_end|>\n<|im_start|>user\nAnd?<|im_end|>\n<|im_start|>assistant\n", Prompt(model));
    }

    [Fact]
    public async Task StopsLimitsPrefillAndCount()
    {
        var model = Model("Hello world", "Hello", " world");
        await using var server = await ApiServer.Start(model.Served);
        Assert.Contains("\"stop_reason\":\"stop_sequence\",\"stop_sequence\":\"wor\"", (await server.Post(Route, $"{{{User},\"stop_sequences\":[\"wor\"]}}")).Body);
        Assert.Contains("\"stop_reason\":\"max_tokens\"", (await server.Post(Route, $"{{{User.Replace("100", "1")}}}")).Body);
        await server.Post(Route, $"{{{Head},\"messages\":[{{\"role\":\"user\",\"content\":\"Hi\"}},{{\"role\":\"assistant\",\"content\":\"Hello\"}}]}}");
        Assert.EndsWith("<|im_start|>assistant\nHello", ScriptedModel.Tokenizer.Decode(model.Requests[2].Prompt));
        Assert.Equal("{\"input_tokens\":25}", (await server.Post(Route + "/count_tokens", "{\"model\":\"test\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}")).Body);
    }

    [Theory]
    [InlineData("auto", true, false)]
    [InlineData("any", true, true)]
    [InlineData("none", false, false)]
    [InlineData("tool\",\"name\":\"stop", true, true)]
    public async Task ToolChoiceIsObeyed(string choice, bool calls, bool only)
    {
        var model = Model("a");
        await using var server = await ApiServer.Start(model.Served);
        var (status, body) = await server.Post(Route, $"{{{User},{Tools},\"tool_choice\":{{\"type\":\"{choice}\"}}}}");
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Equal(calls, model.Requests[0].Grammar!.Matches(ScriptedModel.Tokenizer.Encode(Call, allowSpecial: true)));
        Assert.Equal(!only, model.Requests[0].Grammar!.Matches(ScriptedModel.Tokenizer.Encode("Hello")));
    }

    [Theory]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"model\":\"test\"", "'max_tokens' is missing")]
    [InlineData(User + ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}", "'thinking.budget_tokens' is not supported")]
    [InlineData(User + ",\"mcp_servers\":[{}]", "'mcp_servers' is not supported")]
    [InlineData(User + ",\"tools\":[{\"type\":\"bash_20250124\",\"name\":\"bash\"}]", "runs no tools of its own")]
    [InlineData(User + ",\"temprature\":1", "Unknown parameter 'temprature'")]
    [InlineData(Head + ",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{}}]}]", "'messages[0].content[0].type' is 'image'")]
    [InlineData(Head + ",\"messages\":[{\"role\":\"system\",\"content\":\"a\"}]", "A system text goes into 'system'")]
    [InlineData(Head + ",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"x\"}]}]", "made no such call")]
    public async Task RefusalsHaveAnthropicsShape(string fields, string message)
    {
        await using var server = await ScriptedModel.Serve("a");
        var (status, body) = await server.Post(Route, $"{{{fields}}}");
        Assert.True(status == HttpStatusCode.BadRequest, body);
        Assert.StartsWith("{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"", body);
        Assert.Contains(message, body);
    }

    [Fact]
    public async Task KeysAndModels()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        server.Http.DefaultRequestHeaders.Remove("Authorization");
        var (status, body) = await server.Post(Route, $"{{{User}}}");
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains("\"type\":\"authentication_error\"", body);
        server.Http.DefaultRequestHeaders.Add("x-api-key", ApiServer.Key);
        Assert.Equal(HttpStatusCode.OK, (await server.Post(Route, $"{{{User}}}")).Status);
        (status, body) = await server.Post(Route, $"{{{User.Replace("test", "claude")}}}");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("\"type\":\"not_found_error\"", body);
    }
}
