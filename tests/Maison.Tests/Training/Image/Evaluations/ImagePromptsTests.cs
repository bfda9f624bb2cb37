using Maison.Data.Pictures.Measures;
using Maison.Data.Pictures.Scenes;
using Maison.Training.Image.Evaluations;

namespace Maison.Tests.Training.Image.Evaluations;

public sealed class ImagePromptsTests
{
    [Fact]
    public void ThereAreTwoHundredAndMoreAndNoneTwice()
    {
        Assert.Equal(ImagePrompts.Count, ImagePrompts.All.Count);
        Assert.Equal(ImagePrompts.All.Count, ImagePrompts.All.Select(p => p.Text).Distinct().Count());
        Assert.All(ImagePrompts.All.GroupBy(p => p.Group), g => Assert.InRange(g.Count(), 36, 60));
    }

    [Fact]
    public void EveryPromptNamesWhatIsChecked() => Assert.All(ImagePrompts.All, p =>
    {
        Assert.All(p.Things, t =>
        {
            Assert.Contains(t.Name, p.Text);
            Assert.Contains(t.Colour ?? "", p.Text);
            Assert.Contains(t.Material ?? "", p.Text);
            if (t.Colour is not null) Assert.Contains(t.Colour, NamedColours.All);
        });
        Assert.Contains(p.Style ?? "", p.Text);
        if (p.Bearing is not null) Assert.NotEqual(p.Things[0].Colour, p.Things[1].Colour);
    });

    [Fact]
    public void ScenesShowPairsThatTrainingNeverShows() => Assert.All(ImagePrompts.All.Where(p => p.Scene is not null), p =>
    {
        var scene = p.Scene!;
        Assert.Contains(scene.Items, i => HeldOutPairs.Thing(i.Thing, i.Colour) || HeldOutPairs.Material(i.Material, i.Colour));
        Assert.Equal(p.Things.Select(t => t.Name).Order(), scene.Items.Select(i => i.Thing).Order());
        Assert.Equal(p.Count ?? 1, scene.Count);
        if (p.Count > 1) Assert.Contains(new[] { "two ", "three ", "four " }[p.Count.Value - 2], p.Text);
        if (scene.Relation == Relation.On) Assert.True(Vocabulary.Things.First(t => t.Name == p.Things[1].Name).Carries);
    });

    [Fact]
    public void RelationsAreTheRenderersOwn() => Assert.All(ImagePrompts.All.Where(p => p.Bearing is not null), p =>
    {
        var first = p.Scene!.Items[0].Thing == p.Things[0].Name;
        var expected = p.Scene.Relation switch
        {
            Relation.LeftOf => first ? Bearing.LeftOf : Bearing.RightOf,
            Relation.InFrontOf => first ? Bearing.Below : Bearing.Above,
            _ => Bearing.Above,
        };
        Assert.Equal(expected, p.Bearing);
        Assert.Contains(p.Scene.Relation switch { Relation.LeftOf => first ? "to the left of" : "to the right of", Relation.InFrontOf => first ? "in front of" : "behind", _ => "on top of" }, p.Text);
    });

    [Fact]
    public void FewerPromptsAreSpreadOverAllGroups()
    {
        Assert.Equal(5, ImagePrompts.Some(10).Select(p => p.Group).Distinct().Count());
        Assert.Same(ImagePrompts.All, ImagePrompts.Some(10_000));
    }
}
