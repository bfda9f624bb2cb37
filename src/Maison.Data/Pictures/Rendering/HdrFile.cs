// Reads Radiance pictures (.hdr, .pic): three shares and a common exponent per pixel, in rows of run lengths. Written from Greg Ward's
// description in "Graphics Gems II" and the format's own page. What is damaged is refused, never guessed.

using System.Numerics;
using System.Text;

namespace Maison.Data.Pictures.Rendering;

/// <summary>Reads pictures of real light.</summary>
public static class HdrFile
{
    const int MostPixels = 1 << 25;

    /// <summary>Pixels from the upper left corner, in linear light.</summary>
    /// <exception cref="InvalidDataException">The file is none, of a form that is not read, or damaged.</exception>
    public static (int Width, int Height, Vector3[] Pixels) Read(ReadOnlySpan<byte> file)
    {
        var at = 0;
        if (!Line(file, ref at).StartsWith("#?", StringComparison.Ordinal)) throw new InvalidDataException("This is no Radiance picture: it does not begin with \"#?\".");
        string line;
        while ((line = Line(file, ref at)).Length > 0)
            if (line.StartsWith("FORMAT=", StringComparison.Ordinal) && line != "FORMAT=32-bit_rle_rgbe") throw new InvalidDataException($"{line} is not read; 32-bit_rle_rgbe is.");
        var size = Line(file, ref at).Split(' ');
        if (size is not ["-Y", _, "+X", _] || !int.TryParse(size[1], out var height) || !int.TryParse(size[3], out var width) || width < 1 || height < 1 || (long)width * height > MostPixels)
            throw new InvalidDataException($"The size '{string.Join(' ', size)}' is not read; give rows from the top, such as -Y 256 +X 512.");
        var pixels = new Vector3[width * height];
        var row = new byte[4 * width];
        for (var y = 0; y < height; y++)
        {
            Row(file, ref at, row, width);
            for (var x = 0; x < width; x++)
            {
                int exponent = row[3 * width + x];
                if (exponent > 0) pixels[y * width + x] = new Vector3(row[x] + 0.5f, row[width + x] + 0.5f, row[2 * width + x] + 0.5f) * MathF.ScaleB(1, exponent - 136);
            }
        }
        return (width, height, pixels);
    }

    /// <summary>One row as four planes.</summary>
    static void Row(ReadOnlySpan<byte> file, ref int at, byte[] row, int width)
    {
        var head = Take(file, ref at, 4);
        if (head[0] != 2 || head[1] != 2 || (head[2] << 8 | head[3]) != width)
        {
            // Without run lengths: pixel after pixel.
            at -= 4;
            var flat = Take(file, ref at, 4 * width);
            for (var x = 0; x < width; x++)
                for (var c = 0; c < 4; c++) row[c * width + x] = flat[4 * x + c];
            return;
        }
        for (var c = 0; c < 4; c++)
            for (var x = 0; x < width;)
            {
                int count = Take(file, ref at, 1)[0];
                var repeated = count > 128;
                if (repeated) count -= 128;
                if (count == 0 || x + count > width) throw new InvalidDataException("The picture is damaged: a run leaves its row.");
                var to = row.AsSpan(c * width + x, count);
                if (repeated) to.Fill(Take(file, ref at, 1)[0]);
                else Take(file, ref at, count).CopyTo(to);
                x += count;
            }
    }

    static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> file, ref int at, int count)
    {
        if (at + count > file.Length) throw new InvalidDataException("The picture is damaged: it ends early.");
        at += count;
        return file.Slice(at - count, count);
    }

    static string Line(ReadOnlySpan<byte> file, ref int at)
    {
        var length = file[Math.Min(at, file.Length)..].IndexOf((byte)'\n');
        if (length is < 0 or > 1000) throw new InvalidDataException("The picture is damaged: its head does not end.");
        at += length + 1;
        return Encoding.Latin1.GetString(file.Slice(at - length - 1, length)).TrimEnd('\r');
    }
}
