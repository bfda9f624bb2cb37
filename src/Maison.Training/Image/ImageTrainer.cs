// The training loop of the image models: steps of a stage, held-out measures, checkpoints that resume, metrics. It knows no model.

using System.Diagnostics;
using System.Text.Json;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Text;

namespace Maison.Training.Image;

/// <summary>What an image training run repeats. A stage draws its pictures by the number of the step, so it has no place in the data to remember.</summary>
public interface IImageStage : IDisposable
{
    /// <summary>Does step number <paramref name="step"/> (from 0) at a rate factor.</summary>
    /// <returns>The losses by name, "loss" among them.</returns>
    IReadOnlyDictionary<string, double> Step(int step, double rate);

    /// <summary>What the model is worth on held-out concepts, by name.</summary>
    IReadOnlyDictionary<string, double> HeldOut();

    /// <summary>Writes the model, ready for use, and samples of it into a folder.</summary>
    void Save(string folder);

    /// <summary>Writes the model alone, small, into a folder.</summary>
    void Export(string folder);

    /// <summary>Buffers that go on with a run, each with the weight whose shape it has.</summary>
    IEnumerable<(string Key, Param Weight, FloatBuffer State)> State();

    /// <summary>Takes up a checkpoint: the models of the folder, and the number of steps they have seen. Buffers are read by the trainer.</summary>
    void Restore(string folder, int steps);

    /// <summary>Digests of the data, for the receipt.</summary>
    IReadOnlyDictionary<string, string> Digests { get; }
}

/// <summary>Trains one run folder from wherever it stands to the end of its plan.</summary>
public sealed class ImageTrainer
{
    /// <summary>The finished model's folder in a run.</summary>
    public const string ModelFolder = "model";
    const string BuffersName = "optimiser.safetensors", ReceiptName = "receipt.json";

    readonly string folder;
    readonly ImageRunPlan plan;
    readonly IImageStage stage;
    readonly CheckpointFolders checkpoints;
    readonly string? begun, judge;
    readonly ImageReceipt? before;
    ImageRunState state = new(0, 0);

    /// <param name="folder">The run folder; holds plan.json and, when resuming, checkpoints.</param>
    /// <param name="stage">What the plan asks for; the caller disposes it.</param>
    public ImageTrainer(string folder, ImageRunPlan plan, IImageStage stage)
    {
        (this.folder, this.plan, this.stage, checkpoints) = (folder, plan, stage, new CheckpointFolders(folder));
        (begun, judge, before) = (Digest(plan.Teacher ?? plan.From), Digest(plan.Reward), plan.From is null ? null : ImageRun.ReceiptOf(plan.From, plan.Stage));
        if (Latest is not { } latest) return;
        state = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(latest, CheckpointFolders.StateName)), ImageJson.Default.ImageRunState)!;
        stage.Restore(latest, state.Step);
        CheckpointFolders.LoadBuffers(Path.Combine(latest, BuffersName), stage.State());
    }

    static string? Digest(string? model) => model is null ? null : CheckpointFiles.Digest(Path.Combine(model, SafetensorsFile.ModelName));

    /// <summary>Steps done so far.</summary>
    public int Step => state.Step;

    /// <summary>The newest checkpoint, or null.</summary>
    public string? Latest => checkpoints.Latest();

    /// <summary>Share of the run that is done.</summary>
    public double Progress => plan.Progress(state);

    /// <summary>Trains to the end of the plan or until cancelled; either way a checkpoint of the last whole step is left.</summary>
    /// <param name="evaluateEvery">Steps between held-out measures; 0 measures only at the end.</param>
    /// <returns>True when the plan is done.</returns>
    public bool Run(TimeSpan checkpointEvery, int evaluateEvery, Action<ImageStepMetrics>? onStep = null, Action<ImageHeldOutMetrics>? onHeldOut = null, CancellationToken cancellation = default)
    {
        using var metrics = new StreamWriter(Path.Combine(folder, "metrics.jsonl"), append: true) { AutoFlush = true };
        var sinceCheckpoint = Stopwatch.StartNew();
        IReadOnlyDictionary<string, double>? scores = null;
        var done = Progress >= 1;
        while (!done && !cancellation.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            var factor = plan.RateFactor(state);
            var losses = stage.Step(state.Step, factor);
            if (losses.Values.Any(v => !double.IsFinite(v)))
                throw new ArithmeticException($"Step {state.Step + 1} is not finite. Lower the learning rate and resume from the last checkpoint.");
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            state = new(state.Step + 1, state.Seconds + seconds);
            var step = new ImageStepMetrics(state.Step, losses, factor, plan.Batch / seconds, state.Seconds);
            metrics.WriteLine(JsonSerializer.Serialize(step, ImageMetricsJson.Default.ImageStepMetrics));
            onStep?.Invoke(step);
            done = Progress >= 1;
            scores = null;
            if (done || evaluateEvery > 0 && state.Step % evaluateEvery == 0)
            {
                var held = new ImageHeldOutMetrics(state.Step, scores = stage.HeldOut());
                metrics.WriteLine(JsonSerializer.Serialize(held, ImageMetricsJson.Default.ImageHeldOutMetrics));
                onHeldOut?.Invoke(held);
            }
            if (done) stage.Export(Path.Combine(folder, ModelFolder));
            if (done || sinceCheckpoint.Elapsed >= checkpointEvery)
            {
                Save(scores);
                sinceCheckpoint.Restart();
            }
        }
        if (!done) Save(scores);
        return done;
    }

    void Save(IReadOnlyDictionary<string, double>? scores) => checkpoints.Write(state.Step, keep: -1, to =>
    {
        stage.Save(to);
        CheckpointFolders.SaveBuffers(Path.Combine(to, BuffersName), stage.State());
        var receipt = new ImageReceipt(plan.Stage, stage.Digests, typeof(ImageTrainer).Assembly.GetName().Version + " " + typeof(ImageTrainer).Module.ModuleVersionId,
            plan.Seed, state.Step, state.Seconds, (long)state.Step * plan.Batch, plan.Autoencoder, scores ?? new Dictionary<string, double>(), DateTimeOffset.UtcNow, begun, judge, before);
        File.WriteAllBytes(Path.Combine(to, ReceiptName), JsonSerializer.SerializeToUtf8Bytes(receipt, ImageJson.Default.ImageReceipt));
        File.WriteAllBytes(Path.Combine(to, CheckpointFolders.StateName), JsonSerializer.SerializeToUtf8Bytes(state, ImageJson.Default.ImageRunState));
    });
}
