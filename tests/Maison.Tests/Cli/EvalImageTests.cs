using System.Text.Json;
using Maison.Tests.Data.Pictures;
using Maison.Tests.Training.Image.Evaluations;

namespace Maison.Tests.Cli;

public sealed class EvalImageTests
{
    [Fact]
    public async Task AModelIsScoredResumedAndItsCardTellsIt()
    {
        using var terminal = new Terminal();
        TinyPictures.Write(terminal.Path("raw"));
        await Passes(terminal, "shapes", "data", "prepare-image", "--data", terminal.Path("raw"), "--out", terminal.Path("data"));
        await Passes(terminal, "Done", "train", "image", "--stage", "autoencoder", "--data", terminal.Path("data"), "--run", terminal.Path("coder"), "--steps", "2", "--batch", "2", "--side", "16", "--hidden", "16", "--blocks", "1");
        await Passes(terminal, "Done", "train", "image", "--stage", "flow", "--data", terminal.Path("data"), "--run", terminal.Path("flow"), "--steps", "2", "--batch", "2", "--side", "16", "--hidden", "32", "--blocks", "1",
            "--autoencoder", terminal.Path("coder"), "--tokenizer", Path.Combine(Repository.Root, "models", "maison-text-1"));
        await Passes(terminal, "Done", "train", "image", "--stage", "judge", "--data", terminal.Path("data"), "--run", terminal.Path("judging"), "--steps", "2", "--batch", "4", "--side", "16", "--hidden", "16");
        File.WriteAllText(terminal.Path("parti.tsv"), "Prompt\tCategory\nbond\tAbstract\na cat\tAnimals\n" + string.Join(' ', Enumerable.Repeat("disc", 100)) + "\tLong\n");

        var model = Path.Combine(terminal.Path("flow"), "model");
        string[] eval = ["eval", "image", "--model", model, "--prompts", "3", "--steps", "2", "--parti", terminal.Path("parti.tsv"), "--out", terminal.Path("out"), "--data", terminal.Path("data")];
        await Fails(terminal, "There is no judge", eval);
        TinyJudge.Write(Path.Combine(terminal.Shipped, "maison-judge-1"));
        await Passes(terminal, "overall", eval);
        using var first = JsonDocument.Parse(File.ReadAllText(Path.Combine(terminal.Path("out"), "scores.json")));
        Assert.Equal(("flow", 3, 2), (first.RootElement.GetProperty("model").GetString(), first.RootElement.GetProperty("prompts").GetInt32(), first.RootElement.GetProperty("parti").GetInt32()));
        Assert.Contains(first.RootElement.GetProperty("categories").EnumerateArray(), c => c.GetProperty("name").GetString() == "object" && c.GetProperty("count").GetInt32() == 3);
        foreach (var page in new[] { "verdicts.png", "parti.png", "captions.png", "verdicts.jsonl" }) Assert.True(File.Exists(Path.Combine(terminal.Path("out"), page)), page);

        // What is painted is taken again; what is missing is painted anew, to the same bytes.
        var pictures = Path.Combine(terminal.Path("out"), "pictures");
        var lost = Path.Combine(pictures, "prompts-001.png");
        var (bytes, kept) = (File.ReadAllBytes(lost), File.GetLastWriteTimeUtc(Path.Combine(pictures, "prompts-000.png")));
        File.Delete(lost);
        var (code, output, _) = await terminal.Run([.. eval, "--json"]);
        Assert.Equal(0, code);
        using var second = JsonDocument.Parse(output);
        Assert.Equal(bytes, File.ReadAllBytes(lost));
        Assert.Equal(kept, File.GetLastWriteTimeUtc(Path.Combine(pictures, "prompts-000.png")));
        Assert.Equal(first.RootElement.GetProperty("categories").GetRawText(), second.RootElement.GetProperty("categories").GetRawText());
        Assert.Equal(first.RootElement.GetProperty("timed").GetInt32() + 1, second.RootElement.GetProperty("timed").GetInt32());

        await Fails(terminal, "Give another --out", [.. eval, "--seed", "4"]);
        var trial = Path.Combine(terminal.Path("out"), "trial.json");
        var whole = File.ReadAllText(trial);
        File.WriteAllText(trial, whole[..20]);
        await Fails(terminal, "trial.json cannot be read", eval);
        File.WriteAllText(trial, whole);
        await Fails(terminal, "is no packed judge", [.. eval, "--judge", terminal.Path("data")]);
        await Fails(terminal, "there is no such file", "eval", "image", "--model", model, "--parti", terminal.Path("nothing.tsv"));
        await Fails(terminal, "--prompts", "eval", "image", "--model", model, "--prompts", "0");
        await Fails(terminal, "neither a checkpoint nor a run", "eval", "image", "--model", terminal.Path("raw"));

        string[] pack = ["models", "pack-image", terminal.Path("coder"), terminal.Path("flow"), "--data", terminal.Path("data"), "--to", terminal.Shipped];
        await Passes(terminal, "Packed", pack);
        var packed = Path.Combine(terminal.Shipped, "maison-image-1");
        string[] score = ["models", "score-image", packed, "--eval"];
        await Fails(terminal, "scores.json is missing", [.. score, terminal.Path("data")]);
        await Fails(terminal, "neither a checkpoint nor a run", "models", "score-image", terminal.Path("raw"), "--eval", terminal.Path("out"));
        await Passes(terminal, "stands in the card", [.. score, terminal.Path("out")]);
        await Passes(terminal, "stands in the card", [.. score, terminal.Path("out")]);
        var card = File.ReadAllText(Path.Combine(packed, "card.md"));
        foreach (var told in new[] { "## How well prompts are followed", "| object | 3 |", "verdicts-small.png", "parti.png", "maison-judge-1" }) Assert.Contains(told, card);
        Assert.True(File.Exists(Path.Combine(packed, "verdicts-small.png")));
        Assert.False(File.Exists(Path.Combine(packed, "verdicts.png")));
        Assert.DoesNotContain("Versions before", card);
        Assert.Single(card.Split('\n'), l => l == "## How well prompts are followed");
        Assert.Contains("\n\n## Limits", card);
        // Other weights that stood in its place are told of.
        var receipt = Path.Combine(packed, "receipt.json");
        var old = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(receipt))!;
        (old["weights"], old["checksPassed"]) = (new string('e', 64), 0.125);
        File.WriteAllText(receipt, old.ToJsonString());
        await Passes(terminal, "Packed", pack);
        await Passes(terminal, "stands in the card", [.. score, terminal.Path("out")]);
        Assert.Matches("pictures that the flow saw [|] checks passed, method 3 [|] weights [|]\n.*\n.* [|] 12.5 % [|] `eeeeeeeeeeee` [|]\n\n## Limits", File.ReadAllText(Path.Combine(packed, "card.md")));
        await Fails(terminal, "Give a run of the judge there", "models", "pack-judge", terminal.Path("flow"), "--data", terminal.Path("data"));
    }

    static async Task Passes(Terminal terminal, string told, params string[] args)
    {
        var (code, output, error) = await terminal.Run(args);
        Assert.True(code == 0, $"{string.Join(' ', args)}: {output}{error}");
        Assert.Contains(told, output);
    }

    static async Task Fails(Terminal terminal, string told, params string[] args)
    {
        var (code, output, error) = await terminal.Run(args);
        Assert.NotEqual(0, code);
        Assert.Contains(told, error + output);
    }
}
