using Maison.Api.Images;
using Maison.Data.Pictures;

namespace Maison.Tests.Api;

public sealed class JpegFileTests
{
    /// <summary>Red above, left half darker.</summary>
    static Picture Corner(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++) pixels[3 * i + (i / width < height / 2 ? 0 : 2)] = (byte)(i % width < width / 2 ? 120 : 240);
        return new(width, height, pixels);
    }

    [Fact]
    public void WhatWasWrittenIsReadWithItsNote()
    {
        var picture = Corner(64, 48);
        var file = JpegFile.Write(picture, 95, "a note – with ünicode");
        var read = JpegFile.Read(file);
        Assert.Equal((64, 48, 3), (read.Width, read.Height, read.Channels));
        Assert.True(read.Pixels.Zip(picture.Pixels, (a, b) => (double)Math.Abs(a - b)).Average() < 4);
        Assert.Equal("a note – with ünicode", JpegNote.Of(file));
        Assert.Equal((64, 48), JpegFile.Size(file));
        Assert.True(JpegFile.Write(picture, 20).Length < file.Length);
        Assert.Null(JpegNote.Of(JpegFile.Write(picture, 20)));
    }

    // Where the corner that was above and dark ends up, down and across.
    [Theory]
    [InlineData(1, false, false)]
    [InlineData(2, false, true)]
    [InlineData(3, true, true)]
    [InlineData(4, true, false)]
    [InlineData(5, false, false)]
    [InlineData(6, false, true)]
    [InlineData(7, true, true)]
    [InlineData(8, true, false)]
    public void ACameraHeldAskewIsTurnedUpright(byte orientation, bool below, bool right)
    {
        foreach (var little in new[] { true, false })
        {
            byte[] tiff = little ? [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
                : [(byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
            var plain = JpegFile.Write(Corner(64, 32), 95);
            byte[] file = [.. plain[..2], 0xFF, 0xE1, 0, (byte)(8 + tiff.Length), .. "Exif\0\0"u8, .. tiff, .. plain[2..]];
            var read = JpegFile.Read(file);
            Assert.Equal(orientation >= 5 ? (32, 64) : (64, 32), (read.Width, read.Height));
            var (x, y) = (right ? read.Width - 4 : 3, below ? read.Height - 4 : 3);
            Assert.InRange(read.Pixels[3 * (y * read.Width + x)], 100, 140);
            Assert.InRange(read.Pixels[3 * (y * read.Width + x) + 2], 0, 30);
        }
    }

    [Fact]
    public void DamageIsRefusedAtEveryLengthAndNeverBreaksTheReader()
    {
        var whole = JpegFile.Write(Corner(40, 40), 80);
        for (var length = 0; length < whole.Length - 2; length += 7) Assert.Throws<InvalidDataException>(() => JpegFile.Read(whole.AsSpan(0, length)));
        var random = new Random(4);
        for (var i = 0; i < 300; i++)
        {
            var hurt = (byte[])whole.Clone();
            for (var j = 0; j < 4; j++) hurt[random.Next(2, hurt.Length)] = (byte)random.Next(256);
            try { PictureUpload.Read(hurt); }
            catch (InvalidDataException) { }
        }
    }
}
