// Tools of other servers in responses: listed, called, asked about; by models of the house and by third parties; what is refused, and what stays at home.

using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Maison.Api.Gateway;
using Maison.Api.Keys;
using Maison.Api.Mcp;
using Maison.Tests.Api.Gateway;
using OpenAI.Responses;

namespace Maison.Tests.Api.Mcp;

public sealed class McpLoopTests
{
    const string Route = "/v1/responses";

    static string Call(string tool, string text) => $"<tool_call>\n{{\"name\": \"desk__{tool}\", \"arguments\": {{\"text\": \"{text}\"}}}}\n</tool_call>";

    static string Tool(string more = ",\"require_approval\":\"never\"") => $$"""{"type":"mcp","server_label":"desk"{{more}}}""";

    static JsonNode Body(string json) => JsonNode.Parse(json)!;

    static List<JsonNode> Events(string body) => [.. Regex.Matches(body, "^data: (\\{.*\\})$", RegexOptions.Multiline).Select(m => Body(m.Groups[1].Value))];

    static Task<ApiServer> Serve(ScriptedModel model, McpStandIn? desk, Func<McpServerConfig, McpServerConfig>? change = null, params ProviderConfig[] providers)
    {
        var config = new McpServerConfig { Name = "desk", Url = desk?.Url ?? "http://127.0.0.1:9/mcp", ApiKeyVariable = "DESK_KEY", TimeoutSeconds = 2, Description = "Does things." };
        return ApiServer.Start(o => o with
        {
            Gateway = new() { McpServers = [change?.Invoke(config) ?? config], Providers = [.. providers] },
            Environment = name => name == "DESK_KEY" ? "desk-key" : null,
        }, model.Served);
    }

    static ScriptedModel Model(params string[] scripts) => new(scripts) { ContextLength = 4096 };

    static string Prompt(ScriptedModel model, int request) => ScriptedModel.Tokenizer.Decode(model.Requests[request].Prompt);

    [Fact]
    public async Task ToolsAreListedCalledAndAnsweredWith()
    {
        await using var desk = await McpStandIn.Start();
        var model = Model(Call("echo", "one"), "Hello world");
        await using var server = await Serve(model, desk);
        var (status, text) = await server.Post(Route, $$"""{"model":"test","input":"Hi","tools":[{{Tool()}}]}""");
        Assert.True(status == HttpStatusCode.OK, text);
        var response = Body(text);
        Assert.Equal(["mcp_list_tools", "mcp_call", "message"], response["output"]!.AsArray().Select(o => (string?)o!["type"]));
        Assert.Equal(["echo", "fail", "long", "silent"], response["output"]![0]!["tools"]!.AsArray().Select(t => (string?)t!["name"]));
        var call = response["output"]![1]!;
        Assert.Equal(("desk", "echo", "echo one", "completed", """{"text": "one"}"""), ((string?)call["server_label"], (string?)call["name"], (string?)call["output"], (string?)call["status"], (string?)call["arguments"]));
        Assert.Equal("Hello world", (string?)response["output"]![2]!["content"]![0]!["text"]);
        Assert.Contains("\"name\": \"desk__echo\"", Prompt(model, 0));
        Assert.EndsWith("<tool_response>\necho one\n</tool_response><|im_end|>\n<|im_start|>assistant\n", Prompt(model, 1));
        Assert.All(desk.Keys, k => Assert.Equal("Bearer desk-key", k));
        Assert.Equal(model.Requests.Sum(r => r.Prompt.Length), (int?)response["usage"]!["input_tokens"]);
        Assert.Equal("""[{"server_label":"desk","calls":1,"characters":14,"masked":{}}]""", response["usage"]!["maison"]!["tools"]!.ToJsonString());

        // It goes on without listing again, and can be read back.
        (_, text) = await server.Post(Route, $$"""{"model":"test","input":"And?","previous_response_id":"{{response["id"]}}","tools":[{{Tool()}}]}""");
        Assert.Equal("mcp_call", (string?)Body(text)["output"]![0]!["type"]);
        Assert.Contains("echo one", Prompt(model, 2));
        Assert.True(JsonNode.DeepEquals(response, Body((await server.Get($"{Route}/{response["id"]}")).Body)));
    }

