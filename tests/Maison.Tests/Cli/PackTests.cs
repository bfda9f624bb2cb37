// The whole way in small: corpora with licences → prepared data → a base run → a chat run → a packed model.

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Maison.Training.Packing;

namespace Maison.Tests.Cli;

public sealed class PackTests
{
    [Fact]
    public async Task ARunBecomesAModelThatShipsAndABetterOneIsNotReplaced()
    {
        using var terminal = new Terminal();
        var (raw, data, models) = (terminal.Path("raw"), terminal.Path("data"), terminal.Shipped);
        Corpus(System.IO.Path.Combine(raw, "simplewiki"), "CC BY-SA 4.0: Wiki contributors", i => $$"""{"text":"{{Sentences(i)}}"}""");
        Corpus(System.IO.Path.Combine(raw, "talks"), "MIT: The Talkers", i => $$"""{"messages":[{"role":"user","content":"Tell me about {{i}}. {{Sentences(i + 100)}}"},{"role":"assistant","content":"{{Sentences(i + 1000)}}"}]}""");
        File.WriteAllText(terminal.Path("last.jsonl"), """{"context": "The river", "continuation": "was"}""");
        await Do("data", "prepare", "--data", raw, "--out", data, "--vocab", "350");
        string[] sizes = ["--row-tokens", "64", "--batch-tokens", "256", "--micro-tokens", "256", "--threads", "1"];
        await Do(["train", "text", "--run", terminal.Path("base"), "--data", data, "--layers", "1", "--hidden", "64", "--context", "512", "--steps", "3", .. sizes]);
        await Do(["train", "text", "--run", terminal.Path("tuned"), "--data", data, "--chat", "--start", terminal.Path("base"), "--steps", "2", .. sizes]);

        string[] pack = ["models", "pack", terminal.Path("tuned"), "--name", "maison-test", "--threads", "1"];
        await Do([.. pack, "--eval", terminal.Path("."), "--note", "A note."]);
        var folder = System.IO.Path.Combine(models, "maison-test");
        Assert.Equal(["card.md", "config.json", "curve.svg", "generation_config.json", "model.safetensors", "receipt.json", "tokenizer.json", "tokenizer_config.json"],
            Directory.GetFiles(folder).Select(f => System.IO.Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        var card = File.ReadAllText(System.IO.Path.Combine(folder, "card.md"));
        foreach (var told in (string[])["CC BY-SA 4.0: Wiki contributors", "MIT: The Talkers", "| simplewiki |", "| talks (conversations) |", "- A note.", "| last | 1 |", "--chat --replay 0.15 --start base"]) Assert.Contains(told, card);
        Assert.DoesNotContain(terminal.Path(""), card + File.ReadAllText(System.IO.Path.Combine(folder, "receipt.json")));
        var receipt = ModelReceipt.Read(folder)!;
        Assert.Equal(["base", "tuned"], receipt.Phases.Select(p => p.Run));
        Assert.Equal(["simplewiki", "talks"], receipt.Data.Select(d => d.Name));
        Assert.NotNull(receipt.YardstickBits);
        // It can be served: the shelf finds it, a chat loads it.
        var (code, _, error) = await terminal.RunWith("Hi", "chat", "--model", "maison-test", "--max-tokens", "2", "--threads", "1");
        Assert.True(code == 0, error);

        // The same again takes its scores from the run.
        var scores = File.ReadAllText(terminal.Path("tuned/scores.jsonl"));
        await Do([.. pack, "--eval", terminal.Path(".")]);
        Assert.Equal(scores, File.ReadAllText(terminal.Path("tuned/scores.jsonl")));
        Assert.DoesNotContain("A note.", File.ReadAllText(System.IO.Path.Combine(folder, "card.md")));

        // It is the same version; other weights are a new one, and its card tells what stood there before.
        Assert.Null(ModelReceipt.Read(folder)!.Earlier);
        var path = System.IO.Path.Combine(folder, "receipt.json");
        var old = JsonNode.Parse(File.ReadAllText(path))!;
        old["weights"] = new string('e', 64);
        File.WriteAllText(path, old.ToJsonString());
        await Do(pack);
        var version = Assert.Single(ModelReceipt.Read(folder)!.Earlier!);
        Assert.Equal((new string('e', 64), receipt.YardstickBits!.Value.ToString("F3", CultureInfo.InvariantCulture)), (version.Weights, version.Measures["bits per byte, simplewiki"]));
        await Do(pack);
        Assert.Equal(version.Weights, Assert.Single(ModelReceipt.Read(folder)!.Earlier!).Weights);
        Assert.Contains("## Versions before", File.ReadAllText(System.IO.Path.Combine(folder, "card.md")));

        // A better one, or one that cannot be compared, stays.
        var better = JsonNode.Parse(File.ReadAllText(path))!;
        better["scores"]!.AsArray().First(s => (string)s!["name"]! == "simplewiki" && (string)s["kind"]! == "HeldOut")!["metrics"]!["bitsPerByte"]!["value"] = 0.5;
        File.WriteAllText(path, better.ToJsonString());
        Assert.Contains("is better: 0.5000", await Fail(pack));
        File.WriteAllText(path, "{}");
        Assert.Contains("no receipt", await Fail(pack));
        Assert.Equal("{}", File.ReadAllText(path));
        await Do([.. pack, "--force"]);
        Assert.NotNull(ModelReceipt.Read(folder)!.YardstickBits);

        // Data that did not train it, a run whose origin is gone, a name that is none.
        await Do("data", "prepare", "--data", System.IO.Path.Combine(raw, "talks"), "--out", terminal.Path("other"), "--vocab", "350");
        Assert.Contains("licence cannot be told", await Fail([.. pack, "--data", terminal.Path("other")]));
        Directory.Move(terminal.Path("base"), terminal.Path("moved"));
        Assert.Contains("is gone", await Fail(pack));
        Assert.Contains("no name", await Fail(["models", "pack", terminal.Path("tuned"), "--name", "../up"]));
        Assert.Contains("no run folder", await Fail(["models", "pack", folder, "--name", "other"]));
        Assert.Single(Directory.GetDirectories(models));

        async Task Do(params string[] args)
        {
            var (code, _, error) = await terminal.Run(args);
            Assert.True(code == 0, $"{string.Join(' ', args)}: {error}");
        }

        async Task<string> Fail(string[] args)
        {
            var (code, _, error) = await terminal.Run(args);
            Assert.Equal(1, code);
            return error;
        }
    }

    [Fact]
    public async Task WhatIsTooLargeForTheRepositoryIsRefusedBeforeItIsScored()
    {
        using var terminal = new Terminal();
        var raw = terminal.Path("raw");
        Corpus(System.IO.Path.Combine(raw, "simplewiki"), "CC BY-SA 4.0", i => $$"""{"text":"{{Sentences(i)}}"}""");
        var (code, _, error) = await terminal.Run("train", "text", "--run", terminal.Path("run"), "--data", raw, "--layers", "1", "--hidden", "64", "--steps", "1", "--context", "64",
            "--row-tokens", "64", "--batch-tokens", "256", "--micro-tokens", "256", "--threads", "1");
        Assert.True(code == 0, error);
        using var gang = new Maison.Tensors.Gang(1);
        var order = new PackOrder(terminal.Path("run"), terminal.Path("models/large"), null, null, null, new(0), "mit", [], false) { MostBytes = 100_000 };
        var refused = Assert.Throws<InvalidDataException>(() => ModelPacker.Run(order, gang));
        Assert.Contains("0.1 MB", refused.Message);
        Assert.Empty(Directory.GetDirectories(terminal.Path("models")));
        Assert.False(File.Exists(terminal.Path("run/scores.jsonl")));
    }

    static void Corpus(string folder, string licence, Func<int, string> row)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(System.IO.Path.Combine(folder, "LICENCE.txt"), licence);
        File.WriteAllLines(System.IO.Path.Combine(folder, "a.jsonl"), Enumerable.Range(0, 100).Select(row), new UTF8Encoding(false));
    }

    /// <summary>Different enough for the near-duplicate filter, plain enough for the quality filter.</summary>
    static string Sentences(int seed)
    {
        string[] words = ["river", "house", "morning", "light", "stone", "garden", "winter", "letter", "window", "road", "story", "water", "music", "paper", "summer", "table"];
        var random = new Random(seed);
        return string.Join(" ", Enumerable.Range(0, 8).Select(_ => $"The {Word()} of the {Word()} was near the {Word()} and the {Word()} in {random.Next(100, 999)}."));

        string Word() => words[random.Next(words.Length)];
    }
}
