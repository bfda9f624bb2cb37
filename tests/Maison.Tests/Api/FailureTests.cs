// What happens when things end badly: a client that leaves, a model that fails before or within a stream, a server that stops,
// bodies that are too large or come in an encoding that nobody asked for. The server stays up through all of it.

using System.Net;
using System.Text;
using Maison.Inference;

namespace Maison.Tests.Api;

public sealed class FailureTests
{
    const string Route = "/v1/chat/completions";
    const string Whole = """{"model":"test","messages":[{"role":"user","content":"Hello"}]}""";
    const string Streamed = """{"model":"test","messages":[{"role":"user","content":"Hello"}],"n":2,"stream":true}""";

    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(Streamed)]
    [InlineData(Whole)]
    public async Task AClientThatLeavesFreesItsSlots(string json)
    {
        var model = new ScriptedModel("Hello world" + ScriptedModel.Endless);
        await using var server = await ApiServer.Start(model.Served);
        using var leave = new CancellationTokenSource();
        var request = new HttpRequestMessage(HttpMethod.Post, Route) { Content = new StringContent(json) };
        var answer = server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave.Token);
        if (json == Streamed)
        {
            var reader = new StreamReader(await (await answer).Content.ReadAsStreamAsync());
            Assert.StartsWith("data: {", await reader.ReadLineAsync());
            (await answer).Dispose();
        }
        else
        {
            while (model.Requests.Count == 0) await Task.Delay(5);
            await leave.CancelAsync();
        }
        await model.Released.WaitAsync(Limit);
        await WaitFor(async () => (await server.Get("/metrics")).Body.Contains("maison_http_requests_total{route=\"/v1/chat/completions\",status=\"499\"} 1\n"));
        Assert.Equal("", server.Log.ToString());
    }

    [Fact]
    public async Task AFailureBeforeTheFirstTokenHasItsStatusAndIsLogged()
    {
        await using var server = await ScriptedModel.Serve("" + ScriptedModel.Failure);
        using var answer = await server.Http.PostAsync(Route, new StringContent(Streamed));
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        var id = answer.Headers.GetValues("x-request-id").Single();
        Assert.Equal(
            $$$"""{"error":{"message":"The server failed on this request; its log tells why under {{{id}}}.","type":"server_error","param":null,"code":"internal_error"}}""",
            await answer.Content.ReadAsStringAsync());
        Assert.Contains($"{id} POST {Route}: System.InvalidOperationException: the script fails here", server.Log.ToString());
        Assert.Equal(HttpStatusCode.OK, (await server.Get("/health")).Status);
    }

    [Theory]
    [InlineData("/v1/completions", """{"model":"test","prompt":"Hello","stream":true}""", "prompt")]
    [InlineData(Route, Streamed, "messages")]
    public async Task AnOverflowThatOnlyTheSchedulerSeesIsTheCallersToo(string route, string json, string param)
    {
        var model = new ScriptedModel("a").Served with { Generate = (_, _) => throw new ContextOverflowException(5, 6, 7) };
        await using var server = await ApiServer.Start(model);
        var (status, body) = await server.Post(route, json);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("The prompt has 5 tokens and 6 more were asked for, but the context holds 7.", body);
        Assert.Contains($"\"param\":\"{param}\",\"code\":\"context_length_exceeded\"", body);
        Assert.Equal("", server.Log.ToString());
    }

    [Fact]
    public async Task AFailureWithinAStreamIsItsLastEvent()
    {
        var model = new ScriptedModel("Hello" + ScriptedModel.Failure);
        await using var server = await ApiServer.Start(model.Served);
        var (status, body) = await server.Post(Route, Streamed);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\"content\":\"Hello\"", body);
        var last = body.TrimEnd('\n').Split("\n\n")[^1];
        Assert.StartsWith("event: error\ndata: {\"error\":{\"message\":\"The server failed on this request", last);
        Assert.DoesNotContain("[DONE]", body);
        await model.Released.WaitAsync(Limit);
    }

    [Fact]
    public async Task AServerThatStopsEndsOpenStreamsWithAnError()
    {
        var model = new ScriptedModel("Hello" + ScriptedModel.Endless);
        await using var server = await ApiServer.Start(model.Served);
        using var answer = await server.Http.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, Route) { Content = new StringContent(Streamed) }, HttpCompletionOption.ResponseHeadersRead);
        await server.Stop().WaitAsync(Limit);
        Assert.EndsWith("\"code\":\"stopping\"}}\n\n", await answer.Content.ReadAsStringAsync());
        await model.Released.WaitAsync(Limit);
    }

    [Fact]
    public async Task ABodyThatIsTooLargeIsRefusedKnownInAdvanceOrNot()
    {
        await using var server = await ApiServer.Start(options => options with { MaxBodyBytes = 1000 }, new ScriptedModel("a").Served);
        foreach (var chunked in new[] { false, true })
        {
            var request = new HttpRequestMessage(HttpMethod.Post, Route) { Content = new StringContent(new string(' ', 2000)) };
            request.Headers.TransferEncodingChunked = chunked;
            using var answer = await server.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
            Assert.Equal(
                """{"error":{"message":"The body is larger than this server takes. Send fewer or shorter messages.","type":"invalid_request_error","param":null,"code":"body_too_large"}}""",
                await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task ATruncatedOrCompressedBodyIsRefused()
    {
        await using var server = await ScriptedModel.Serve("a");
        var (status, body) = await server.Post(Route, Whole[..^5]);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("The body is not valid JSON at line 1, byte ", body);
        Assert.Contains("\"code\":\"invalid_json\"", body);
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Whole));
        content.Headers.ContentEncoding.Add("gzip");
        using var answer = await server.Http.PostAsync(Route, content);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Fact]
    public async Task TimeToFirstTokenAndTokensAreMeasured()
    {
        await using var server = await ScriptedModel.Serve("Hello world");
        await server.Post(Route, Whole);
        await server.Post(Route, Streamed);
        var (_, text) = await server.Get("/metrics");
        Assert.Contains("maison_time_to_first_token_seconds_count 2\n", text);
        Assert.Contains("maison_tokens_per_second 0.9\n", text);
        Assert.Contains("maison_http_requests_total{route=\"/v1/chat/completions\",status=\"200\"} 2\n", text);
    }

    static async Task WaitFor(Func<Task<bool>> condition)
    {
        var deadline = DateTime.UtcNow + Limit;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < deadline, "The condition did not come true in time.");
            await Task.Delay(10);
        }
    }
}
