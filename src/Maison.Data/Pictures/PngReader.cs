// Reads PNG (ISO/IEC 15948): every colour type and depth that is not interlaced, to 8 bits of red, green, blue and, where the file has
// it, opacity. Check sums are not verified: the compressed stream has its own.

using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Maison.Data.Pictures;

/// <summary>Reads PNG files.</summary>
public static class PngReader
{
    const int MostPixels = 1 << 26, HeaderBytes = 33, Grey = 0, True = 2, Indexed = 3, GreyOpacity = 4, TrueOpacity = 6;

    /// <summary>Whether these bytes begin as a PNG file does.</summary>
    public static bool Knows(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);

    /// <summary>The international text (iTXt, not compressed) of a keyword; null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is no PNG file, or cut off.</exception>
    public static string? Text(ReadOnlySpan<byte> file, string keyword)
    {
        if (!Knows(file)) throw new InvalidDataException("This is no PNG file.");
        byte[] head = [.. Encoding.Latin1.GetBytes(keyword), 0, 0, 0];
        for (var at = 8; at + 12 <= file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file[at..]);
            if (length < 0 || at + 12L + length > file.Length) throw new InvalidDataException("The PNG file is cut off.");
            var data = file.Slice(at + 8, length);
            if (file.Slice(at + 4, 4).SequenceEqual("iTXt"u8) && data.StartsWith(head))
            {
                // Language and translated keyword, each ended by a zero, stand before the text.
                data = data[head.Length..];
                for (var skipped = 0; skipped < 2; skipped++) data = data[(data.IndexOf((byte)0) + 1)..];
                return Encoding.UTF8.GetString(data);
            }
            at += 12 + length;
        }
        return null;
    }

    /// <summary>Width and height, without decoding.</summary>
    /// <exception cref="InvalidDataException">It is no PNG file.</exception>
    public static (int Width, int Height) Size(ReadOnlySpan<byte> file) => Knows(file) && file.Length >= HeaderBytes
        ? (BinaryPrimitives.ReadInt32BigEndian(file[16..]), BinaryPrimitives.ReadInt32BigEndian(file[20..]))
        : throw new InvalidDataException("This is no PNG file.");

    /// <summary>Decodes a file.</summary>
    /// <exception cref="InvalidDataException">It is damaged, interlaced or too large.</exception>
    public static Picture Read(ReadOnlySpan<byte> file)
    {
        var (width, height) = Size(file);
        int depth = file[24], kind = file[25];
        if (width < 1 || height < 1 || (long)width * height > MostPixels) throw new InvalidDataException($"A PNG of {width} × {height} pixels is not read; at most {MostPixels} pixels are.");
        if (file[28] != 0) throw new InvalidDataException("An interlaced PNG is not read; save it without interlacing.");
        var samples = kind switch { Grey or Indexed => 1, True => 3, GreyOpacity => 2, TrueOpacity => 4, _ => throw new InvalidDataException($"PNG colour type {kind} does not exist.") };
        if (depth is not (1 or 2 or 4 or 8 or 16) || depth < 8 && samples > 1 || depth == 16 && kind == Indexed) throw new InvalidDataException($"A PNG of colour type {kind} has no depth of {depth} bits.");
        ReadOnlySpan<byte> palette = [], opacity = [];
        using var packed = new MemoryStream();
        for (var at = 8; at + 12 <= file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file[at..]);
            if (length < 0 || at + 12L + length > file.Length) throw new InvalidDataException("The PNG file is cut off.");
            var name = file.Slice(at + 4, 4);
            var data = file.Slice(at + 8, length);
            if (name.SequenceEqual("PLTE"u8)) palette = data;
            else if (name.SequenceEqual("tRNS"u8)) opacity = data;
            else if (name.SequenceEqual("IDAT"u8)) packed.Write(data);
            else if (name.SequenceEqual("IEND"u8)) break;
            at += 12 + length;
        }
        packed.Position = 0;
        var bytes = ((long)width * samples * depth + 7) / 8;
        var rows = new byte[(bytes + 1) * height];
        try
        {
            using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
            zlib.ReadExactly(rows);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new InvalidDataException("The pixels of the PNG file are damaged.", e);
        }
        Unfilter(rows, (int)bytes, height, Math.Max(1, samples * depth / 8));
        var channels = kind is GreyOpacity or TrueOpacity || !opacity.IsEmpty ? 4 : 3;
        var pixels = new byte[(long)width * height * channels];
        for (var y = 0; y < height; y++)
        {
            var row = rows.AsSpan((int)(y * (bytes + 1) + 1), (int)bytes);
            for (var x = 0; x < width; x++) Pixel(row, x, kind, depth, samples, palette, opacity, pixels.AsSpan((y * width + x) * channels, channels));
        }
        return new(width, height, pixels, channels);
    }

    static void Pixel(ReadOnlySpan<byte> row, int x, int kind, int depth, int samples, ReadOnlySpan<byte> palette, ReadOnlySpan<byte> opacity, Span<byte> to)
    {
        if (to.Length == 4) to[3] = 255;
        if (kind == Indexed)
        {
            var index = Sample(row, x, depth);
            if (3 * index + 3 > palette.Length) throw new InvalidDataException($"The PNG file names colour {index} of a palette of {palette.Length / 3}.");
            palette.Slice(3 * index, 3).CopyTo(to);
            if (index < opacity.Length) to[3] = opacity[index];
            return;
        }
        var colours = samples >= 3 ? 3 : 1;
        var most = (1 << depth) - 1;
        var clear = opacity.Length >= 2 * colours && kind is Grey or True;
        for (var c = 0; c < 3; c++)
        {
            var value = Sample(row, x * samples + Math.Min(c, colours - 1), depth);
            if (clear && c < colours) clear = BinaryPrimitives.ReadUInt16BigEndian(opacity[(2 * c)..]) == value;
            to[c] = (byte)(depth == 16 ? value >> 8 : value * 255 / most);
        }
        if (samples is 2 or 4) to[3] = (byte)(Sample(row, x * samples + samples - 1, depth) >> depth - 8);
        else if (clear) to[3] = 0;
    }

    static int Sample(ReadOnlySpan<byte> row, int at, int depth) => depth switch
    {
        16 => BinaryPrimitives.ReadUInt16BigEndian(row[(2 * at)..]),
        8 => row[at],
        _ => row[at * depth / 8] >> 8 - depth - at * depth % 8 & (1 << depth) - 1,
    };

    static void Unfilter(byte[] rows, int bytes, int height, int step)
    {
        for (var y = 0; y < height; y++)
        {
            var row = rows.AsSpan(y * (bytes + 1) + 1, bytes);
            var above = y == 0 ? new byte[bytes] : rows.AsSpan((y - 1) * (bytes + 1) + 1, bytes);
            var filter = rows[y * (bytes + 1)];
            for (var x = 0; x < bytes; x++)
            {
                int left = x >= step ? row[x - step] : 0, up = above[x], corner = x >= step ? above[x - step] : 0;
                row[x] += (byte)(filter switch
                {
                    0 => 0,
                    1 => left,
                    2 => up,
                    3 => (left + up) / 2,
                    4 => PngFile.Paeth(left, up, corner),
                    _ => throw new InvalidDataException($"The PNG file uses filter {filter}, which does not exist."),
                });
            }
        }
    }
}
