// The note in a JPEG file: a comment segment (ITU-T T.81, B.2.4.5) that begins with the house's keyword. What a JPEG shows is read elsewhere.

using System.Buffers.Binary;
using System.Text;

namespace Maison.Data.Pictures;

/// <summary>Notes of JPEG files.</summary>
public static class JpegNote
{
    const int Comment = 0xFE, Scan = 0xDA;

    /// <summary>Bytes that a segment holds at most.</summary>
    const int Most = ushort.MaxValue - 2;

    static ReadOnlySpan<byte> Begin => "maison\0"u8;

    /// <summary>Whether these bytes begin as a JPEG file does.</summary>
    public static bool Knows(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <summary>A note as the content of a comment segment.</summary>
    /// <exception cref="ArgumentException">It is too long.</exception>
    public static byte[] Segment(string note)
    {
        byte[] bytes = [.. Begin, .. Encoding.UTF8.GetBytes(note)];
        return bytes.Length <= Most ? bytes : throw new ArgumentException($"The note has {bytes.Length} bytes, but a JPEG file holds {Most}.");
    }

    /// <summary>The note of a file; null where there is none.</summary>
    public static string? Of(ReadOnlySpan<byte> file) => Find(file, Comment, Begin) is { IsEmpty: false } note ? Encoding.UTF8.GetString(note) : null;

    /// <summary>What follows in the first segment of a kind that begins so; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> file, int kind, ReadOnlySpan<byte> begin)
    {
        for (var at = 2; at + 4 <= file.Length && file[at] == 0xFF && file[at + 1] != Scan;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length) break;
            var data = file.Slice(at + 4, length - 2);
            if (file[at + 1] == kind && data.StartsWith(begin)) return data[begin.Length..];
            at += 2 + length;
        }
        return [];
    }
}
