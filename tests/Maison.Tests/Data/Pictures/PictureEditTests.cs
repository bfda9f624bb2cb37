using Maison.Data.Pictures;

namespace Maison.Tests.Data.Pictures;

public sealed class PictureEditTests
{
    static Picture Plain(int width, int height, byte value, int channels = 3) => new(width, height, [.. Enumerable.Repeat(value, width * height * channels)], channels);

    /// <summary>Opaque but for a rectangle.</summary>
    static Picture Mask(int width, int height, int left, int top, int right, int bottom)
    {
        var mask = Plain(width, height, 255, 4);
        for (var y = top; y < bottom; y++)
            for (var x = left; x < right; x++) mask.Pixels[4 * (y * width + x) + 3] = 0;
        return mask;
    }

    [Fact]
    public void ASmallOpeningInALargePictureIsSeenFromNear()
    {
        var edit = PictureEdit.Of(Plain(1000, 600, 90), Mask(1000, 600, 900, 300, 960, 340), null, leastSide: 128);
        Assert.Equal(128, edit.Side);
        var (pixels, mask) = edit.For(64);
        Assert.All(pixels, p => Assert.Equal(90, p));
        // 60 × 40 of 128 × 128 are open.
        Assert.InRange(mask!.Average(m => m / 255.0), 0.14, 0.16);
        var made = edit.With(Plain(64, 64, 200).Pixels, 64);
        Assert.Equal(200, made.Pixels[3 * (320 * 1000 + 930)]);
        Assert.Equal(90, made.Pixels[3 * (320 * 1000 + 899)]);
        Assert.InRange(made.Pixels[3 * (320 * 1000 + 900)], 91, 199);
        Assert.Equal(600 * 1000 - 60 * 40, Enumerable.Range(0, 600_000).Count(i => made.Pixels[3 * i] == 90));
    }

    [Fact]
    public void WithoutAMaskTheWholeIsPaintedWhateverItsRatio()
    {
        var picture = Plain(90, 30, 10);
        picture.Pixels.AsSpan(0, 90 * 3).Fill(250);
        var edit = PictureEdit.Of(picture, null, null, 64);
        Assert.Equal((90, 30, 90, false), (edit.Width, edit.Height, edit.Side, edit.IsMasked));
        // Above and below, the edges go on.
        var (pixels, mask) = edit.For(90);
        Assert.Null(mask);
        Assert.Equal((250, 250, 10, 10), (pixels[0], pixels[30 * 90 * 3], pixels[31 * 90 * 3], pixels[^1]));
        Assert.Equal(picture.Pixels, edit.With(pixels, 90).Pixels);
    }

    [Fact]
    public void AnOpeningAtTheEdgeIsNotFadedThereAndAThinOneIsPaintedInFull()
    {
        var atEdge = PictureEdit.Of(Plain(64, 64, 0), Mask(64, 64, 0, 0, 32, 64), null, 64).With(Plain(64, 64, 200).Pixels, 64);
        Assert.Equal((200, 0), (atEdge.Pixels[0], atEdge.Pixels[^1]));
        var line = PictureEdit.Of(Plain(64, 64, 0), Mask(64, 64, 10, 20, 50, 23), null, 64).With(Plain(64, 64, 200).Pixels, 64);
        Assert.Equal(200, line.Pixels[3 * (21 * 64 + 30)]);
        Assert.Equal(0, line.Pixels[3 * (19 * 64 + 30)]);
    }

    [Fact]
    public void AnotherRatioIsCutOutOfTheMiddleTogetherWithItsMask()
    {
        var picture = Plain(200, 100, 10);
        for (var y = 0; y < 100; y++) picture.Pixels.AsSpan((y * 200 + 50) * 3, 300).Fill(99);
        var edit = PictureEdit.Of(picture, Mask(200, 100, 60, 20, 90, 60), (64, 64), 32);
        var made = edit.With(Plain(32, 32, 200).Pixels, 32);
        Assert.Equal((64, 64), (made.Width, made.Height));
        Assert.Equal((99, 99), (made.Pixels[0], made.Pixels[^1]));
        Assert.Equal(200, made.Pixels[3 * (25 * 64 + 16)]);
        Assert.Contains("what is left", Assert.Throws<ArgumentException>(() => PictureEdit.Of(picture, Mask(200, 100, 0, 0, 20, 100), (64, 64), 32)).Message);
    }

    [Fact]
    public void ScaledPartsOfAnyChannelsKeepTheirMean()
    {
        var random = new Random(5);
        var picture = new Picture(40, 30, new byte[40 * 30]) { Channels = 1 };
        random.NextBytes(picture.Pixels);
        var half = PictureFile.Scaled(picture, new(0, 0, 40, 30), 20, 15);
        Assert.InRange(half.Pixels.Average(p => p) - picture.Pixels.Average(p => p), -3, 3);
        Assert.Equal(picture.Pixels, PictureFile.Scaled(picture, new(0, 0, 40, 30), 40, 30).Pixels);
        Assert.Equal(picture.Pixels[5 * 40 + 7], PictureFile.Scaled(picture, new(7, 5, 1, 1), 3, 2).Pixels[4]);
    }
}
