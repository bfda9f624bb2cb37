using System.Text.Json;
using Maison.Tests.Training.Evaluations;

namespace Maison.Tests.Cli;

public sealed class EvalTests
{
    [Fact]
    public async Task ScoresByNameAndByFolderAndTakesUpWhereItStopped()
    {
        using var terminal = new Terminal();
        var folder = ByteChain.Save(terminal.Path("models/chain"), ByteChain.Decoder(64, ("d", " "), (" ", "o"), ("o", "k")));
        Directory.CreateDirectory(terminal.Path("eval"));
        File.WriteAllText(terminal.Path("eval/last.jsonl"), """{"context": "end", "continuation": "ok"}""");
        File.WriteAllText(terminal.Path("eval/other.jsonl"), """{"text": "end"}""");

        var (code, table, error) = await terminal.Run("eval", "text", "--model", "chain", "--eval", terminal.Path("eval"), "--threads", "1", "--out", terminal.Path("scores"));
        Assert.True(code == 0, error);
        Assert.Contains("accuracy 1.000", table);
        Assert.Contains("other is left out", error);

        var stamp = File.ReadAllText(terminal.Path("scores"));
        (code, var json, error) = await terminal.Run("eval", "text", "--model", folder, "--eval", terminal.Path("eval"), "--threads", "1", "--out", terminal.Path("scores"), "--json");
        Assert.True(code == 0, error);
        Assert.Equal(stamp, json);
        Assert.Equal(stamp, File.ReadAllText(terminal.Path("scores")));
        Assert.Equal(1, JsonDocument.Parse(json).RootElement.GetProperty("metrics").GetProperty("accuracy").GetProperty("value").GetDouble());
    }

    [Fact]
    public async Task MistakesAreOneLine()
    {
        using var terminal = new Terminal();
        ByteChain.Save(terminal.Path("models/chain"), ByteChain.Decoder(64));
        Directory.CreateDirectory(terminal.Path("eval"));
        File.WriteAllText(terminal.Path("eval/last.jsonl"), """{"context": "end", "continuation": "ok"}""");
        foreach (var (named, args) in new (string, string[])[]
        {
            ("--eval", ["--model", "chain"]),
            ("nowhere", ["--model", "nowhere", "--eval", terminal.Path("eval")]),
            (".jsonl", ["--model", "chain", "--eval", terminal.Path("models")]),
            ("ledger", ["--model", "chain", "--data", terminal.Path("models")]),
        })
        {
            var (code, _, error) = await terminal.Run(["eval", "text", .. args]);
            Assert.Equal(1, code);
            Assert.Contains(named, Assert.Single(error.TrimEnd().Split('\n')));
        }
    }
}
