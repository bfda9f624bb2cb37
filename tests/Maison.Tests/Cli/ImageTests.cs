using Maison.Tests.Data.Pictures;

namespace Maison.Tests.Cli;

public sealed class ImageTests
{
    [Fact]
    public async Task PicturesArePreparedLearntAndPainted()
    {
        using var terminal = new Terminal();
        TinyPictures.Write(terminal.Path("raw"));
        var tokenizer = Path.Combine(Repository.Root, "models", "maison-text-1");

        await Passes(terminal, "shapes", "data", "prepare-image", "--data", terminal.Path("raw"), "--out", terminal.Path("data"));
        await Passes(terminal, "Done", "train", "image", "--stage", "autoencoder", "--data", terminal.Path("data"), "--run", terminal.Path("coder"), "--steps", "2", "--batch", "2", "--side", "16", "--hidden", "16", "--blocks", "1");
        await Passes(terminal, "Done", "train", "image", "--stage", "flow", "--data", terminal.Path("data"), "--run", terminal.Path("flow"), "--steps", "2", "--batch", "2", "--side", "16", "--hidden", "32", "--blocks", "1",
            "--autoencoder", terminal.Path("coder"), "--tokenizer", tokenizer);
        await Passes(terminal, "out.png", "imagine", "a red disc | a blue square", "--model", terminal.Path("flow"), "-o", terminal.Path("out.png"), "--steps", "2", "--count", "2", "--seed", "7");
        var file = File.ReadAllBytes(terminal.Path("out.png"));
        Assert.Contains("a red disc | a blue square", System.Text.Encoding.UTF8.GetString(file));
        var sheet = Maison.Data.Pictures.PngReader.Read(file);
        Assert.Equal((34, 34), (sheet.Width, sheet.Height));

        await Fails(terminal, "prompt is empty", "imagine", " ", "--model", terminal.Path("flow"));
        await Fails(terminal, "neither a checkpoint nor a run", "imagine", "x", "--model", terminal.Path("raw"));
        await Fails(terminal, "--steps", "imagine", "x", "--model", terminal.Path("flow"), "--steps", "0");
        await Fails(terminal, "--autoencoder is needed", "train", "image", "--stage", "flow", "--data", terminal.Path("data"), "--run", terminal.Path("other"));
        await Fails(terminal, "not both", "train", "image", "--run", terminal.Path("other"), "--steps", "3", "--minutes", "1");
        await Fails(terminal, "prepare-image", "train", "image", "--stage", "autoencoder", "--data", terminal.Path("raw"), "--run", terminal.Path("other"));
        await Fails(terminal, "--side cannot change", "train", "image", "--run", terminal.Path("coder"), "--side", "32");
    }

    static async Task Passes(Terminal terminal, string shown, params string[] arguments)
    {
        var (code, output, error) = await terminal.Run(arguments);
        Assert.True(code == 0, error);
        Assert.Contains(shown, output);
    }

    static async Task Fails(Terminal terminal, string told, params string[] arguments)
    {
        var (code, _, error) = await terminal.Run(arguments);
        Assert.NotEqual(0, code);
        Assert.Contains(told, error);
    }
}
