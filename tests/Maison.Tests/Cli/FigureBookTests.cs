// What was measured is kept, the latest is told, and a server without measurements says so.

using System.Net;
using Maison.Cli.Bench;
using Maison.Tests.Api;
using Maison.Tests.App;

namespace Maison.Tests.Cli;

public sealed class FigureBookTests
{
    [Fact]
    public async Task TheLatestOfEachFigureIsToldAndShown()
    {
        using var folder = new TempFolder();
        static string Line(string name, double value, string setting) => FigureBook.Line(new(name, value, "tokens/s", setting, 0.5, "OpenBLAS", null, "A machine", 2, DateTimeOffset.UnixEpoch));
        await using var server = await ApiServer.Start(options => options with { Benchmarks = () => FigureBook.Read(folder.Path) });
        using var browser = await Browser.SignedIn(server);
        Assert.Contains("maison bench text", await browser.Page("/models"));
        foreach (var line in new[] { Line("decode.one", 10, "Q8_0"), Line("decode.one", 20, "bf16"), Line("decode.one", 1234, "Q8_0"), """{"name":"dec""" }) FigureBook.Add(folder.Path, line);
        var (status, body) = await server.Get("/v1/benchmarks");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(2, body.Split("decode.one").Length - 1);
        Assert.DoesNotContain("\n", FigureBook.Line(FigureBook.Read(folder.Path)[0]));
        var page = await browser.Page("/models");
        Assert.Matches("1.234 tokens/s", page);
        Assert.Contains("50% · OpenBLAS", page.Replace(" %", "%", StringComparison.Ordinal));
    }
}
