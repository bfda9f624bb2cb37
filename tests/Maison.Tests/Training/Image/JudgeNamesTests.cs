using Maison.Data.Pictures.Measures;
using Maison.Data.Pictures.Preparation;
using Maison.Training.Image;

namespace Maison.Tests.Training.Image;

public sealed class JudgeNamesTests
{
    static PreparedPicture Picture(string corpus, string style, string concept, int number = 0, bool heldOut = false)
        => new(corpus, $"{concept}-{number}.png", 0, 1, style, concept, [concept], [255, 255, 255], false, heldOut);

    [Theory]
    [InlineData("red apple", "apple")]
    [InlineData("orange", "orange")]
    [InlineData("light blue bird", "light bird")]
    [InlineData("crown", "crown")]
    public void ColoursAreNoPartOfAName(string concept, string name) => Assert.Equal(name, NamedColours.Without(concept));

    [Fact]
    public void AScenesNamesAreItsSolidsAndMaterials()
    {
        Assert.Equal(["sphere", "glass"], Names("red glass sphere"));
        Assert.Equal(["bowl", "metal"], Names("three blue metal bowls"));
        Assert.Equal(["hexagonal prism", "torus", "wooden", "fabric"], Names("pink wooden hexagonal prism and black fabric torus"));
        Assert.Equal(["chest of drawers", "egg", "glossy"], Names("red chest of drawers and blue glossy egg"));
        Assert.Empty(Names("three cows"));

        // For a judge that teaches, colours and numbers are names too, wherever they are said.
        Assert.Equal(["bowl", "metal", "three", "blue"], Names("three blue metal bowls", colours: true));
        Assert.Equal(["apple", "red"], JudgeNames.NamesOf(Picture("emoji", "emoji-flat", "red apple"), colours: true));
        Assert.Equal(["orange"], JudgeNames.NamesOf(Picture("emoji", "emoji-flat", "orange"), colours: true));

        static IReadOnlyList<string> Names(string concept, bool colours = false) => JudgeNames.NamesOf(Picture("scenes", "rendered-scene", concept), colours);
    }

    [Fact]
    public void AThingThatIsSeenAloneHasItsOwnNames()
    {
        var parts = new[] { new PicturePart(["sphere", "glass", "red"], 0, 0, 0.5f, 0.5f), new PicturePart(["cow", "white"], 0.5f, 0, 1, 1) };
        PreparedPicture[] all = [.. Enumerable.Range(0, 12).Select(i => Picture("scenes", "rendered-scene", "red glass sphere and white cow", i) with { Parts = parts })];
        Assert.Equal(["sphere, glass", "cow"], Told(new(all)));
        Assert.Equal(["sphere, glass, red", "cow, white"], Told(new(all, colours: true)));

        static IEnumerable<string> Told(JudgeNames names) => names.Train[0].Parts.Select(p => string.Join(", ", p.Names.Select(n => names.Names[n])));
    }

    [Fact]
    public void ADrawingIsHeldOutInAllItsFinishesAndHeldOutConceptsAlways()
    {
        string[] finishes = ["emoji_fluent_3d", "emoji_fluent_flat", "emoji_fluent_line"], others = ["emoji_noto", "emoji_twemoji", "emoji_openmoji"];
        PreparedPicture[] all = [.. Enumerable.Range(0, 60).SelectMany(c => finishes.Concat(others).Select(f => Picture(f, f, $"thing {c}", heldOut: c == 7)))];
        var names = new JudgeNames(all);
        Assert.Equal(all.Length, names.Train.Count + names.HeldOut.Count);
        Assert.InRange(names.HeldOut.Count, all.Length / 30, all.Length / 5);
        foreach (var kept in names.HeldOut.Where(h => finishes.Contains(h.About.Corpus)))
            Assert.DoesNotContain(names.Train, t => t.About.Concept == kept.About.Concept && finishes.Contains(t.About.Corpus));
        Assert.Equal(6, names.HeldOut.Count(h => h.About.Concept == "thing 7"));
        Assert.DoesNotContain("thing 7", names.Names);
        Assert.All(names.HeldOut.Where(h => h.About.Concept == "thing 7"), h => Assert.Empty(h.Names));
    }

    [Fact]
    public void WhatIsSeenTooSeldomHasNoName()
    {
        PreparedPicture[] all = [.. Enumerable.Range(0, 40).Select(i => Picture("photo_animals", "photo", "dog", i)), Picture("photo_animals", "photo", "eel"), Picture("photo_animals", "photo", "left arrow")];
        var names = new JudgeNames(all);
        Assert.Equal(["dog"], names.Names);
        Assert.All(names.Train.Where(t => t.About.Concept == "left arrow"), t => Assert.False(t.Mirrors));
        Assert.All(names.Train.Where(t => t.About.Concept == "dog"), t => Assert.True(t.Mirrors));
    }
}
