// What every encoder of speech for clients is: samples go in as they are made, bytes come out as soon as they are whole, and the end
// gives everything that was held back, so that no tail is ever cut. An encoder is used once, by one thread.

using System.Buffers;

namespace Maison.Data.Audio.Encoders;

/// <summary>Formats that speech is given in.</summary>
public enum SoundFormat
{
    /// <summary>WAV, 16-bit; the header states no length, since nobody knows it yet.</summary>
    Wav,
    /// <summary>Little-endian 16-bit integers without any header.</summary>
    Pcm,
    /// <summary>FLAC, 16-bit, lossless.</summary>
    Flac,
    /// <summary>MP3 at a constant bit rate.</summary>
    Mp3,
    /// <summary>Opus in Ogg.</summary>
    Opus,
}

/// <summary>Encodes one sound of one channel as it comes.</summary>
public abstract class SoundEncoder : IDisposable
{
    /// <summary>The media type of the bytes.</summary>
    public abstract string MediaType { get; }

    /// <summary>Encodes further samples; what is louder than full scale is clipped.</summary>
    public abstract void Write(ReadOnlySpan<float> samples, IBufferWriter<byte> to);

    /// <summary>Gives everything that is still held back.</summary>
    public abstract void Finish(IBufferWriter<byte> to);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>An encoder for a format.</summary>
    /// <exception cref="NotSupportedException">The format needs a library that this machine lacks; the message names the package.</exception>
    public static SoundEncoder For(SoundFormat format, int sampleRateHz) => format switch
    {
        SoundFormat.Wav => new WaveEncoder(sampleRateHz, header: true),
        SoundFormat.Pcm => new WaveEncoder(sampleRateHz, header: false),
        SoundFormat.Flac => new FlacEncoder(sampleRateHz),
        SoundFormat.Mp3 => new Mp3Encoder(sampleRateHz),
        SoundFormat.Opus => new OpusEncoder(sampleRateHz),
        _ => throw new ArgumentOutOfRangeException(nameof(format), $"There is no encoder for {format}."),
    };

    /// <summary>A whole sound at once.</summary>
    public static byte[] Encode(SoundFormat format, Sound sound)
    {
        using var encoder = For(format, sound.SampleRateHz);
        var bytes = new ArrayBufferWriter<byte>();
        encoder.Write(sound.Samples, bytes);
        encoder.Finish(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
