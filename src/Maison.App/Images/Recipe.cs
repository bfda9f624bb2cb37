using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Maison.App.Images;

/// <summary>What a picture was made of, as its file tells.</summary>
public sealed record Recipe(string Prompt, long Seed, int Steps, float Guidance, string Model)
{
    /// <summary>SHA-256 of the picture that it was painted from; null for none.</summary>
    public string? Source { get; init; }

    /// <summary>How much of that one was painted anew, and whether only a part.</summary>
    public float? Strength { get; init; }
    public bool OfAPart { get; init; }

    /// <summary>Whether its background was cut out.</summary>
    public bool IsCut { get; init; }

    const int Signature = 8, ChunkHead = 8, ChunkTail = 4, WebpHead = 12;

    /// <summary>Reads it from the note "maison" of a PNG, JPEG or WebP file; null where there is none.</summary>
    public static Recipe? Of(byte[] file) => PictureKind.Ending(file) switch { ".jpg" => OfJpeg(file), ".webp" => OfWebp(file), _ => OfPng(file) };

    /// <summary>JPEG: a comment (COM) before the scan.</summary>
    static Recipe? OfJpeg(byte[] jpeg)
    {
        for (var at = 2; at + 4 <= jpeg.Length && jpeg[at] == 0xFF && jpeg[at + 1] != 0xDA;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 2));
            if (length < 2 || length > jpeg.Length - at - 2) return null;
            var body = jpeg.AsSpan(at + 4, length - 2);
            if (jpeg[at + 1] == 0xFE && body.StartsWith("maison\0"u8)) return Read(Encoding.UTF8.GetString(body[7..]));
            at += 2 + length;
        }
        return null;
    }

    /// <summary>WebP: a chunk MAIS of the RIFF file.</summary>
    static Recipe? OfWebp(byte[] webp)
    {
        for (var at = WebpHead; at + ChunkHead <= webp.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(webp.AsSpan(at + 4));
            if (length < 0 || length > webp.Length - at - ChunkHead) return null;
            if (webp.AsSpan(at, 4).SequenceEqual("MAIS"u8)) return Read(Encoding.UTF8.GetString(webp, at + ChunkHead, length));
            at += ChunkHead + length + length % 2;
        }
        return null;
    }

    static Recipe? OfPng(byte[] png)
    {
        for (var at = Signature; at + ChunkHead <= png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            if (length < 0 || length > png.Length - at - ChunkHead - ChunkTail) return null;
            var body = png.AsSpan(at + ChunkHead, length);
            // iTXt: keyword, 0, not compressed, method, language, 0, translated keyword, 0, text.
            if (png.AsSpan(at + 4, 4).SequenceEqual("iTXt"u8) && body.StartsWith("maison\0\0"u8)) return Read(Encoding.UTF8.GetString(body[(body.LastIndexOf((byte)0) + 1)..]));
            if (png.AsSpan(at + 4, 4).SequenceEqual("tEXt"u8) && body.StartsWith("maison\0"u8)) return Read(Encoding.Latin1.GetString(body[7..]));
            at += ChunkHead + length + ChunkTail;
        }
        return null;
    }

    static Recipe? Read(string json)
    {
        try
        {
            var root = JsonDocument.Parse(json).RootElement;
            return new(root.GetProperty("prompt").GetString() ?? "", root.GetProperty("seed").GetInt64(), root.GetProperty("steps").GetInt32(), root.GetProperty("guidance").GetSingle(), root.GetProperty("model").GetString() ?? "")
            {
                Source = Edit("source")?.GetString(),
                Strength = Edit("strength")?.GetSingle(),
                IsCut = root.TryGetProperty("cut", out var cut) && cut.ValueKind == JsonValueKind.True,
                OfAPart = Edit("mask") is not null || Edit("area") is not null,
            };

            JsonElement? Edit(string name) => root.TryGetProperty("edit", out var edit) && edit.ValueKind == JsonValueKind.Object && edit.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
