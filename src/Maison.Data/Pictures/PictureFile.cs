// Pictures by what their bytes say they are, and the plain things done to them before a model sees them: laid on a background, cut to a
// square, scaled.

namespace Maison.Data.Pictures;

/// <summary>Reads pictures and brings them to one form.</summary>
public static class PictureFile
{
    /// <summary>Decodes a PNG or WebP file.</summary>
    /// <exception cref="InvalidDataException">It is neither, or damaged.</exception>
    public static Picture Read(ReadOnlySpan<byte> file) => PngReader.Knows(file) ? PngReader.Read(file)
        : WebpFile.Knows(file) ? WebpFile.Read(file)
        : throw new InvalidDataException("The picture is neither PNG nor WebP. Convert it to one of them.");

    /// <summary>Whether some of the picture is not opaque.</summary>
    public static bool Transparent(Picture picture)
    {
        if (picture.Channels != 4) return false;
        for (var i = 3; i < picture.Pixels.Length; i += 4)
            if (picture.Pixels[i] < 250) return true;
        return false;
    }

    /// <summary>The picture on a plain background: three channels.</summary>
    public static Picture On(Picture picture, (byte Red, byte Green, byte Blue) background)
    {
        if (picture.Channels == 3) return picture;
        var to = new byte[picture.Width * picture.Height * 3];
        for (int i = 0, o = 0; o < to.Length; i += 4, o += 3)
        {
            int alpha = picture.Pixels[i + 3], rest = 255 - alpha;
            to[o] = (byte)((picture.Pixels[i] * alpha + background.Red * rest + 127) / 255);
            to[o + 1] = (byte)((picture.Pixels[i + 1] * alpha + background.Green * rest + 127) / 255);
            to[o + 2] = (byte)((picture.Pixels[i + 2] * alpha + background.Blue * rest + 127) / 255);
        }
        return new(picture.Width, picture.Height, to);
    }

    /// <summary>The middle square of a picture of three channels, scaled to side × side.</summary>
    /// <param name="nearest">Keeps hard edges, as pixel art needs; else areas are averaged where the picture shrinks, and blended linearly where it grows.</param>
    public static Picture Square(Picture picture, int side, bool nearest)
    {
        if (picture.Channels != 3) throw new ArgumentException("Lay the picture on a background first.", nameof(picture));
        var edge = Math.Min(picture.Width, picture.Height);
        return Scaled(picture, new((picture.Width - edge) / 2, (picture.Height - edge) / 2, edge, edge), side, side, nearest);
    }

    /// <summary>A part of a picture of any number of channels, scaled as <see cref="Square"/> does.</summary>
    public static Picture Scaled(Picture picture, Area part, int width, int height, bool nearest = false)
    {
        var channels = picture.Channels;
        var across = new float[part.Height * width * channels];         // (part, width, channels)
        var (starts, weights, taps) = Taps(part.Width, width, nearest);
        for (var y = 0; y < part.Height; y++)
            for (var x = 0; x < width; x++)
                for (var t = 0; t < taps; t++)
                {
                    var w = weights[x * taps + t];
                    if (w == 0) continue;
                    var from = ((part.Top + y) * picture.Width + part.Left + starts[x] + t) * channels;
                    for (var c = 0; c < channels; c++) across[(y * width + x) * channels + c] += w * picture.Pixels[from + c];
                }
        (starts, weights, taps) = Taps(part.Height, height, nearest);
        var pixels = new byte[height * width * channels];
        var row = new float[width * channels];
        for (var y = 0; y < height; y++)
        {
            Array.Clear(row);
            for (var t = 0; t < taps; t++)
            {
                var w = weights[y * taps + t];
                if (w == 0) continue;
                var from = (starts[y] + t) * row.Length;
                for (var i = 0; i < row.Length; i++) row[i] += w * across[from + i];
            }
            for (var i = 0; i < row.Length; i++) pixels[y * row.Length + i] = (byte)Math.Clamp(row[i] + 0.5f, 0f, 255f);
        }
        return new(width, height, pixels, channels);
    }

    /// <summary>The picture with left and right exchanged.</summary>
    public static Picture Mirrored(Picture picture)
    {
        var (width, channels) = (picture.Width, picture.Channels);
        var pixels = new byte[picture.Pixels.Length];
        for (var i = 0; i < pixels.Length; i += channels)
        {
            var x = i / channels % width;
            picture.Pixels.AsSpan(i, channels).CopyTo(pixels.AsSpan(i + (width - 1 - 2 * x) * channels));
        }
        return picture with { Pixels = pixels };
    }

    /// <summary>For every place of a side that was scaled from an edge, its first source place and the weights from there on, as <see cref="Scaled"/> has them.</summary>
    public static (int[] Starts, float[] Weights, int Taps) Taps(int edge, int side, bool nearest = false)
    {
        var scale = (double)edge / side;
        var reach = nearest ? 0.5 : Math.Max(1, scale);
        var taps = nearest ? 1 : 2 * (int)Math.Ceiling(reach) + 1;
        var starts = new int[side];
        var weights = new float[side * taps];
        for (var x = 0; x < side; x++)
        {
            var centre = (x + 0.5) * scale - 0.5;
            starts[x] = Math.Clamp(nearest ? (int)Math.Round(centre) : (int)Math.Ceiling(centre - reach), 0, Math.Max(0, edge - 1));
            var sum = 0.0;
            for (var t = 0; t < taps && starts[x] + t < edge; t++)
            {
                // A triangle as wide as a source or a scaled pixel, whichever is larger.
                var w = nearest ? 1 : Math.Max(0, 1 - Math.Abs(starts[x] + t - centre) / reach);
                weights[x * taps + t] = (float)w;
                sum += w;
            }
            for (var t = 0; t < taps; t++) weights[x * taps + t] /= (float)sum;
        }
        return (starts, weights, taps);
    }
}

/// <summary>Some of a picture's pixels.</summary>
public readonly record struct Area(int Left, int Top, int Width, int Height);
