namespace Maison.App.Images;

/// <summary>The formats of pictures, by their first bytes.</summary>
public static class PictureKind
{
    /// <summary>How its files end; null for what is no picture of a format that the API reads.</summary>
    public static string? Ending(ReadOnlySpan<byte> file)
        => file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) ? ".png"
        : file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? ".jpg"
        : file.Length > 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8) ? ".webp" : null;

    /// <summary>Whether a kept file is a picture, by its name.</summary>
    public static bool Names(string file) => Path.GetExtension(file) is ".png" or ".jpg" or ".webp";

    /// <summary>What it is sent as.</summary>
    public static string MediaType(ReadOnlySpan<byte> file) => Ending(file) switch { ".jpg" => "image/jpeg", ".webp" => "image/webp", _ => "image/png" };
}
