using Maison.Data.Pictures.Preparation;
using Maison.Training.Image;

namespace Maison.Tests.Training.Image;

public sealed class PictureOrderTests
{
    static PreparedPicture[] Pictures(params (string Style, int Count)[] styles)
        => [.. styles.SelectMany(s => Enumerable.Range(0, s.Count).Select(i => new PreparedPicture("c", $"{s.Style}{i}", 0, 1, s.Style, "x", ["x"], [255, 255, 255], false, false)))];

    [Fact]
    public void AStyleWithMostPicturesGetsHalfOfWhatIsSeen()
    {
        var pictures = Pictures(("scene", 80), ("emoji", 12), ("icon", 8));
        var order = new PictureOrder(pictures, 10, 1);
        int[] seen = [.. Enumerable.Range(0, 32).SelectMany(order.Batch)];
        Assert.Equal(160, seen.Count(i => pictures[i].Style == "scene"));
        // 160 places: every scene twice, every other picture eight times.
        Assert.All(seen.GroupBy(i => i), g => Assert.Equal(pictures[g.Key].Style == "scene" ? 2 : 8, g.Count()));
        Assert.Equal(100, seen.Distinct().Count());
        Assert.Equal(order.Batch(7), new PictureOrder(pictures, 10, 1).Batch(7));
        Assert.NotEqual(order.Batch(7), new PictureOrder(pictures, 10, 2).Batch(7));
        // A batch of one sees both parts by turns.
        Assert.Equal(2, Enumerable.Range(0, 2).Select(s => pictures[new PictureOrder(pictures, 1, 1).Batch(s)[0]].Style == "scene").Distinct().Count());
    }

    [Theory]
    [InlineData(30, 70)]
    [InlineData(0, 100)]
    public void OtherwiseAllPicturesAreSeenAlike(int scenes, int others)
    {
        var pictures = Pictures(("scene", scenes), ("emoji", (others + 1) / 2), ("icon", others / 2));
        var order = new PictureOrder(pictures, 10, 1);
        Assert.Equal(100, Enumerable.Range(0, 10).SelectMany(order.Batch).Distinct().Count());
    }
}
