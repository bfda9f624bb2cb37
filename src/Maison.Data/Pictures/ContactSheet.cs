// Pictures of one size side by side.

namespace Maison.Data.Pictures;

/// <summary>Makes one picture of many.</summary>
public static class ContactSheet
{
    const int Gap = 2;

    /// <summary>Rows of so many pictures of side × side × 3 bytes, white between them.</summary>
    public static Picture Of(IReadOnlyList<byte[]> pictures, int side, int across) => Of([.. pictures.Select(p => new Picture(side, side, p))], across);

    /// <summary>Rows of so many pictures of one size and number of channels, white between them, or nothing where they have opacity.</summary>
    public static Picture Of(IReadOnlyList<Picture> pictures, int across)
    {
        across = Math.Max(1, Math.Min(across, pictures.Count));
        var (wide, high, channels) = (pictures[0].Width, pictures[0].Height, pictures[0].Channels);
        int down = (pictures.Count + across - 1) / across, width = across * (wide + Gap) - Gap, height = down * (high + Gap) - Gap;
        var pixels = new byte[width * height * channels];
        if (channels == 3) Array.Fill(pixels, byte.MaxValue);
        for (var i = 0; i < pictures.Count; i++)
            for (var y = 0; y < high; y++)
                pictures[i].Pixels.AsSpan(y * wide * channels, wide * channels).CopyTo(pixels.AsSpan(((i / across * (high + Gap) + y) * width + i % across * (wide + Gap)) * channels));
        return new(width, height, pixels, channels);
    }
}
