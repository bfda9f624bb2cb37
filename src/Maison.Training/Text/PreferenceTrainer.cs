// Tunes a chat model to what people preferred in blind battles: a few small steps of direct preference optimisation from a trained model, in a run
// folder that can be stopped and gone on with. One pair in ten is held out, so that what is learnt can be told from what is learnt by heart.

using System.Diagnostics;
using System.Text.Json;
using Maison.Data.Chat;
using Maison.Data.Tokenizers;
using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Optimisers;

namespace Maison.Training.Text;

/// <summary>Everything that decides a run on preferences; preference.json in its folder.</summary>
/// <param name="Pairs">The file of preferences.</param>
/// <param name="PairsHash">SHA-256 of that file: the run goes on with the same ones only.</param>
/// <param name="Start">Folder of the model to start from.</param>
/// <param name="Beta">How much it costs to leave the starting model.</param>
/// <param name="Batch">Pairs per step.</param>
public sealed record PreferencePlan(string Pairs, string PairsHash, string Start, double Beta, int Batch, Schedule Schedule, OptimiserOptions Optimiser, int Seed)
{
    public const string FileName = "preference.json";

    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        File.WriteAllBytes(path + ".tmp", JsonSerializer.SerializeToUtf8Bytes(this, TrainingJson.Default.PreferencePlan));
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <exception cref="InvalidDataException">It can not be read.</exception>
    public static PreferencePlan Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try { return JsonSerializer.Deserialize(File.ReadAllBytes(path), TrainingJson.Default.PreferencePlan) ?? throw new JsonException("it is empty"); }
        catch (JsonException e) { throw new InvalidDataException($"{path} cannot be used: {e.Message}", e); }
    }
}

/// <summary>One line of metrics.jsonl.</summary>
/// <param name="Loss">Mean of −log σ(h).</param>
/// <param name="Agreed">Share of the step's pairs whose chosen answer the model now prefers more than it did at the start.</param>
public readonly record struct PreferenceMetrics(int Step, double Loss, double Agreed, double RateFactor, double GradientNorm, double Seconds);

/// <summary>How the held-out pairs stand.</summary>
/// <param name="Agreed">Share whose chosen answer is preferred more than at the start; a half is chance.</param>
public readonly record struct PreferenceScore(int Pairs, double Loss, double Agreed);

/// <summary>Trains one run folder from wherever it stands to the end of its plan.</summary>
public sealed class PreferenceTrainer : IDisposable
{
    const int HeldOutOneIn = 10, FewestToHoldOut = 20;

    readonly string folder;
    readonly PreferenceLoss loss;
    readonly Optimiser optimiser;
    readonly List<PreferenceExample> train = [], heldOut = [];
    RunState state;
    int[] order = [];
    long drawn = -1;

    /// <param name="folder">Holds preference.json and, when going on, checkpoints.</param>
    /// <exception cref="InvalidDataException">The preferences changed, or are no chats for this model; names the remedy.</exception>
    public PreferenceTrainer(string folder, Gang gang)
    {
        this.folder = folder;
        Plan = PreferencePlan.Load(folder);
        if (CheckpointFiles.Digest(Plan.Pairs) != Plan.PairsHash) throw new InvalidDataException($"{Plan.Pairs} was changed since this run began. Start another run with --run.");
        var files = CheckpointFiles.Find(Plan.Start);
        var tokenizer = BpeTokenizer.Load(files.Tokenizer);
        Model = DecoderCheckpoint.LoadTrainable(files.Folder);
        Checkpoints = new RunCheckpoints(folder);
        loss = new(Model, gang, Plan.Beta);
        Read(new ChatFormat(tokenizer), TokenizerSettings.Read(Path.GetDirectoryName(files.Tokenizer)!, tokenizer.SpecialTokens).StartId);
        var latest = Checkpoints.Latest();
        if (latest is not null) DecoderCheckpoint.LoadWeights(Model, Path.Combine(latest, SafetensorsFile.ModelName));
        optimiser = new(Model, gang, Plan.Optimiser);
        state = latest is null ? new(0, 0, 0, 0, 0, "") : Checkpoints.Restore(latest, optimiser);
    }

    public Decoder Model { get; }
    public PreferencePlan Plan { get; }
    public RunCheckpoints Checkpoints { get; }
    public int Step => state.Step;

    /// <summary>Pairs that are trained on; those that do not fit the model's context are left out.</summary>
    public int Pairs => train.Count;

    /// <summary>Pairs that were left out because they are longer than the model's context.</summary>
    public int TooLong { get; private set; }