    [Fact]
    public async Task TheOrderOfEvents()
    {
        await using var desk = await McpStandIn.Start();
        await using var server = await Serve(Model("<think>\nso\n</think>\n\nWait.\n" + Call("echo", "one") + "\n" + Call("fail", "two"), "Hello"), desk);
        var (_, text) = await server.Post(Route, $$"""{"model":"test","input":"Hi","stream":true,"tools":[{{Tool()}}]}""");
        var events = Events(text);
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => (int)e["sequence_number"]!));
        var order = new List<string>();
        foreach (var type in events.Select(e => (string)e["type"]!))
            if (order.LastOrDefault() != type) order.Add(type);
        Assert.Equal(
        [
            "response.created", "response.in_progress",
            "response.output_item.added", "response.mcp_list_tools.in_progress", "response.mcp_list_tools.completed", "response.output_item.done",
            "response.output_item.added", "response.content_part.added", "response.reasoning_text.delta", "response.reasoning_text.done", "response.content_part.done", "response.output_item.done",
            "response.output_item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.done", "response.content_part.done", "response.output_item.done",
            "response.output_item.added", "response.mcp_call_arguments.delta", "response.mcp_call_arguments.done", "response.output_item.added", "response.mcp_call_arguments.delta", "response.mcp_call_arguments.done",
            "response.mcp_call.in_progress", "response.mcp_call.completed", "response.output_item.done", "response.mcp_call.failed", "response.output_item.done",
            "response.output_item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed",
        ], order);
        var output = events[^1]["response"]!["output"]!.AsArray();
        foreach (var done in events.Where(e => (string?)e["type"] == "response.output_item.done")) Assert.True(JsonNode.DeepEquals(output[(int)done["output_index"]!], done["item"]));
        Assert.Equal("it broke", (string?)output[4]!["error"]);
        Assert.Single(events.Where(e => e["response"] is not null).Select(e => (string?)e["response"]!["id"]).Distinct());
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task ACallWaitsForApproval(bool approve)
    {
        await using var desk = await McpStandIn.Start();
        var model = Model(Call("echo", "one"), "Hello world");
        await using var server = await Serve(model, desk);
        var (_, text) = await server.Post(Route, $$"""{"model":"test","input":"Hi","tools":[{{Tool("")}}]}""");
        var first = Body(text);
        var asked = first["output"]![1]!;
        Assert.Equal(("mcp_approval_request", "echo", """{"text": "one"}"""), ((string?)asked["type"], (string?)asked["name"], (string?)asked["arguments"]));
        Assert.Empty(desk.Calls);
        (var status, text) = await server.Post(Route, $$"""{"model":"test","previous_response_id":"{{first["id"]}}","tools":[{{Tool("")}}],"input":[{"type":"mcp_approval_response","approval_request_id":"{{asked["id"]}}","approve":{{(approve ? "true" : "false")}}}]}""");
        Assert.True(status == HttpStatusCode.OK, text);
        var call = Body(text)["output"]![0]!;
        Assert.Equal((string?)asked["id"], (string?)call["approval_request_id"]);
        Assert.Equal(approve ? 1 : 0, desk.Calls.Count);
        Assert.Contains(approve ? "echo one" : "Error: The user did not approve this call.", Prompt(model, 1));
        Assert.Equal("Hello world", (string?)Body(text)["output"]![1]!["content"]![0]!["text"]);
    }

    [Theory]
    [InlineData("always", ",\"require_approval\":\"never\"", true)]
    [InlineData("never", "", false)]
    [InlineData(null, ",\"require_approval\":{\"never\":{\"tool_names\":[\"echo\"]}}", false)]
    [InlineData(null, ",\"require_approval\":{\"always\":{\"tool_names\":[\"fail\"]}}", false)]
    [InlineData(null, ",\"require_approval\":{\"always\":{\"tool_names\":[\"echo\"]}}", true)]
    public async Task WhatTheHouseAsksAboutIsAskedAbout(string? house, string request, bool asks)
    {
        await using var desk = await McpStandIn.Start();
        await using var server = await Serve(Model(Call("echo", "one"), "Hello"), desk, c => c with { RequireApproval = house });
        var (_, text) = await server.Post(Route, $$"""{"model":"test","input":"Hi","tools":[{{Tool(request)}}]}""");
        Assert.Equal(asks ? "mcp_approval_request" : "mcp_call", (string?)Body(text)["output"]![1]!["type"]);
    }

    [Fact]
    public async Task FailuresAreToldToTheModelAndLimitsHold()
    {
        await using var desk = await McpStandIn.Start();
        var model = Model(Call("long", "a"), Call("silent", "b"), Call("echo", "c"), "Hello");
        await using var server = await Serve(model, desk);
        var (_, text) = await server.Post(Route, $$"""{"model":"test","input":"Hi","max_tool_calls":3,"tools":[{{Tool()}}]}""");
        var output = Body(text)["output"]!.AsArray();
        Assert.Contains("200000 characters", (string?)output[1]!["error"]);
        Assert.Contains("did not answer in time", (string?)output[2]!["error"]);
        Assert.Equal("echo c", (string?)output[3]!["output"]);
        // Out of calls it may not call any more.
        Assert.False(model.Requests[3].Grammar!.Matches(ScriptedModel.Tokenizer.Encode(Call("echo", "d"), allowSpecial: true)));
        Assert.True(model.Requests[2].Grammar!.Matches(ScriptedModel.Tokenizer.Encode(Call("echo", "d"), allowSpecial: true)));
    }

    [Fact]
    public async Task AModelThatNeverStopsCallingIsMadeToAnswer()
    {
        await using var desk = await McpStandIn.Start();
        var model = Model(Call("echo", "on"));
        await using var server = await Serve(model, desk);
        var (status, text) = await server.Post(Route, $$"""{"model":"test","input":"Hi","tools":[{{Tool()}}]}""");
        Assert.True(status == HttpStatusCode.OK, text);
        Assert.Equal(17, model.Requests.Count);
        Assert.Equal(16, desk.Calls.Count);
    }

    [Fact]
    public async Task AFunctionOfTheCallerEndsTheRoundsAndToolsMayBeForced()
    {
        await using var desk = await McpStandIn.Start();
        var model = Model(Call("echo", "one") + "\n<tool_call>\n{\"name\": \"mine\", \"arguments\": {}}\n</tool_call>", Call("echo", "two"), "Hello");
        await using var server = await Serve(model, desk);
        var (_, text) = await server.Post(Route, $$"""{"model":"test","input":"Hi","tools":[{{Tool()}},{"type":"function","name":"mine"}]}""");
        Assert.Equal(["mcp_list_tools", "mcp_call", "function_call"], Body(text)["output"]!.AsArray().Select(o => (string?)o!["type"]));
        var last = Body(text)["output"]![2]!;
        (var status, text) = await server.Post(Route, $$"""{"model":"test","previous_response_id":"{{Body(text)["id"]}}","tool_choice":{"type":"mcp","server_label":"desk","name":"echo"},"tools":[{{Tool()}}],"input":[{"type":"function_call_output","call_id":"{{last["call_id"]}}","output":"done"}]}""");
        Assert.True(status == HttpStatusCode.OK, text);
        Assert.Equal(["mcp_call", "message"], Body(text)["output"]!.AsArray().Select(o => (string?)o!["type"]));
        Assert.False(model.Requests[1].Grammar!.Matches(ScriptedModel.Tokenizer.Encode("Hello")));
        Assert.True(model.Requests[2].Grammar!.Matches(ScriptedModel.Tokenizer.Encode("Hello")));
    }

    [Fact]
    public async Task ThirdPartiesUseThemTooAndPersonalDataStays()
    {
        await using var desk = await McpStandIn.Start();
        const string made = """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"desk__echo","arguments":"{\"text\":\"[EMAIL_1]\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";
        await using var other = await StandIn.Start(StandIn.Events(["data: " + made, "data: [DONE]"]), StandIn.Stream("Told [EMAIL_1]"));
        await using var server = await Serve(Model("a"), desk, null, new ProviderConfig { Name = "lab", Kind = "openai-compatible", BaseUrl = other.Url, Models = [new() { Id = "m", Prices = new() { Input = 1, Output = 2 } }] });
        var (status, text) = await server.Post(Route, $$"""{"model":"lab/m","input":"Write to a@b.org","tools":[{{Tool()}}]}""");
        Assert.True(status == HttpStatusCode.OK, text);
        var response = Body(text);
        Assert.Equal(("""{"text":"a@b.org"}""", "echo a@b.org", "Told a@b.org"), ((string?)response["output"]![1]!["arguments"], (string?)response["output"]![1]!["output"], (string?)response["output"]![2]!["content"]![0]!["text"]));
        Assert.Equal("""echo {"text":"[EMAIL_1]"}""", Assert.Single(desk.Calls));
        Assert.DoesNotContain("a@b.org", string.Concat(other.Asked.Select(a => a.ToJsonString())));
        Assert.Equal((40, """[{"server_label":"desk","calls":1,"characters":20,"masked":{"email":1}}]"""), ((int?)response["usage"]!["maison"]!["cost_micros"], response["usage"]!["maison"]!["tools"]!.ToJsonString()));
    }

    [Theory]
    [InlineData("\"server_label\":\"none\"", 400, "No server of tools is configured as 'none'. There are: desk.")]
    [InlineData("\"server_label\":\"x\",\"server_url\":\"file:///etc/passwd\"", 400, "'tools[0].server_url' must be an address")]
    [InlineData("\"server_label\":\"x\",\"server_url\":\"http://127.0.0.1:1/mcp\"", 424, "not on the open Internet")]
    [InlineData("\"server_label\":\"x\",\"server_url\":\"http://localhost:1/mcp\"", 424, "not on the open Internet")]
    [InlineData("\"server_label\":\"x\",\"server_url\":\"http://[::ffff:10.0.0.1]/mcp\"", 424, "not on the open Internet")]
    [InlineData("\"server_label\":\"x\",\"server_url\":\"https://example.com\",\"headers\":{\"Host\":\"x\"}", 400, "no header that can be sent")]
    [InlineData("\"server_label\":\"desk\",\"headers\":{\"a\":\"b\"}", 400, "configured with its own")]
    [InlineData("\"server_label\":\"desk\",\"allowed_tools\":[\"rm\"]", 400, "has no tool 'rm'")]
    [InlineData("\"server_label\":\"desk\",\"require_approval\":\"maybe\"", 400, "tools[0].require_approval")]
    [InlineData("\"server_label\":\"desk\",\"connector_id\":\"connector_gmail\"", 400, "connector_id")]
    [InlineData("\"server_label\":\"desk\",\"colour\":1", 400, "colour")]
    [InlineData("\"server_label\":\"a b\"", 400, "server_label")]
    public async Task WhatCanNotBeUsedIsRefusedByName(string fields, int expected, string message)
    {
        await using var desk = await McpStandIn.Start();
        var model = Model("Hello");
        await using var server = await Serve(model, desk);
        var (status, text) = await server.Post(Route, $$"""{"model":"test","input":"Hi","tools":[{"type":"mcp",{{fields}}}]}""");
        Assert.True((int)status == expected, $"{(int)status} {text}");
        Assert.Contains(message, (string?)Body(text)["error"]!["message"]);
        Assert.Empty(model.Requests);
    }

    [Fact]
    public async Task AServerThatIsDownIsNamedAndOtherProjectsAreShutOut()
    {
        await using var server = await Serve(Model("Hello"), null, c => c with { Projects = ["proj_other"] });
        var (status, text) = await server.Post(Route, $$"""{"model":"test","input":"Hi","tools":[{{Tool()}}]}""");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Equal("""{"data":[],"object":"list"}""", (await server.Get("/v1/mcp/servers")).Body);
        await using var second = await Serve(Model("Hello"), null);
        (status, text) = await second.Post(Route, $$"""{"model":"test","input":"Hi","tools":[{{Tool()}}]}""");
        Assert.Equal((424, "mcp_server_unavailable"), ((int)status, (string?)Body(text)["error"]!["code"]));
        Assert.Contains("\"name\":\"desk\"", (await second.Get("/v1/mcp/servers")).Body);
    }

    [Fact]
    public async Task AServerIsAddedOverTheApiWithASealedKey()
    {
        await using var desk = await McpStandIn.Start();
        await using var server = await ApiServer.Start(Model(Call("echo", "one"), "Hello").Served);
        var (status, body) = await server.Post("/v1/organization/mcp_servers", $$"""{"name":"desk","url":"{{desk.Url}}","api_key":"very-secret","require_approval":"never"}""");
        Assert.Equal((HttpStatusCode.OK, false), (status, body.Contains("very-secret")));
        Assert.Contains("echo one", (await server.Post(Route, $$"""{"model":"test","input":"Hi","tools":[{{Tool("")}}]}""")).Body);
        Assert.Equal("Bearer very-secret", desk.Keys[0]);
        Assert.DoesNotContain("very-secret", server.Store.Read(s => s.First("SELECT body || secret FROM mcp_servers", r => r.Text(0))));
        (status, body) = await server.Post("/v1/organization/mcp_servers", """{"name":"shell","command":"sh"}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("only taken from the gateway's file", body);
        Assert.Equal(HttpStatusCode.OK, (await server.Http.DeleteAsync("/v1/organization/mcp_servers/desk")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Post(Route, $$"""{"model":"test","input":"Hi","tools":[{{Tool("")}}]}""")).Status);
    }

    [Fact]
    public async Task AProgramIsSpokenToOverItsStreamsAndGetsNoOtherVariables()
    {
        using var folder = new TempFolder();
        var script = folder.File("tools.sh");
        await File.WriteAllTextAsync(script, """
            while read -r line; do
              id=$(printf '%s' "$line" | sed -n 's/.*"id":\([^,}]*\).*/\1/p')
              case "$line" in
                *'"initialize"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"sh","version":"1"}}}\n' "$id";;
                *'"tools/list"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[{"name":"env","inputSchema":{"type":"object"}}]}}\n' "$id";;
                *'"tools/call"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"given %s, other %s"}]}}\n' "$id" "$DESK_KEY" "$SECRET";;
                *'"id"'*) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"unknown"}}\n' "$id";;
              esac
            done
            """);
        var model = Model("<tool_call>\n{\"name\": \"desk__env\", \"arguments\": {}}\n</tool_call>", "Hello");
        Environment.SetEnvironmentVariable("SECRET", "house-secret");
        await using var server = await Serve(model, null, c => c with { Url = null, ApiKeyVariable = null, Command = "/bin/sh", Arguments = [script], Environment = ["DESK_KEY"] });
        for (var i = 0; i < 2; i++)
        {
            var (status, text) = await server.Post(Route, $$"""{"model":"test","input":"Hi","tools":[{{Tool()}}]}""");
            Assert.True(status == HttpStatusCode.OK, text);
            Assert.Equal("given desk-key, other ", (string?)Body(text)["output"]![1]!["output"]);
            Assert.Null(Body(text)["usage"]!["maison"]);
        }
        Environment.SetEnvironmentVariable("SECRET", null);
    }

    [Fact]
    public async Task NoSecretOfARequestIsShownAgain()
    {
        await using var desk = await McpStandIn.Start();
        await using var server = await ApiServer.Start(o => o with { McpHub = new McpHub(_ => null) { Allowed = _ => true } }, Model(Call("echo", "one"), "Hello").Served);
        var (status, text) = await server.Post(Route, $$"""{"model":"test","input":"Hi","tools":[{"type":"mcp","server_label":"desk","server_url":"{{desk.Url}}","authorization":"tok-123","headers":{"x-more":"hidden-456"},"require_approval":"never"}]}""");
        Assert.True(status == HttpStatusCode.OK, text);
        Assert.Equal("Bearer tok-123", desk.Keys[0]);
        Assert.DoesNotContain("tok-123", text);
        Assert.DoesNotContain("hidden-456", text);
        Assert.Contains("\"server_url\"", text);
    }

    [Fact]
    public async Task BudgetsAndErrorsOfARoundReachTheCaller()
    {
        await using var desk = await McpStandIn.Start();
        await using var server = await Serve(Model("Hello"), desk);
        var (_, value) = new KeyStore(server.Store).Create(new() { Name = "k", Limits = new(RequestsPerMinute: 1) }, "t");
        using var http = server.With(value);
        var ask = $$"""{"model":"test","input":"Hi","tools":[{{Tool()}}]}""";
        await http.PostAsync(Route, new StringContent(ask, Encoding.UTF8, "application/json"));
        using var refused = await http.PostAsync(Route, new StringContent(ask, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.True(refused.Headers.Contains("retry-after"));
        var (status, text) = await server.Post(Route, ask.Replace("\"Hi\"", "[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"x\"}]}]"));
        Assert.Equal((HttpStatusCode.BadRequest, "input[0].content[0].type"), (status, (string?)Body(text)["error"]!["param"]));
        (status, text) = await server.Post(Route, """{"model":"test","input":[{"type":"mcp_approval_response","approval_request_id":"mcpr_x","approve":true}]}""");
        Assert.Equal((HttpStatusCode.BadRequest, "input[0].approval_request_id"), (status, (string?)Body(text)["error"]!["param"]));
    }

#pragma warning disable OPENAI001 // The client calls its responses experimental.
    [Fact]
    public async Task TheOfficialClientReadsIt()
    {
        await using var desk = await McpStandIn.Start();
        await using var server = await Serve(Model(Call("echo", "one"), "Hello world"), desk, c => c with { RequireApproval = "never" });
        var client = new ResponsesClient(new System.ClientModel.ApiKeyCredential(ApiServer.Key), new ResponsesClientOptions { Endpoint = new(server.Url, "/v1") });
        var asked = JsonSerializer.Deserialize<JsonElement>($$"""{"model":"test","input":"Hi","tools":[{{Tool()}}]}""");
        var whole = ModelReaderOf(await client.CreateResponseAsync(System.ClientModel.BinaryContent.Create(BinaryData.FromString(asked.GetRawText())), null));
        Assert.Equal("Hello world", whole.GetOutputText());
        Assert.Equal(4, Assert.IsType<McpToolDefinitionListItem>(whole.OutputItems[0]).ToolDefinitions.Count);
        var call = Assert.IsType<McpToolCallItem>(whole.OutputItems[1]);
        Assert.Equal(("echo", "echo one"), (call.ToolName, call.ToolOutput));
    }

    static ResponseResult ModelReaderOf(System.ClientModel.ClientResult result) => System.ClientModel.Primitives.ModelReaderWriter.Read<ResponseResult>(result.GetRawResponse().Content)!;
#pragma warning restore OPENAI001
}
