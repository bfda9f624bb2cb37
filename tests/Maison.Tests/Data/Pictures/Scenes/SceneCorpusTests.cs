using Maison.Data.Corpora;
using Maison.Data.Pictures;
using Maison.Data.Pictures.Preparation;
using Maison.Data.Pictures.Scenes;
using Maison.Tests.Data.Pictures.Rendering;

namespace Maison.Tests.Data.Pictures.Scenes;

public sealed class SceneCorpusTests
{
    static ScenePlan Plan(string folder, int count) => new(folder, count) { Side = 32, Paths = 1, Seed = 2 };

    [Fact]
    public void AKilledRunGoesOnToTheSameBytes()
    {
        using var folder = new TestFolder();
        SceneCorpus.Run(Plan(folder["whole"], 20) with { Threads = 2 });
        SceneCorpus.Run(Plan(folder["parts"], 9));
        // A line that was cut off by the kill, and a picture without its line.
        File.AppendAllText(folder["parts", PictureCorpus.CaptionsName], """{"file":"000/0000""");
        File.WriteAllText(folder["parts", "000", "000009.webp.partial"], "half");
        Assert.Equal(11, SceneCorpus.Run(Plan(folder["parts"], 20)));
        Assert.Equal(0, SceneCorpus.Run(Plan(folder["parts"], 20)));
        File.Delete(folder["parts", "000", "000009.webp.partial"]);
        foreach (var file in Directory.GetFiles(folder["whole"], "*", SearchOption.AllDirectories))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace(folder["whole"], folder["parts"], StringComparison.Ordinal)));
    }

    [Fact]
    public void PreparationTakesTheWordingsAsTheyAre()
    {
        using var folder = new TestFolder();
        SceneCorpus.Run(Plan(folder["raw", "scenes"], 5));
        PicturePreparation.Run(folder["raw"], folder["data"], 1);
        var data = new PreparedPictures(folder["data"]);
        Assert.Equal(5, data.All.Count);
        var corpus = PictureCorpus.Find(folder["raw"])[0];
        Assert.All(data.All.Zip(corpus.Pictures), p => Assert.Equal(p.Second.Captions, p.First.Captions));
        Assert.All(data.All, p => Assert.Equal(SceneCaptions.Style, p.Style));
        Assert.StartsWith("CC0", data.Ledger[0].Licence.Attribution);
    }

    [Fact]
    public void AStoppedRunLeavesAWholeCorpus()
    {
        using var folder = new TestFolder();
        using var stop = new CancellationTokenSource();
        var heard = new Heard(stop);
        Assert.Equal(8, SceneCorpus.Run(Plan(folder["raw"], 1000), heard, stop.Token));
        Assert.Equal(8, PictureCorpus.Find(folder["raw"])[0].Pictures.Count);
    }

    [Fact]
    public void AFolderOfSomethingElseIsRefused()
    {
        using var folder = new TestFolder();
        SceneCorpus.Run(Plan(folder["raw"], 1));
        Assert.Contains("seed 2", Assert.Throws<InvalidDataException>(() => SceneCorpus.Run(Plan(folder["raw"], 2) with { Seed = 3 })).Message);
        TinyPictures.Write(folder["other"]);
        Assert.Contains("something else", Assert.Throws<InvalidDataException>(() => SceneCorpus.Run(Plan(folder["other", "shapes"], 9))).Message);
        Assert.Contains("hdri_sky", Assert.Throws<FileNotFoundException>(() => SceneAssets.Read(folder.Path)).Message);
        Directory.CreateDirectory(folder["assets", "hdri_sky", "hdr"]);
        File.WriteAllText(folder["assets", "hdri_sky", "hdr", "sky.hdr"], "#?RADIANCE\n\n-Y 4 +X 4\nabc");
        Assert.Contains("sky.hdr", Assert.Throws<InvalidDataException>(() => SceneAssets.Read(folder["assets"])).Message);
    }

    [Fact]
    public void SkiesAndModelsOfAFolderAreUsedAndTold()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["assets", "hdri_sky", "hdr"]);
        Directory.CreateDirectory(folder["assets", "models3d_quaternius", "glb"]);
        File.WriteAllBytes(folder["assets", "hdri_sky", "hdr", "workshop.hdr"], [.. "#?RADIANCE\n\n-Y 1 +X 2\n"u8, 128, 128, 128, 129, 60, 60, 90, 128]);
        foreach (var name in (string[])["animals_pack-Fox", "rpg_items_pack-Crystal1"]) File.WriteAllBytes(folder["assets", "models3d_quaternius", "glb", name + ".glb"], TinyModel.Glb());
        var assets = SceneAssets.Read(folder["assets"]);
        SceneCorpus.Run(Plan(folder["raw"], 40) with { Assets = assets });
        var lines = File.ReadAllLines(folder["raw", PictureCorpus.CaptionsName]);
        Assert.Contains(lines, l => l.Contains("in a workshop", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("\"thing\":\"fox\",\"colour\":\"\",\"material\":\"\"", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("\"thing\":\"crystal\"", StringComparison.Ordinal) && !l.Contains("\"thing\":\"crystal\",\"colour\":\"\"", StringComparison.Ordinal));
        Assert.Contains("1 photographed skies", File.ReadAllText(folder["raw", "LICENCE.txt"]));
        Assert.Contains("2 things by Quaternius", File.ReadAllText(folder["raw", "LICENCE.txt"]));
        File.WriteAllBytes(folder["assets", "models3d_quaternius", "glb", "animals_pack-Fox.glb"], TinyModel.Glb()[..90]);
        Assert.Contains("animals_pack-Fox.glb", Assert.Throws<InvalidDataException>(() => SceneAssets.Read(folder["assets"])).Message);
    }

    [Theory]
    [InlineData("fox", "foxes")]
    [InlineData("small fish", "small fish")]
    [InlineData("red bookshelf", "red bookshelves")]
    [InlineData("chest of drawers", "chests of drawers")]
    [InlineData("piece of wood", "pieces of wood")]
    [InlineData("torus", "toruses")]
    [InlineData("couch", "couches")]
    [InlineData("vase", "vases")]
    public void SeveralThingsAreNamedAsPeopleDo(string one, string several) => Assert.Equal(several, SceneCaptions.Plural(one));

    /// <summary>Stops the run at its first report.</summary>
    sealed class Heard(CancellationTokenSource stop) : IProgress<DataProgress>
    {
        public void Report(DataProgress value) => stop.Cancel();
    }
}
