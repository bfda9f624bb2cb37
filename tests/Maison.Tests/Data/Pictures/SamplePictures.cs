// Pictures for tests that only need some.

using Maison.Data.Pictures;

namespace Maison.Tests.Data.Pictures;

static class SamplePictures
{
    /// <summary>Noise, the same for the same size.</summary>
    public static Picture Noise(int width, int height, int channels = 3)
    {
        var pixels = new byte[width * height * channels];
        new Random(width * 1000 + height).NextBytes(pixels);
        for (var i = 3; channels == 4 && i < pixels.Length; i += 4) pixels[i] = 255;
        return new(width, height, pixels, channels);
    }

    public static byte[] Png(Picture picture)
    {
        using var file = new MemoryStream();
        PngFile.Write(file, picture);
        return file.ToArray();
    }

    /// <summary>Transparent in a rectangle, opaque elsewhere.</summary>
    public static Picture Opened(Picture picture, int left, int top, int right, int bottom)
    {
        for (var y = top; y < bottom; y++)
            for (var x = left; x < right; x++) picture.Pixels[4 * (y * picture.Width + x) + 3] = 0;
        return picture;
    }
}
