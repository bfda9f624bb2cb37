// Writes a voice shard (layout: VoiceShardFormat.cs) in one pass.

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Maison.Data.Preparation;

namespace Maison.Data.Audio.Preparation;

sealed class VoiceShardWriter : IDisposable
{
    readonly Stream _to;
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly List<VoiceUtterance> _utterances = [];
    long _bytes, _frames;

    public VoiceShardWriter(Stream to)
    {
        _to = to;
        var header = new byte[VoiceShardFormat.HeaderBytes];
        VoiceShardFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), VoiceShardFormat.Version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), VoiceShardFormat.FrameBytes);
        Put(header);
    }

    /// <summary>Adds an utterance; its first frame is set here.</summary>
    /// <param name="utterance">What is known of it.</param>
    /// <param name="frames">Its packed frames.</param>
    public void Add(VoiceUtterance utterance, ReadOnlySpan<byte> frames)
    {
        if (frames.Length != (long)utterance.Frames * VoiceShardFormat.FrameBytes) throw new ArgumentException($"{utterance.Id}: {frames.Length} bytes for {utterance.Frames} frames.", nameof(frames));
        _utterances.Add(utterance with { FirstFrame = _frames });
        _frames += utterance.Frames;
        Put(frames);
    }

    /// <summary>Writes index and footer.</summary>
    public void Finish(string corpus, IReadOnlyList<VoiceSpeaker> speakers)
    {
        var at = _bytes;
        var index = JsonSerializer.SerializeToUtf8Bytes(new VoiceShardIndex(corpus, speakers, _utterances), WholeFile.JsonLine);
        Put(index);
        Span<byte> footer = stackalloc byte[24];
        BinaryPrimitives.WriteInt64LittleEndian(footer, at);
        BinaryPrimitives.WriteInt64LittleEndian(footer[8..], index.Length);
        VoiceShardFormat.EndMagic.CopyTo(footer[16..]);
        Put(footer);
        _to.Write(_hash.GetHashAndReset());
    }

    /// <summary>The frames of an utterance as a shard holds them.</summary>
    /// <param name="samples">Samples, 240 per frame.</param>
    /// <param name="features">Features of the same frames.</param>
    public static byte[] Pack(ReadOnlySpan<float> samples, VoiceFeatures features)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Voice shards need a little-endian processor.");
        if (samples.Length != features.Frames * VoiceFrames.HopSamples) throw new ArgumentException($"{samples.Length} samples are not {features.Frames} frames of {VoiceFrames.HopSamples}.", nameof(samples));
        var packed = new byte[features.Frames * VoiceShardFormat.FrameBytes];
        for (var t = 0; t < features.Frames; t++)
        {
            var frame = packed.AsSpan(t * VoiceShardFormat.FrameBytes, VoiceShardFormat.FrameBytes);
            var integers = MemoryMarshal.Cast<byte, short>(frame[..VoiceShardFormat.SampleBytes]);
            for (var n = 0; n < integers.Length; n++) integers[n] = WaveFile.ToInt16(samples[t * VoiceFrames.HopSamples + n]);
            var floats = MemoryMarshal.Cast<byte, float>(frame[VoiceShardFormat.SampleBytes..]);
            features.LogMel.AsSpan(t * VoiceFrames.MelBands, VoiceFrames.MelBands).CopyTo(floats);
            floats[VoiceFrames.MelBands] = features.Energy[t];
            floats[VoiceFrames.MelBands + 1] = features.Hz[t];
            features.Periodicity.AsSpan(t * VoiceFrames.PeriodicityBands, VoiceFrames.PeriodicityBands).CopyTo(floats[(VoiceFrames.MelBands + 2)..]);
        }
        return packed;
    }

    void Put(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        _to.Write(bytes);
        _bytes += bytes.Length;
    }

    public void Dispose() => _hash.Dispose();
}
