// WAV files: reads PCM of 8 to 32 bits and floats, writes 16-bit PCM and floats. It knows nothing about resampling: a sound keeps
// the rate of its file. Several channels become their mean. Files written by a pipe state no true length (0 or 0xFFFFFFFF): then
// the data goes to the end of the file, and only there may it be cut short.

using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Maison.Data.Audio;

/// <summary>How a WAV file stores a sample.</summary>
public enum WaveFormat
{
    /// <summary>Signed 16-bit integers.</summary>
    Pcm16,
    /// <summary>32-bit floats, which keep what is louder than full scale.</summary>
    Float32,
}

/// <summary>Reads and writes WAV files.</summary>
public static class WaveFile
{
    /// <summary>Bytes before the samples of a file that is written here.</summary>
    public const int HeaderBytes = 44;
    const uint UnknownLength = uint.MaxValue;
    const ushort FormatPcm = 1, FormatFloat = 3, FormatExtensible = 0xFFFE;

    /// <summary>Reads a file as one channel.</summary>
    /// <exception cref="InvalidDataException">No WAV, an unknown sample format, or cut short; the message names the file and the remedy.</exception>
    public static Sound Read(string path)
    {
        try { return Parse(File.ReadAllBytes(path)); }
        catch (InvalidDataException e) { throw new InvalidDataException($"{path}: {e.Message}"); }
    }

    /// <summary>Reads the bytes of a file as one channel.</summary>
    /// <exception cref="InvalidDataException">No WAV, an unknown sample format, or cut short.</exception>
    public static Sound Parse(ReadOnlySpan<byte> file)
    {
        if (file.Length < 12 || !file.StartsWith("RIFF"u8) || !file[8..].StartsWith("WAVE"u8))
            throw new InvalidDataException("not a WAV file. Convert it to WAV first.");
        ushort format = 0, channels = 0, bits = 0;
        var rate = 0;
        for (var at = 12; at + 8 <= file.Length;)
        {
            var name = file.Slice(at, 4);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            at += 8;
            var rest = file.Length - at;
            if (name.SequenceEqual("fmt "u8))
            {
                if (length < 16 || length > rest) throw new InvalidDataException("its fmt chunk is cut short. Export the file again.");
                var chunk = file.Slice(at, (int)length);
                format = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
                channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
                rate = BinaryPrimitives.ReadInt32LittleEndian(chunk[4..]);
                bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
                if (format == FormatExtensible && length >= 26) format = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
                if (channels == 0 || rate is < 1 or > 1_000_000) throw new InvalidDataException($"it states {channels} channels at {rate} Hz. Export the file again.");
            }
            else if (name.SequenceEqual("data"u8))
            {
                if (rate == 0) throw new InvalidDataException("its data comes before its fmt chunk. Export the file again.");
                var piped = length is 0 or UnknownLength or 0x7FFFFFFF || length >= 0x7FFFF000;
                if (!piped && length > rest) throw new InvalidDataException($"it states {length} bytes of samples and holds {rest}: it was cut short. Copy or record it again.");
                return new(Samples(file.Slice(at, piped ? rest : (int)length), format, bits, channels), rate);
            }
            if (length > rest) break;
            at += (int)length + (int)(length & 1);
        }
        throw new InvalidDataException("it has no samples. Export the file again.");
    }

    static float[] Samples(ReadOnlySpan<byte> data, ushort format, ushort bits, int channels)
    {
        var width = bits / 8;
        if ((format, bits) is not ((FormatPcm, 8 or 16 or 24 or 32) or (FormatFloat, 32 or 64)))
            throw new InvalidDataException($"it stores {bits}-bit samples of format {format}. Convert it to 16-bit PCM.");
        var samples = new float[data.Length / (width * channels)];
        for (var i = 0; i < samples.Length; i++)
        {
            var sum = 0.0;
            for (var c = 0; c < channels; c++) sum += One(data[((i * channels + c) * width)..], format, bits);
            samples[i] = (float)(sum / channels);
        }
        return samples;
    }

    static double One(ReadOnlySpan<byte> at, ushort format, ushort bits) => (format, bits) switch
    {
        (FormatFloat, 32) => Finite(BinaryPrimitives.ReadSingleLittleEndian(at)),
        (FormatFloat, _) => Finite(BinaryPrimitives.ReadDoubleLittleEndian(at)),
        (_, 8) => (at[0] - 128) / 128.0,
        (_, 16) => BinaryPrimitives.ReadInt16LittleEndian(at) / 32768.0,
        (_, 24) => ((at[0] << 8 | at[1] << 16 | at[2] << 24) >> 8) / 8388608.0,
        _ => BinaryPrimitives.ReadInt32LittleEndian(at) / 2147483648.0,
    };

    static double Finite(double value) => double.IsFinite(value) ? value : throw new InvalidDataException("it holds a sample that is no number. Export the file again.");

    /// <summary>Writes a sound.</summary>
    public static void Write(string path, Sound sound, WaveFormat format = WaveFormat.Pcm16)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        Write(file, sound, format);
    }

    /// <summary>Writes a sound with its true length.</summary>
    public static void Write(Stream to, Sound sound, WaveFormat format = WaveFormat.Pcm16)
    {
        var data = format == WaveFormat.Pcm16 ? Pcm16(sound.Samples) : MemoryMarshal.AsBytes(sound.Samples.AsSpan()).ToArray();
        to.Write(Header(sound.SampleRateHz, format, data.Length));
        to.Write(data);
    }

    /// <summary>The 44 bytes before the samples.</summary>
    /// <param name="sampleRateHz">Samples per second.</param>
    /// <param name="format">How samples are stored.</param>
    /// <param name="dataBytes">Bytes of samples to come; null when nobody knows yet, as in a stream: players then play to the end.</param>
    public static byte[] Header(int sampleRateHz, WaveFormat format, long? dataBytes)
    {
        if (dataBytes > UnknownLength - HeaderBytes) throw new ArgumentException($"A WAV file holds 4 GB at most, not {dataBytes} bytes. Cut the sound into parts.", nameof(dataBytes));
        var header = new byte[HeaderBytes];
        var (width, code) = format == WaveFormat.Pcm16 ? (2, FormatPcm) : (4, FormatFloat);
        "RIFF"u8.CopyTo(header);
        Put32(4, dataBytes is { } n ? (uint)(n + HeaderBytes - 8) : UnknownLength);
        "WAVEfmt "u8.CopyTo(header.AsSpan(8));
        Put32(16, 16);
        Put16(20, code);
        Put16(22, 1);
        Put32(24, (uint)sampleRateHz);
        Put32(28, (uint)(sampleRateHz * width));
        Put16(32, (ushort)width);
        Put16(34, (ushort)(width * 8));
        "data"u8.CopyTo(header.AsSpan(36));
        Put32(40, dataBytes is { } bytes ? (uint)bytes : UnknownLength);
        return header;

        void Put16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(at), value);
        void Put32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(at), value);
    }

    /// <summary>Samples as little-endian 16-bit integers; what is louder than full scale is clipped.</summary>
    public static byte[] Pcm16(ReadOnlySpan<float> samples)
    {
        var bytes = new byte[samples.Length * 2];
        for (var i = 0; i < samples.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(2 * i), ToInt16(samples[i]));
        return bytes;
    }

    /// <summary>The nearest 16-bit integer; full scale is 32768, so that what was read from 16 bits is written unchanged.</summary>
    public static short ToInt16(float sample) => (short)Math.Clamp(MathF.Round(sample * 32768f), short.MinValue, short.MaxValue);
}
