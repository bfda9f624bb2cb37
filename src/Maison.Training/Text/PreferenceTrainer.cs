// Tunes a chat model to what people preferred in blind battles: a few small steps of direct preference optimisation from a trained model, in a run
// folder that can be stopped and gone on with. One pair in ten is held out, so that what is learnt can be told from what is learnt by heart.

using System.Diagnostics;
using System.Text.Json.Serialization.Metadata;
using Maison.Data.Chat;
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

    public void Save(string folder) => PlanFile.Save(folder, FileName, this, TrainingJson.Default.PreferencePlan);

    /// <exception cref="InvalidDataException">It can not be read.</exception>
    public static PreferencePlan Load(string folder) => PlanFile.Load(folder, FileName, TrainingJson.Default.PreferencePlan, plan => plan);
}

/// <summary>One line of metrics.jsonl.</summary>
/// <param name="Loss">Mean of −log σ(h).</param>
/// <param name="Agreed">Share of the step's pairs whose chosen answer the model now prefers more than it did at the start.</param>
public readonly record struct PreferenceMetrics(int Step, double Loss, double Agreed, double RateFactor, double GradientNorm, double Seconds);

/// <summary>How the held-out pairs stand.</summary>
/// <param name="Agreed">Share whose chosen answer is preferred more than at the start; a half is chance.</param>
public readonly record struct PreferenceScore(int Pairs, double Loss, double Agreed);

/// <summary>Trains one run folder from wherever it stands to the end of its plan.</summary>
public sealed class PreferenceTrainer : TuningTrainer<PreferenceMetrics>
{
    const int HeldOutOneIn = 10, FewestToHoldOut = 20;

    readonly PreferenceLoss loss;
    readonly List<PreferenceExample> train = [], heldOut = [];
    int[] order = [];
    long drawn = -1;

    /// <param name="folder">Holds preference.json and, when going on, checkpoints.</param>
    /// <exception cref="InvalidDataException">The preferences changed, or are no chats for this model; names the remedy.</exception>
    public PreferenceTrainer(string folder, Gang gang) : this(folder, PreferencePlan.Load(folder), gang) { }

    PreferenceTrainer(string folder, PreferencePlan plan, Gang gang) : base(folder, plan.Start, plan.Schedule, plan.Optimiser, plan.Seed, gang)
    {
        Plan = plan;
        if (CheckpointFiles.Digest(Plan.Pairs) != Plan.PairsHash) throw new InvalidDataException($"{Plan.Pairs} was changed since this run began. Start another run with --run.");
        loss = new(Model, gang, Plan.Beta);
        Read();
        GoOn();
    }

    public PreferencePlan Plan { get; }

    /// <summary>Pairs that are trained on; those that do not fit the model's context are left out.</summary>
    public int Pairs => train.Count;

    /// <summary>Pairs that were left out because they are longer than the model's context.</summary>
    public int TooLong { get; private set; }

    void Read()
    {
        var pairs = PreferenceFile.Read(Plan.Pairs);
        for (var i = 0; i < pairs.Count; i++)
        {
            PreferenceText chosen = PreferenceText.Of(Format, DocumentStart, pairs[i].Prompt, pairs[i].Chosen), rejected = PreferenceText.Of(Format, DocumentStart, pairs[i].Prompt, pairs[i].Rejected);
            if (Math.Max(chosen.Ids.Length, rejected.Ids.Length) > Model.Config.Context) TooLong++;
            else (pairs.Count >= FewestToHoldOut && i % HeldOutOneIn == HeldOutOneIn - 1 ? heldOut : train).Add(loss.Begin(chosen, rejected));
        }
        if (train.Count == 0) throw new InvalidDataException($"No pair of {Plan.Pairs} fits the model's context of {Model.Config.Context} tokens.");
    }

    private protected override JsonTypeInfo<PreferenceMetrics> MetricsType => MetricsJson.Default.PreferenceMetrics;

    private protected override IReadOnlyDictionary<string, string> Sources => new Dictionary<string, string> { [$"preferences/{Path.GetFileName(Plan.Pairs)}"] = Plan.PairsHash };

    private protected override PreferenceMetrics TrainStep()
    {
        var began = Stopwatch.GetTimestamp();
        var (sum, agreed, tokens) = (0.0, 0, 0L);
        for (var i = 0; i < Plan.Batch; i++)
        {
            var example = train[Order((long)Step * Plan.Batch + i)];
            var margin = loss.Accumulate(example, 1.0 / Plan.Batch);
            sum += PreferenceLoss.Of(margin);
            if (margin > 0) agreed++;
            tokens += example.Tokens;
        }
        var (factor, norm) = Update(tokens, began);
        return new(Step, sum / Plan.Batch, (double)agreed / Plan.Batch, factor, norm, Seconds);
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

    public override void Dispose()
    {
        loss.Dispose();
        base.Dispose();
    }
}
