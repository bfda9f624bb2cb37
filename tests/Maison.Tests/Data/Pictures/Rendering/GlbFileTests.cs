using System.Numerics;
using Maison.Data.Pictures.Rendering;

namespace Maison.Tests.Data.Pictures.Rendering;

public sealed class GlbFileTests
{
    [Fact]
    public void AModelIsReadInItsPlaceAndColours()
    {
        var model = GlbFile.Read(TinyModel.Glb());
        Assert.Equal((new Vector3(0, 1, 0), new Vector3(2, 3, 2)), model.Mesh.Bounds());
        Assert.Equal([0, 0, 0, 1], model.Mesh.Parts!);
        Assert.Equal([new(1, 0, 0), new(0, 0.5f, 0)], model.Colours[..2]);
        // The slanted face looks away from the corner at the origin; without normals in the file they are those of the faces.
        var slanted = model.Mesh.Corners[^1];
        Assert.True(Vector3.Distance(Vector3.Normalize(Vector3.One), model.Mesh.Normals[slanted]) < 1e-5f);
    }

    [Theory]
    [InlineData("\"version\":\"2.0\"},", "\"version\":\"2.0\"},,", "damaged")]
    [InlineData("\"children\":[1]", "\"children\":[0]", "circle")]
    [InlineData("\"count\":4", "\"count\":400", "ends early")]
    [InlineData("\"count\":4", "\"count\":2", "a corner that is not there")]
    [InlineData("\"material\":1", "\"material\":9", "a material that is not there")]
    [InlineData("\"mesh\":0", "\"mesh\":7", "damaged")]
    [InlineData("5126", "5120", "three floats")]
    [InlineData("\"byteOffset\":18", "\"byteOffset\":-18", "damaged")]
    [InlineData("\"nodes\":[0]}]", "\"nodes\":[]}]", "no triangles")]
    public void DamageIsRefused(string replaced, string by, string told) => Assert.Contains(told, Assert.Throws<InvalidDataException>(() => GlbFile.Read(TinyModel.Glb(replaced, by))).Message);

    [Fact]
    public void EveryCutFileIsRefused()
    {
        var whole = TinyModel.Glb();
        for (var length = 0; length < whole.Length; length++) Assert.Throws<InvalidDataException>(() => GlbFile.Read(whole.AsSpan(0, length)));
    }
}
