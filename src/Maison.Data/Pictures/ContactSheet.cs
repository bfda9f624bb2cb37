// Pictures of one size side by side.

namespace Maison.Data.Pictures;

/// <summary>Makes one picture of many.</summary>
public static class ContactSheet
{
    const int Gap = 2;

    /// <summary>Rows of so many pictures of side × side × 3 bytes, white between them.</summary>
    public static Picture Of(IReadOnlyList<byte[]> pictures, int side, int across)
    {
        across = Math.Max(1, Math.Min(across, pictures.Count));
        int down = (pictures.Count + across - 1) / across, width = across * (side + Gap) - Gap, height = Math.Max(1, down * (side + Gap) - Gap);
        var pixels = new byte[width * height * 3];
        Array.Fill(pixels, byte.MaxValue);
        for (var i = 0; i < pictures.Count; i++)
            for (var y = 0; y < side; y++)
                pictures[i].AsSpan(y * side * 3, side * 3).CopyTo(pixels.AsSpan(((i / across * (side + Gap) + y) * width + i % across * (side + Gap)) * 3));
        return new(width, height, pixels);
    }
}
