// A picture's recipe, in each format that the house writes.

using Maison.Api.Images;
using Maison.App.Images;
using Maison.Data.Pictures;
using Maison.Tests.Data.Pictures;

namespace Maison.Tests.App;

public sealed class RecipeTests
{
    [Fact]
    public void IsReadFromEveryFormatThatCarriesIt()
    {
        foreach (var format in PictureFormat.All.Where(f => f.IsWritten))
        {
            var file = format.Encode(SamplePictures.Noise(32, 24), 80, new PictureRecipe("a <purple> heart é", 41, 1, 8, 1, "maison-image-1", 128));
            var recipe = Recipe.Of(file)!;
            Assert.Equal(("a <purple> heart é", 41, 8, "maison-image-1"), (recipe.Prompt, recipe.Seed, recipe.Steps, recipe.Model));
            // Damaged or without one, it is a picture like any other.
            for (var length = 0; length < Math.Min(file.Length, 400); length++) _ = Recipe.Of(file[..length]);
        }
        Assert.Null(Recipe.Of(SamplePictures.Png(SamplePictures.Noise(8, 8))));
        Assert.Null(Recipe.Of([0xFF, 0xD8, 0xFF, 0xE0, 0, 1]));
        Assert.Null(Recipe.Of([.. "RIFF\0\0\0\0WEBPMAIS"u8, 0xFF, 0xFF, 0xFF, 0x7F]));
    }
}
