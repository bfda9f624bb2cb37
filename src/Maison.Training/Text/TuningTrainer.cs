// What the tunings of a chat model share, to preferences and to rewards: a few small steps from a trained model, in a run folder that can be stopped
// and gone on with to the bit.

using System.Diagnostics;
using System.Text.Json.Serialization.Metadata;
using Maison.Data.Chat;
using Maison.Data.Tokenizers;
using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Optimisers;

namespace Maison.Training.Text;

/// <summary>Trains one run folder from wherever it stands to the end of its schedule.</summary>
/// <typeparam name="TMetrics">A line of metrics.jsonl.</typeparam>
public abstract class TuningTrainer<TMetrics> : IDisposable
{
    readonly string folder, start;
    readonly Schedule schedule;
    readonly OptimiserOptions rates;
    readonly int seed;
    readonly Gang gang;
    Optimiser? optimiser;
    RunState state;

    private protected TuningTrainer(string folder, string start, Schedule schedule, OptimiserOptions rates, int seed, Gang gang)
    {
        (this.folder, this.start, this.schedule, this.rates, this.seed, this.gang) = (folder, start, schedule, rates, seed, gang);
        var files = CheckpointFiles.Find(start);
        var tokenizer = BpeTokenizer.Load(files.Tokenizer);
        Model = DecoderCheckpoint.LoadTrainable(files.Folder);
        Format = new(tokenizer);
        DocumentStart = TokenizerSettings.Read(Path.GetDirectoryName(files.Tokenizer)!, tokenizer.SpecialTokens).StartId;
        Checkpoints = new(folder);
    }

    public Decoder Model { get; }
    public RunCheckpoints Checkpoints { get; }

    /// <summary>Steps done so far.</summary>
    public int Step => state.Step;

    private protected ChatFormat Format { get; }

    /// <summary>The id that begins a document; null for none.</summary>
    private protected int? DocumentStart { get; }

    /// <summary>Time spent stepping.</summary>
    private protected double Seconds => state.Seconds;

    private protected abstract JsonTypeInfo<TMetrics> MetricsType { get; }

    /// <summary>What the run learns from, by name, for the receipt.</summary>
    private protected abstract IReadOnlyDictionary<string, string> Sources { get; }

    /// <summary>Takes the newest checkpoint; called once, after all that needs the model to start from.</summary>
    private protected void GoOn()
    {
        var latest = Checkpoints.Latest();
        // Loading makes new weights, which are those that the optimiser has to know.
        if (latest is not null) DecoderCheckpoint.LoadWeights(Model, Path.Combine(latest, SafetensorsFile.ModelName));
        optimiser = new(Model, gang, rates);
        if (latest is not null) state = Checkpoints.Restore(latest, optimiser);
    }

    /// <summary>Trains to the end of the plan or until cancelled; either way a checkpoint of the last whole step is left.</summary>
    /// <returns>True when the plan is done.</returns>
    public bool Run(TimeSpan checkpointEvery, Action<TMetrics>? onStep = null, CancellationToken cancellation = default)
    {
        using var metrics = new MetricsLog(folder);
        var since = Stopwatch.StartNew();
        while (state.Step < schedule.Steps && !cancellation.IsCancellationRequested)
        {
            var step = TrainStep();
            metrics.Write(step, MetricsType);
            onStep?.Invoke(step);
            if (state.Step < schedule.Steps && since.Elapsed < checkpointEvery) continue;
            Save();
            since.Restart();
        }
        if (cancellation.IsCancellationRequested && state.Step < schedule.Steps) Save();
        return state.Step == schedule.Steps;
    }

    /// <summary>Adds up a step's gradient and calls <see cref="Update"/>.</summary>
    private protected abstract TMetrics TrainStep();

    /// <summary>Updates the weights with the gradient as it is.</summary>
    /// <returns>The schedule's factor and the gradient's norm.</returns>
    private protected (double Factor, double Norm) Update(long tokens, long began)
    {
        var factor = schedule.At(state.Step);
        var norm = optimiser!.Step(factor);
        if (!double.IsFinite(norm)) throw new ArithmeticException($"The gradient of step {state.Step + 1} is not finite. Lower --lr-scale and start another run.");
        Count(tokens, began);
        return (factor, norm);
    }

    /// <summary>Counts a step without an update, where there was nothing to learn.</summary>
    private protected void Count(long tokens, long began)
        => state = state with { Step = state.Step + 1, OptimiserSteps = optimiser!.Steps, Tokens = state.Tokens + tokens, Seconds = state.Seconds + Stopwatch.GetElapsedTime(began).TotalSeconds, Sampler = "" };

    void Save()
    {
        var receipt = new Receipt(Sources, GetType().Assembly.GetName().Version + " " + GetType().Module.ModuleVersionId, seed, state.Step, state.Tokens, state.Flops, state.Seconds, start, new Dictionary<string, double>(), DateTimeOffset.UtcNow);
        Checkpoints.Save(Model, optimiser!, state, receipt, keep: schedule.Steps);
    }

    public virtual void Dispose()
    {
        optimiser?.Dispose();
        foreach (var slot in ModelWeights.Slots(Model)) (slot.Weight as IDisposable)?.Dispose();
    }
}
