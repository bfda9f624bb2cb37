// POST /v1/responses: verbatim whole and streamed, the order of events, calls and their results, conversations that go on by id.

using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Maison.Tests.Api;

public sealed class ResponseTests
{
    const string Route = "/v1/responses";
    const string Tool = """{"type":"function","name":"stop","parameters":{"type":"object","properties":{"hard":{"type":"boolean"}},"required":["hard"]},"strict":true}""";
    const string Call = "<tool_call>\n{\"name\": \"stop\", \"arguments\": {\"hard\": true}}\n</tool_call>";

    static string Fixed(string body) => Regex.Replace(Regex.Replace(body, "(resp|msg|rs|fc|call)_[0-9a-f]{24,32}", "$1_X"), "\"created_at\":\\d{10}", "\"created_at\":0");

    static string Prompt(ScriptedModel model, int request = 0) => ScriptedModel.Tokenizer.Decode(model.Requests[request].Prompt);

    static List<(string Name, JsonElement Data)> Events(string body)
        => [.. Regex.Matches(body, "^event: (.*)\ndata: (\\{.*\\})$", RegexOptions.Multiline).Select(m => (m.Groups[1].Value, JsonDocument.Parse(m.Groups[2].Value).RootElement))];

    static ScriptedModel Model(params string[] scripts) => new(scripts) { ContextLength = 2048 };

