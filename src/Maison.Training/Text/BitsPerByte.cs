// How well a model predicts a held-out text, independent of the tokenizer: nats / ln 2 / bytes of raw UTF-8.

using Maison.Data.Shards;
using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Training.Text;

/// <summary>A model's logits (rows, vocab) for a batch that the pass was laid out for.</summary>
delegate Tensor BatchLogits(Pass p, PackedBatch batch);

/// <summary>Bits per byte over a shard.</summary>
public static class BitsPerByte
{
    /// <summary>Scores every token of the shard once, each document from its start marker, in windows of <paramref name="rowTokens"/> without overlap.</summary>
    public static double Measure(Decoder model, Arena arena, Gang gang, ShardReader shard, int rowTokens, int microTokens, CancellationToken cancellation = default)
        => Measure((p, batch) => model.Forward(p, batch.Ids), arena, gang, shard, rowTokens, microTokens, cancellation);

    internal static double Measure(BatchLogits model, Arena arena, Gang gang, ShardReader shard, int rowTokens, int microTokens, CancellationToken cancellation)
    {
        using var pass = new Pass(arena, gang);
        var batch = new PackedBatch(microTokens / rowTokens, rowTokens);
        var sampler = new MixtureSampler([new MixtureSource(shard)], rowTokens, seed: 0, epochs: 1);
        var segments = new Segment[microTokens];
        var nats = 0.0;
        while (sampler.Next(batch))
        {
            cancellation.ThrowIfCancellationRequested();
            pass.Begin(Rows.Layout(batch, segments));
            nats += pass.CrossEntropy(model(pass, batch), batch.Targets).Value;
        }
        return nats / Math.Log(2) / shard.TextBytes;
    }
}

/// <summary>From packed batches to the segments of a pass.</summary>
static class Rows
{
    public static ReadOnlySpan<Segment> Layout(PackedBatch batch, Segment[] segments)
    {
        var start = 0;
        for (var i = 0; i < batch.SegmentCount; i++)
        {
            segments[i] = new Segment(start, batch.SegmentLengths[i]);
            start += batch.SegmentLengths[i];
        }
        return segments.AsSpan(0, batch.SegmentCount);
    }

    /// <summary>Sum over tokens of how many tokens each attends to: the attention work of a batch.</summary>
    public static double Attended(PackedBatch batch)
    {
        var sum = 0.0;
        for (var i = 0; i < batch.SegmentCount; i++) sum += batch.SegmentLengths[i] * (batch.SegmentLengths[i] + 1.0) / 2;
        return sum;
    }
}
