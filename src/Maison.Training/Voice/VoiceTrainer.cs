// The training loop of all voice models: steps of a stage, held-out measures, checkpoints that resume to the bit, metrics. It draws nothing
// and knows no model: callbacks and metrics.jsonl tell what happens.

using System.Diagnostics;
using System.Text.Json;

namespace Maison.Training.Voice;

/// <summary>Trains one run folder from wherever it stands to the end of its plan.</summary>
public sealed class VoiceTrainer
{
    const string BuffersName = "optimiser.safetensors", ReceiptName = "receipt.json";

    readonly string folder;
    readonly VoiceRunPlan plan;
    readonly IVoiceStage stage;
    readonly CheckpointFolders checkpoints;
    VoiceRunState state = new(0, 0);

    /// <param name="folder">The run folder; holds plan.json and, when resuming, checkpoints.</param>
    /// <param name="stage">What the plan asks for; the caller disposes it.</param>
    public VoiceTrainer(string folder, VoiceRunPlan plan, IVoiceStage stage)
    {
        (this.folder, this.plan, this.stage, checkpoints) = (folder, plan, stage, new CheckpointFolders(folder));
        if (Latest is not { } latest) return;
        state = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(latest, CheckpointFolders.StateName)), VoiceJson.Default.VoiceRunState)!;
        stage.Restore(latest, state.Step);
        CheckpointFolders.LoadBuffers(Path.Combine(latest, BuffersName), stage.State());
    }

    /// <summary>Steps done so far.</summary>
    public int Step => state.Step;

    /// <summary>The newest checkpoint, or null.</summary>
    public string? Latest => checkpoints.Latest();

    /// <summary>Trains to the end of the plan or until cancelled; either way a checkpoint of the last whole step is left.</summary>
    /// <param name="evaluateEvery">Steps between held-out measures; 0 measures only at the end.</param>
    /// <returns>True when the plan is done.</returns>
    public bool Run(TimeSpan checkpointEvery, int evaluateEvery, Action<VoiceStepMetrics>? onStep = null, Action<VoiceHeldOutMetrics>? onHeldOut = null, CancellationToken cancellation = default)
    {
        using var metrics = new StreamWriter(Path.Combine(folder, "metrics.jsonl"), append: true) { AutoFlush = true };
        var sinceCheckpoint = Stopwatch.StartNew();
        IReadOnlyDictionary<string, double>? scores = null;
        while (state.Step < plan.Schedule.Steps && !cancellation.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            var factor = plan.Schedule.At(state.Step);
            var losses = stage.Step(state.Step, factor);
            if (losses.Values.Any(v => !double.IsFinite(v)))
                throw new ArithmeticException($"Step {state.Step + 1} is not finite. Lower the learning rate and resume from the last checkpoint.");
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            state = new(state.Step + 1, state.Seconds + seconds);
            var step = new VoiceStepMetrics(state.Step, losses, factor, stage.SecondsPerStep / seconds, state.Seconds);
            metrics.WriteLine(JsonSerializer.Serialize(step, VoiceMetricsJson.Default.VoiceStepMetrics));
            onStep?.Invoke(step);
            var last = state.Step == plan.Schedule.Steps;
            scores = null;
            if (last || evaluateEvery > 0 && state.Step % evaluateEvery == 0)
            {
                var held = new VoiceHeldOutMetrics(state.Step, scores = stage.HeldOut());
                metrics.WriteLine(JsonSerializer.Serialize(held, VoiceMetricsJson.Default.VoiceHeldOutMetrics));
                onHeldOut?.Invoke(held);
            }
            if (last || sinceCheckpoint.Elapsed >= checkpointEvery)
            {
                Save(scores);
                sinceCheckpoint.Restart();
            }
        }
        if (cancellation.IsCancellationRequested && state.Step < plan.Schedule.Steps) Save(scores);
        return state.Step == plan.Schedule.Steps;
    }

    void Save(IReadOnlyDictionary<string, double>? scores) => checkpoints.Write(state.Step, keep: -1, to =>
    {
        stage.Save(to);
        CheckpointFolders.SaveBuffers(Path.Combine(to, BuffersName), stage.State());
        var receipt = new VoiceReceipt(plan.Stage, stage.Digests, typeof(VoiceTrainer).Assembly.GetName().Version + " " + typeof(VoiceTrainer).Module.ModuleVersionId,
            plan.Seed, state.Step, state.Seconds, plan.Start, plan.Aligner, scores ?? new Dictionary<string, double>(), DateTimeOffset.UtcNow);
        File.WriteAllBytes(Path.Combine(to, ReceiptName), JsonSerializer.SerializeToUtf8Bytes(receipt, VoiceJson.Default.VoiceReceipt));
        File.WriteAllBytes(Path.Combine(to, CheckpointFolders.StateName), JsonSerializer.SerializeToUtf8Bytes(state, VoiceJson.Default.VoiceRunState));
    });
}