    void Read(ChatFormat format, int? start)
    {
        var pairs = PreferenceFile.Read(Plan.Pairs);
        for (var i = 0; i < pairs.Count; i++)
        {
            PreferenceText chosen = PreferenceText.Of(format, start, pairs[i].Prompt, pairs[i].Chosen), rejected = PreferenceText.Of(format, start, pairs[i].Prompt, pairs[i].Rejected);
            if (Math.Max(chosen.Ids.Length, rejected.Ids.Length) > Model.Config.Context) TooLong++;
            else (pairs.Count >= FewestToHoldOut && i % HeldOutOneIn == HeldOutOneIn - 1 ? heldOut : train).Add(loss.Begin(chosen, rejected));
        }
        if (train.Count == 0) throw new InvalidDataException($"No pair of {Plan.Pairs} fits the model's context of {Model.Config.Context} tokens.");
    }

    /// <summary>Trains to the end of the plan or until cancelled; either way a checkpoint of the last whole step is left.</summary>
    /// <returns>True when the plan is done.</returns>
    public bool Run(TimeSpan checkpointEvery, Action<PreferenceMetrics>? onStep = null, CancellationToken cancellation = default)
    {
        using var metrics = new MetricsLog(folder);
        var since = Stopwatch.StartNew();
        while (state.Step < Plan.Schedule.Steps && !cancellation.IsCancellationRequested)
        {
            var step = TrainStep();
            metrics.Write(step, MetricsJson.Default.PreferenceMetrics);
            onStep?.Invoke(step);
            if (state.Step < Plan.Schedule.Steps && since.Elapsed < checkpointEvery) continue;
            Save();
            since.Restart();
        }
        if (cancellation.IsCancellationRequested && state.Step < Plan.Schedule.Steps) Save();
        return state.Step == Plan.Schedule.Steps;
    }

    PreferenceMetrics TrainStep()
    {
        var began = Stopwatch.GetTimestamp();
        var (sum, agreed, tokens) = (0.0, 0, 0L);
        for (var i = 0; i < Plan.Batch; i++)
        {
            var example = train[Order((long)state.Step * Plan.Batch + i)];
            var margin = loss.Accumulate(example, 1.0 / Plan.Batch);
            sum += PreferenceLoss.Of(margin);
            if (margin > 0) agreed++;
            tokens += example.Tokens;
        }
        var factor = Plan.Schedule.At(state.Step);
        var norm = optimiser.Step(factor);
        if (!double.IsFinite(norm)) throw new ArithmeticException($"The gradient of step {state.Step + 1} is not finite. Lower --lr-scale and start another run.");
        state = state with { Step = state.Step + 1, OptimiserSteps = optimiser.Steps, Tokens = state.Tokens + tokens, Seconds = state.Seconds + Stopwatch.GetElapsedTime(began).TotalSeconds };
        return new(state.Step, sum / Plan.Batch, (double)agreed / Plan.Batch, factor, norm, state.Seconds);
    }

    /// <summary>The pair at a place of the order, which is drawn anew for every round over them, from the seed alone.</summary>
    int Order(long place)
    {
        var round = place / train.Count;
        if (round != drawn)
        {
            order = [.. Enumerable.Range(0, train.Count)];
            new Random(unchecked(Plan.Seed * 1_000_003 + (int)round)).Shuffle(order);
            drawn = round;
        }
        return order[place % train.Count];
    }

    /// <summary>The held-out pairs under the model as it is; null when there were too few to hold any out.</summary>
    public PreferenceScore? HeldOut()
    {
        if (heldOut.Count == 0) return null;
        double[] margins = [.. heldOut.Select(loss.Margin)];
        return new(heldOut.Count, margins.Average(PreferenceLoss.Of), margins.Count(m => m > 0) / (double)margins.Length);
    }

    void Save()
    {
        var receipt = new Receipt(
            new Dictionary<string, string> { [$"preferences/{Path.GetFileName(Plan.Pairs)}"] = Plan.PairsHash }, typeof(PreferenceTrainer).Assembly.GetName().Version + " " + typeof(PreferenceTrainer).Module.ModuleVersionId,
            Plan.Seed, state.Step, state.Tokens, state.Flops, state.Seconds, Plan.Start, new Dictionary<string, double>(), DateTimeOffset.UtcNow);
        Checkpoints.Save(Model, optimiser, state, receipt, keep: Plan.Schedule.Steps);
    }

    public void Dispose()
    {
        loss.Dispose();
        optimiser.Dispose();
        foreach (var slot in ModelWeights.Slots(Model)) (slot.Weight as IDisposable)?.Dispose();
    }
}
