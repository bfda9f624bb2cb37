using Maison.Data.Pictures;

namespace Maison.Tests.Data.Pictures;

public sealed class PlainBackgroundTests
{
    const int Side = 48;

    /// <summary>A disc with a hole, drawn with soft edges over a background.</summary>
    static Picture Ring(byte[] disc, byte[] ground, double hole = 5)
    {
        var pixels = new byte[Side * Side * 3];
        for (var i = 0; i < Side * Side; i++)
        {
            var share = Share(i, hole);
            for (var c = 0; c < 3; c++) pixels[3 * i + c] = (byte)Math.Round(share * disc[c] + (1 - share) * ground[c]);
        }
        return new(Side, Side, pixels);
    }

    static double Share(int i, double hole)
    {
        double x = i % Side - Side / 2, y = i / Side - Side / 2, away = Math.Sqrt(x * x + y * y);
        return Math.Clamp(17 - away, 0, 1) * Math.Clamp(away - hole, 0, 1);
    }

    [Fact]
    public void WhatIsCutOutLiesOnAnyBackgroundWithoutAFringe()
    {
        byte[] red = [200, 40, 30];
        var cut = PlainBackground.Cut(Ring(red, [255, 255, 255], hole: -1))!;
        Assert.Equal(4, cut.Channels);
        // Laid on black it is what would have been drawn there.
        var (laid, drawn) = (PictureFile.On(cut, (0, 0, 0)), Ring(red, [0, 0, 0], hole: -1));
        Assert.InRange(laid.Pixels.Zip(drawn.Pixels, (a, b) => Math.Abs(a - b)).Max(), 0, 12);
        Assert.Equal(0, cut.Pixels[3]);
        Assert.Equal(255, cut.Pixels[4 * (Side / 2 * Side + Side / 2) + 3]);
    }

    [Fact]
    public void WhatIsEnclosedStays()
    {
        var cut = PlainBackground.Cut(Ring([20, 90, 200], [255, 255, 255]))!;
        Assert.Equal(255, cut.Pixels[4 * (Side / 2 * Side + Side / 2) + 3]);
        Assert.Equal(255, cut.Pixels[4 * (Side / 2 * Side + Side / 2)]);
    }

    [Fact]
    public void AnUnevenWhiteIsStillABackgroundAndASceneIsNone()
    {
        var picture = Ring([0, 0, 0], [250, 250, 250]);
        var random = new Random(2);
        for (var i = 0; i < picture.Pixels.Length; i++) picture.Pixels[i] = (byte)Math.Clamp(picture.Pixels[i] + random.Next(-5, 6), 0, 255);
        Assert.Equal(0, PlainBackground.Cut(picture)!.Pixels[3]);
        random.NextBytes(picture.Pixels);
        Assert.Null(PlainBackground.Cut(picture));
    }

    [Fact]
    public void StylesThatHaveOneAreKnown()
    {
        Assert.True(PlainBackground.IsAskedFor("Horse, Silhouette ICON"));
        Assert.True(PlainBackground.IsAskedFor("a red ball, white background"));
        Assert.False(PlainBackground.IsAskedFor("a photograph of a horse"));
    }
}
