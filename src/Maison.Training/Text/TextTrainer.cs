// The training loop of the text family: batches from the mixture, forward, backward, update; checkpoints that resume to the bit;
// held-out bits per byte. It draws nothing: a progress callback and metrics.jsonl tell what happens.

using System.Diagnostics;
using Maison.Data.Shards;
using Maison.Models.Text;
using Maison.Tensors;
using Maison.Tensors.Kernels;
using Maison.Training.Optimisers;

namespace Maison.Training.Text;

/// <summary>Trains one run folder from wherever it stands to the end of its plan.</summary>
public sealed class TextTrainer : IDisposable
{
    const double ForwardAndBackward = 3;

    readonly string folder;
    readonly TextRunPlan plan;
    readonly Gang gang;
    readonly Arena arena = new();
    readonly Pass pass;
    readonly Optimiser optimiser;
    readonly ShardReader[] shards;
    readonly MixtureSampler sampler;
    readonly PackedBatch[] micro;
    readonly Segment[] segments;
    RunState state;

    /// <param name="folder">The run folder; holds plan.json and, when resuming, checkpoints.</param>
    public TextTrainer(string folder, Gang gang)
    {
        (this.folder, this.gang) = (folder, gang);
        plan = TextRunPlan.Load(folder);
        shards = [.. plan.Shards.Keys.Select(path => new ShardReader(path))];
        if (shards[0].Vocab > plan.Model.Vocab)
            throw new InvalidDataException($"The shards use {shards[0].Vocab} token ids, the model has {plan.Model.Vocab}; set vocab to at least that.");
        sampler = new MixtureSampler([.. shards.Zip(plan.Shards.Values, (shard, weight) => new MixtureSource(shard, weight))], plan.RowTokens, (ulong)plan.Seed);
        micro = [.. Enumerable.Range(0, plan.BatchTokens / plan.MicroTokens).Select(_ => new PackedBatch(plan.MicroTokens / plan.RowTokens, plan.RowTokens))];
        segments = new Segment[plan.MicroTokens];
        Model = new Decoder(plan.Model);
        Checkpoints = new RunCheckpoints(folder);
        var latest = Checkpoints.Latest();
        if (latest is not null) DecoderCheckpoint.LoadWeights(Model, Path.Combine(latest, Models.Weights.SafetensorsFile.ModelName));
        else if (plan.Start is not null) DecoderCheckpoint.LoadWeights(Model, Path.Combine(plan.Start, Models.Weights.SafetensorsFile.ModelName));
        else DecoderInit.Initialise(Model, plan.Seed);
        optimiser = new Optimiser(Model, gang, plan.Optimiser);
        state = latest is null ? new RunState(0, 0, 0, 0, 0, "") : Checkpoints.Restore(latest, optimiser);
        if (state.Sampler != "") sampler.LoadState(state.Sampler);
        pass = new Pass(arena, gang, record: true);
    }

    /// <summary>The model as it is now.</summary>
    public Decoder Model { get; }

    /// <summary>The run's checkpoints.</summary>
    public RunCheckpoints Checkpoints { get; }

    /// <summary>The plan of this run.</summary>
    public TextRunPlan Plan => plan;

    /// <summary>Takes samples with each held-out score; null takes none.</summary>
    public RunSampler? Sampler { get; init; }

    /// <summary>Steps done so far.</summary>
    public int Step => state.Step;

