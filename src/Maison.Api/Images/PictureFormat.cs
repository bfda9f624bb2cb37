// The formats that pictures are sent in. Each carries the recipe in its file.

using Maison.Data.Pictures;

namespace Maison.Api.Images;

/// <summary>A format of picture files.</summary>
public sealed record PictureFormat
{
    PictureFormat(string name, bool hasOpacity) => (Name, HasOpacity) = (name, hasOpacity);

    public static PictureFormat Png { get; } = new("png", hasOpacity: true);
    public static PictureFormat Jpeg { get; } = new("jpeg", hasOpacity: false);
    public static PictureFormat Webp { get; } = new("webp", hasOpacity: true);

    public static IReadOnlyList<PictureFormat> All { get; } = [Png, Jpeg, Webp];

    /// <summary>As requests name it, and how its files end.</summary>
    public string Name { get; }

    public string MediaType => "image/" + Name;

    /// <summary>Whether it can be transparent.</summary>
    public bool HasOpacity { get; }

    /// <summary>Whether this machine can write it.</summary>
    public bool IsWritten => this != Webp || WebpFile.Present;

    /// <summary>The format of a file's name; null where it has none of ours.</summary>
    public static PictureFormat? OfFile(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" => Png,
        ".jpg" or ".jpeg" => Jpeg,
        ".webp" => Webp,
        _ => null,
    };

    /// <summary>The file.</summary>
    /// <param name="quality">0 is small, 100 the best; PNG loses nothing at any.</param>
    /// <exception cref="NotSupportedException">WebP is not written on this machine.</exception>
    public byte[] Encode(Picture picture, int quality, PictureRecipe recipe)
    {
        if (this == Jpeg) return JpegFile.Write(picture, quality, recipe.Text());
        if (this == Webp) return WebpFile.Write(picture, quality, recipe.Text());
        using var file = new MemoryStream();
        PngFile.Write(file, picture, recipe.Note());
        return file.ToArray();
    }
}
