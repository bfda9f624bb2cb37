// Runs as administrators see them while they go: from files in a data folder, over the API, to the page.

using System.Net;
using System.Text.Json;
using Maison.Api.Keys;
using Maison.Cli.Serving;
using Maison.Tests.Api;
using Maison.Tests.App;
using Maison.Training;

namespace Maison.Tests.Cli;

public sealed class TrainingRunsTests
{
    const string Runs = "/v1/training/runs";

    static void Write(TempFolder folder, string run, string plan, params string[] lines)
    {
        Directory.CreateDirectory(folder.File(run));
        File.WriteAllText(Path.Combine(folder.File(run), "plan.json"), plan);
        File.WriteAllText(Path.Combine(folder.File(run), "metrics.jsonl"), string.Join('\n', lines));
    }

    /// <summary>A run of each kind, one torn in its last line, one with a plan that is none.</summary>
    static void WriteAll(TempFolder folder)
    {
        Write(folder, "words", """{"shards":{"train/books.bin":1},"schedule":{"steps":200}}""",
        [
            .. Enumerable.Range(1, 100).Select(i => $$"""{"step":{{i}},"tokens":{{i * 100}},"loss":{{10 - i / 20}},"tokensPerSecond":5000,"seconds":{{i * 2}}}"""),
            """{"step":50,"tokens":5000,"bitsPerByte":{"books":2.5}}""", """{"step":100,"tokens":10000,"bitsPerByte":{"books":1.25}}""", """{"step":101,"tok""",
        ]);
        Write(folder, "phones", """{"shards":{"g2p/dictionary.bin":1},"schedule":{"steps":2}}""", """{"step":1,"tokens":1,"loss":4,"seconds":1}""", """{"step":2,"tokens":2,"loss":3,"seconds":2}""");
        Write(folder, "said", """{"stage":"vocoder","schedule":{"steps":9}}""", """{"step":1,"losses":{"mel":2,"adversarial":1},"audioPerSecond":12,"seconds":3}""");
        Write(folder, "painted/flow", """{"stage":"flow","steps":0,"minutes":10}""", """{"step":1,"losses":{"gradientNorm":7,"loss":0.5},"picturesPerSecond":80,"seconds":60}""", """{"step":1,"heldOut":{"t0.5":0.25}}""");
        Write(folder, "broken", "{");
        Directory.CreateDirectory(folder.File("no-run"));
    }

    static Task<ApiServer> Serve(TempFolder folder) => ApiServer.Start(options => options with { Training = new TrainingShelf(folder.Path, TimeProvider.System) });

    [Fact]
    public async Task RunsOfAllKindsAreTold()
    {
        using var folder = new TempFolder();
        WriteAll(folder);
        await using var server = await Serve(folder);
        var list = JsonDocument.Parse((await server.Get(Runs)).Body).RootElement.GetProperty("data").EnumerateArray().ToDictionary(r => r.GetProperty("id").GetString()!);
        Assert.Equal(["broken", "painted/flow", "phones", "said", "words"], list.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["g2p done", "image running", "text running", "voice running"], list.Values.Where(r => r.TryGetProperty("kind", out _)).Select(r => $"{r.GetProperty("kind")} {r.GetProperty("status")}").Order(StringComparer.Ordinal));
        Assert.False(list["words"].TryGetProperty("curve", out _));
        var (step, left) = (list["painted/flow"].GetProperty("step").GetInt32(), list["painted/flow"].GetProperty("seconds_left").GetDouble());
        Assert.Equal((1, 540.0, 0.5), (step, left, list["painted/flow"].GetProperty("loss").GetDouble()));
        Assert.Equal(2, list["said"].GetProperty("loss").GetDouble());

        var words = JsonDocument.Parse((await server.Get($"{Runs}/words")).Body).RootElement;
        Assert.Equal((100, 200, 5.0, 200.0), (words.GetProperty("step").GetInt32(), words.GetProperty("steps").GetInt32(), words.GetProperty("loss").GetDouble(), words.GetProperty("seconds_left").GetDouble()));
        Assert.Equal("tokens", words.GetProperty("rate_unit").GetString());
        Assert.Equal([2.5, 1.25], words.GetProperty("held_out").EnumerateArray().Select(h => h.GetProperty("measures").GetProperty("books").GetDouble()));
        Assert.StartsWith("<svg", words.GetProperty("curve").GetString());
        Assert.Equal(HttpStatusCode.OK, (await server.Get($"{Runs}/painted/flow")).Status);
        foreach (var none in new[] { "x", "no-run", "..%2F..", "words%2F..%2Fwords" })
        {
            var (status, body) = await server.Get($"{Runs}/{none}");
            Assert.Equal(HttpStatusCode.NotFound, status);
            Assert.Contains("There is no training run", body);
        }
    }

    [Fact]
    public void ALongFileIsReadInSamplesAndToItsEnd()
    {
        using var folder = new TempFolder();
        Write(folder, "long", """{"shards":{"books.bin":1},"schedule":{"steps":80000}}""", [.. Enumerable.Range(1, 60_000).Select(i => $$"""{"step":{{i}},"tokens":{{i}},"loss":{{60_000 - i}},"seconds":{{i}},"tokensPerSecond":1}""")]);
        var run = RunReport.Read(folder.File("long"));
        Assert.Equal((60_000, 20_000.0), (run.Step, run.SecondsLeft));
        Assert.InRange(run.Losses.Count, 10_000, 30_000);
        Assert.All(run.Losses, p => Assert.Equal(60_000, p.At + p.Loss));
        Assert.InRange(run.Losses.Zip(run.Losses.Skip(1), (a, b) => b.At - a.At).Max(), 1, 600);
    }

    [Fact]
    public async Task OnlyAdministratorsLook()
    {
        using var folder = new TempFolder();
        WriteAll(folder);
        await using var server = await Serve(folder);
        using var admin = await Browser.SignedIn(server);
        using var member = await AdminPagesTests.Member(server, admin);
        await member.Page("/admin/training", HttpStatusCode.Forbidden);
        await member.Page("/admin/training/watch", HttpStatusCode.Forbidden);
        using var key = server.With(server.Keys.Create(new() { Name = "plain" }, AuditLog.Terminal).Value);
        foreach (var path in new[] { Runs, $"{Runs}/words" })
        {
            using var refused = await key.GetAsync(path);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }
    }

    [Fact]
    public async Task ThePageDrawsThemAndSaysHowToStart()
    {
        using var folder = new TempFolder();
        await using var server = await Serve(folder);
        using var admin = await Browser.SignedIn(server);
        Assert.Contains("./maison train text", await admin.Page("/admin/training"));
        WriteAll(folder);
        var page = await admin.Page("/admin/training");
        Assert.Contains("running · step 100 of 200 · 5,000 tokens/s · 3 min left", page);
        Assert.Contains("<polyline", page);
        Assert.Contains("<td>2.500</td><td>1.250</td>", page);
        Assert.Contains("its plan.json can not be read", page);
        admin.Language = "fr";
        Assert.Contains("pas 100 sur 200", await admin.Page("/admin/training"));
    }
}
