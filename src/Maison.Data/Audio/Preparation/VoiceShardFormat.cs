// The layout of a voice shard, shared by its writer and reader.
//
//   header   16 bytes   magic "MAISONVO", version u32, bytes per frame u32
//   frames  872 bytes each: 240 samples (i16), 80 log-mel, energy, pitch in Hz, 16 periodicities (f32), all little-endian
//   index    UTF-8 JSON of VoiceShardIndex: utterances in the order of their frames, speakers
//   footer   56 bytes: offset and length of the index (u64 each), magic "MAISONVE", SHA-256 of everything before it
//
// A frame holds everything about its ten milliseconds, so that a random crop is one piece of the file.

namespace Maison.Data.Audio.Preparation;

static class VoiceShardFormat
{
    public const int Version = 1;
    public const int HeaderBytes = 16;
    public const int HashBytes = 32;
    public const int FooterBytes = 24 + HashBytes;
    public const int SampleBytes = VoiceFrames.HopSamples * sizeof(short);
    public const int FeatureFloats = VoiceFrames.MelBands + 2 + VoiceFrames.PeriodicityBands;
    public const int FrameBytes = SampleBytes + FeatureFloats * sizeof(float);
    public static ReadOnlySpan<byte> Magic => "MAISONVO"u8;
    public static ReadOnlySpan<byte> EndMagic => "MAISONVE"u8;
}

/// <summary>What an utterance may be used for.</summary>
public enum VoiceSplit
{
    /// <summary>Training.</summary>
    Train,
    /// <summary>Measuring only: nothing may be fitted to it, statistics neither.</summary>
    HeldOut,
    /// <summary>Neither: its pitch or its level is not to be trusted.</summary>
    Quarantined,
}

/// <summary>One utterance of a shard.</summary>
/// <param name="Id">Its name in the corpus.</param>
/// <param name="Speaker">Who speaks.</param>
/// <param name="Style">How, in the corpus' word.</param>
/// <param name="Text">What is said, as written.</param>
/// <param name="Split">What it may be used for.</param>
/// <param name="FirstFrame">Its first frame in the shard.</param>
/// <param name="Frames">How many frames it has.</param>
/// <param name="Speech">From its first frame of speech to its last, counted from its own first frame.</param>
/// <param name="Pauses">Pauses of 80 ms and more in between.</param>
/// <param name="GainDb">What the recording was amplified by.</param>
/// <param name="PeakDb">Its true peak afterwards.</param>
/// <param name="VoicedFrames">Frames that both pitch estimators and their vote hold to be voiced.</param>
/// <param name="PitchAgreement">Share of those where both pitch estimators agree within 20 cents.</param>
public sealed record VoiceUtterance(string Id, string Speaker, string Style, string Text, VoiceSplit Split, long FirstFrame, int Frames,
    FrameSpan Speech, IReadOnlyList<FrameSpan> Pauses, float GainDb, float PeakDb, int VoicedFrames, float PitchAgreement);

/// <summary>A speaker as the first pass over a corpus found her or him; held-out utterances are not looked at.</summary>
/// <param name="Name">The corpus' name for the speaker.</param>
/// <param name="LowHz">Bottom of the pitch range that was searched.</param>
/// <param name="HighHz">Its top.</param>
/// <param name="MedianHz">Median pitch.</param>
/// <param name="BandwidthHz">Nothing is recorded above this frequency; 12000 for a full band.</param>
public sealed record VoiceSpeaker(string Name, double LowHz, double HighHz, double MedianHz, double BandwidthHz);

sealed record VoiceShardIndex(string Corpus, IReadOnlyList<VoiceSpeaker> Speakers, IReadOnlyList<VoiceUtterance> Utterances);
