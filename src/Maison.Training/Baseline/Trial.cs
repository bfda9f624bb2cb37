// One short training from random weights to a held-out score, of the baseline or of the house's own model, on the same batches, kernels and
// count of work: all matrix products, attention, the output matrix and Muon's rounds included.

using System.Diagnostics;
using Maison.Data.Shards;
using Maison.Models;
using Maison.Tensors;
using Maison.Training.Text;

namespace Maison.Training.Baseline;

/// <summary>What is trained.</summary>
/// <param name="Arm">One of <see cref="TrialRunner.Arms"/>.</param>
/// <param name="Flops">Training work to spend.</param>
/// <param name="Size">Rung of <see cref="TextSizing.Ladder"/>.</param>
/// <param name="BatchTokens">Tokens per step.</param>
/// <param name="Rate">AdamW's rate; with the house's optimiser, a factor of its usual rates.</param>
public sealed record Trial(string Arm, double Flops, int Size, int BatchTokens, double Rate, int Seed);

/// <summary>What came of it.</summary>
/// <param name="Flops">Work that was spent.</param>
/// <param name="Seconds">Of training, without the score.</param>
/// <param name="BitsPerByte">On the held-out text, every token once, no sliding window; infinite where training ran away or the budget buys too few steps.</param>
public sealed record TrialResult(Trial Trial, long Parameters, int Steps, double Flops, double Seconds, double BitsPerByte);

/// <summary>Runs trials on one text.</summary>
/// <param name="train">Shards to train on.</param>
/// <param name="heldOut">The shard to score.</param>
/// <param name="threads">Threads of a trial.</param>
public sealed class TrialRunner(IReadOnlyDictionary<string, double> train, string heldOut, int threads)
{
    public const string Baseline = "gpt2-adamw", Block = "block-adamw", Plain = "plain", House = "house";

    /// <summary>The baseline; the house's block in its place, trained alike; that with the house's optimiser and schedule; and with the house's extras.</summary>
    public static readonly IReadOnlyList<string> Arms = [Baseline, Block, Plain, House];

    /// <summary>Tokens per row: the longest context of a trial.</summary>
    public const int RowTokens = 256;

    const int MicroTokens = 1024;

    /// <summary>A budget that buys fewer steps teaches nothing, whatever the settings.</summary>
    const int LeastSteps = 30;

    const double ForwardAndBackward = 3;

    /// <summary>Trains and scores.</summary>
    /// <param name="progress">Hears of steps done and of all steps.</param>
    public TrialResult Run(Trial trial, Action<int, int> progress, CancellationToken cancellation)
    {
        using var gang = new Gang(threads);
        var shards = train.Keys.Select(path => new ShardReader(path)).ToArray();
        try
        {
            var sampler = new MixtureSampler([.. shards.Zip(train.Values, (shard, weight) => new MixtureSource(shard, weight))], RowTokens, (ulong)trial.Seed);
            var shape = TextSizing.Shape(TextSizing.Ladder[trial.Size], shards[0].Vocab, RowTokens);
            using Contestant contestant = trial.Arm switch
            {
                Baseline => new Gpt2Contestant(Gpt2Contestant.Random(shape, trial.Seed), trial, gang),
                Block => new BlockContestant(HouseContestant.Random(shape, trial.Seed), trial, gang),
                Plain => new HouseContestant(HouseContestant.Random(shape, trial.Seed), trial, gang),
                House => new HouseContestant(HouseContestant.Random(shape with { InputSkip = true, ValueEmbeddings = true, LogitSoftcap = 30 }, trial.Seed), trial, gang),
                _ => throw new ArgumentException($"There is no arm '{trial.Arm}', only {string.Join(", ", Arms)}.", nameof(trial)),
            };
            return Train(trial, contestant, sampler, gang, progress, cancellation);
        }
        finally
        {
            foreach (var shard in shards) shard.Dispose();
        }
    }

    TrialResult Train(Trial trial, Contestant contestant, MixtureSampler sampler, Gang gang, Action<int, int> progress, CancellationToken cancellation)
    {
        var steps = (int)(trial.Flops / (ForwardAndBackward * contestant.ForwardFlops(RowTokens / 3.0) * trial.BatchTokens + contestant.UpdateFlops));
        var parameters = ModelWeights.Slots(contestant.Model).Sum(s => s.Weight.Count);
        if (steps < LeastSteps) return new(trial, parameters, 0, 0, 0, double.PositiveInfinity);
        var microTokens = Math.Min(MicroTokens, trial.BatchTokens);
        var micro = Enumerable.Range(0, trial.BatchTokens / microTokens).Select(_ => new PackedBatch(microTokens / RowTokens, RowTokens)).ToArray();
        var segments = new Segment[microTokens];
        using var arena = new Arena();
        using var pass = new Pass(arena, gang, record: true);
        var (flops, begun) = (0.0, Stopwatch.GetTimestamp());
        for (var step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var batch in micro) sampler.Next(batch);
            var targets = micro.Sum(batch => batch.TargetCount);
            foreach (var batch in micro)
            {
                pass.Begin(Rows.Layout(batch, segments));
                pass.Backward(pass.CrossEntropy(contestant.Forward(pass, batch), batch.Targets), 1f / targets);
                flops += ForwardAndBackward * contestant.ForwardFlops(Rows.Attended(batch) / microTokens) * microTokens;
            }
            flops += contestant.UpdateFlops;
            if (!double.IsFinite(contestant.Update(step, steps))) return new(trial, parameters, step, flops, Stopwatch.GetElapsedTime(begun).TotalSeconds, double.PositiveInfinity);
            progress(step + 1, steps);
        }
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        using var shard = new ShardReader(heldOut);
        return new(trial, parameters, steps, flops, seconds, BitsPerByte.Measure(contestant.Forward, arena, gang, shard, RowTokens, microTokens, cancellation));
    }
}
