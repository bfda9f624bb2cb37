using System.Net;
using System.Net.Sockets;
using Maison.Tests.Api.Gateway;
using Maison.Tests.Api.Mcp;

namespace Maison.Tests.Cli;

public sealed class DoctorTests
{
    [Fact]
    public async Task ATakenPortAndAMissingModelComeWithTheirRemedies()
    {
        using var terminal = new Terminal();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var (code, report, _) = await terminal.Run("doctor", "--port", $"{((IPEndPoint)taken.LocalEndpoint).Port}");
        Assert.Equal(1, code);
        Assert.Contains("maison serve --port", report);
        Assert.Contains("maison models add", report);
        Assert.Equal(10, report.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task AHomeThatIsAFileIsNamed()
    {
        using var terminal = new Terminal();
        File.WriteAllText(terminal.Home, "");
        var (code, report, _) = await terminal.Run("doctor");
        Assert.Equal(1, code);
        Assert.Contains("MAISON_HOME", report.Split('\n').Single(l => l.Contains(" disk ")));
    }

    [Fact]
    public async Task ThirdPartiesAreAskedAndEachFailureComesWithItsRemedy()
    {
        await using var good = await StandIn.Start(StandIn.Json("{}"));
        await using var closed = await StandIn.Start(StandIn.Fail(401));
        await using var desk = await McpStandIn.Start();
        using var terminal = new Terminal();
        Directory.CreateDirectory(terminal.Home);
        terminal.Variables["GOOD_KEY"] = "a-key";
        static string Provider(string name, string url, string variable) => $"  - name: {name}\n    kind: openai-compatible\n    base_url: {url}\n    api_key_variable: {variable}\n    models: [{{id: m}}]\n";
        File.WriteAllText(Path.Combine(terminal.Home, "gateway.yaml"), "providers:\n" + Provider("good", good.Url, "GOOD_KEY") + Provider("closed", closed.Url, "GOOD_KEY") + Provider("unset", good.Url, "MAISON_NO_SUCH_KEY") + Provider("gone", "http://127.0.0.1:9/v1", "GOOD_KEY")
            + $"mcp_servers:\n  - name: desk\n    url: {desk.Url}\n  - name: broken\n    command: /no/such/program\n");
        var (code, report, _) = await terminal.Run("doctor");
        Assert.Equal(1, code);
        string Line(string name) => report.Split('\n').Single(l => l.Contains($" {name}: ", StringComparison.Ordinal));
        Assert.StartsWith("ok", Line("good"));
        Assert.Contains("→ export GOOD_KEY= with a valid one", Line("closed"));
        Assert.Contains("→ export MAISON_NO_SUCH_KEY=", Line("unset"));
        Assert.Contains("can not be reached", Line("gone"));
        Assert.Contains("4 tools", Line("desk"));
        Assert.StartsWith("FAIL", Line("broken"));
        Assert.Contains("as the providers'", report.Split('\n').Single(l => l.Contains(" clock ")));
        File.WriteAllText(Path.Combine(terminal.Home, "gateway.yaml"), "providers: [{name: x, kind: banana}]");
        Assert.Contains("'kind' of the provider 'x'", (await terminal.Run("doctor")).Item2);
    }
}
