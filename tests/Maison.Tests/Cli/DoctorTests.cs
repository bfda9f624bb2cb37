using System.Net;
using System.Net.Sockets;

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
        Assert.Equal(8, report.TrimEnd().Split('\n').Length);
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
}
