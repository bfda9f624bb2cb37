namespace Maison.Tests.Cli;

public sealed class ArgumentTests
{
    [Theory]
    [InlineData("--vocab", "data", "prepare", "--data", "x", "--out", "y", "--vocab", "many")]
    [InlineData("--vocab", "data", "prepare", "--data", "x", "--out", "y", "--vocab", "12")]
    [InlineData("--out", "data", "prepare", "--data", "x")]
    [InlineData("--format", "models", "export", "m", "--to", "x", "--format", "zip")]
    [InlineData("--port", "doctor", "--port", "65536")]
    [InlineData("--nonsense", "keys", "list", "--nonsense")]
    [InlineData("id", "keys", "revoke")]
    [InlineData("frobnicate", "frobnicate")]
    [InlineData("--stage", "train", "voice", "--run", "x", "--stage", "singing")]
    public async Task MistakesNameWhatIsWrong(string named, params string[] args)
    {
        using var terminal = new Terminal();
        var (code, output, error) = await terminal.Run(args);
        Assert.Equal(1, code);
        Assert.Contains(named, error);
        Assert.DoesNotContain("   at ", error + output);
        Assert.DoesNotContain("System.", error);
    }

    [Theory]
    [InlineData("data", "prepare", "--data", "/nowhere/at/all", "--out", "OUT")]
    [InlineData("models", "show", "absent")]
    [InlineData("models", "remove", "absent")]
    [InlineData("models", "add", "/nowhere/at/all")]
    [InlineData("keys", "revoke", "key_absent")]
    [InlineData("train", "voice", "--stage", "aligner")]
    [InlineData("train", "voice", "--run", "OUT")]
    [InlineData("train", "voice", "--run", "OUT", "--stage", "acoustic")]
    [InlineData("train", "voice", "--run", "OUT", "--stage", "aligner", "--data", "/nowhere/at/all", "--lexicon", "/nowhere/at/all")]
    public async Task RefusalsAreOneLine(params string[] args)
    {
        using var terminal = new Terminal();
        var (code, _, error) = await terminal.Run([.. args.Select(a => a == "OUT" ? terminal.Path("out") : a)]);
        Assert.Equal(1, code);
        Assert.StartsWith("maison: ", error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task DropoutIsRefusedWhereNothingIsDropped()
    {
        using var terminal = new Terminal();
        var (code, _, error) = await terminal.Run("train", "voice", "--run", terminal.Path("out"), "--stage", "vocoder", "--data", terminal.Path("data"), "--dropout", "0.1");
        Assert.Equal(1, code);
        Assert.Contains("--dropout is for the stages acoustic and acoustic-judged; vocoder drops nothing.", error);
    }
}