    /// <summary>Trains to the end of the plan or until cancelled; either way a checkpoint of the last whole step is left.</summary>
    /// <param name="checkpointEvery">Time between checkpoints.</param>
    /// <param name="evaluateEvery">Steps between held-out scores; 0 scores only at the end.</param>
    /// <returns>True when the plan is done.</returns>
    public bool Run(TimeSpan checkpointEvery, int evaluateEvery, Action<StepMetrics>? onStep = null, Action<HeldOutMetrics>? onHeldOut = null, CancellationToken cancellation = default)
    {
        var matMulFlops = MachineProbe.MatMulFlops(gang);
        using var metrics = new MetricsLog(folder);
        var sinceCheckpoint = Stopwatch.StartNew();
        HeldOutMetrics? scores = null;
        while (state.Step < plan.Schedule.Steps && !cancellation.IsCancellationRequested)
        {
            var step = TrainStep(matMulFlops);
            metrics.Write(step, MetricsJson.Default.StepMetrics);
            onStep?.Invoke(step);
            var last = state.Step == plan.Schedule.Steps;
            scores = null;
            if (last || evaluateEvery > 0 && state.Step % evaluateEvery == 0)
            {
                scores = HeldOut();
                metrics.Write(scores, MetricsJson.Default.HeldOutMetrics);
                onHeldOut?.Invoke(scores);
                if (Sampler is not null) metrics.Write(Sampler.Take(Model, state.Step), MetricsJson.Default.SampleMetrics);
            }
            if (last || state.Step == plan.Schedule.StableSteps || sinceCheckpoint.Elapsed >= checkpointEvery)
            {
                SaveCheckpoint(scores);
                sinceCheckpoint.Restart();
            }
        }
        if (cancellation.IsCancellationRequested && state.Step < plan.Schedule.Steps) SaveCheckpoint(scores);
        return state.Step == plan.Schedule.Steps;
    }

    StepMetrics TrainStep(double matMulFlops)
    {
        var start = Stopwatch.GetTimestamp();
        var targets = 0;
        var attended = 0.0;
        foreach (var batch in micro)
        {
            sampler.Next(batch);
            targets += batch.TargetCount;
            attended += Rows.Attended(batch);
        }
        var loss = 0.0;
        ExpertBalance.Begin(Model);
        pass.SetDropout(plan.Dropout, ((ulong)plan.Seed << 32) + (ulong)state.Step);
        foreach (var batch in micro)
        {
            pass.Begin(Rows.Layout(batch, segments));
            var sum = pass.CrossEntropy(Model.Forward(pass, batch.Ids), batch.Targets);
            pass.Backward(sum, 1f / targets);
            loss += sum.Value;
        }
        var factor = plan.Schedule.At(state.Step);
        var norm = optimiser.Step(factor);
        if (!double.IsFinite(norm))
            throw new ArithmeticException($"The gradient of step {state.Step + 1} is not finite. Lower the learning rates and resume from the last checkpoint.");
        double? imbalance = plan.Model.Experts > 0 ? ExpertBalance.Imbalance(Model) : null;
        ExpertBalance.Step(Model, (double)state.Step / plan.Schedule.Steps);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var c = plan.Model;
        var flops = ForwardAndBackward * (c.ForwardFlopsPerToken() * plan.BatchTokens + 4.0 * c.Heads * c.HeadDim * c.Layers * attended);
        state = state with
        {
            Step = state.Step + 1,
            OptimiserSteps = optimiser.Steps,
            Tokens = state.Tokens + plan.BatchTokens,
            Seconds = state.Seconds + seconds,
            Flops = state.Flops + flops,
        };
        return new StepMetrics(state.Step, state.Tokens, loss / Math.Max(1, targets), factor, norm, plan.BatchTokens / seconds, flops / seconds / matMulFlops, state.Seconds, imbalance);
    }

    /// <summary>Bits per byte of every held-out shard now.</summary>
    public HeldOutMetrics HeldOut()
    {
        var scores = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var path in plan.HeldOut)
        {
            using var shard = new ShardReader(path);
            scores[Path.GetFileNameWithoutExtension(path)] = BitsPerByte.Measure(Model, arena, gang, shard, plan.RowTokens, plan.MicroTokens);
        }
        return new HeldOutMetrics(state.Step, state.Tokens, scores);
    }

    void SaveCheckpoint(HeldOutMetrics? scores)
    {
        state = state with { Sampler = sampler.SaveState() };
        var receipt = new Receipt(
            shards.ToDictionary(s => TextRunPlan.ShardName(s.Path), s => s.Hash), typeof(TextTrainer).Assembly.GetName().Version + " " + typeof(TextTrainer).Module.ModuleVersionId,
            plan.Seed, state.Step, state.Tokens, state.Flops, state.Seconds, plan.Start, scores?.BitsPerByte ?? new Dictionary<string, double>(), DateTimeOffset.UtcNow, plan.Without);
        Checkpoints.Save(Model, optimiser, state, receipt, keep: plan.Schedule.StableSteps);
    }

    public void Dispose()
    {
        pass.Dispose();
        arena.Dispose();
        optimiser.Dispose();
        foreach (var shard in shards) shard.Dispose();
    }
}
