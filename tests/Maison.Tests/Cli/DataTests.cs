using System.Text;
using Maison.Data.Preparation;
using Maison.Data.Tokenizers;

namespace Maison.Tests.Cli;

public sealed class DataTests
{
    [Fact]
    public async Task PreparesTextAndConversationsIntoWhatTrainingReads()
    {
        using var terminal = new Terminal();
        var (source, result) = (terminal.Path("raw"), terminal.Path("data"));
        Write(System.IO.Path.Combine(source, "notes", "a.jsonl"), 40, i => $$"""{"text":"Note {{i}}. {{Sentences(i)}}"}""");
        Write(System.IO.Path.Combine(source, "talks", "a.jsonl"), 40, i =>
            $$"""{"messages":[{"role":"user","content":"Tell me about {{i}}. {{Sentences(i + 100)}}"},{"role":"assistant","content":"{{Sentences(i + 1000)}}"}]}""");

        var (code, table, error) = await terminal.Run("data", "prepare", "--data", source, "--out", result, "--vocab", "350");

        Assert.True(code == 0, error);
        Assert.Contains("notes", table);
        var data = PreparedData.Read(result);
        Assert.NotEmpty(data.Train);
        Assert.NotEmpty(data.ChatTrain);
        Assert.Equal(350, BpeTokenizer.Load(System.IO.Path.Combine(result, "tokenizer.json")).VocabSize);
    }

    [Fact]
    public async Task RendersScenesAndSaysWhatIsWrongWithItsOptions()
    {
        using var terminal = new Terminal();
        var (code, output, error) = await terminal.Run("data", "render", "--out", terminal.Path("scenes"), "--count", "3", "--side", "32", "--paths", "1", "--threads", "2");
        Assert.True(code == 0, error);
        Assert.Contains("3 scenes rendered", output);
        Assert.Equal(3, File.ReadAllLines(System.IO.Path.Combine(terminal.Path("scenes"), "captions.jsonl")).Length);
        (code, output, error) = await terminal.Run("data", "render", "--sheet", terminal.Path("page.png"), "--count", "2", "--side", "32", "--paths", "1");
        Assert.True(code == 0 && File.Exists(terminal.Path("page.png")), error);
        foreach (var (arguments, told) in ((string[], string)[])[(["--count", "0"], "--count"), (["--paths", "12"], "power of two"), ([], "--out FOLDER"), (["--assets", terminal.Path("none")], "hdri_sky"),
            (["--out", terminal.Path("scenes"), "--from", "4"], "--from"), (["--out", terminal.Path("scenes"), "--sheet", terminal.Path("page.png")], "Give one of them"), (["--sheet", terminal.Path("page.png"), "--count", "601"], "600 scenes at most")])
        {
            (code, output, error) = await terminal.Run(["data", "render", .. arguments]);
            Assert.True(code != 0);
            Assert.Contains(told, error + output);
        }
    }

    static void Write(string path, int rows, Func<int, string> row)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, Enumerable.Range(0, rows).Select(row), new UTF8Encoding(false));
    }

    /// <summary>Different enough for the near-duplicate filter, plain enough for the quality filter.</summary>
    static string Sentences(int seed)
    {
        string[] words = ["river", "house", "morning", "light", "stone", "garden", "winter", "letter", "window", "road", "story", "water", "music", "paper", "summer", "table"];
        var random = new Random(seed);
        return string.Join(" ", Enumerable.Range(0, 8).Select(_ =>
            $"The {Word()} of the {Word()} was near the {Word()} and the {Word()} in {random.Next(100, 999)}."));

        string Word() => words[random.Next(words.Length)];
    }
}
