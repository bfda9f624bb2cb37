using Maison.Data.Pictures;
using Maison.Data.Pictures.Measures;

namespace Maison.Tests.Data.Pictures;

public sealed class PictureCheckTests
{
    const int Side = 96;
    static readonly (byte, byte, byte) white = (255, 255, 255), red = (205, 30, 30), blue = (30, 70, 210), green = (40, 150, 60);

    /// <summary>Discs on a ground: middle, radius and colour, shaded like balls under light from above.</summary>
    static PictureRegions Discs((byte R, byte G, byte B) ground, params (double X, double Y, double Radius, (byte R, byte G, byte B) Colour)[] discs)
    {
        var pixels = new byte[Side * Side * 3];
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
            {
                var (colour, light) = (ground, 1.0 - 0.1 * y / Side);
                foreach (var d in discs)
                {
                    double dx = (x + 0.5) / Side - d.X, dy = (y + 0.5) / Side - d.Y;
                    if (dx * dx + dy * dy < d.Radius * d.Radius) (colour, light) = (d.Colour, 0.85 - 0.25 * dy / d.Radius);
                }
                var at = (y * Side + x) * 3;
                (pixels[at], pixels[at + 1], pixels[at + 2]) = (Shaded(colour.R, light), Shaded(colour.G, light), Shaded(colour.B, light));
            }
        return new(new Picture(Side, Side, pixels));

        static byte Shaded(byte value, double light) => (byte)Math.Min(255, value * light);
    }

    static int Named(string colour) => NamedColours.All.ToList().IndexOf(colour);

    [Theory]
    [InlineData("red", 0xC51A1A)]
    [InlineData("orange", 0xEE7410)]
    [InlineData("yellow", 0xF0C814)]
    [InlineData("green", 0x2A9636)]
    [InlineData("blue", 0x1C4CCB)]
    [InlineData("purple", 0x762BAE)]
    [InlineData("pink", 0xEE86B0)]
    [InlineData("brown", 0x75451F)]
    [InlineData("white", 0xEFEFEC)]
    [InlineData("grey", 0x848484)]
    [InlineData("black", 0x18181A)]
    public void ADiscHasItsColourAndNoOther(string name, int rgb)
    {
        (byte, byte, byte) colour = ((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb), ground = name is "white" ? ((byte)110, (byte)140, (byte)110) : white;
        var seen = Discs(ground, (0.5, 0.5, 0.3, colour));
        Assert.Equal([name], NamedColours.All.Where(c => PictureChecks.IsColour(seen, Named(c))));
        Assert.InRange(seen.Foreground, 0.26, 0.31);
    }

    [Fact]
    public void ThreeDiscsAreCountedAndSpecksAreNot()
    {
        var seen = Discs(white, (0.2, 0.3, 0.12, red), (0.7, 0.3, 0.14, red), (0.5, 0.75, 0.13, red), (0.9, 0.9, 0.02, red), (0.14, 0.8, 0.13, blue));
        Assert.Equal(4, PictureChecks.Count(seen, null));
        Assert.Equal(3, PictureChecks.Count(seen, Named("red")));
        Assert.Equal(1, PictureChecks.Count(seen, Named("blue")));
        Assert.Equal(0, PictureChecks.Count(seen, Named("green")));
        Assert.Equal(0, PictureChecks.Count(Discs(white), null));
    }

    [Fact]
    public void DiscsThatTouchAreCountedAndAWaistIsNoGap()
    {
        Assert.Equal(2, PictureChecks.Count(Discs(white, (0.35, 0.5, 0.17, red), (0.66, 0.5, 0.17, red)), Named("red")));
        // Hardly apart: one long thing.
        Assert.Equal(1, PictureChecks.Count(Discs(white, (0.45, 0.5, 0.2, red), (0.55, 0.5, 0.2, red)), Named("red")));
        // A small head on a large body is no second thing.
        Assert.Equal(1, PictureChecks.Count(Discs(white, (0.5, 0.25, 0.1, red), (0.5, 0.58, 0.25, red)), Named("red")));
    }

    [Fact]
    public void LeftIsLeftAndAboveIsAbove()
    {
        var seen = Discs((190, 160, 120), (0.25, 0.6, 0.15, red), (0.75, 0.4, 0.15, blue));
        Assert.True(PictureChecks.Lies(seen, Named("red"), Bearing.LeftOf, Named("blue")));
        Assert.False(PictureChecks.Lies(seen, Named("red"), Bearing.RightOf, Named("blue")));
        Assert.True(PictureChecks.Lies(seen, Named("blue"), Bearing.RightOf, Named("red")));
        Assert.True(PictureChecks.Lies(seen, Named("blue"), Bearing.Above, Named("red")));
        Assert.True(PictureChecks.Lies(seen, Named("red"), Bearing.Below, Named("blue")));
        Assert.Null(PictureChecks.Lies(seen, Named("red"), Bearing.LeftOf, Named("green")));
    }

    [Fact]
    public void AHighlightOrAHoleChangesNoColour()
    {
        var seen = Discs(white, (0.5, 0.5, 0.35, green), (0.42, 0.4, 0.08, white));
        Assert.True(PictureChecks.IsColour(seen, Named("green")));
        Assert.Equal(1, PictureChecks.Count(seen, Named("green")));
    }

    [Fact]
    public void APictureThatIsAllGroundHasTheColourOfTheGround()
    {
        var seen = Discs((30, 70, 210));
        Assert.Equal(0, seen.Foreground);
        Assert.True(PictureChecks.IsColour(seen, Named("blue")));
    }

    [Fact]
    public void TransparentPicturesAreRefused()
        => Assert.Contains("background", Assert.Throws<ArgumentException>(() => new PictureRegions(new(1, 1, new byte[4], 4))).Message);
}
