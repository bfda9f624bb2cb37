// The official Model Context Protocol client as a black box against our server.

using System.Net;
using System.Text;
using Maison.Api.Keys;
using Maison.Tests.Data.Pictures;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Maison.Tests.Api.Mcp;

public sealed class ToolServerTests
{
    static async Task<McpClient> Connect(ApiServer server, string key = ApiServer.Key)
        => await McpClient.CreateAsync(new HttpClientTransport(new()
        {
            Endpoint = new(server.Url, "/mcp"),
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = "Bearer " + key },
        }));

    static string Words(CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;

    [Fact]
    public async Task OffersWhatIsServedAndNoMore()
    {
        await using var writes = await ScriptedModel.Serve("Hello world");
        await using var client = await Connect(writes);
        Assert.Equal("maison", client.ServerInfo?.Name);
        Assert.Equal(["chat"], (await client.ListToolsAsync()).Select(t => t.Name));

        await using var all = await ApiServer.Start(new ScriptedModel("Hello").Served, new SpeechTests.ScriptedVoice().Served, new ImageGenerationTests.ScriptedPainter().Served);
        await using var second = await Connect(all);
        var tools = await second.ListToolsAsync();
        Assert.Equal(["chat", "speak", "imagine", "edit_picture"], tools.Select(t => t.Name));
        Assert.Contains("kathleen", tools[1].ProtocolTool.InputSchema.GetProperty("properties").GetProperty("voice").GetRawText());
    }

    [Fact]
    public async Task ChatAnswersInWords()
    {
        var model = new ScriptedModel("Hello world");
        await using var server = await ApiServer.Start(model.Served);
        await using var client = await Connect(server);
        var result = await client.CallToolAsync("chat", new Dictionary<string, object?> { ["prompt"] = "Hi", ["system"] = "Be brief.", ["max_tokens"] = 5 });
        Assert.NotEqual(true, result.IsError);
        Assert.Equal("Hello world", Words(result));
        Assert.Equal(5, Assert.Single(model.Requests).MaxTokens);
        Assert.Contains("Be brief.", ScriptedModel.Tokenizer.Decode(model.Requests[0].Prompt));
    }

    [Fact]
    public async Task SpeakAndImagineReturnFiles()
    {
        await using var server = await ApiServer.Start(new SpeechTests.ScriptedVoice().Served, new ImageGenerationTests.ScriptedPainter().Served);
        await using var client = await Connect(server);
        var sound = Assert.IsType<AudioContentBlock>(Assert.Single((await client.CallToolAsync("speak", new Dictionary<string, object?> { ["text"] = "Hello.", ["style"] = "calm" })).Content));
        Assert.Equal("audio/wav", sound.MimeType);
        Assert.Equal("RIFF"u8, sound.DecodedData.Span[..4]);
        var picture = Assert.IsType<ImageContentBlock>(Assert.Single((await client.CallToolAsync("imagine", new Dictionary<string, object?> { ["prompt"] = "a red apple", ["seed"] = 7 })).Content));
        Assert.Equal("PNG"u8, picture.DecodedData.Span[1..4]);
    }

    [Fact]
    public async Task APictureIsPaintedAnewWhereAnAreaIsOpened()
    {
        await using var server = await ApiServer.Start(new ImageGenerationTests.ScriptedPainter().Served);
        await using var client = await Connect(server);
        var picture = SamplePictures.Noise(40, 40);
        var edited = await client.CallToolAsync("edit_picture", new Dictionary<string, object?> { ["image"] = Convert.ToBase64String(SamplePictures.Png(picture)), ["prompt"] = "a hat", ["area"] = "50,50,100,100", ["strength"] = 0.5, ["seed"] = 7 });
        Assert.NotEqual(true, edited.IsError);
        var made = Maison.Data.Pictures.PngReader.Read(Assert.IsType<ImageContentBlock>(Assert.Single(edited.Content)).DecodedData.ToArray());
        Assert.Equal(picture.Pixels[..(20 * 40 * 3)], made.Pixels[..(20 * 40 * 3)]);
        Assert.Equal(7, made.Pixels[3 * (35 * 40 + 35)]);
        foreach (var (image, told) in new[] { ("§", "base 64"), (Convert.ToBase64String("no picture"u8), "neither PNG nor JPEG nor WebP") })
            Assert.Contains(told, Words(await client.CallToolAsync("edit_picture", new Dictionary<string, object?> { ["image"] = image, ["prompt"] = "a hat" })));
    }

    [Theory]
    [InlineData("chat", "prompt", 5, "'messages[0].content'")]
    [InlineData("chat", "words", "x", "'words' is no argument of chat")]
    [InlineData("chat", "max_tokens", 3, "'prompt' is missing")]
    public async Task WrongArgumentsAreNamed(string tool, string argument, object value, string message)
    {
        await using var server = await ScriptedModel.Serve("Hello");
        await using var client = await Connect(server);
        var result = await client.CallToolAsync(tool, new Dictionary<string, object?> { [argument] = value });
        Assert.True(result.IsError);
        Assert.Contains(message, Words(result));
    }

    [Fact]
    public async Task AKeyOpensNoMoreThroughToolsThanWithoutThem()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var narrow = server.Keys.Create(new() { Name = "narrow", Scope = new(Routes: ["/mcp", "/v1/embeddings"]) }, AuditLog.Terminal);
        await using var client = await Connect(server, narrow.Value);
        var result = await client.CallToolAsync("chat", new Dictionary<string, object?> { ["prompt"] = "Hi" });
        Assert.True(result.IsError);
        Assert.Contains("does not open /v1/chat/completions", Words(result));

        using var without = new HttpClient { BaseAddress = server.Url };
        using var answer = await without.PostAsync("/mcp", new StringContent("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task BrokenMessagesAreRefusedWithoutAFailure()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        foreach (var body in (string[])["", "{", "[]", "null", """{"jsonrpc":"2.0"}""", """{"jsonrpc":"2.0","id":1,"method":"no/such"}""", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"rm"}}"""])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.Add("Accept", "application/json, text/event-stream");
            using var answer = await server.Http.SendAsync(request);
            Assert.True((int)answer.StatusCode < 500, $"{body}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
        Assert.Equal("", server.Log.ToString());
    }
}
