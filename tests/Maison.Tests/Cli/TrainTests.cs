// maison train text on somebody's own small texts: begin, go on, be told what cannot change.

using System.Text.Json;
using Maison.Cli.Terminal;
using Maison.Cli.Training;
using Maison.Training.Text;

namespace Maison.Tests.Cli;

public sealed class TrainTests : IDisposable
{
    readonly Terminal terminal = new();

    public TrainTests()
    {
        foreach (var corpus in (string[])["letters", "recipes"])
        {
            var path = terminal.Path($"texts/{corpus}/part.jsonl");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllLines(path, Enumerable.Range(0, 40).Select(i => $$"""{"text":"{{Sentences(corpus.Length * 1000 + i)}}"}"""));
        }
    }

    public void Dispose() => terminal.Dispose();

    [Fact]
    public async Task TheSameCommandGoesOnAndAnotherIsToldWhatItWouldChange()
    {
        string[] command = ["--steps", "2", "--hidden", "64", "--without", "recipes"];
        var (code, _, error) = await Train(command);
        Assert.True(code == 0, error);
        Assert.Equal(["recipes"], TextRunPlan.Load(terminal.Path("run")).Without);
        Assert.Equal("letters.bin", Path.GetFileName(Assert.Single(TextRunPlan.Load(terminal.Path("run")).Shards.Keys)));
        using var receipt = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(new RunCheckpoints(terminal.Path("run")).Latest()!, "receipt.json")));
        Assert.Equal("recipes", receipt.RootElement.GetProperty("without")[0].GetString());

        (code, _, error) = await Train(command);
        Assert.True(code == 0, error);
        command[1] = "4";
        (code, _, error) = await Train(command);
        Assert.True(code == 0, error);
        Assert.Equal(4, new RunCheckpoints(terminal.Path("run")).LatestStep());

        command[3] = "128";
        (code, _, error) = await Train(command);
        Assert.Equal(1, code);
        Assert.Contains("--hidden cannot change a run that has begun with --hidden 64", error);
        (code, _, error) = await Train("--seed", "7");
        Assert.Equal(1, code);
        Assert.Contains("--seed cannot change a run that has begun without it", error);
    }

    [Fact]
    public async Task ARunIsTrainedByOneProcessAtATime()
    {
        string[] command = ["--steps", "2", "--hidden", "64"];
        using (RunLock.Take(terminal.Path("run")))
        {
            var (code, _, error) = await Train(command);
            Assert.Equal(1, code);
            Assert.Contains("Another process works in", error);
        }
        Assert.False(Directory.Exists(terminal.Path("run")));
        Assert.Equal(0, (await Train(command)).Code);
        Assert.DoesNotContain(Directory.EnumerateFiles(terminal.Path("run")), f => f.EndsWith(".lock"));
    }

    [Fact]
    public async Task ACorpusThatIsNotThereCannotBeLeftOutNorCanAll()
    {
        var (code, _, error) = await Train("--steps", "1", "--hidden", "64", "--without", "recipe");
        Assert.Equal(1, code);
        Assert.Contains("--without recipe: there is no such corpus. There are: letters, recipes.", error);
        (code, _, error) = await Train("--steps", "1", "--hidden", "64", "--without", "recipes", "--without", "letters");
        Assert.Equal(1, code);
        Assert.Contains("no text to train on once --without has left out letters, recipes", error);
    }

    [Theory]
    [InlineData("--row-tokens 65: a row can be no longer than the model's context, 64", "--row-tokens", "65")]
    [InlineData("--warmup 9: the run has 2 steps", "--warmup", "9")]
    public async Task WhatIsAskedForIsNeverMadeSmallerInSilence(string why, params string[] asked)
    {
        var (code, _, error) = await terminal.Run(["train", "text", "--run", terminal.Path("run"), "--data", terminal.Path("texts"), "--layers", "1", "--hidden", "64", "--context", "64", "--steps", "2", "--threads", "1", .. asked]);
        Assert.Equal(1, code);
        Assert.Contains(why, error);
    }

    Task<(int Code, string Output, string Error)> Train(params string[] more) => terminal.Run(
        ["train", "text", "--run", terminal.Path("run"), "--data", terminal.Path("texts"), "--layers", "1", "--context", "64", "--row-tokens", "64", "--batch-tokens", "128", "--micro-tokens", "128", "--threads", "1", .. more]);

    static string Sentences(int seed)
    {
        string[] words = ["river", "house", "morning", "light", "stone", "garden", "winter", "letter", "window", "road", "story", "water", "music", "paper", "summer", "table"];
        var random = new Random(seed);
        return string.Join(" ", Enumerable.Range(0, 6).Select(_ => $"The {Word()} of the {Word()} was near the {Word()} and the {Word()} in {random.Next(100, 999)}."));

        string Word() => words[random.Next(words.Length)];
    }
}
