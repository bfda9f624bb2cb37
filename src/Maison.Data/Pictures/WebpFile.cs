// Reads and writes WebP through libwebp, the reference decoder: its format is too large for a reader of our own that only prepares data. Without the
// library only WebP is refused.

using System.Runtime.InteropServices;

namespace Maison.Data.Pictures;

/// <summary>Reads and writes WebP files.</summary>
public static unsafe class WebpFile
{
    const int MostPixels = 1 << 26;
    static readonly string[] names = ["libwebp.so.7", "libwebp.7.dylib", "libwebp.dll", "libwebp.so"];
    static readonly Lazy<nint> library = new(() => names.Select(name => NativeLibrary.TryLoad(name, typeof(WebpFile).Assembly, null, out var handle) ? handle : 0).FirstOrDefault(handle => handle != 0));

    /// <summary>Whether these bytes begin as a WebP file does.</summary>
    public static bool Knows(ReadOnlySpan<byte> file) => file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8);

    /// <summary>Whether the library is on this machine.</summary>
    public static bool Available => library.Value != 0;

    /// <summary>Encodes a picture of three channels.</summary>
    /// <param name="quality">From 0 to 100; 90 is hard to tell from the picture itself.</param>
    /// <exception cref="NotSupportedException">The library is missing; the message names its package.</exception>
    public static byte[] Encode(Picture picture, int quality)
    {
        if (!Available) throw new NotSupportedException($"WebP needs the library {names[0]}, which is not on this machine. Install the package libwebp7.");
        if (picture.Channels != 3) throw new ArgumentException("Lay the picture on a background first.", nameof(picture));
        var encode = (delegate* unmanaged<byte*, int, int, int, float, byte**, nuint>)NativeLibrary.GetExport(library.Value, "WebPEncodeRGB");
        var free = (delegate* unmanaged<void*, void>)NativeLibrary.GetExport(library.Value, "WebPFree");
        byte* made = null;
        fixed (byte* from = picture.Pixels)
        {
            var length = encode(from, picture.Width, picture.Height, picture.Width * 3, quality, &made);
            if (length == 0) throw new InvalidOperationException($"libwebp cannot encode a picture of {picture.Width} × {picture.Height} pixels.");
            byte[] file = [.. new ReadOnlySpan<byte>(made, (int)length)];
            free(made);
            return file;
        }
    }

    /// <summary>Decodes a file, with opacity where it has any.</summary>
    /// <exception cref="NotSupportedException">The library is missing; the message names its package.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or too large.</exception>
    public static Picture Read(ReadOnlySpan<byte> file)
    {
        if (!Available) throw new NotSupportedException($"WebP needs the library {names[0]}, which is not on this machine. Install the package libwebp7, or convert the pictures to PNG.");
        var size = (delegate* unmanaged<byte*, nuint, int*, int*, int>)NativeLibrary.GetExport(library.Value, "WebPGetInfo");
        var decode = (delegate* unmanaged<byte*, nuint, byte*, nuint, int, byte*>)NativeLibrary.GetExport(library.Value, "WebPDecodeRGBAInto");
        int width, height;
        fixed (byte* data = file)
        {
            if (size(data, (nuint)file.Length, &width, &height) == 0) throw new InvalidDataException("The WebP file is damaged.");
            if ((long)width * height > MostPixels) throw new InvalidDataException($"A WebP of {width} × {height} pixels is not read; at most {MostPixels} pixels are.");
            var pixels = new byte[width * height * 4];
            fixed (byte* to = pixels)
                if (decode(data, (nuint)file.Length, to, (nuint)pixels.Length, width * 4) == null) throw new InvalidDataException("The WebP file is damaged.");
            return new(width, height, pixels, 4);
        }
    }
}
