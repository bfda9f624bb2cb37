namespace Maison.Tests.Cli;

public sealed class ModelTests
{
    [Fact]
    public async Task AModelGoesOutAsGgufComesBackAndLeaves()
    {
        using var terminal = new Terminal();
        TinyFolder.Make(System.IO.Path.Combine(terminal.Shipped, "tiny"));
        var file = terminal.Path("other.gguf");

        Assert.Equal(0, (await terminal.Run("models", "export", "tiny", "--to", file, "--format", "gguf", "--type", "f32")).Code);
        Assert.Equal(0, (await terminal.Run("models", "add", file)).Code);
        var (_, list, _) = await terminal.Run("models", "list");
        Assert.Matches(@"other +\S+ k +256 .* added", list);
        Assert.Matches(@"tiny +\S+ k +256 .* shipped", list);
        var (_, shown, _) = await terminal.Run("models", "show", "other");
        Assert.Contains("F32", shown);
        Assert.Contains("Plain Qwen3", shown);

        // The same weights and words, the same answer.
        string[] chat = ["chat", "--max-tokens", "8", "--temperature", "0", "--threads", "1"];
        Assert.Equal((await terminal.RunWith("Hi", [.. chat, "--model", "tiny"])).Output, (await terminal.RunWith("Hi", [.. chat, "--model", "other"])).Output);

        Assert.Contains("stays", (await terminal.Run("models", "remove", "tiny")).Error);
        Assert.Equal(0, (await terminal.Run("models", "remove", "other")).Code);
        Assert.DoesNotContain("other", (await terminal.Run("models", "list")).Output);
    }

    [Fact]
    public async Task ARunOfTrainingIsAModelUnderTheRunsName()
    {
        using var terminal = new Terminal();
        var checkpoint = terminal.Path("myrun/checkpoints/step-0000010");
        TinyFolder.Make(checkpoint);
        File.WriteAllText(System.IO.Path.Combine(checkpoint, "state.json"), "{}");
        Assert.Equal(0, (await terminal.Run("models", "add", terminal.Path("myrun"))).Code);
        Assert.Contains("myrun", (await terminal.Run("models", "list")).Output);
        var (code, _, error) = await terminal.RunWith("Hi", "chat", "--max-tokens", "2", "--threads", "1", "--model", terminal.Path("myrun"));
        Assert.True(code == 0, error);
    }

    [Theory]
    [InlineData("tiny", "is here already")]
    [InlineData("../up", "no name")]
    [InlineData("", "no name")]
    public async Task ATakenOrImpossibleNameIsRefused(string name, string named)
    {
        using var terminal = new Terminal();
        TinyFolder.Make(System.IO.Path.Combine(terminal.Shipped, "tiny"));
        var (code, _, error) = await terminal.Run("models", "add", System.IO.Path.Combine(terminal.Shipped, "tiny"), "--name", name);
        Assert.Equal(1, code);
        Assert.Contains(named, error);
    }

    [Fact]
    public async Task ExportOfEightBitSafetensorsIsRefused()
    {
        using var terminal = new Terminal();
        TinyFolder.Make(System.IO.Path.Combine(terminal.Shipped, "tiny"));
        var (code, _, error) = await terminal.Run("models", "export", "tiny", "--to", terminal.Path("out"), "--format", "safetensors", "--type", "q8_0");
        Assert.Equal(1, code);
        Assert.Contains("gguf", error);
        Assert.False(Directory.Exists(terminal.Path("out")));
    }
}
