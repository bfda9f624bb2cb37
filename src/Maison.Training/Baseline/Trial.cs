// One short training from random weights to a held-out score, of the baseline or of the house's own model, on the same batches, kernels and
// count of work: all matrix products, attention, the output matrix and Muon's iterations included.

using System.Diagnostics;
using Maison.Data.Shards;
using Maison.Models;
using Maison.Models.Text;
using Maison.Tensors;
using Maison.Training.Optimisers;
using Maison.Training.Text;

namespace Maison.Training.Baseline;

/// <summary>What is trained.</summary>
/// <param name="Arm">One of <see cref="TrialRunner.Arms"/>.</param>
/// <param name="Flops">Training work to spend.</param>
/// <param name="Size">Rung of <see cref="TextSizing.Ladder"/>.</param>
/// <param name="BatchTokens">Tokens per step.</param>
/// <param name="Rate">AdamW's rate for the baseline; for the house's, a factor of its usual rates.</param>
public sealed record Trial(string Arm, double Flops, int Size, int BatchTokens, double Rate, int Seed);

/// <summary>What came of it.</summary>
/// <param name="Flops">Work that was spent.</param>
/// <param name="Seconds">Of training, without the score.</param>
/// <param name="BitsPerByte">On the held-out text, every token once, no sliding window; infinite where training ran away or the budget buys too few steps.</param>
public sealed record TrialResult(Trial Trial, long Parameters, int Steps, double Flops, double Seconds, double BitsPerByte);

/// <summary>Runs trials on one text.</summary>
/// <param name="train">Shards to train on.</param>
/// <param name="heldOut">The shard to score.</param>
public sealed class TrialRunner(IReadOnlyDictionary<string, double> train, string heldOut, Gang gang)
{
    /// <summary>The baseline, the house's block with its optimiser, and that with the house's extras.</summary>
    public static readonly IReadOnlyList<string> Arms = [Baseline, "plain", "house"];

    /// <summary>GPT-2's block, AdamW (0.9, 0.99), decay 0.1, clipped at 1, warm-up over 2 %, cosine to a tenth.</summary>
    public const string Baseline = "gpt2-adamw";

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
        var shards = train.Keys.Select(path => new ShardReader(path)).ToArray();
        try
        {
            var (vocab, shape) = (shards[0].Vocab, TextSizing.Shape(TextSizing.Ladder[trial.Size], shards[0].Vocab, RowTokens));
            var sampler = new MixtureSampler([.. shards.Zip(train.Values, (shard, weight) => new MixtureSource(shard, weight))], RowTokens, (ulong)trial.Seed);
            using var arena = new Arena();
            using var pass = new Pass(arena, gang, record: true);
            return trial.Arm == Baseline ? RunBaseline(trial, new Gpt2(vocab, RowTokens, shape.Layers, shape.Hidden), sampler, arena, pass, progress, cancellation)
                : RunHouse(trial, trial.Arm == "plain" ? shape : shape with { InputSkip = true, ValueEmbeddings = true, LogitSoftcap = 30 }, sampler, arena, pass, progress, cancellation);
        }
        finally
        {
            foreach (var shard in shards) shard.Dispose();
        }
    }

    TrialResult RunBaseline(Trial trial, Gpt2 model, MixtureSampler sampler, Arena arena, Pass pass, Action<int, int> progress, CancellationToken cancellation)
    {
        model.Initialise(trial.Seed);
        var places = new int[MicroTokens];
        using var optimiser = new AdamW(model, gang, new(trial.Rate, 0.9, 0.99, 0.1));
        var steps = Steps(trial, model.ForwardFlopsPerToken(RowTokens / 3.0));
        var warm = Math.Max(1, steps / 50);
        return Train(trial, model, steps, 0, attended => model.ForwardFlopsPerToken(attended), (p, batch) => model.Forward(p, batch.Ids, Places(batch, places)),
            step => optimiser.Step(step < warm ? (step + 1.0) / warm : 0.55 + 0.45 * Math.Cos(Math.PI * (step - warm) / Math.Max(1, steps - warm))), sampler, arena, pass, progress, cancellation);
    }

    TrialResult RunHouse(Trial trial, TextConfig config, MixtureSampler sampler, Arena arena, Pass pass, Action<int, int> progress, CancellationToken cancellation)
    {
        var model = new Decoder(config);
        DecoderInit.Initialise(model, trial.Seed);
        var rates = new OptimiserOptions();
        using var optimiser = new Optimiser(model, gang, rates with { Matrix = rates.Matrix * trial.Rate, Embedding = rates.Embedding * trial.Rate, Head = rates.Head * trial.Rate, Scalar = rates.Scalar * trial.Rate });
        var steps = Steps(trial, config.ForwardFlopsPerToken(RowTokens / 3) + optimiser.MatrixFlops / ForwardAndBackward / trial.BatchTokens);
        var schedule = new Schedule(steps, Math.Min(40, steps / 4), (int)(0.4 * steps), 0.05);
        return Train(trial, model, steps, optimiser.MatrixFlops, attended => config.ForwardFlopsPerToken() + 4.0 * config.Heads * config.HeadDim * config.Layers * attended, (p, batch) => model.Forward(p, batch.Ids),
            step => optimiser.Step(schedule.At(step)), sampler, arena, pass, progress, cancellation);
    }

    static int Steps(Trial trial, double forwardFlops) => (int)(trial.Flops / (ForwardAndBackward * forwardFlops * trial.BatchTokens));

    TrialResult Train(Trial trial, object model, int steps, double stepFlops, Func<double, double> forwardFlops, BatchLogits forward, Func<int, double> update, MixtureSampler sampler, Arena arena, Pass pass, Action<int, int> progress, CancellationToken cancellation)
    {
        var micro = Enumerable.Range(0, trial.BatchTokens / MicroTokens).Select(_ => new PackedBatch(MicroTokens / RowTokens, RowTokens)).ToArray();
        var segments = new Segment[MicroTokens];
        var (flops, begun) = (0.0, Stopwatch.GetTimestamp());
        var parameters = ModelWeights.Slots(model).Sum(s => s.Weight.Count);
        if (steps < LeastSteps) return new(trial, parameters, 0, 0, 0, double.PositiveInfinity);
        for (var step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            var targets = 0;
            foreach (var batch in micro)
            {
                sampler.Next(batch);
                targets += batch.TargetCount;
            }
            foreach (var batch in micro)
            {
                pass.Begin(Rows.Layout(batch, segments));
                pass.Backward(pass.CrossEntropy(forward(pass, batch), batch.Targets), 1f / targets);
                flops += ForwardAndBackward * forwardFlops(Rows.Attended(batch) / MicroTokens) * MicroTokens;
            }
            flops += stepFlops;
            if (!double.IsFinite(update(step))) return new(trial, parameters, step, flops, Stopwatch.GetElapsedTime(begun).TotalSeconds, double.PositiveInfinity);
            progress(step + 1, steps);
        }
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        using var shard = new ShardReader(heldOut);
        return new(trial, parameters, steps, flops, seconds, BitsPerByte.Measure(forward, arena, gang, shard, RowTokens, MicroTokens, cancellation));
    }

    /// <summary>How far each row is into its document.</summary>
    static ReadOnlySpan<int> Places(PackedBatch batch, int[] places)
    {
        var row = 0;
        for (var i = 0; i < batch.SegmentCount; i++)
            for (var t = 0; t < batch.SegmentLengths[i]; t++) places[row++] = t;
        return places.AsSpan(0, row);
    }
}
