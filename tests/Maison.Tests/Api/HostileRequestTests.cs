// Ten thousand requests as nobody's client sends them, byte by byte over sockets: wrong types, deep nesting, huge fields, broken UTF-8, tricks
// with headers and paths. None may end in a failure of the server, and no key may show up anywhere.

using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit.Sdk;

namespace Maison.Tests.Api;

public sealed class HostileRequestTests
{
    const int Requests = 10_000, AtOnce = 8, Deep = 5000, LongHeader = 40_000, LongBody = 300_000;

    static readonly string[] Posts = ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens", "/v1/embeddings", "/v1/audio/speech", "/v1/images/generations", "/v1/images/edits", "/v1/files", "/v1/batches", "/v1/conversations", "/v1/organization/api_keys", "/v1/organization/providers", "/v1/arena/battles", "/v1/briefings", "/mcp", "/assistant"];
    static readonly string[] Gets = ["/v1/models", "/v1/models/test", "/v1/audio/voices", "/v1/files", "/v1/batches", "/v1/conversations", "/v1/organization/usage", "/v1/organization/costs", "/v1/organization/audit_logs", "/v1/arena/board", "/v1/briefings", "/conformance", "/metrics", "/health", "/ready", "/", "/assistant", "/images", "/voice", "/models"];
    static readonly string[] Tricks = ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//v1//models", "/v1/models/%00", "/v1/models/%ff%fe", "/v1/files/../keys", "/v1/files/%2fetc%2fpasswd/content", "/assets/../appsettings.json", "/v1/models/" + new string('a', 3000), "/v1/models?x=" + new string('y', 4000), "/\u00e9", "*", "http://evil.example/v1/models", "/v1/organization/usage?start_time=-99999999999999999999&limit=1e9", "/v1/files?after=%27%20OR%201=1--", "/v1/conversations?limit=2147483648"];
    static readonly string[] Values = ["null", "true", "-1", "1e400", "99999999999999999999", "\"\"", "\"\\ud800\"", "[]", "{}", "[null]", "{\"\":{}}", "\"\\u0000\"", "\"' OR 1=1 --\"", "\"<script>alert(1)</script>\"", "NaN", "\"../../../etc/passwd\""];
    static readonly string[] Fields = ["model", "messages", "input", "prompt", "n", "stream", "tools", "tool_choice", "response_format", "max_tokens", "voice", "size", "seed", "metadata", "purpose", "endpoint", "completion_window", "name", "scope", "limits", "modality", "sources", "jsonrpc", "method", "params", "id"];
    static readonly string[] Headers = ["Content-Length: -1", "Content-Length: 5\r\nContent-Length: 7", "Transfer-Encoding: chunked\r\nContent-Length: 3", "Transfer-Encoding: nonsense", "Expect: 100-continue", "Accept: " + new string('a', LongHeader), "X: \u0001\u0002", "Host: evil.example", "Content-Type: text/xml", "Content-Type: multipart/form-data; boundary=", "Content-Type: application/json; charset=utf-7", "Range: bytes=9999999-1", "Cookie: maison=" + new string('z', 2000), "Upgrade: websocket\r\nConnection: Upgrade", "Content-Encoding: gzip", "Last-Event-ID: -1"];

