// Writes PNG (ISO/IEC 15948): 8-bit truecolour, with opacity or without, not interlaced. Each row takes the filter whose bytes are
// smallest in sum, as the standard advises. It knows nothing about what a picture shows.

using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Maison.Data.Pictures;

/// <summary>A picture of 8 bits per channel.</summary>
/// <param name="Width">Pixels per row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pixels">Rows from the top: red, green, blue and, with four channels, opacity. // (height, width, channels)</param>
/// <param name="Channels">3 or 4.</param>
public sealed record Picture(int Width, int Height, byte[] Pixels, int Channels = 3);

/// <summary>Writes PNG files.</summary>
public static class PngFile
{
    const int Filters = 5;
    static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];
    static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(i => Enumerable.Range(0, 8).Aggregate((uint)i, (c, _) => (c & 1) != 0 ? 0xEDB88320 ^ c >> 1 : c >> 1))];

    /// <summary>Writes a picture to a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="picture">What to write.</param>
    /// <param name="texts">Notes that travel in the file, by keyword (1 to 79 Latin letters).</param>
    public static void Write(string path, Picture picture, IReadOnlyDictionary<string, string>? texts = null)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        Write(file, picture, texts);
    }

    /// <summary>Writes a picture to a stream.</summary>
    /// <param name="compression">Without any, files of pictures of one size are of one size.</param>
    /// <exception cref="ArgumentException">Size, channels and pixels contradict each other, or a keyword is none.</exception>
    public static void Write(Stream to, Picture picture, IReadOnlyDictionary<string, string>? texts = null, CompressionLevel compression = CompressionLevel.Optimal)
    {
        var (width, height, channels) = (picture.Width, picture.Height, picture.Channels);
        if (width < 1 || height < 1 || channels is not (3 or 4) || picture.Pixels.Length != (long)width * height * channels)
            throw new ArgumentException($"{picture.Pixels.Length} bytes are no picture of {width} × {height} pixels with {channels} channels; give 3 or 4 channels and a byte for each.", nameof(picture));
        to.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        header[9] = (byte)(channels == 3 ? 2 : 6);
        Chunk(to, "IHDR"u8, header);
        foreach (var (keyword, text) in texts ?? new Dictionary<string, string>())
        {
            if (keyword.Length is < 1 or > 79 || keyword.Any(c => c is < ' ' or > '~')) throw new ArgumentException($"The keyword is '{keyword}': give 1 to 79 Latin letters.", nameof(texts));
            Chunk(to, "iTXt"u8, [.. Encoding.Latin1.GetBytes(keyword), 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)]);
        }
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, compression, leaveOpen: true)) WriteRows(zlib, picture);
        Chunk(to, "IDAT"u8, packed.GetBuffer().AsSpan(0, (int)packed.Length));
        Chunk(to, "IEND"u8, []);
    }

    static void WriteRows(Stream to, Picture picture)
    {
        var (bytes, step) = (picture.Width * picture.Channels, picture.Channels);
        var above = new byte[bytes];
        var tries = Enumerable.Range(0, Filters).Select(f => { var row = new byte[bytes + 1]; row[0] = (byte)f; return row; }).ToArray();
        for (var y = 0; y < picture.Height; y++)
        {
            var row = picture.Pixels.AsSpan(y * bytes, bytes);
            var (best, least) = (0, long.MaxValue);
            for (var f = 0; f < Filters; f++)
            {
                long sum = 0;
                for (var x = 0; x < bytes; x++)
                {
                    byte left = x >= step ? row[x - step] : (byte)0, up = above[x], corner = x >= step ? above[x - step] : (byte)0;
                    var filtered = (byte)(row[x] - f switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) });
                    tries[f][x + 1] = filtered;
                    sum += Math.Abs((int)(sbyte)filtered);
                }
                if (sum < least) (best, least) = (f, sum);
            }
            to.Write(tries[best]);
            row.CopyTo(above);
        }
    }

    internal static int Paeth(int left, int up, int corner)
    {
        var guess = left + up - corner;
        var (a, b, c) = (Math.Abs(guess - left), Math.Abs(guess - up), Math.Abs(guess - corner));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }

    static void Chunk(Stream to, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        to.Write(number);
        to.Write(kind);
        to.Write(data);
        var crc = uint.MaxValue;
        foreach (var b in kind) crc = CrcTable[(byte)(crc ^ b)] ^ crc >> 8;
        foreach (var b in data) crc = CrcTable[(byte)(crc ^ b)] ^ crc >> 8;
        BinaryPrimitives.WriteUInt32BigEndian(number, ~crc);
        to.Write(number);
    }
}
