using Maison.Models.Image;
using Maison.Training.Image;

namespace Maison.Tests.Training.Image;

public sealed class PromptReadingTests
{
    static readonly JudgeConfig config = new()
    {
        Colours = true,
        Styles = ["3d-lowpoly", "emoji-3d-render", "photo", "photo-food", "rendered-scene"],
        Names = ["apple", "blue", "cube", "glass", "hot dog", "light", "orange", "pixel", "red", "sphere", "table", "two", "wooden"],
    };

    readonly PromptReading reading = new(config);

    [Theory]
    [InlineData("red apple, 3D emoji", "red apple", "emoji-3d-render")]
    [InlineData("Red apples; photograph", "red apple", "photo photo-food")]
    [InlineData("a photograph of an orange", "orange", "photo photo-food")]
    [InlineData("orange, low-poly 3D render", "orange", "3d-lowpoly")]
    [InlineData("an orange hot dog", "orange hot+dog", "")]
    [InlineData("two red glass spheres on a wooden table, studio light", "two red glass sphere", "")]
    [InlineData("a red cube on top of a blue sphere on a wooden table", "red cube, blue sphere", "")]
    [InlineData("a red cube in front of a blue sphere", "red cube, blue sphere", "")]
    [InlineData("a bright red vintage cube", "red cube", "")]
    [InlineData("rendered scene: a blue cube, soft light", "blue cube", "rendered-scene")]
    [InlineData("justice", "", "")]
    [InlineData("", "", "")]
    public void ThingsAndStyleAreRead(string prompt, string names, string styles)
    {
        var asked = reading.Of(prompt);
        Assert.Equal(names, string.Join(", ", asked.Things.Select(t => string.Join(' ', (t.Many is { } many ? new[] { many } : []).Concat(t.Names).Select(n => config.Names[n].Replace(' ', '+'))))));
        Assert.Equal(styles.Split(' ', StringSplitOptions.RemoveEmptyEntries), asked.Styles.Select(s => config.Styles[s]));
    }

    [Fact]
    public void AColourIsOfTheThingAfterIt()
        => Assert.Equal(["red", "blue", null], reading.Of("a red glass cube in front of a blue sphere and an apple").Things.Select(t => t.Colour));
}
