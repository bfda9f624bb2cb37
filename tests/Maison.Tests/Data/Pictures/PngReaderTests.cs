using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Maison.Data.Pictures;

namespace Maison.Tests.Data.Pictures;

public sealed class PngReaderTests
{
    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(7, 5, 4)]
    [InlineData(33, 20, 3)]
    public void WhatWasWrittenIsRead(int width, int height, int channels)
    {
        var pixels = new byte[width * height * channels];
        new Random(width).NextBytes(pixels);
        for (var i = 0; i < pixels.Length / 2; i++) pixels[i] = (byte)(i / 3);
        using var file = new MemoryStream();
        PngFile.Write(file, new(width, height, pixels, channels));
        var read = PngReader.Read(file.ToArray());
        Assert.Equal((width, height, channels), (read.Width, read.Height, read.Channels));
        Assert.Equal(pixels, read.Pixels);
    }

    [Theory]
    [InlineData(1, new byte[] { 0b_1010_0000 }, new byte[] { 4, 5, 6, 1, 2, 3, 4, 5, 6 })]
    [InlineData(2, new byte[] { 0b_0100_0100 }, new byte[] { 4, 5, 6, 1, 2, 3, 4, 5, 6 })]
    [InlineData(4, new byte[] { 0x10, 0x10 }, new byte[] { 4, 5, 6, 1, 2, 3, 4, 5, 6 })]
    [InlineData(8, new byte[] { 1, 0, 1 }, new byte[] { 4, 5, 6, 1, 2, 3, 4, 5, 6 })]
    public void PalettesOfEveryDepthAreRead(int depth, byte[] row, byte[] expected)
        => Assert.Equal(expected, PngReader.Read(File(3, depth, kind: 3, row, ("PLTE", [1, 2, 3, 4, 5, 6]))).Pixels);

    [Fact]
    public void GreysAndOpacityAreRead()
    {
        Assert.Equal(new byte[] { 0, 0, 0, 255, 255, 255, 255, 255, 255 }, PngReader.Read(File(3, 1, kind: 0, [0b_0110_0000])).Pixels);
        Assert.Equal(new byte[] { 7, 7, 7, 9 }, PngReader.Read(File(1, 8, kind: 4, [7, 9])).Pixels);
        Assert.Equal(new byte[] { 0xAB, 0xAB, 0xAB }, PngReader.Read(File(1, 16, kind: 0, [0xAB, 0xCD])).Pixels);
        Assert.Equal(new byte[] { 1, 2, 3, 77, 4, 5, 6, 255 }, PngReader.Read(File(2, 8, kind: 3, [0, 1], ("PLTE", [1, 2, 3, 4, 5, 6]), ("tRNS", [77]))).Pixels);
        Assert.Equal(new byte[] { 7, 7, 7, 0, 8, 8, 8, 255 }, PngReader.Read(File(2, 8, kind: 0, [7, 8], ("tRNS", [0, 7]))).Pixels);
    }

    [Fact]
    public void DamageIsNamed()
    {
        using var file = new MemoryStream();
        PngFile.Write(file, new(9, 9, new byte[243]));
        var whole = file.ToArray();
        for (var length = 0; length < whole.Length - 12; length++) Assert.Throws<InvalidDataException>(() => PngReader.Read(whole.AsSpan(0, length)));
        Assert.Contains("interlaced", Assert.Throws<InvalidDataException>(() => PngReader.Read(File(1, 8, 0, [0], (byte)1))).Message);
        Assert.Contains("colour 5", Assert.Throws<InvalidDataException>(() => PngReader.Read(File(1, 8, kind: 3, [5], ("PLTE", [1, 2, 3])))).Message);
        Assert.Contains("neither PNG nor WebP", Assert.Throws<InvalidDataException>(() => PictureFile.Read("GIF89a"u8)).Message);
    }

    [Fact]
    public void SquaresAreCutFromTheMiddleAndScaled()
    {
        var wide = new Picture(4, 2, [.. Enumerable.Range(0, 8).SelectMany(i => Enumerable.Repeat((byte)(10 * i), 3))]);
        Assert.Equal(new byte[] { 10, 20, 50, 60 }, PictureFile.Square(wide, 2, nearest: false).Pixels.Where((_, i) => i % 3 == 0));
        Assert.Equal(new byte[] { 10, 10, 20, 20 }, PictureFile.Square(wide, 4, nearest: true).Pixels.Where((_, i) => i % 3 == 0).Take(4));
        Assert.Equal(35, PictureFile.Square(wide, 1, nearest: false).Pixels[0], 2.0);
        var half = PictureFile.On(new(1, 1, [200, 0, 100, 128], 4), (0, 255, 100));
        Assert.Equal(new byte[] { 100, 127, 100 }, half.Pixels);
    }

    static byte[] File(int width, int depth, int kind, byte[] row, params (string Name, byte[] Data)[] more) => File(width, depth, kind, row, 0, more);

    static byte[] File(int width, int depth, int kind, byte[] row, byte interlaced, params (string Name, byte[] Data)[] more)
    {
        var file = new List<byte> { 0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10 };
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        header[7] = 1;
        (header[8], header[9], header[12]) = ((byte)depth, (byte)kind, interlaced);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write([0, .. row]);
        foreach (var (name, data) in more.Prepend(("IHDR", header)).Append(("IDAT", packed.ToArray())).Append(("IEND", [])))
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
            file.AddRange([.. length, .. Encoding.ASCII.GetBytes(name), .. data, 0, 0, 0, 0]);
        }
        return [.. file];
    }
}
