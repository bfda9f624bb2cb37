// Anthropic's official client as a black box against our server: whole and streamed answers, tools, thinking, errors.

using System.Text;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;

namespace Maison.Tests.Api;

public sealed class AnthropicClientTests
{
    const string Call = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Bonn\"}}\n</tool_call>";

    internal static AnthropicClient Client(ApiServer server, string key = ApiServer.Key) => new() { ApiKey = key, MaxRetries = 0, BaseUrl = server.Url.ToString().TrimEnd('/') };

    internal static MessageCreateParams Ask(string model, params MessageParam[] more) => new() { Model = model, MaxTokens = 100, Messages = [new UserMessageParam { Content = "Hi" }, .. more] };

    internal static async Task<string> Streamed(AnthropicClient client, MessageCreateParams asked)
    {
        var text = new StringBuilder();
        await foreach (var e in client.Messages.CreateStreaming(asked))
            if (e.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var more)) text.Append(more.Text);
        return text.ToString();
    }

    [Fact]
    public async Task WholeAndStreamed()
    {
        await using var server = await ScriptedModel.Serve("Hello world");
        var client = Client(server);
        var message = await client.Messages.Create(Ask("test"));
        Assert.True(message.Content.Single().TryPickText(out var text));
        Assert.Equal(("Hello world", "end_turn", 3L), (text.Text, message.StopReason!.Raw(), message.Usage.OutputTokens));
        Assert.Equal("Hello world", await Streamed(client, Ask("test")));
    }

    [Fact]
    public async Task ToolsAreCalledAndAnswered()
    {
        await using var server = await ApiServer.Start(new ScriptedModel(Call, "Hello") { ContextLength = 2048 }.Served);
        var client = Client(server);
        Tool weather = new() { Name = "weather", InputSchema = new() { Properties = new Dictionary<string, System.Text.Json.JsonElement> { ["city"] = System.Text.Json.JsonSerializer.SerializeToElement(new { type = "string" }) }, Required = ["city"] } };
        var first = await client.Messages.Create(Ask("test") with { Tools = [weather] });
        Assert.True(first.Content.Single().TryPickToolUse(out var use));
        Assert.Equal(("weather", "Bonn", "tool_use"), (use.Name, use.Input["city"].GetString(), first.StopReason!.Raw()));
        var second = await client.Messages.Create(Ask("test",
            new AssistantMessageParam { Content = new List<ContentBlockParam> { new ToolUseBlockParam { ID = use.ID, Name = use.Name, Input = use.Input } } },
            new UserMessageParam { Content = new List<ContentBlockParam> { new ToolResultBlockParam { ToolUseID = use.ID, Content = "sun" } } }) with
        { Tools = [weather] });
        Assert.True(second.Content.Single().TryPickText(out var text));
        Assert.Equal("Hello", text.Text);
    }

    [Fact]
    public async Task ErrorsAreItsOwnExceptions()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        await Assert.ThrowsAsync<AnthropicUnauthorizedException>(() => Client(server, "wrong").Messages.Create(Ask("test")));
        await Assert.ThrowsAsync<AnthropicNotFoundException>(() => Client(server).Messages.Create(Ask("none")));
        await Assert.ThrowsAsync<AnthropicBadRequestException>(() => Client(server).Messages.Create(Ask("test") with { MaxTokens = 100_000 }));
    }
}
