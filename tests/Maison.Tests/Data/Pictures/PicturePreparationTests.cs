using Maison.Data.Pictures;
using Maison.Data.Pictures.Preparation;

namespace Maison.Tests.Data.Pictures;

public sealed class PicturePreparationTests
{
    [Fact]
    public void PicturesComeBackWithTheirCaptionsAndColours()
    {
        using var folder = new TestFolder();
        var ledger = PicturePreparation.Run(TinyPictures.Write(folder["raw"]), folder["data"], threads: 2);
        var data = new PreparedPictures(folder["data"]);
        Assert.Equal((8, 8), (data.All.Count, ledger.Sum(e => e.Train + e.HeldOut)));
        var red = Assert.Single(data.All, p => p.Concept == "red disc");
        Assert.Contains("a red disc, white background", red.Captions);
        Assert.Contains("red disc, flat emoji", red.Captions);
        Assert.Contains(red.Captions, c => c.EndsWith("mostly red", StringComparison.Ordinal));
        var pixels = data.Pixels(red, 16);
        Assert.Equal(new byte[] { 255, 255, 255 }, pixels[..3]);
        Assert.Equal(TinyPictures.Colours[0].Rgb, pixels.AsSpan((8 * 16 + 8) * 3, 3).ToArray());
    }

    [Fact]
    public void WhereTheThingsOfASceneAreSeenIsKept()
    {
        using var folder = new TestFolder();
        TinyPictures.Write(folder["raw"]);
        var captions = folder["raw", "shapes", PictureCorpus.CaptionsName];
        var line = File.ReadLines(captions).First();
        File.WriteAllText(captions, line[..^1] + ""","scene":{"things":[{"thing":"disc","colour":"red","material":"","box":{"left":4,"top":8,"right":12,"bottom":16}}]}}""" + "\n");
        PicturePreparation.Run(folder["raw"], folder["data"], threads: 1);
        var (picture, side) = (new PreparedPictures(folder["data"]).All[0], (float)PictureFile.Read(File.ReadAllBytes(Directory.GetFiles(folder["raw", "shapes"], "*.png")[0])).Width);
        var part = Assert.Single(picture.Parts);
        Assert.Equal(["disc", "red"], part.Names);
        Assert.Equal((4 / side, 8 / side, 12 / side, 16 / side), (part.Left, part.Top, part.Right, part.Bottom));

        File.WriteAllText(captions, line[..^1] + ""","scene":{"things":[{"thing":"disc"}]}}""" + "\n");
        Assert.Contains("box", Assert.Throws<InvalidDataException>(() => PictureCorpus.Find(folder["raw"])).Message);
    }

    [Fact]
    public void TheSameInputGivesTheSameBytes()
    {
        using var folder = new TestFolder();
        TinyPictures.Write(folder["raw"], transparent: true);
        foreach (var threads in new[] { 1, 3 }) PicturePreparation.Run(folder["raw"], folder[$"data{threads}"], threads);
        foreach (var file in Directory.GetFiles(folder["data1"])) Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(folder["data3"], Path.GetFileName(file))));
        // What was transparent lies on a plain background that its captions name.
        Assert.All(new PreparedPictures(folder["data1"]).All, p => Assert.Equal(p.Background.All(b => b == 255), p.Captions[0].Contains("white background", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("{", "not a JSON line")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("""{"caption":"x"}""", "no \"file\"")]
    [InlineData("""{"file":"red-disc.png"}""", "no \"caption\"")]
    [InlineData("""{"file":"absent.png","caption":"x"}""", "there is no file absent.png")]
    [InlineData("""{"file":"../out.png","caption":"x"}""", "outside the corpus")]
    public void BadCaptionsAreRefusedByLine(string line, string told)
    {
        using var folder = new TestFolder();
        TinyPictures.Write(folder["raw"]);
        File.WriteAllText(folder["raw", "out.png"], "");
        File.AppendAllText(folder["raw", "shapes", PictureCorpus.CaptionsName], line + "\n");
        var message = Assert.Throws<InvalidDataException>(() => PicturePreparation.Run(folder["raw"], folder["data"], 1)).Message;
        Assert.Contains(told, message);
        Assert.Contains(":9:", message);
    }

    [Fact]
    public void BadPicturesAndFoldersAreRefused()
    {
        using var folder = new TestFolder();
        TinyPictures.Write(folder["raw"]);
        var file = folder["raw", "shapes", "red-disc.png"];
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..60]);
        Assert.Contains("red-disc.png", Assert.ThrowsAny<Exception>(() => PicturePreparation.Run(folder["raw"], folder["data"], 1)).GetBaseException() is { } e ? e.Message : "");
        Assert.Contains("captions.jsonl", Assert.Throws<FileNotFoundException>(() => PicturePreparation.Run(folder.Path, folder["data"], 1)).Message);
        Assert.Contains("prepare-image", Assert.Throws<InvalidDataException>(() => new PreparedPictures(folder["raw"])).Message);
    }
}
