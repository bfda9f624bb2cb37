using Maison.Api.Gateway;

namespace Maison.Tests.Api.Gateway;

public sealed class GatewayConfigTests
{
    const string Good = """
        providers:
          - name: openai
            kind: openai
            api_key_variable: OPENAI_API_KEY
            requests_per_minute: 500
            models:
              - id: big
                context: 128000
                max_output: 16384
                prices: { input: 2.5, cached: 1.25, output: 10 }
          - name: lab
            kind: openai-compatible
            base_url: http://lab:8000/v1
            models: [{ id: small }]
        aliases:
          - name: best
            strategy: weight
            targets: [{ model: openai/big, weight: 3 }, { model: maison-text-1 }]
            context_fallbacks: [lab/small]
        cooldown: { failures: 5, seconds: 30 }
        """;

    static GatewayConfig Load(string yaml)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("gateway.yaml"), yaml);
        return GatewayConfig.Load(folder.File("gateway.yaml"));
    }

    [Fact]
    public void EveryFieldIsRead()
    {
        var config = Load(Good);
        var big = config.Providers[0].Models[0];
        Assert.Equal((2_500_000, 1_250_000, 10_000_000), (big.Prices.InMicros.Input, big.Prices.InMicros.Cached, big.Prices.InMicros.Output));
        Assert.Equal(("OPENAI_API_KEY", 500, 16384), (config.Providers[0].ApiKeyVariable, config.Providers[0].RequestsPerMinute, big.MaxOutput));
        Assert.Equal((3, 1), (config.Aliases[0].Targets[0].Weight, config.Aliases[0].Targets[1].Weight));
        Assert.Equal(5, config.Cooldown.Failures);
        Assert.Empty(Load("").Providers);
    }

    [Theory]
    [InlineData("kind: openai\n    api", "kind: banana\n    api", "kind")]
    [InlineData("requests_per_minute", "request_per_minute", "request_per_minute")]
    [InlineData("http://lab:8000/v1", "lab", "base_url")]
    [InlineData("strategy: weight", "strategy: luck", "strategy")]
    [InlineData("model: openai/big", "model: openai/none", "openai/none")]
    [InlineData("weight: 3", "weight: -3", "weight")]
    [InlineData("name: lab", "name: openai", "twice")]
    [InlineData("failures: 5", "failures: many", "line")]
    [InlineData("input: 2.5", "input: -1", "prices")]
    public void WhatIsWrongIsNamed(string right, string wrong, string named)
    {
        var yaml = Good.Replace(right.Replace("    api", "    api_key_variable"), wrong.Replace("    api", "    api_key_variable"), StringComparison.Ordinal);
        Assert.NotEqual(Good, yaml);
        var message = Assert.Throws<InvalidDataException>(() => Load(yaml)).Message;
        Assert.Contains("gateway.yaml", message);
        Assert.Contains(named, message);
    }

    [Fact]
    public void TheDocumentedFileIsTaken()
    {
        var page = File.ReadAllText(Path.Combine(ConformanceTests.RepositoryFolder(), "docs", "GATEWAY.md"));
        var config = Load(page.Split("```yaml\n")[1].Split("```")[0]);
        Assert.Equal((3, 1, 2), (config.Providers.Count, config.Aliases.Count, config.McpServers.Count));
        Assert.Equal(("npx", "FILES_TOKEN", "never"), (config.McpServers[1].Command, config.McpServers[1].Environment.Single(), config.McpServers[0].RequireApproval));
    }

    [Theory]
    [InlineData("{name: a}", "'url' or a 'command'")]
    [InlineData("{name: a, url: ftp://x}", "'url'")]
    [InlineData("{name: a b, url: http://x}", "'a b'")]
    [InlineData("{name: a, url: http://x, require_approval: maybe}", "require_approval")]
    [InlineData("{name: a, url: http://x, arguments: [b]}", "arguments")]
    [InlineData("{name: a, command: x, api_key_variable: Y}", "environment")]
    [InlineData("{name: a, url: http://x, timeout_seconds: 0}", "timeout_seconds")]
    [InlineData("{name: a, url: http://x}, {name: a, url: http://y}", "twice")]
    public void ServersOfToolsAreReadStrictly(string servers, string named)
        => Assert.Contains(named, Assert.Throws<InvalidDataException>(() => Load($"mcp_servers: [{servers}]")).Message);
}
