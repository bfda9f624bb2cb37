// Tools of other servers in the assistant: offered where some are configured, used where a chat chose them, remembered with it.

using Maison.Api.Gateway;
using Maison.Tests.Api;
using Maison.Tests.Api.Mcp;

namespace Maison.Tests.App;

public sealed class ChatToolTests
{
    [Fact]
    public async Task AChatUsesTheToolsThatItChose()
    {
        await using var desk = await McpStandIn.Start();
        var model = new ScriptedModel("<tool_call>\n{\"name\": \"desk__echo\", \"arguments\": {\"text\": \"one\"}}\n</tool_call>", "Hello world") { ContextLength = 4096 };
        await using var server = await ApiServer.Start(o => o with { Gateway = new() { McpServers = [new() { Name = "desk", Url = desk.Url, Description = "Does things" }, new() { Name = "strict", Url = desk.Url, RequireApproval = "always" }] } }, model.Served);
        using var browser = await Browser.SignedIn(server);
        var page = await browser.Page("/assistant");
        Assert.Contains("Does things", page);
        Assert.DoesNotContain("value=\"strict\"", page);
        using var answer = await browser.Send("/assistant/say", live: false, ("text", "Hi"), ("tools", "1"), ("tool", "desk"));
        Assert.Equal("echo {\"text\":\"one\"}", Assert.Single(desk.Calls));
        var chat = await browser.Page(answer.Headers.Location!.OriginalString);
        Assert.Contains("Hello world", chat);
        Assert.Contains("desk › echo", chat);
        Assert.Matches("value=\"desk\" checked", chat);
        // Unchosen, it is asked without them.
        using (await browser.Send(answer.Headers.Location.OriginalString + "/say", live: false, ("text", "And?"), ("tools", "1"))) { }
        Assert.DoesNotContain("desk__echo\", \"description", ScriptedModel.Tokenizer.Decode(model.Requests[^1].Prompt));
    }

    [Fact]
    public async Task WithoutServersThereIsNothingToChoose()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var browser = await Browser.SignedIn(server);
        Assert.DoesNotContain("tool-servers", await browser.Page("/assistant"));
    }
}
