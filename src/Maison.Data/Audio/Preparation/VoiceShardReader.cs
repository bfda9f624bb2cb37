// Reads one voice shard (layout: VoiceShardFormat.cs) through a memory map. Everything is checked at opening, the hash too (about a
// second per gigabyte): after that, reading cannot fail on the file's contents.

using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Maison.Data.Preparation;

namespace Maison.Data.Audio.Preparation;

/// <summary>A voice shard opened for reading; safe for use from several threads.</summary>
public sealed class VoiceShardReader : IDisposable
{
    readonly MemoryMappedFile _map;
    readonly MemoryMappedViewAccessor _view;
    readonly SafeBuffer _bytes;

    /// <summary>Opens and checks a shard.</summary>
    /// <exception cref="InvalidDataException">The file is no voice shard, cut short or damaged; the message says which.</exception>
    public VoiceShardReader(string path)
    {
        Path = path;
        var length = new FileInfo(path).Length;
        if (length < VoiceShardFormat.HeaderBytes + VoiceShardFormat.FooterBytes) throw Bad($"it has {length} bytes, less than an empty shard");
        _map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _bytes = _view.SafeMemoryMappedViewHandle;
        try
        {
            Span<byte> header = stackalloc byte[VoiceShardFormat.HeaderBytes];
            _bytes.ReadSpan(0, header);
            if (!header.StartsWith(VoiceShardFormat.Magic)) throw Bad("it does not begin as a voice shard does");
            var version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
            if (version != VoiceShardFormat.Version) throw Bad($"it has format version {version}, this program reads {VoiceShardFormat.Version}");
            Span<byte> footer = stackalloc byte[VoiceShardFormat.FooterBytes];
            _bytes.ReadSpan((ulong)(length - VoiceShardFormat.FooterBytes), footer);
            if (!footer[16..].StartsWith(VoiceShardFormat.EndMagic)) throw Bad("it was cut short or is still being written: the footer is missing");
            Hash = Convert.ToHexStringLower(footer[24..]);
            if (HashOfContent(length - VoiceShardFormat.HashBytes) != Hash) throw Bad("its contents differ from its SHA-256");
            var index = new byte[BinaryPrimitives.ReadInt64LittleEndian(footer[8..])];
            _bytes.ReadSpan((ulong)BinaryPrimitives.ReadInt64LittleEndian(footer), index.AsSpan());
            var read = JsonSerializer.Deserialize<VoiceShardIndex>(index, WholeFile.JsonLine)!;
            (Corpus, Speakers, Utterances) = (read.Corpus, read.Speakers, read.Utterances);
        }
        catch (Exception e)
        {
            Dispose();
            // With a true hash, a wrong index can only come from a faulty writer.
            if (e is ArgumentException or OverflowException or JsonException) throw Bad("its tables contradict each other");
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }
    /// <summary>SHA-256 of the shard's contents, in hexadecimal.</summary>
    public string Hash { get; } = "";
    /// <summary>The corpus it was made from.</summary>
    public string Corpus { get; } = "";
    /// <summary>Who speaks.</summary>
    public IReadOnlyList<VoiceSpeaker> Speakers { get; } = [];
    /// <summary>All utterances in order.</summary>
    public IReadOnlyList<VoiceUtterance> Utterances { get; } = [];

    /// <summary>Samples of whole frames from <paramref name="frame"/> of an utterance on; what lies behind its end is silence.</summary>
    public void ReadSamples(VoiceUtterance utterance, int frame, Span<float> into)
    {
        Span<short> integers = stackalloc short[VoiceFrames.HopSamples];
        for (; into.Length > 0; frame++)
        {
            var piece = into[..Math.Min(into.Length, integers.Length)];
            piece.Clear();
            if (frame < utterance.Frames)
            {
                _bytes.ReadSpan(At(utterance, frame), integers);
                for (var n = 0; n < piece.Length; n++) piece[n] = integers[n] / 32768f;
            }
            into = into[piece.Length..];
        }
    }

    /// <summary>Features of one frame.</summary>
    /// <param name="utterance">Of this shard.</param>
    /// <param name="frame">Below its frames.</param>
    /// <param name="logMel">80 values.</param>
    /// <param name="periodicity">16 values.</param>
    /// <returns>Energy, and pitch in Hz, 0 where unvoiced.</returns>
    public (float Energy, float Hz) ReadFrame(VoiceUtterance utterance, int frame, Span<float> logMel, Span<float> periodicity)
    {
        if ((uint)frame >= (uint)utterance.Frames) throw new ArgumentOutOfRangeException(nameof(frame), $"Frame {frame} of {utterance.Frames} of {utterance.Id}.");
        Span<float> floats = stackalloc float[VoiceShardFormat.FeatureFloats];
        _bytes.ReadSpan(At(utterance, frame) + VoiceShardFormat.SampleBytes, floats);
        floats[..VoiceFrames.MelBands].CopyTo(logMel);
        floats[(VoiceFrames.MelBands + 2)..].CopyTo(periodicity);
        return (floats[VoiceFrames.MelBands], floats[VoiceFrames.MelBands + 1]);
    }

    /// <summary>All samples of an utterance.</summary>
    public float[] ReadSamples(VoiceUtterance utterance)
    {
        var samples = new float[utterance.Frames * VoiceFrames.HopSamples];
        ReadSamples(utterance, 0, samples);
        return samples;
    }

    /// <summary>All features of an utterance.</summary>
    public VoiceFeatures ReadFeatures(VoiceUtterance utterance)
    {
        var frames = utterance.Frames;
        VoiceFeatures features = new(new float[frames * VoiceFrames.MelBands], new float[frames], new float[frames], new float[frames * VoiceFrames.PeriodicityBands]);
        for (var t = 0; t < frames; t++)
            (features.Energy[t], features.Hz[t]) = ReadFrame(utterance, t, features.LogMel.AsSpan(t * VoiceFrames.MelBands, VoiceFrames.MelBands),
                features.Periodicity.AsSpan(t * VoiceFrames.PeriodicityBands, VoiceFrames.PeriodicityBands));
        return features;
    }

    internal byte[] ReadPacked(VoiceUtterance utterance)
    {
        var packed = new byte[utterance.Frames * VoiceShardFormat.FrameBytes];
        _bytes.ReadSpan(At(utterance, 0), packed.AsSpan());
        return packed;
    }

    static ulong At(VoiceUtterance utterance, int frame) => (ulong)(VoiceShardFormat.HeaderBytes + (utterance.FirstFrame + frame) * VoiceShardFormat.FrameBytes);

    string HashOfContent(long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[1 << 20];
        for (long at = 0; at < length; at += block.Length)
        {
            var piece = block.AsSpan(0, (int)Math.Min(block.Length, length - at));
            _bytes.ReadSpan((ulong)at, piece);
            hash.AppendData(piece);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    InvalidDataException Bad(string why) => new($"{Path} is no usable voice shard: {why}. Delete it and prepare the data again.");

    public void Dispose()
    {
        _view?.Dispose();
        _map?.Dispose();
    }
}
