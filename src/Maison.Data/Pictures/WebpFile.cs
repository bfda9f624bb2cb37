// Reads and writes WebP through libwebp, the reference codec: its format is too large for one of our own. Without the library only WebP is
// refused. A note travels as a chunk of the house's own behind the picture, which readers of the format pass over.
// Container: developers.google.com/speed/webp/docs/riff_container.

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Maison.Data.Pictures;

/// <summary>Reads and writes WebP files.</summary>
public static unsafe class WebpFile
{
    const int MostPixels = 1 << 26, FileHead = 12, ChunkHead = 8, HasOpacity = 0x10;
    static readonly string[] names = ["libwebp.so.7", "libwebp.7.dylib", "libwebp.dll", "libwebp.so"];
    static readonly Lazy<nint> library = new(() => names.Select(name => NativeLibrary.TryLoad(name, typeof(WebpFile).Assembly, null, out var handle) ? handle : 0).FirstOrDefault(handle => handle != 0));

    /// <summary>Whether the library is on this machine.</summary>
    public static bool Present => library.Value != 0;

    /// <summary>Why nothing is read nor written where it is not.</summary>
    public static string Missing => $"WebP needs the library {names[0]}, which is not on this machine. Install the package libwebp7, or use PNG.";

    /// <summary>Whether these bytes begin as a WebP file does.</summary>
    public static bool Knows(ReadOnlySpan<byte> file) => file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8);

    /// <summary>Decodes a file, with opacity where it has any.</summary>
    /// <exception cref="NotSupportedException">The library is missing; the message names its package.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or too large.</exception>
    public static Picture Read(ReadOnlySpan<byte> file)
    {
        var decode = (delegate* unmanaged<byte*, nuint, byte*, nuint, int, byte*>)Function("WebPDecodeRGBAInto");
        var (width, height) = Size(file);
        fixed (byte* data = file)
        {
            if ((long)width * height > MostPixels) throw new InvalidDataException($"A WebP of {width} × {height} pixels is not read; at most {MostPixels} pixels are.");
            var pixels = new byte[width * height * 4];
            fixed (byte* to = pixels)
                if (decode(data, (nuint)file.Length, to, (nuint)pixels.Length, width * 4) == null) throw new InvalidDataException("The WebP file is damaged.");
            return new(width, height, pixels, 4);
        }
    }

    /// <summary>Width and height, without decoding.</summary>
    /// <exception cref="NotSupportedException">The library is missing; the message names its package.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static (int Width, int Height) Size(ReadOnlySpan<byte> file)
    {
        var size = (delegate* unmanaged<byte*, nuint, int*, int*, int>)Function("WebPGetInfo");
        int width, height;
        fixed (byte* data = file)
            if (size(data, (nuint)file.Length, &width, &height) == 0) throw new InvalidDataException("The WebP file is damaged.");
        return (width, height);
    }

    /// <summary>Encodes a picture.</summary>
    /// <param name="quality">0 is small, 100 the best.</param>
    /// <exception cref="NotSupportedException">The library is missing; the message names its package.</exception>
    public static byte[] Write(Picture picture, int quality, string? note = null)
    {
        var encode = (delegate* unmanaged<byte*, int, int, int, float, byte**, nuint>)Function(picture.Channels == 4 ? "WebPEncodeRGBA" : "WebPEncodeRGB");
        var free = (delegate* unmanaged<void*, void>)Function("WebPFree");
        byte* made = null;
        nuint length;
        fixed (byte* pixels = picture.Pixels) length = encode(pixels, picture.Width, picture.Height, picture.Width * picture.Channels, quality, &made);
        try
        {
            if (length == 0) throw new InvalidOperationException($"libwebp can not write a picture of {picture.Width} × {picture.Height} pixels.");
            var file = new ReadOnlySpan<byte>(made, (int)length);
            return note is null ? file.ToArray() : Noted(file, picture, note);
        }
        finally
        {
            free(made);
        }
    }

    /// <summary>The note of a file; null where there is none.</summary>
    public static string? Note(ReadOnlySpan<byte> file)
    {
        for (var at = FileHead; at + ChunkHead <= file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file[(at + 4)..]);
            if (length < 0 || at + (long)ChunkHead + length > file.Length) return null;
            if (file.Slice(at, 4).SequenceEqual(NoteName)) return Encoding.UTF8.GetString(file.Slice(at + ChunkHead, length));
            at += ChunkHead + length + length % 2;
        }
        return null;
    }

    static ReadOnlySpan<byte> NoteName => "MAIS"u8;

    /// <summary>A file in the extended form, which may hold further chunks.</summary>
    static byte[] Noted(ReadOnlySpan<byte> file, Picture picture, string note)
    {
        using var to = new MemoryStream();
        to.Write(file[..FileHead]);
        if (!file[FileHead..].StartsWith("VP8X"u8))
        {
            Span<byte> about = stackalloc byte[10];
            about[0] = picture.Channels == 4 ? (byte)HasOpacity : (byte)0;
            for (var i = 0; i < 3; i++) (about[4 + i], about[7 + i]) = ((byte)(picture.Width - 1 >> 8 * i), (byte)(picture.Height - 1 >> 8 * i));
            Chunk("VP8X"u8, about);
        }
        to.Write(file[FileHead..]);
        Chunk(NoteName, Encoding.UTF8.GetBytes(note));
        var bytes = to.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 8);
        return bytes;

        void Chunk(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
        {
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
            to.Write(name);
            to.Write(length);
            to.Write(data);
            if (data.Length % 2 == 1) to.WriteByte(0);
        }
    }

    static nint Function(string name) => Present ? NativeLibrary.GetExport(library.Value, name) : throw new NotSupportedException(Missing);
}
