// Reads and writes JPEG through LibJpeg.NET, the reference library in managed code: baseline and progressive, grey and colour, turned as the
// camera's note says. Damage that the library would paint over is refused, and so is a file that asks for more work than a picture takes.

using System.Buffers.Binary;
using BitMiracle.LibJpeg.Classic;
using Maison.Data.Pictures;

namespace Maison.Api.Images;

/// <summary>JPEG files.</summary>
public static class JpegFile
{
    const int MostScans = 100, ExifMarker = (int)JPEG_MARKER.APP1, CommentMarker = (int)JPEG_MARKER.COM;
    const ushort OrientationTag = 0x0112;

    static ReadOnlySpan<byte> Exif => "Exif\0\0"u8;

    /// <summary>Width and height, without decoding and before it is turned upright.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static (int Width, int Height) Size(ReadOnlySpan<byte> file) => Opened(file, decoder => (decoder.Image_width, decoder.Image_height));

    /// <summary>Decodes a file to three channels; the caller has judged its size.</summary>
    /// <exception cref="InvalidDataException">It is damaged or of a kind that is not read.</exception>
    public static Picture Read(ReadOnlySpan<byte> file) => Turned(Opened(file, Decoded), Orientation(JpegNote.Find(file, ExifMarker, Exif)));

    static Picture Decoded(jpeg_decompress_struct decoder)
    {
        var (width, height) = (decoder.Image_width, decoder.Image_height);
        if (decoder.Jpeg_color_space is J_COLOR_SPACE.JCS_CMYK or J_COLOR_SPACE.JCS_YCCK) throw new InvalidDataException("A JPEG in CMYK is not read; save it in RGB.");
        var grey = decoder.Jpeg_color_space == J_COLOR_SPACE.JCS_GRAYSCALE;
        decoder.Out_color_space = grey ? J_COLOR_SPACE.JCS_GRAYSCALE : J_COLOR_SPACE.JCS_RGB;
        decoder.Progress = new();
        decoder.Progress.OnProgress += (_, _) =>
        {
            if (decoder.Input_scan_number > MostScans) throw new InvalidDataException($"The JPEG file draws its picture more than {MostScans} times over.");
        };
        decoder.jpeg_start_decompress();
        var pixels = new byte[width * height * 3];
        byte[][] line = [new byte[width * (grey ? 1 : 3)]];
        for (var y = 0; y < height; y++)
        {
            decoder.jpeg_read_scanlines(line, 1);
            var to = pixels.AsSpan(y * width * 3, width * 3);
            if (grey) for (var i = 0; i < to.Length; i++) to[i] = line[0][i / 3];
            else line[0].CopyTo(to);
        }
        decoder.jpeg_finish_decompress();
        return new(width, height, pixels);
    }

    static T Opened<T>(ReadOnlySpan<byte> file, Func<jpeg_decompress_struct, T> read)
    {
        var decoder = new jpeg_decompress_struct(new Strict());
        try
        {
            decoder.jpeg_stdio_src(new MemoryStream(file.ToArray()));
            decoder.jpeg_read_header(true);
            return read(decoder);
        }
        // The library's own errors are plain exceptions, and damage may lead it out of its arrays.
        catch (Exception e) when (e is not InvalidDataException and not OutOfMemoryException)
        {
            throw new InvalidDataException($"The JPEG file is damaged: {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>Encodes a picture of three channels.</summary>
    /// <param name="quality">0 is small, 100 the best.</param>
    public static byte[] Write(Picture picture, int quality, string? note = null)
    {
        if (picture.Channels != 3) throw new ArgumentException("JPEG has no opacity.", nameof(picture));
        using var file = new MemoryStream();
        var encoder = new jpeg_compress_struct(new jpeg_error_mgr()) { Image_width = picture.Width, Image_height = picture.Height, Input_components = 3, In_color_space = J_COLOR_SPACE.JCS_RGB };
        encoder.jpeg_set_defaults();
        encoder.jpeg_set_quality(Math.Max(1, quality), true);
        encoder.Optimize_coding = true;
        encoder.jpeg_stdio_dest(file);
        encoder.jpeg_start_compress(true);
        if (note is not null) encoder.jpeg_write_marker(CommentMarker, JpegNote.Segment(note));
        byte[][] line = [new byte[picture.Width * 3]];
        for (var y = 0; y < picture.Height; y++)
        {
            picture.Pixels.AsSpan(y * line[0].Length, line[0].Length).CopyTo(line[0]);
            encoder.jpeg_write_scanlines(line, 1);
        }
        encoder.jpeg_finish_compress();
        return file.ToArray();
    }

    /// <summary>How the camera was held, 1 to 8 (Exif 2.32, tag 0x0112); 1 where it does not say.</summary>
    static int Orientation(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8) return 1;
        var little = tiff.StartsWith("II"u8);
        var entries = Whole(tiff[4..]);
        if (entries > (uint)tiff.Length - 2) return 1;
        int count = Half(tiff[(int)entries..]);
        for (var at = (int)entries + 2; count > 0 && at + 12 <= tiff.Length; at += 12, count--)
            if (Half(tiff[at..]) == OrientationTag) return Half(tiff[(at + 8)..]) is >= 1 and <= 8 and var told ? told : 1;
        return 1;

        ushort Half(ReadOnlySpan<byte> from) => little ? BinaryPrimitives.ReadUInt16LittleEndian(from) : BinaryPrimitives.ReadUInt16BigEndian(from);
        uint Whole(ReadOnlySpan<byte> from) => little ? BinaryPrimitives.ReadUInt32LittleEndian(from) : BinaryPrimitives.ReadUInt32BigEndian(from);
    }

    /// <summary>The picture upright.</summary>
    static Picture Turned(Picture picture, int orientation)
    {
        if (orientation == 1) return picture;
        var (across, down) = orientation >= 5 ? (picture.Height, picture.Width) : (picture.Width, picture.Height);
        var pixels = new byte[picture.Pixels.Length];
        for (var y = 0; y < down; y++)
            for (var x = 0; x < across; x++)
            {
                var (fromX, fromY) = orientation switch
                {
                    2 => (across - 1 - x, y),
                    3 => (across - 1 - x, down - 1 - y),
                    4 => (x, down - 1 - y),
                    5 => (y, x),
                    6 => (y, across - 1 - x),
                    7 => (down - 1 - y, across - 1 - x),
                    _ => (down - 1 - y, x),
                };
                picture.Pixels.AsSpan((fromY * picture.Width + fromX) * 3, 3).CopyTo(pixels.AsSpan((y * across + x) * 3));
            }
        return new(across, down, pixels);
    }

    /// <summary>Refuses what the library only warns of when it means that pixels are missing.</summary>
    sealed class Strict : jpeg_error_mgr
    {
        static readonly string[] missing = ["remature end", "bad Huffman", "bad arithmetic"];

        public override void emit_message(int level)
        {
            if (level < 0 && format_message() is var text && missing.Any(m => text.Contains(m, StringComparison.Ordinal))) throw new InvalidDataException($"The JPEG file is damaged: {text.TrimEnd('.')}.");
        }

        public override void output_message()
        {
            // Nothing is written to the console.
        }
    }
}