    [Fact]
    public async Task NoneFailsTheServerAndNoKeyIsTold()
    {
        await using var server = await ApiServer.Start(new ScriptedModel("Hello world") { ContextLength = 4096 }.Served with { Embed = (_, _) => Task.FromResult(new float[4]), EmbeddingSize = 4 }, new SpeechTests.ScriptedVoice().Served, new ImageGenerationTests.ScriptedPainter().Served);
        var next = -1;
        var wrong = new List<string>();
        var statuses = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < Requests;)
            {
                var (bytes, unfinished) = Request(new Random(i));
                var answer = await Send(server.Url, bytes, unfinished);
                statuses.AddOrUpdate(answer.Length > 12 ? answer[9..12] : "none", 1, (_, count) => count + 1);
                if (answer.StartsWith("HTTP/1.1 500", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 502", StringComparison.Ordinal) || answer.Contains(ApiServer.Key, StringComparison.Ordinal))
                    lock (wrong) wrong.Add($"{i}: {Encoding.Latin1.GetString(bytes, 0, Math.Min(300, bytes.Length))}\n{answer[..Math.Min(300, answer.Length)]}");
            }
        })));
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {Requests}:\n{string.Join("\n---\n", wrong.Take(5))}\n{server.Log}");
        // They got as far as they should: some were answered, most were refused, each for its own reason.
        foreach (var status in (string[])["200", "400", "401", "404", "405"]) Assert.True(statuses.GetValueOrDefault(status) > 20, string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Key}: {s.Value}")));
        Assert.True(statuses.GetValueOrDefault("none") < Requests / 10, string.Join(", ", statuses));
        Assert.DoesNotContain(ApiServer.Key, server.Log.ToString());
        Assert.Equal("", server.Log.ToString());
        Assert.Equal(HttpStatusCode.OK, (await server.Get("/health")).Status);
    }

    /// <summary>A request, and whether the server may wait for more of it.</summary>
    static (byte[] Bytes, bool Unfinished) Request(Random random)
    {
        var post = random.Next(3) > 0;
        var path = random.Next(8) == 0 ? Tricks[random.Next(Tricks.Length)] : post ? Posts[random.Next(Posts.Length)] : Gets[random.Next(Gets.Length)];
        var method = random.Next(12) == 0 ? new[] { "PUT", "DELETE", "OPTIONS", "TRACE", "HEAD", "P\u00d6ST", "" }[random.Next(7)] : post ? "POST" : "GET";
        var body = post ? Body(random) : [];
        var head = new StringBuilder($"{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if (random.Next(10) > 0) head.Append("Host: localhost\r\n");
        head.Append(random.Next(12) switch { 0 => "", 1 => "Authorization: Bearer \r\n", 2 => $"Authorization: Bearer {ApiServer.Key}x\r\n", 3 => $"x-api-key: {ApiServer.Key}\r\n", _ => $"Authorization: Bearer {ApiServer.Key}\r\n" });
        var trick = random.Next(6) == 0 ? Headers[random.Next(Headers.Length)] : "";
        if (trick.Length > 0) head.Append(trick).Append("\r\n");
        if (!trick.StartsWith("Content-Type", StringComparison.Ordinal)) head.Append("Content-Type: application/json\r\n");
        var own = trick.Contains("Content-Length", StringComparison.Ordinal) || trick.StartsWith("Transfer", StringComparison.Ordinal);
        var missing = random.Next(40) == 0 ? 3 : 0;
        if (!own) head.Append($"Content-Length: {body.Length + missing}\r\n");
        return ([.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. body], own || missing > 0);
    }

    static byte[] Body(Random random)
    {
        switch (random.Next(10))
        {
            case 0: return Encoding.UTF8.GetBytes(new string('[', random.Next(1, Deep)));
            case 1: return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"messages\":", random.Next(1, Deep))));
            case 2:
                var noise = new byte[random.Next(1, 400)];
                random.NextBytes(noise);
                return noise;
            case 3: return [.. "{\"model\":\"test\",\"input\":\""u8, 0xC3, 0x28, 0xFF, .. "\"}"u8];
            case 4: return Encoding.UTF8.GetBytes($"{{\"model\":\"test\",\"prompt\":\"{new string('a', random.Next(LongBody))}\",\"input\":\"b\"}}");
            default:
                var fields = Enumerable.Range(0, random.Next(1, 7)).Select(_ => Fields[random.Next(Fields.Length)]).Distinct().Select(f => $"\"{f}\":{(f == "model" && random.Next(3) > 0 ? "\"test\"" : Value(random, 3))}");
                return Encoding.UTF8.GetBytes($"{{{string.Join(",", fields)}}}");
        }
    }

    static string Value(Random random, int depth) => random.Next(depth > 0 ? 4 : 2) switch
    {
        2 => $"[{string.Join(",", Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1)))}]",
        3 => $"{{{string.Join(",", Enumerable.Range(0, random.Next(3)).Select(_ => $"\"{new[] { "role", "content", "type", "text", "name", "function", "id" }[random.Next(7)]}\":{Value(random, depth - 1)}"))}}}",
        _ => Values[random.Next(Values.Length)],
    };

    /// <summary>What came back until the server closed, or the first of it.</summary>
    static async Task<string> Send(Uri url, byte[] request, bool unfinished)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(url.Host, url.Port, limit.Token);
        var buffer = new byte[4096];
        var length = 0;
        try
        {
            await socket.SendAsync(request, limit.Token);
            if (unfinished) socket.Shutdown(SocketShutdown.Send);
            for (int read; length < buffer.Length && (read = await socket.ReceiveAsync(buffer.AsMemory(length), limit.Token)) > 0;) length += read;
        }
        catch (SocketException)
        {
            // The server had seen enough before everything was sent.
        }
        catch (OperationCanceledException)
        {
            throw new XunitException($"No answer within two minutes to {Encoding.Latin1.GetString(request, 0, Math.Min(300, request.Length))}");
        }
        return Encoding.Latin1.GetString(buffer, 0, length);
    }

    [Fact]
    public async Task ASlowSenderHoldsUpNobodyElse()
    {
        await using var server = await ApiServer.Start(new ScriptedModel("Hello world").Served);
        var slow = new List<Socket>();
        try
        {
            for (var i = 0; i < 50; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(server.Url.Host, server.Url.Port);
                await socket.SendAsync(Encoding.ASCII.GetBytes($"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ApiServer.Key}\r\nContent-Length: 100\r\n\r\n{{"));
                slow.Add(socket);
            }
            var (status, body) = await server.Post("/v1/chat/completions", """{"model":"test","messages":[{"role":"user","content":"Hi"}]}""");
            Assert.True(status == HttpStatusCode.OK, body);
        }
        finally
        {
            foreach (var socket in slow) socket.Dispose();
        }
    }
}
