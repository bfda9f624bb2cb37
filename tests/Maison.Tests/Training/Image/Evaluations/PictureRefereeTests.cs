using Maison.Data.Pictures;
using Maison.Data.Pictures.Measures;
using Maison.Inference.Pictures;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Tests.Data;
using Maison.Training.Image.Evaluations;

namespace Maison.Tests.Training.Image.Evaluations;

public sealed class PictureRefereeTests : IDisposable
{
    readonly TestFolder folder = new();
    readonly Gang gang = new(1);
    readonly ImageJudge judge;

    public PictureRefereeTests() => judge = ImageJudge.Load(TinyJudge.Write(folder["judge"]), gang);

    public void Dispose()
    {
        judge.Dispose();
        gang.Dispose();
        folder.Dispose();
    }

    /// <summary>A judge's view in which some names and one style are likeliest.</summary>
    static Appraisal Seen(string style, params string[] names) => new([], [.. TinyJudge.Config.Styles.Select(s => s == style ? 1f : 0)], [.. TinyJudge.Config.Names.Select(n => names.Contains(n) ? 1f : 0)]);

    static Picture Discs(params (int X, int Y, byte[] Colour)[] discs)
    {
        const int side = 64;
        var pixels = Enumerable.Repeat((byte)255, side * side * 3).ToArray();
        foreach (var (x, y, colour) in discs)
            for (var i = 0; i < side * side; i++)
                if (Math.Pow(i % side - x, 2) + Math.Pow(i / side - y, 2) < 100) colour.CopyTo(pixels, 3 * i);
        return new(side, side, pixels);
    }

    static readonly byte[] red = [205, 30, 30], blue = [30, 70, 210];

    [Fact]
    public void WhatIsThereAsAskedIsRight()
    {
        var referee = new PictureReferee(judge);
        var balloon = new ImagePrompt("red balloon, 3D emoji", "colours", "3D emoji", [new("balloon", "red")]);
        var picture = Discs((32, 32, red));
        Assert.True(referee.Check(balloon, 1, picture, Seen("emoji-3d-render", "balloon")).Right);
        Assert.Equal(["style"], Failed(referee.Check(balloon, 1, picture, Seen("photo", "balloon"))));
        Assert.Equal(["object"], Failed(referee.Check(balloon, 1, picture, Seen("emoji-3d-render", "star"))));
        Assert.Equal(["colour"], Failed(referee.Check(balloon, 1, Discs((32, 32, blue)), Seen("emoji-3d-render", "balloon"))));
        Assert.Equal("photo", referee.Check(balloon, 1, picture, Seen("photo", "balloon")).SawStyle);

        static string[] Failed(PictureVerdict v) => [.. v.Checks.Where(c => !c.Value).Select(c => c.Key)];
    }

    [Fact]
    public void CountsPlacesAndMaterialsAreChecked()
    {
        // Looks at one thing: red ones are cubes and blue ones spheres.
        var referee = new PictureReferee(judge, all => [.. all.Select(one => Seen("photo", one.Pixels[one.Pixels.Length / 2 + one.Width * 3 / 2] > 150 ? "cube" : "sphere"))]);
        var counted = new ImagePrompt("two red matte cubes", "counts", null, [new("cube", "red")], Count: 2);
        Assert.True(referee.Check(counted, 1, Discs((16, 32, red), (48, 32, red)), Seen("photo", "cube", "matte")).Right);
        Assert.False(referee.Check(counted, 1, Discs((32, 32, red)), Seen("photo", "cube")).Checks[CheckNames.Count]);

        var related = new ImagePrompt("a red cube to the left of a blue sphere", "two solids", null, [new("cube", "red"), new("sphere", "blue")], Bearing: Bearing.LeftOf);
        Assert.True(referee.Check(related, 1, Discs((16, 32, red), (48, 32, blue)), Seen("photo", "cube", "sphere")).Right);
        var swapped = referee.Check(related, 1, Discs((16, 32, blue), (48, 32, red)), Seen("photo", "cube", "sphere"));
        Assert.Equal((true, true, false, false), (swapped.Checks[CheckNames.Object], swapped.Checks[CheckNames.Colour], swapped.Checks[CheckNames.Position], swapped.Checks[CheckNames.Composition]));
        // Names belong to colours: a blue cube and a red sphere are other things.
        var bound = related with { Things = [new("cube", "blue"), new("sphere", "red")] };
        Assert.False(referee.Check(bound, 1, Discs((16, 32, blue), (48, 32, red)), Seen("photo", "cube", "sphere")).Checks[CheckNames.Object]);
        Assert.False(referee.Check(related, 1, Discs((16, 32, red)), Seen("photo", "cube", "sphere")).Checks[CheckNames.Object]);

        var glass = new ImagePrompt("a red glass sphere", "one solid", null, [new("sphere", "red", "glass")]);
        Assert.True(referee.Check(glass, 1, Discs((32, 32, red)), Seen("photo", "sphere", "glass")).Right);
        Assert.False(referee.Check(glass, 1, Discs((32, 32, red)), Seen("photo", "sphere", "matte")).Checks[CheckNames.Material]);
    }

    [Fact]
    public void WhatTheJudgeDoesNotKnowIsNotFound()
        => Assert.False(new PictureReferee(judge).Check(new("owl, photograph", "styles", "photograph", [new("owl")]), 1, Discs(), Seen("photo")).Checks[CheckNames.Object]);

    [Fact]
    public void DamagedJudgesAreRefusedByName()
    {
        File.WriteAllText(Path.Combine(TinyJudge.Write(folder["cut"]), ImageJudge.ReferencesName), """{"corpus":"a","features":"AAAA"}""");
        Assert.Contains("12 features", Assert.Throws<CheckpointFormatException>(() => ImageJudge.Load(folder["cut"], gang)).Message);
        File.Delete(folder["cut", ImageJudge.ReferencesName]);
        Assert.Contains("pack the judge again", Assert.Throws<CheckpointFormatException>(() => ImageJudge.Load(folder["cut"], gang)).Message);
        File.Delete(folder["cut", "model.safetensors"]);
        Assert.Contains("model.safetensors", Assert.ThrowsAny<Exception>(() => ImageJudge.Load(folder["cut"], gang)).Message);
    }
}