    [Fact]
    public async Task WholeVerbatim()
    {
        await using var server = await ScriptedModel.Serve("<think>\nso\n</think>\n\nHello");
        var (status, body) = await server.Post(Route, """{"model":"test","input":"Hi","instructions":"Be brief.","metadata":{"a":"b"},"temperature":0.5}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """{"id":"resp_X","object":"response","created_at":0,"status":"completed","background":false,"error":null,"incomplete_details":null,"instructions":"Be brief.","max_output_tokens":null,"model":"test","output":[{"id":"rs_X","type":"reasoning","status":"completed","summary":[],"content":[{"type":"reasoning_text","text":"so"}]},{"id":"msg_X","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hello","annotations":[],"logprobs":[]}]}],"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},"store":true,"temperature":0.5,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_logprobs":0,"top_p":1,"truncation":"disabled","usage":{"input_tokens":38,"input_tokens_details":{"cached_tokens":2},"output_tokens":10,"output_tokens_details":{"reasoning_tokens":6},"total_tokens":48},"user":null,"metadata":{"a":"b"}}""",
            Fixed(body));
    }

    [Fact]
    public async Task TheOrderOfEvents()
    {
        await using var server = await ApiServer.Start(Model("<think>\nso\n</think>\n\nHello world\n" + Call).Served);
        var (_, body) = await server.Post(Route, $$"""{"model":"test","input":"Hi","stream":true,"tools":[{{Tool}}]}""");
        var events = Events(body);
        Assert.Equal(events.Select(e => e.Name), events.Select(e => e.Data.GetProperty("type").GetString()));
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => e.Data.GetProperty("sequence_number").GetInt32()));
        var order = new List<string>();
        foreach (var (name, _) in events)
            if (order.LastOrDefault() != name) order.Add(name);
        Assert.Equal(
        [
            "response.created", "response.in_progress",
            "response.output_item.added", "response.content_part.added", "response.reasoning_text.delta", "response.reasoning_text.done", "response.content_part.done", "response.output_item.done",
            "response.output_item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.done", "response.content_part.done", "response.output_item.done",
            "response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done",
            "response.completed",
        ], order);
        Assert.Equal("Hello world", string.Concat(events.Where(e => e.Name == "response.output_text.delta").Select(e => e.Data.GetProperty("delta").GetString())));
        Assert.Equal("{\"hard\": true}", string.Concat(events.Where(e => e.Name == "response.function_call_arguments.delta").Select(e => e.Data.GetProperty("delta").GetString())));
        var output = events[^1].Data.GetProperty("response").GetProperty("output");
        Assert.Equal(output.EnumerateArray().Select(o => o.GetRawText()), events.Where(e => e.Name == "response.output_item.done").Select(e => e.Data.GetProperty("item").GetRawText()));
        Assert.DoesNotContain("[DONE]", body);
    }

    [Fact]
    public async Task TheFirstEventsVerbatim()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var (_, body) = await server.Post(Route, """{"model":"test","input":"Hi","stream":true,"store":false}""");
        var lines = Fixed(body).Split("\n\n");
        Assert.Equal("event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"msg_X\",\"type\":\"message\",\"status\":\"in_progress\",\"role\":\"assistant\",\"content\":[]}}", lines[2]);
        Assert.Equal("event: response.content_part.added\ndata: {\"type\":\"response.content_part.added\",\"sequence_number\":3,\"item_id\":\"msg_X\",\"output_index\":0,\"content_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"\",\"annotations\":[],\"logprobs\":[]}}", lines[3]);
        Assert.Equal("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":4,\"item_id\":\"msg_X\",\"output_index\":0,\"content_index\":0,\"delta\":\"Hello\",\"logprobs\":[]}", lines[4]);
        Assert.Equal("event: response.output_text.done\ndata: {\"type\":\"response.output_text.done\",\"sequence_number\":5,\"item_id\":\"msg_X\",\"output_index\":0,\"content_index\":0,\"text\":\"Hello\",\"logprobs\":[]}", lines[5]);
    }

    [Fact]
    public async Task AConversationGoesOnByIdAndCanBeForgotten()
    {
        var model = Model("<think>\nso\n</think>\n\n" + Call, "Hello", "again");
        await using var server = await ApiServer.Start(model.Served);
        string Id(string body) => JsonDocument.Parse(body).RootElement.GetProperty("id").GetString()!;
        var (_, first) = await server.Post(Route, $$"""{"model":"test","input":"Hi","instructions":"One.","tools":[{{Tool}}]}""");
        var call = JsonDocument.Parse(first).RootElement.GetProperty("output")[1].GetProperty("call_id").GetString();
        var (status, second) = await server.Post(Route, $$"""{"model":"test","previous_response_id":"{{Id(first)}}","input":[{"type":"function_call_output","call_id":"{{call}}","output":"done"}]}""");
        Assert.True(status == HttpStatusCode.OK, second);
        Assert.Equal("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\nso\n</think>\n\n" + Call + "<|im_end|>\n<|im_start|>user\n<tool_response>\ndone\n</tool_response><|im_end|>\n<|im_start|>assistant\n", Prompt(model, 1));
        var (_, third) = await server.Post(Route, $$"""{"model":"test","previous_response_id":"{{Id(second)}}","input":"And?","store":false}""");
        Assert.EndsWith("<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nAnd?<|im_end|>\n<|im_start|>assistant\n", Prompt(model, 2));
        Assert.Equal(second, (await server.Get($"{Route}/{Id(second)}")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get($"{Route}/{Id(third)}")).Status);
        using var deleted = await server.Http.DeleteAsync($"{Route}/{Id(second)}");
        Assert.Equal($$"""{"id":"{{Id(second)}}","object":"response","deleted":true}""", await deleted.Content.ReadAsStringAsync());
        (status, var gone) = await server.Post(Route, $$"""{"model":"test","previous_response_id":"{{Id(second)}}","input":"And?"}""");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("\"param\":\"previous_response_id\",\"code\":\"response_not_found\"", gone);
    }

    [Fact]
    public async Task ItemsAreOneConversation()
    {
        var model = Model("a");
        await using var server = await ApiServer.Start(model.Served);
        var (status, body) = await server.Post(Route, """
            {"model":"test","input":[{"role":"developer","content":"Be kind."},{"role":"user","content":[{"type":"input_text","text":"Hi"}]},
             {"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"so"}]},
             {"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Yes.","annotations":[],"logprobs":[]}]},
             {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{}","status":"completed"},{"type":"function_call","call_id":"c2","name":"g","arguments":"{\"a\":1}"},
             {"type":"function_call_output","call_id":"c1","output":"1"},{"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"2"}]}]}
            """);
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Equal(
            "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\nso\n</think>\n\nYes.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>\n<tool_call>\n{\"name\": \"g\", \"arguments\": {\"a\":1}}\n</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\n1\n</tool_response>\n<tool_response>\n2\n</tool_response><|im_end|>\n<|im_start|>assistant\n",
            Prompt(model));
    }

    [Fact]
    public async Task ALimitMakesItIncompleteAndLogprobsAreIncluded()
    {
        await using var server = await ScriptedModel.Serve("Hello world");
        var (_, body) = await server.Post(Route, """{"model":"test","input":"Hi","max_output_tokens":1,"include":["message.output_text.logprobs"],"top_logprobs":1}""");
        Assert.Contains("\"status\":\"incomplete\",\"background\":false,\"error\":null,\"incomplete_details\":{\"reason\":\"max_output_tokens\"}", body);
        Assert.Contains("\"logprobs\":[{\"token\":\"Hello\",\"logprob\":-0.25,", body);
        (_, body) = await server.Post(Route, """{"model":"test","input":"Hi","max_output_tokens":1,"stream":true}""");
        Assert.Equal("response.incomplete", Events(body)[^1].Name);
    }

    [Fact]
    public async Task FormsAreEnforcedHereToo()
    {
        var model = Model("a");
        await using var server = await ApiServer.Start(model.Served);
        var (status, body) = await server.Post(Route, """{"model":"test","input":"Hi","text":{"format":{"type":"json_schema","name":"n","schema":{"const":5},"strict":true}}}""");
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.True(model.Requests[0].Grammar!.Matches(ScriptedModel.Tokenizer.Encode("5")));
        Assert.False(model.Requests[0].Grammar!.Matches(ScriptedModel.Tokenizer.Encode("6")));
        Assert.Contains("\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\",\"schema\":{\"const\":5},\"strict\":true}}", body);
    }

    [Theory]
    [InlineData("\"background\":true", "background", "unsupported_parameter")]
    [InlineData("\"truncation\":\"auto\"", "truncation", "unsupported_parameter")]
    [InlineData("\"conversation\":\"c\"", "conversation", "unsupported_parameter")]
    [InlineData("\"tools\":[{\"type\":\"web_search\"}]", "tools[0].type", "unsupported_parameter")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "tools[0].function", "invalid_value")]
    [InlineData("\"include\":[\"reasoning.encrypted_content\"]", "include", "unsupported_parameter")]
    [InlineData("\"reasoning\":{\"effort\":\"high\"}", "reasoning.effort", "unsupported_parameter")]
    [InlineData("\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\"}}", "text.format.schema", "missing_parameter")]
    [InlineData("\"text\":{\"verbosity\":\"low\"}", "text.verbosity", "unsupported_parameter")]
    [InlineData("\"input\":[{\"type\":\"item_reference\",\"id\":\"x\"}]", "input[0].type", "unsupported_parameter")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"x\"}]}]", "input[0].content[0].type", "unsupported_parameter")]
    [InlineData("\"input\":[{\"type\":\"function_call_output\",\"call_id\":\"x\",\"output\":\"y\"}]", "input[0].call_id", "invalid_value")]
    [InlineData("\"max_output_tokens\":9999", "input", "context_length_exceeded")]
    [InlineData("\"n\":2", "n", "unknown_parameter")]
    public async Task WhatIsNotObeyedIsRefusedByName(string fields, string param, string code)
    {
        await using var server = await ScriptedModel.Serve("a");
        var (status, body) = await server.Post(Route, $$"""{"model":"test",{{(fields.StartsWith("\"input\"", StringComparison.Ordinal) ? "" : "\"input\":\"Hi\",")}}{{fields}}}""");
        Assert.True(status == HttpStatusCode.BadRequest, body);
        Assert.Contains($"\"param\":\"{param}\",\"code\":\"{code}\"", body);
    }

    [Fact]
    public async Task AFailureEndsTheStreamAsAnEvent()
    {
        await using var server = await ScriptedModel.Serve("Hello" + ScriptedModel.Failure);
        var (_, body) = await server.Post(Route, """{"model":"test","input":"Hi","stream":true}""");
        Assert.Equal("error", Events(body)[^1].Name);
        Assert.Equal("internal_error", Events(body)[^1].Data.GetProperty("code").GetString());
    }
}
