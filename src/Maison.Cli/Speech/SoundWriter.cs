// A sound on its way into a file: encoded beside the target, which takes its place when it is whole, so that there is never half of one.

using System.Buffers;
using Maison.Data.Audio;
using Maison.Data.Audio.Encoders;
using Maison.Inference.Speech;

namespace Maison.Cli.Speech;

/// <summary>Writes one sound file.</summary>
sealed class SoundWriter : IDisposable
{
    static readonly Dictionary<string, SoundFormat> Formats = new(StringComparer.OrdinalIgnoreCase)
    { [".wav"] = SoundFormat.Wav, [".flac"] = SoundFormat.Flac, [".mp3"] = SoundFormat.Mp3, [".opus"] = SoundFormat.Opus, [".ogg"] = SoundFormat.Opus, [".pcm"] = SoundFormat.Pcm };

    readonly string path, temporary;
    readonly SoundEncoder encoder;
    readonly FileStream stream;
    readonly ArrayBufferWriter<byte> bytes = new();

    /// <exception cref="NotSupportedException">The format needs a library that is not here.</exception>
    public SoundWriter(string path, SoundFormat format)
    {
        (this.path, temporary, Format) = (path, path + ".tmp", format);
        // First, as it may lack a library.
        encoder = SoundEncoder.For(format, VoiceTime.SampleRateHz);
        stream = File.Create(temporary);
    }

    public SoundFormat Format { get; }

    /// <summary>The endings that say a format.</summary>
    public static string Endings => string.Join(" ", Formats.Keys);

    /// <summary>The whole path of a file and the format that its ending says.</summary>
    /// <exception cref="UserException">It is missing, or says none.</exception>
    public static (string Path, SoundFormat Format) Target(string? given, string example)
    {
        var path = Path.GetFullPath(given ?? throw new UserException($"--out is needed: the sound file, such as -o {example}."));
        if (!Formats.TryGetValue(Path.GetExtension(path), out var format)) throw new UserException($"--out {path}: its ending says the format; give one of {Endings}.");
        return Directory.Exists(Path.GetDirectoryName(path)) ? (path, format) : throw new UserException($"--out {path}: there is no folder {Path.GetDirectoryName(path)}. Make it first.");
    }

    public void Write(float[] samples)
    {
        encoder.Write(samples, bytes);
        Flush();
    }

    /// <summary>Puts the file in its place.</summary>
    /// <param name="tag">Bytes that stand before the sound.</param>
    public void Finish(byte[]? tag = null)
    {
        encoder.Finish(bytes);
        Flush();
        if (Format == SoundFormat.Wav && stream.Length <= uint.MaxValue)
        {
            // A file knows its length, as a stream does not.
            var header = WaveFile.Header(VoiceTime.SampleRateHz, WaveFormat.Pcm16, stream.Length - WaveFile.HeaderBytes);
            stream.Position = 0;
            stream.Write(header);
        }
        if (tag is not null)
        {
            stream.Position = 0;
            var sound = new byte[stream.Length];
            stream.ReadExactly(sound);
            stream.Position = 0;
            stream.Write(tag);
            stream.Write(sound);
        }
        stream.Dispose();
        File.Move(temporary, path, overwrite: true);
    }

    void Flush()
    {
        stream.Write(bytes.WrittenSpan);
        bytes.ResetWrittenCount();
    }

    public void Dispose()
    {
        encoder.Dispose();
        stream.Dispose();
        File.Delete(temporary);
    }
}
