using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Maison.Data.Pictures;

namespace Maison.Tests.Data.Pictures;

public sealed class PngFileTests
{
    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(7, 5, 4)]
    [InlineData(64, 33, 3)]
    public void PixelsComeBackExactly(int width, int height, int channels)
    {
        var random = new Random(width);
        var pixels = new byte[width * height * channels];
        random.NextBytes(pixels);
        // Smooth halves make other filters win than noise does.
        for (var i = 0; i < pixels.Length / 2; i++) pixels[i] = (byte)(i / 3);
        using var stream = new MemoryStream();
        PngFile.Write(stream, new(width, height, pixels, channels), new Dictionary<string, string> { ["Description"] = "a naïve test" });
        var (header, chunks) = Decode(stream.ToArray());
        Assert.Equal((width, height, 8, channels == 3 ? 2 : 6), header);
        Assert.Equal(pixels, Unfilter(chunks["IDAT"], width, height, channels));
        Assert.EndsWith("a naïve test", Encoding.UTF8.GetString(chunks["iTXt"]));
    }

    [Fact]
    public void ContradictionsAreRefused()
    {
        Assert.Contains("2 × 2", Assert.Throws<ArgumentException>(() => PngFile.Write(Stream.Null, new(2, 2, new byte[11]))).Message);
        Assert.Contains("keyword", Assert.Throws<ArgumentException>(() => PngFile.Write(Stream.Null, new(1, 1, new byte[3]), new Dictionary<string, string> { [""] = "" })).Message);
    }

    [Fact]
    public void ColoursGetLighterInEvenSteps()
    {
        // Lightness as CIE L* of the colours as shown; next to black a screen has no finer steps.
        double[] light = [.. Enumerable.Range(0, 65).Select(i => Lightness(ColourMap.At(i / 64f)))];
        for (var i = 8; i < light.Length; i++) Assert.InRange(light[i] - light[i - 4], 3, 10);
        Assert.Equal(ColourMap.At(0), ColourMap.At(-5));
        Assert.Equal(ColourMap.At(0), ColourMap.At(float.NaN));
        Assert.Equal(ColourMap.At(1), ColourMap.At(7));

        static double Lightness((byte R, byte G, byte B) c)
        {
            var y = 0.2126 * Linear(c.R) + 0.7152 * Linear(c.G) + 0.0722 * Linear(c.B);
            return y > 0.008856 ? 116 * Math.Cbrt(y) - 16 : 903.3 * y;
        }

        static double Linear(byte v) => v / 255.0 <= 0.04045 ? v / 255.0 / 12.92 : Math.Pow((v / 255.0 + 0.055) / 1.055, 2.4);
    }

    static ((int, int, int, int), Dictionary<string, byte[]>) Decode(byte[] file)
    {
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], file[..8]);
        Dictionary<string, byte[]> chunks = [];
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var data = file.AsSpan(at + 8, length);
            Assert.Equal(Crc(file.AsSpan(at + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length)));
            chunks.Add(Encoding.ASCII.GetString(file, at + 4, 4), data.ToArray());
            at += 12 + length;
        }
        Assert.Equal("IEND", chunks.Keys.Last());
        var header = chunks["IHDR"];
        return ((BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)), header[8], header[9]), chunks);
    }

    static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc ^= b;
            for (var i = 0; i < 8; i++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }

    static byte[] Unfilter(byte[] packed, int width, int height, int step)
    {
        using var rows = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress)) zlib.CopyTo(rows);
        var (data, bytes) = (rows.ToArray(), width * step);
        Assert.Equal(height * (bytes + 1), data.Length);
        var pixels = new byte[height * bytes];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < bytes; x++)
            {
                var (left, up, corner) = (x >= step ? pixels[y * bytes + x - step] : 0, y > 0 ? pixels[(y - 1) * bytes + x] : 0, x >= step && y > 0 ? pixels[(y - 1) * bytes + x - step] : 0);
                var paeth = new[] { (Math.Abs(up - corner), left), (Math.Abs(left - corner), up), (Math.Abs(left + up - 2 * corner), corner) }.MinBy(p => p.Item1).Item2;
                pixels[y * bytes + x] = (byte)(data[y * (bytes + 1) + 1 + x] + data[y * (bytes + 1)] switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => paeth });
            }
        return pixels;
    }
}
