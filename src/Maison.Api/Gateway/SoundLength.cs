// How long a recording is, as far as its file tells without being decoded: what a transcription may cost at most has to be known before it is asked for.

using System.Buffers.Binary;

namespace Maison.Api.Gateway;

/// <summary>Lengths in milliseconds.</summary>
static class SoundLength
{
    /// <summary>Bytes a second of the sparsest speech that codecs make, and of ordinary one.</summary>
    const int Sparsest = 1000, Ordinary = 4000;

    /// <summary>At most; exact for WAV.</summary>
    public static long AtMost(ReadOnlySpan<byte> file) => OfWave(file) ?? file.Length * 1000L / Sparsest;

    /// <summary>Probably; exact for WAV.</summary>
    public static long Guess(ReadOnlySpan<byte> file) => OfWave(file) ?? file.Length * 1000L / Ordinary;

    static long? OfWave(ReadOnlySpan<byte> file)
    {
        if (file.Length < 12 || !file.StartsWith("RIFF"u8) || !file[8..12].SequenceEqual("WAVE"u8)) return null;
        long perSecond = 0;
        for (var at = 12; at + 8 <= file.Length;)
        {
            var name = file.Slice(at, 4);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            if (name.SequenceEqual("fmt "u8) && at + 20 <= file.Length) perSecond = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 16)..]);
            // A length that was not known when writing began, or that lies, is that of what came.
            if (name.SequenceEqual("data"u8)) return perSecond == 0 ? null : Math.Min(size, file.Length - at - 8L) * 1000 / perSecond;
            if (size > file.Length) return null;
            at += 8 + (int)size + (int)(size & 1);
        }
        return null;
    }
}
