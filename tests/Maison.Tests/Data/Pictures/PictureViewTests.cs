using Maison.Data.Pictures;
using Maison.Data.Pictures.Preparation;
using Maison.Training.Image.Evaluations;

namespace Maison.Tests.Data.Pictures;

public sealed class PictureViewTests
{
    static CaptionedPicture Named(string name, string style = "emoji-flat", string tag = "objects") => new("a.png", $"{name}, flat vector emoji, white background", style, name, [tag], [], []);

    [Theory]
    [InlineData("red apple", true)]
    [InlineData("right arrow", false)]
    [InlineData("rightwards pushing hand", false)]
    [InlineData("two-thirty", false)]
    [InlineData("keycap: 7", false)]
    [InlineData("dice six faces 2", false)]
    [InlineData("OK button", false)]
    public void PicturesWithASideAreNotMirrored(string name, bool mirrors) => Assert.Equal(mirrors, PictureViews.Mirrors(Named(name)));

    [Fact]
    public void SymbolsFlagsAndArtworksAreNotMirrored()
    {
        Assert.False(PictureViews.Mirrors(Named("information", tag: "symbols")));
        Assert.False(PictureViews.Mirrors(Named("crossed", tag: "flags")));
        Assert.False(PictureViews.Mirrors(Named("portrait", "artwork")));
        Assert.True(PictureViews.Mirrors(Named("red cube and left-handed blue cone", "rendered-scene")));
    }

    [Fact]
    public void MirroredWordingsExchangeLeftAndRight()
        => Assert.Equal(["a red cube to the right of a blue cone, bright light", "a blue cone to the left of a red cube"],
            PictureCaptions.Mirrored(["a red cube to the left of a blue cone, bright light", "a blue cone to the right of a red cube", "low-poly render of a stool, view SE"]));

    [Theory]
    [InlineData("umbrella", true)]
    [InlineData("red apple", true)]
    [InlineData("woman dancing", false)]
    [InlineData("cat face", false)]
    [InlineData("orange", false)]
    [InlineData("oncoming automobile", false)]
    [InlineData("glowing star", false)]
    [InlineData("race cars", false)]
    [InlineData("tropical fish", false)]
    [InlineData("fishing pole", false)]
    [InlineData("monkey", false)]
    public void WhatKeepsItsColoursIsNotDyed(string name, bool dyes) => Assert.Equal(dyes, PictureViews.Dyes(Named(name)));

    [Fact]
    public void PeopleFacesIconsAndPhotographsAreNotDyed()
    {
        Assert.False(PictureViews.Dyes(Named("dancer", tag: "people and body")));
        Assert.False(PictureViews.Dyes(Named("grinning", tag: "smileys and emotion")));
        Assert.False(PictureViews.Dyes(Named("umbrella", "icon-silhouette")));
        Assert.False(PictureViews.Dyes(Named("umbrella", "photo")));
    }

    [Fact]
    public void NothingIsDyedThatTheEvaluationAsksForInNewColours() => Assert.All(ImagePrompts.All.Where(p => p.Group == ImagePrompts.Colours).SelectMany(p => p.Things).SelectMany(t => ImagePrompts.Labels(t.Name)), name =>
    {
        Assert.False(PictureViews.Dyes(Named(name)));
        Assert.False(PictureViews.Dyes(Named($"two {name}s")));
        Assert.False(PictureViews.Dyes(Named($"{name} with umbrella")));
    });

    [Fact]
    public void ADyeTurnsTheThingAndLeavesGroundAndOutlines()
    {
        var picture = Disc(outline: true);
        Assert.Equal("red", PictureDye.Measured(picture)!.Value.Name);
        var measured = PictureDye.Measured(picture)!.Value.Mean;
        Assert.All(PictureDye.Colours.Where(c => c != "red"), colour =>
        {
            var dyed = new PictureDye(measured.Light, measured.Red, measured.Yellow, colour).On(picture);
            Assert.Equal(colour, PictureDye.Measured(dyed)?.Name);
            for (var i = 0; i < dyed.Pixels.Length; i += 3)
                if (picture.Pixels[i] == picture.Pixels[i + 1]) Assert.True(picture.Pixels.AsSpan(i, 3).SequenceEqual(dyed.Pixels.AsSpan(i, 3)));
        });
    }

    [Fact]
    public void AViewIsMirroredAndStandsElsewhereOnItsGround()
    {
        var picture = Disc(outline: false, left: true);
        var mirrored = new PictureView([], Mirrored: true).Of(picture);
        Assert.NotEqual(picture.Pixels, mirrored.Pixels);
        Assert.Equal(picture.Pixels, new PictureView([], Mirrored: true).Of(mirrored).Pixels);
        var moved = new PictureView([], false, 0.5f, Across: 1, Down: 1).Of(picture);
        Assert.All(Enumerable.Range(0, 32 * 32).Where(i => i % 32 < 16 || i / 32 < 16), i => Assert.Equal(255, moved.Pixels[3 * i + 1]));
        Assert.Contains((byte)30, moved.Pixels);
        // From twice as near only the right half is seen, into which the disc reaches.
        var nearer = new PictureView([], false, 2, Across: 1, Down: 0.5f).Of(picture);
        Assert.Equal(220, nearer.Pixels[16 * 32 * 3]);
        Assert.Equal(255, nearer.Pixels[(16 * 32 + 31) * 3]);
    }

    [Fact]
    public void PreparedPicturesGetViewsThatFollowFromTheirNames()
    {
        using var folder = new TestFolder();
        PicturePreparation.Run(TinyPictures.Write(folder["raw"]), folder["data"], 2);
        var data = new PreparedPictures(folder["data"]);
        Assert.All(data.All, p => Assert.Equal(p.HeldOut, p.Views.Count == 0));
        var red = data.All.Single(p => p.Concept == "red disc");
        Assert.Contains("red disc, flat emoji", red.Captions);
        var dyed = red.Views.Where(v => v.Dye is not null).ToArray();
        Assert.Equal(2, dyed.Length);
        Assert.All(dyed, v =>
        {
            Assert.Contains($"a {v.Dye!.Colour} disc, white background".Replace("a orange", "an orange", StringComparison.Ordinal), v.Captions);
            Assert.False(PicturePreparation.IsHeldOut($"{v.Dye.Colour} disc"));
            Assert.Equal(v.Dye.Colour, PictureDye.Measured(new(32, 32, data.Pixels(red, 32, v)))?.Name);
        });
        Assert.Contains(dyed[0].Captions[0], red.Wordings);
    }

    static Picture Disc(bool outline, bool left = false)
    {
        var pixels = new byte[32 * 32 * 3];
        for (var i = 0; i < 32 * 32; i++)
        {
            double x = i % 32 - (left ? 9.5 : 15.5), y = i / 32 - 15.5, r = Math.Sqrt(x * x + y * y);
            byte[] colour = r > 9 ? [255, 255, 255] : outline && r > 8 ? [0, 0, 0] : [220, 30, 30];
            colour.CopyTo(pixels, 3 * i);
        }
        return new(32, 32, pixels);
    }
}
