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

        await Passes(terminal, "again.png", "imagine", "--recipe", terminal.Path("out.png"), "--model", terminal.Path("flow"), "-o", terminal.Path("again.png"));
        Assert.Equal(file, File.ReadAllBytes(terminal.Path("again.png")));

        await Fails(terminal, "prompt is empty", "imagine", " ", "--model", terminal.Path("flow"));
        await Fails(terminal, "nothing", "imagine", "--recipe", terminal.Path("nothing.png"), "--model", terminal.Path("flow"));
        await Fails(terminal, "--steps can not be changed", "imagine", "--recipe", terminal.Path("out.png"), "--steps", "3", "--model", terminal.Path("flow"));
        await Fails(terminal, "no recipe", "imagine", "--recipe", Path.Combine(terminal.Path("raw"), "shapes", "red-disc.png"), "--model", terminal.Path("flow"));
        await Fails(terminal, "tokens, but this model reads 48", "imagine", string.Join(' ', Enumerable.Repeat("disc", 100)), "--model", terminal.Path("flow"));
        await Fails(terminal, "10,001 characters", "imagine", new string('a', 10_001), "--model", terminal.Path("flow"));
        await Fails(terminal, "runs/image.sh", "imagine", "a red disc");
        await Edited(terminal);
        await Packed(terminal);
        await Fails(terminal, "neither a checkpoint nor a run", "imagine", "x", "--model", terminal.Path("raw"));
        await Fails(terminal, "--steps", "imagine", "x", "--model", terminal.Path("flow"), "--steps", "0");
        await Fails(terminal, "--autoencoder is needed", "train", "image", "--stage", "flow", "--data", terminal.Path("data"), "--run", terminal.Path("other"));
        await Fails(terminal, "not both", "train", "image", "--run", terminal.Path("other"), "--steps", "3", "--minutes", "1");
        await Fails(terminal, "prepare-image", "train", "image", "--stage", "autoencoder", "--data", terminal.Path("raw"), "--run", terminal.Path("other"));
        await Fails(terminal, "--side cannot change", "train", "image", "--run", terminal.Path("coder"), "--side", "32");
    }

    [Fact]
    public async Task AFlowIsDistilledThenTaughtByAJudgeAndPacked()
    {
        using var terminal = new Terminal();
        TinyPictures.Write(terminal.Path("raw"));
        string Of(string run) => terminal.Path(run);
        Task Trains(string run, params string[] options) => Passes(terminal, "Done", ["train", "image", "--run", Of(run), "--stage", run, "--data", Of("data"), "--steps", "2", "--batch", "2", .. options]);
        Task Refuses(string said, params string[] options) => Fails(terminal, said, ["train", "image", "--run", Of("other"), "--data", Of("data"), .. options]);

        await Passes(terminal, "shapes", "data", "prepare-image", "--data", Of("raw"), "--out", Of("data"));
        await Trains("autoencoder", "--side", "32", "--hidden", "16", "--blocks", "1");
        await Trains("flow", "--side", "32", "--hidden", "32", "--blocks", "1", "--autoencoder", Of("autoencoder"), "--tokenizer", Path.Combine(Repository.Root, "models", "maison-text-1"));
        await Passes(terminal, "Done", "train", "image", "--run", Of("longer"), "--stage", "flow", "--data", Of("data"), "--steps", "2", "--batch", "2", "--from", Of("flow"), "--autoencoder", Of("autoencoder"));
        await Trains("distil", "--teacher", Of("longer"));
        await Trains("judge", "--side", "16", "--hidden", "16", "--colours");
        await Trains("rewarded", "--teacher", Of("distil"), "--judge", Of("judge"), "--few-steps", "2", "--anchor", "3");

        await Refuses("--from belongs to --stage flow or judge", "--stage", "autoencoder", "--from", Of("flow"));
        await Refuses("judge", "--stage", "judge", "--from", Of("flow"));
        await Refuses("--colours follows from", "--stage", "judge", "--from", Of("judge"), "--colours");
        await Refuses("was distilled itself", "--stage", "flow", "--from", Of("distil"), "--autoencoder", Of("autoencoder"));
        await Refuses("--blocks follows from what --from names", "--stage", "flow", "--from", Of("flow"), "--autoencoder", Of("autoencoder"), "--blocks", "2");
        await Refuses("was not distilled", "--stage", "rewarded", "--teacher", Of("flow"), "--judge", Of("judge"));
        await Refuses("--judge is needed", "--stage", "rewarded", "--teacher", Of("distil"));
        await Refuses("--anchor belongs to --stage rewarded", "--stage", "distil", "--teacher", Of("flow"), "--anchor", "1");
        await Refuses("--colours belongs to --stage judge", "--stage", "autoencoder", "--colours");
        await Refuses("--side follows from the teacher", "--stage", "rewarded", "--teacher", Of("distil"), "--judge", Of("judge"), "--side", "32");

        string[] pack = ["models", "pack-image", Of("autoencoder"), Of("longer"), "--rewarded", Of("rewarded"), "--data", Of("data"), "--to", terminal.Shipped];
        await Fails(terminal, "give the run that distilled it too", pack);
        await Fails(terminal, "give --rewarded too", "models", "pack-image", Of("autoencoder"), Of("longer"), "--share", "0.5", "--data", Of("data"), "--to", terminal.Shipped);
        await Passes(terminal, "Packed", [.. pack, "--distilled", Of("distil"), "--share", "0.5"]);
        // Half of what is packed is of the flow that it began as.
        float[] Head(string folder) => Maison.Models.Image.ImageCheckpoint.LoadFlow(folder).Head.ToArray();
        float[] began = Head(Path.Combine(Of("distil"), "model")), taught = Head(Path.Combine(Of("rewarded"), "model"));
        Assert.NotEqual(began, taught);
        Assert.All(Head(Path.Combine(terminal.Shipped, "maison-image-1")).Zip(began, taught), h => Assert.Equal((h.Second + h.Third) / 2, h.First, 0.001f));
        var card = File.ReadAllText(Path.Combine(terminal.Shipped, "maison-image-1", "card.md"));
        foreach (var told in new[] { "--stage judge --colours", "--teacher distil --judge judge --few-steps 2 --anchor 3 --critic 1", "--rewarded rewarded --share 0.5", "A critic that learned meanwhile", "maison-judge-1, which scores below, is another", "| rewarded | 2 of 2 |", "| flow-before | 2 of 2 |", "--from flow-before" }) Assert.Contains(told, card);
        Assert.DoesNotContain(terminal.Path(""), card + File.ReadAllText(Path.Combine(terminal.Shipped, "maison-image-1", "receipt.json")));
        await Passes(terminal, "Done", "train", "image", "--run", Of("distil"), "--steps", "3");
        await Fails(terminal, "began as another flow", [.. pack, "--distilled", Of("distil")]);
        await TaughtAgain(terminal);
        await Passes(terminal, "out.png", "imagine", "a red disc", "-o", terminal.Path("out.png"));

        // With a chooser one picture is the best of a few seeds, where it knows the words and nobody tells a seed; the file says of which.
        await Passes(terminal, "Packed", "models", "pack-judge", Of("judge"), "--data", Of("data"), "--to", terminal.Shipped);
        Assert.Contains("It never scores", File.ReadAllText(Path.Combine(terminal.Shipped, "maison-chooser-1", "card.md")));
        var chosen = new HashSet<int>();
        foreach (var prompt in new[] { "a red disc", "a blue square", "a green disc", "a yellow square" })
        {
            await Passes(terminal, "best.png", "imagine", prompt, "-o", Of("best.png"));
            var seed = Maison.Data.Pictures.PictureRecipe.Read(File.ReadAllBytes(Of("best.png"))).Seed;
            Assert.InRange(seed, 1, 4);
            chosen.Add(seed);
            await Passes(terminal, "told.png", "imagine", prompt, "--seed", $"{seed}", "-o", Of("told.png"));
            Assert.Equal(File.ReadAllBytes(Of("best.png")), File.ReadAllBytes(Of("told.png")));
        }
        Assert.True(chosen.Count > 1, $"It chose {string.Join(", ", chosen)} alone.");
        await Passes(terminal, "best.png", "imagine", "zebra", "-o", Of("best.png"));
        Assert.Equal(1, Maison.Data.Pictures.PictureRecipe.Read(File.ReadAllBytes(Of("best.png"))).Seed);
        await Fails(terminal, "is no packed judge", "eval", "image", "--judge", Path.Combine(terminal.Shipped, "maison-chooser-1"));
    }

    /// <summary>A packed model begins another lesson, with no run of before at hand, and its card tells both.</summary>
    static async Task TaughtAgain(Terminal terminal)
    {
        var (packed, again, data) = (Path.Combine(terminal.Shipped, "maison-image-1"), terminal.Path("again"), terminal.Path("data"));
        var before = File.ReadAllText(Path.Combine(packed, "card.md"));
        await Passes(terminal, "Done", "train", "image", "--run", again, "--stage", "rewarded", "--data", data, "--steps", "2", "--batch", "2", "--teacher", packed, "--judge", terminal.Path("judge"), "--few-steps", "2");
        string[] pack = ["models", "pack-image", "--from", packed, "--data", data, "--to", terminal.Shipped];
        await Fails(terminal, "name the run with --rewarded", pack);
        await Fails(terminal, "Leave the runs of these", [.. pack, terminal.Path("autoencoder"), "--rewarded", again]);
        await Fails(terminal, "did not begin as", [.. pack, "--rewarded", terminal.Path("rewarded")]);
        await Fails(terminal, "or a packed model with --from", "models", "pack-image", "--data", data);
        await Passes(terminal, "Packed", [.. pack, "--rewarded", again, "--share", "0.25"]);
        var card = File.ReadAllText(Path.Combine(packed, "card.md"));
        string Weights(string told) => System.Text.RegularExpressions.Regex.Match(told, @"\| flow \|.*`([0-9a-f]{64})` \|").Groups[1].Value;
        Assert.NotEqual(Weights(before), Weights(card));
        foreach (var told in new[] { "## Taught again", $"It began as the version before (SHA-256 `{Weights(before)}`)", "--teacher maison-image-1 --judge judge", "--from maison-image-1 --rewarded rewarded --share 0.25", "25 % of the taught one's", "## Versions before" }) Assert.Contains(told, card);
        foreach (var heading in new[] { "## Sizes", "## How it was trained", "## Data", "## What it paints", "## Limits" }) Assert.Single(System.Text.RegularExpressions.Regex.Matches(card, $"^{heading}$", System.Text.RegularExpressions.RegexOptions.Multiline));
        Assert.DoesNotContain(terminal.Path(""), card);
        // It is another model now.
        await Fails(terminal, "did not begin as", [.. pack, "--rewarded", again]);
    }

    /// <summary>A picture is painted anew, whole and where a mask opens it, and made again from its recipe only with the same files.</summary>
    static async Task Edited(Terminal terminal)
    {
        string[] model = ["--model", terminal.Path("flow")];
        var (photo, mask, other) = (terminal.Path("photo.png"), terminal.Path("mask.png"), terminal.Path("other.png"));
        File.WriteAllBytes(photo, SamplePictures.Png(SamplePictures.Noise(40, 30)));
        File.WriteAllBytes(other, SamplePictures.Png(SamplePictures.Noise(30, 40)));
        File.WriteAllBytes(mask, SamplePictures.Png(SamplePictures.Opened(SamplePictures.Noise(40, 30, 4), 10, 10, 20, 20)));
        await Passes(terminal, "edited.png", ["imagine", "a red disc", "--from", photo, "--mask", mask, "--steps", "2", "-o", terminal.Path("edited.png"), .. model]);
        var (before, after) = (Maison.Data.Pictures.PngReader.Read(File.ReadAllBytes(photo)), Maison.Data.Pictures.PngReader.Read(File.ReadAllBytes(terminal.Path("edited.png"))));
        Assert.Equal((40, 30), (after.Width, after.Height));
        Assert.Equal(before.Pixels[..(10 * 40 * 3)], after.Pixels[..(10 * 40 * 3)]);
        Assert.NotEqual(before.Pixels, after.Pixels);

        string[] again = ["imagine", "--recipe", terminal.Path("edited.png"), "-o", terminal.Path("twice.png"), .. model];
        await Passes(terminal, "twice.png", [.. again, "--from", photo, "--mask", mask]);
        Assert.Equal(File.ReadAllBytes(terminal.Path("edited.png")), File.ReadAllBytes(terminal.Path("twice.png")));
        await Fails(terminal, "Give that file with --from, and the mask", again);
        await Fails(terminal, "was painted from", [.. again, "--from", other, "--mask", mask]);
        await Fails(terminal, "Give it with --mask", [.. again, "--from", photo]);
        await Fails(terminal, "--strength can not be changed", [.. again, "--from", photo, "--mask", mask, "--strength", "0.5"]);
        await Fails(terminal, "from its prompt alone", ["imagine", "--recipe", terminal.Path("out.png"), "--from", photo, .. model]);
        await Fails(terminal, "Make the mask as large as the picture", ["imagine", "a red disc", "--from", other, "--mask", mask, .. model]);
        await Fails(terminal, "name that one with --from", ["imagine", "a red disc", "--mask", mask, .. model]);
        await Fails(terminal, "name that one with --from", ["imagine", "a red disc", "--strength", "0.5", .. model]);
        await Fails(terminal, "--strength is '0'", ["imagine", "a red disc", "--from", photo, "--strength", "0", .. model]);
        await Fails(terminal, "there is no such file", ["imagine", "a red disc", "--from", terminal.Path("nothing.png"), .. model]);
        await Fails(terminal, "neither PNG nor JPEG nor WebP", ["imagine", "a red disc", "--from", Path.Combine(Repository.Root, "README.md"), .. model]);
        await Fails(terminal, ".png, .jpg or .webp", ["imagine", "a red disc", "-o", terminal.Path("out.gif"), .. model]);
        await Fails(terminal, "Name a style on a plain background", ["imagine", "a red disc", "--transparent", .. model]);

        await Fails(terminal, "LEFT,TOP,RIGHT,BOTTOM", ["imagine", "a red disc", "--from", photo, "--area", "1,2,3", .. model]);
        await Passes(terminal, "part.png", ["imagine", "a red disc", "--from", photo, "--area", "0,0,50,50", "--steps", "2", "-o", terminal.Path("part.png"), .. model]);
        await Passes(terminal, "again.png", ["imagine", "--recipe", terminal.Path("part.png"), "--from", photo, "-o", terminal.Path("again.png"), .. model]);
        Assert.Equal(File.ReadAllBytes(terminal.Path("part.png")), File.ReadAllBytes(terminal.Path("again.png")));

        await Passes(terminal, "small.jpg", ["imagine", "a red disc", "--from", other, "--strength", "0.3", "--steps", "4", "--count", "2", "-o", terminal.Path("small.jpg"), .. model]);
        await Passes(terminal, "same.jpg", ["imagine", "--recipe", terminal.Path("small.jpg"), "--from", other, "-o", terminal.Path("same.jpg"), .. model]);
        Assert.Equal(File.ReadAllBytes(terminal.Path("small.jpg")), File.ReadAllBytes(terminal.Path("same.jpg")));
    }

    /// <summary>The runs become a model that is found without being named, and served.</summary>
    static async Task Packed(Terminal terminal)
    {
        string[] pack = ["models", "pack-image", terminal.Path("coder"), terminal.Path("flow"), "--data", terminal.Path("data"), "--to", terminal.Shipped];
        await Fails(terminal, "Give a run of the autoencoder there", "models", "pack-image", terminal.Path("flow"), terminal.Path("coder"), "--data", terminal.Path("data"));
        await Passes(terminal, "Packed", [.. pack, "--machine", "a test's machine"]);
        var folder = Path.Combine(terminal.Shipped, "maison-image-1");
        var card = File.ReadAllText(Path.Combine(folder, "card.md"));
        foreach (var told in new[] { "| shapes | not stated |", "--stage flow --data DATA --autoencoder autoencoder", "a test's machine", "a red disc, white background", "decibels" }) Assert.Contains(told, card);
        Assert.DoesNotContain(terminal.Path(""), card + File.ReadAllText(Path.Combine(folder, "receipt.json")));
        Assert.Equal((6 * 18 - 2, 16), (Maison.Data.Pictures.PngReader.Read(File.ReadAllBytes(Path.Combine(folder, "styles.png"))).Width, Maison.Data.Pictures.PngReader.Read(File.ReadAllBytes(Path.Combine(folder, "styles.png"))).Height));

        var (code, _, error) = await terminal.Run("imagine", "a red zibbub", "-o", terminal.Path("own.png"), "--steps", "1");
        Assert.True(code == 0, error);
        Assert.Contains("never saw: zibbub", error);
        Assert.Empty((await terminal.Run("models", "list")).Output);

        // With an upscaler beside it, pictures are twice as large unless a side is asked for.
        await Passes(terminal, "Done", "train", "image", "--stage", "upscaler", "--data", terminal.Path("data"), "--run", terminal.Path("up"), "--steps", "2", "--batch", "2", "--side", "16", "--hidden", "16", "--blocks", "1");
        await Fails(terminal, "Give a run of the upscaler there", "models", "pack-upscaler", terminal.Path("coder"), "--data", terminal.Path("data"));
        await Passes(terminal, "Packed", "models", "pack-upscaler", terminal.Path("up"), "--data", terminal.Path("data"), "--to", terminal.Shipped);
        Assert.Contains("blending neighbours", File.ReadAllText(Path.Combine(terminal.Shipped, "maison-upscale-1", "card.md")));
        await Passes(terminal, "large.png", "imagine", "a red zibbub", "-o", terminal.Path("large.png"), "--steps", "1");
        Assert.Equal(32, Maison.Data.Pictures.PngReader.Read(File.ReadAllBytes(terminal.Path("large.png"))).Width);
        foreach (var made in (string[])["large.png", "own.png"])
        {
            await Passes(terminal, "again.png", "imagine", "--recipe", terminal.Path(made), "-o", terminal.Path("again.png"));
            Assert.Equal(File.ReadAllBytes(terminal.Path(made)), File.ReadAllBytes(terminal.Path("again.png")));
        }
        await Fails(terminal, "--side 24: maison-image-1 makes 16 or 32", "imagine", "a red disc", "--side", "24");

        var (benched, figures, problem) = await terminal.Run("bench", "image", "--json", "--threads", "1");
        Assert.True(benched == 0, problem);
        foreach (var figure in (string[])["image.one.16", "image.four.32", "image.first_look.32", "image.one.32.core_seconds"])
            Assert.True(System.Text.Json.JsonDocument.Parse(figures.Split('\n').Single(l => l.Contains($"\"{figure}\""))).RootElement.GetProperty("value").GetDouble() > 0);

        TinyFolder.Make(Path.Combine(terminal.Shipped, "tiny"));
        terminal.Variables["MAISON_API_KEY"] = "given-key";
        await using var serving = new Serving(terminal);
        using var http = new HttpClient { BaseAddress = await serving.Url() };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "given-key");
        Assert.Matches("images +maison-image-1: 16x16, 32x32", serving.Printed);
        Assert.Contains("for the image model", serving.Printed);
        using var answer = await http.PostAsync("images/generations", new StringContent("""{"prompt":"a red zibbub","seed":1,"steps":1,"n":5,"size":"16x16"}""", System.Text.Encoding.UTF8, "application/json"));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        Assert.Equal("zibbub", Assert.Single(answer.Headers.GetValues("maison-prompt-words-unknown")));
        var pictures = System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("data").EnumerateArray().Select(d => d.GetProperty("b64_json").GetBytesFromBase64()).ToArray();
        Assert.Equal(5, pictures.Length);
        Assert.Equal(File.ReadAllBytes(terminal.Path("own.png")), pictures[0]);
        Assert.Equal(0, await serving.Stop());
        await Guided(folder);
    }

    /// <summary>A model that was distilled is served, paints in its own number of steps and with its own guidance, and takes another.</summary>
    static async Task Guided(string folder)
    {
        using var terminal = new Terminal();
        TinyFolder.Make(Path.Combine(terminal.Shipped, "tiny"));
        terminal.Variables["MAISON_API_KEY"] = "given-key";
        var file = Path.Combine(folder, "config.json");
        var model = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(file))!;
        (model["config"]!["steps"], model["config"]!["guidance"], model["config"]!["furtherGuidance"]) = (2, 3, 1.5);
        File.WriteAllText(file, model.ToJsonString());
        await using var serving = new Serving(terminal, "--image-model", folder);
        using var http = new HttpClient { BaseAddress = await serving.Url() };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "given-key");
        Assert.Matches("images +maison-image-1: 16x16", serving.Printed);
        Assert.Contains("\"steps\":2,\"guidance\":1.5}", await Ask("", 200));
        Assert.Contains("\"steps\":4,\"guidance\":1.5}", await Ask(",\"quality\":\"high\"", 200));
        Assert.Contains("\"steps\":2,\"guidance\":5}", await Ask(",\"guidance\":5", 200));
        Assert.Equal(0, await serving.Stop());

        async Task<string> Ask(string fields, int status)
        {
            using var answer = await http.PostAsync("images/generations", new StringContent($$"""{"prompt":"a red disc","size":"16x16"{{fields}}}""", System.Text.Encoding.UTF8, "application/json"));
            Assert.Equal(status, (int)answer.StatusCode);
            return await answer.Content.ReadAsStringAsync();
        }
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
