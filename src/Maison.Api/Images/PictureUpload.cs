// Pictures that somebody sends: PNG, JPEG or WebP by what their bytes say. How large a picture is stands in its first bytes and is read before any
// of it is unpacked, so that a small file can not become a huge picture.

using Maison.Data.Pictures;

namespace Maison.Api.Images;

/// <summary>Reads uploaded pictures.</summary>
public static class PictureUpload
{
    /// <summary>Pixels that a picture may have, and bytes of its file.</summary>
    public const long MostPixels = 1 << 24, MostBytes = 25 << 20;

    /// <summary>Pixels per side, width to height and back.</summary>
    const int LeastSide = 16, MostRatio = 8;

    /// <summary>Width and height by the first bytes of a file, before a camera's picture is turned upright.</summary>
    /// <exception cref="InvalidDataException">It is no picture, too large or too small; a sentence that says so and what to do.</exception>
    /// <exception cref="NotSupportedException">Its format is not read on this machine.</exception>
    public static (int Width, int Height) Size(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty) throw new InvalidDataException("The file is empty.");
        if (file.Length > MostBytes) throw new InvalidDataException($"The file has {file.Length} bytes, but at most {MostBytes} are read.");
        var (width, height) = JpegNote.Knows(file) ? JpegFile.Size(file)
            : PngReader.Knows(file) ? PngReader.Size(file)
            : WebpFile.Knows(file) ? WebpFile.Size(file)
            : throw new InvalidDataException("The file is neither PNG nor JPEG nor WebP. Convert it to one of them.");
        var (less, more) = (Math.Min(width, height), Math.Max(width, height));
        if ((long)width * height > MostPixels) throw new InvalidDataException($"The picture has {width} × {height} pixels, but at most {MostPixels} are read. Make it smaller.");
        if (less < LeastSide) throw new InvalidDataException($"The picture has {width} × {height} pixels; give at least {LeastSide} each way.");
        if (more > MostRatio * less) throw new InvalidDataException($"The picture has {width} × {height} pixels; one way may be at most {MostRatio} times the other.");
        return (width, height);
    }

    /// <summary>Decodes a file.</summary>
    /// <exception cref="InvalidDataException">It is no picture, damaged, too large or too small; a sentence that says so and what to do.</exception>
    /// <exception cref="NotSupportedException">Its format is not read on this machine.</exception>
    public static Picture Read(ReadOnlySpan<byte> file)
    {
        Size(file);
        return JpegNote.Knows(file) ? JpegFile.Read(file) : PictureFile.Read(file);
    }
}
