// What the vocoder learns from: recorded utterances, of which a step hears pieces of one second. Which pieces, and with what phase and
// noise, follows from the number of the step alone, so that a resumed run goes on where it was without anything kept.

using Maison.Data.Audio;
using Maison.Data.Audio.Preparation;
using Maison.Models.Voice;
using Maison.Tensors;

namespace Maison.Training.Voice;

/// <summary>Frames and the sound they were taken from, segment after segment.</summary>
/// <param name="Periodicity">Frames × bands.</param>
/// <param name="Samples">Frames × hop.</param>
public sealed record VocoderBatch(Segment[] Segments, float[] Features, float[] Periodicity, PitchFrame[] Source, float[] Samples)
{
    /// <summary>All frames.</summary>
    public int Rows => Source.Length;
}

/// <summary>The recordings of a folder of prepared voice data.</summary>
public sealed class VocoderCrops : IDisposable
{
    /// <summary>Frames of a piece.</summary>
    public const int Frames = 100;

    readonly VoiceShardReader[] shards;
    readonly VocoderConfig config;
    readonly int seed;
    readonly (VoiceShardReader Shard, VoiceUtterance Utterance)[] train;
    readonly long[] ends, wholeEnds;

    public VocoderCrops(string folder, VocoderConfig config, int seed)
    {
        (this.config, this.seed) = (config, seed);
        if (config.Hop != VoiceFrames.HopSamples || config.SampleRateHz != VoiceFrames.SampleRateHz || config.Mels != VoiceFrames.MelBands || config.Bands != VoiceFrames.PeriodicityBands)
            throw new ArgumentException($"The vocoder hears {config.Mels} mel bands and {config.Bands} bands of periodicity every {config.Hop} samples at {config.SampleRateHz} Hz; the data is prepared otherwise.");
        shards = [.. VoiceLedger.Read(folder).Select(entry => new VoiceShardReader(Path.Combine(folder, entry.File)))];
        train = [.. Split(VoiceSplit.Train)];
        HeldOut = [.. Split(VoiceSplit.HeldOut)];
        if (train.Length == 0) throw new InvalidDataException($"{folder} holds no utterance to train on.");
        ends = Ends(u => u.Frames);
        wholeEnds = Ends(u => u.Frames >= Frames ? u.Frames : 0);
        Digests = shards.ToDictionary(s => Path.GetFileName(s.Path), s => s.Hash);

        long[] Ends(Func<VoiceUtterance, int> frames)
        {
            var sum = 0L;
            return [.. train.Select(t => sum += frames(t.Utterance))];
        }

        IEnumerable<(VoiceShardReader, VoiceUtterance)> Split(VoiceSplit split) => shards.SelectMany(s => s.Utterances.Where(u => u.Split == split && u.Frames > 0).Select(u => (s, u)));
    }

    /// <summary>What is never trained on.</summary>
    public IReadOnlyList<(VoiceShardReader Shard, VoiceUtterance Utterance)> HeldOut { get; }

    /// <summary>SHA-256 of every shard.</summary>
    public IReadOnlyDictionary<string, string> Digests { get; }

    /// <summary>Minutes of training data.</summary>
    public double Minutes => ends[^1] / 60.0 / VoiceFrames.PerSecond;

    /// <summary>The pieces of a step; every frame of the data is as likely as every other.</summary>
    /// <param name="whole">All pieces have their full length; shorter utterances are left out.</param>
    public VocoderBatch Draw(int step, int count, bool whole = false)
    {
        var from = whole ? wholeEnds : ends;
        if (from[^1] == 0) throw new InvalidDataException($"No utterance for training is as long as {Frames} frames.");
        var random = new Random(unchecked(seed * 1_000_003 + step));
        var drawn = new (VoiceShardReader Shard, VoiceUtterance Utterance, int First, int Frames)[count];
        for (var i = 0; i < count; i++)
        {
            var (shard, utterance) = train[FirstAbove(from, random.NextInt64(from[^1]))];
            var frames = Math.Min(Frames, utterance.Frames);
            drawn[i] = (shard, utterance, random.Next(utterance.Frames - frames + 1), frames);
        }
        return Batch(drawn, random);
    }

    /// <summary>A whole utterance, with the same noise every time.</summary>
    public VocoderBatch Whole((VoiceShardReader Shard, VoiceUtterance Utterance) utterance)
        => Batch([(utterance.Shard, utterance.Utterance, 0, utterance.Utterance.Frames)], new Random(1));

    /// <summary>The first entry of a rising list that is above a value.</summary>
    static int FirstAbove(long[] rising, long value)
    {
        int low = 0, high = rising.Length - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (rising[middle] > value) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    VocoderBatch Batch(ReadOnlySpan<(VoiceShardReader Shard, VoiceUtterance Utterance, int First, int Frames)> pieces, Random random)
    {
        var rows = 0;
        foreach (var piece in pieces) rows += piece.Frames;
        var batch = new VocoderBatch(new Segment[pieces.Length], new float[rows * config.Features], new float[rows * config.Bands], new PitchFrame[rows], new float[rows * config.Hop]);
        var at = 0;
        for (var i = 0; i < pieces.Length; i++)
        {
            var (shard, utterance, first, frames) = pieces[i];
            batch.Segments[i] = new(at, frames);
            shard.ReadSamples(utterance, first, batch.Samples.AsSpan(at * config.Hop, frames * config.Hop));
            float[] logMel = new float[frames * config.Mels], hz = new float[frames], pitch = new float[frames], formants = new float[frames];
            var periodicity = batch.Periodicity.AsSpan(at * config.Bands, frames * config.Bands);
            for (var t = 0; t < frames; t++)
                (_, hz[t]) = shard.ReadFrame(utterance, first + t, logMel.AsSpan(t * config.Mels, config.Mels), periodicity.Slice(t * config.Bands, config.Bands));
            // What the pitch was before the piece begins.
            var last = 0f;
            for (var t = first - 1; t >= 0 && last == 0; t--) (_, last) = shard.ReadFrame(utterance, t, new float[config.Mels], new float[config.Bands]);
            Array.Fill(formants, 1f);
            VocoderInputs.Continue(hz, ref last, pitch);
            VocoderInputs.Source(config, hz, pitch, random.NextDouble(), (ulong)random.NextInt64(), batch.Source.AsSpan(at, frames));
            VocoderInputs.Features(config, logMel, periodicity, hz, pitch, formants, batch.Features.AsSpan(at * config.Features, frames * config.Features));
            at += frames;
        }
        return batch;
    }

    public void Dispose()
    {
        foreach (var shard in shards) shard.Dispose();
    }
}
