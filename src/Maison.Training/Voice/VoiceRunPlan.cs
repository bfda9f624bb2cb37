// Everything that decides a voice training run, and nothing else: the same plan on the same data gives the same weights.

using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Training.Optimisers;

namespace Maison.Training.Voice;

/// <summary>A voice training run, saved as plan.json in its folder.</summary>
/// <param name="Stage">Which part of the voice.</param>
/// <param name="Data">Folder of prepared voice data.</param>
/// <param name="Batch">Utterances per step.</param>
/// <param name="Start">Folder of a checkpoint to take weights from; null starts from random values.</param>
/// <param name="Aligner">Folder of an aligner's checkpoint, for stages that need lengths of phones.</param>
/// <param name="Hidden">Features of the model; 0 takes the stage's own.</param>
/// <param name="Lexicon">Pronouncing dictionary for words in no table, where a stage needs what was said; null leaves them to the shipped network.</param>
/// <param name="Dropout">Share of features that an acoustic model's layers drop while they learn, see <see cref="AcousticStep.SetDropout"/>; 0 drops none.</param>
public sealed record VoiceRunPlan(string Stage, string Data, Schedule Schedule, AdamWOptions Optimiser, int Batch, int Seed, string? Start = null, string? Aligner = null, int Hidden = 0, string? Lexicon = null,
    float Dropout = 0)
{
    /// <summary>The plan's file in a run folder.</summary>
    public const string FileName = "plan.json";

    /// <summary>Refuses values that do not fit together.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public VoiceRunPlan Validated()
    {
        if (Batch < 1) throw new ArgumentException($"batch must be positive, not {Batch}.");
        if (Dropout is not (>= 0 and < 1)) throw new ArgumentException($"dropout ({Dropout}) must be at least 0 and less than 1.");
        if (Schedule.Steps <= 0 || Schedule.WarmupSteps < 0 || Schedule.DecaySteps < 0 || Schedule.WarmupSteps + Schedule.DecaySteps > Schedule.Steps)
            throw new ArgumentException($"schedule: {Schedule.WarmupSteps} warm-up and {Schedule.DecaySteps} decay steps do not fit into {Schedule.Steps}.");
        return this;
    }

    /// <summary>Writes plan.json.</summary>
    public void Save(string folder) => PlanFile.Save(folder, FileName, this, VoiceJson.Default.VoiceRunPlan);

    /// <summary>Reads plan.json.</summary>
    public static VoiceRunPlan Load(string folder) => PlanFile.Load(folder, FileName, VoiceJson.Default.VoiceRunPlan, plan => plan.Validated());
}

/// <summary>Where a voice run stands.</summary>
public sealed record VoiceRunState(int Step, double Seconds);

/// <summary>One line of metrics.jsonl: a training step.</summary>
/// <param name="AudioPerSecond">Seconds of sound learnt from per second.</param>
/// <param name="Seconds">Time spent stepping so far.</param>
public sealed record VoiceStepMetrics(int Step, IReadOnlyDictionary<string, double> Losses, double RateFactor, double AudioPerSecond, double Seconds);

/// <summary>One line of metrics.jsonl: what the model is worth on held-out utterances.</summary>
public sealed record VoiceHeldOutMetrics(int Step, IReadOnlyDictionary<string, double> HeldOut);

/// <summary>What made a checkpoint, written beside it.</summary>
/// <param name="Data">Digests of the data by name.</param>
/// <param name="Code">Version and build id of the program.</param>
public sealed record VoiceReceipt(
    string Stage, IReadOnlyDictionary<string, string> Data, string Code, int Seed, int Steps, double Seconds, string? Start, string? Aligner,
    IReadOnlyDictionary<string, double> HeldOut, DateTimeOffset Finished);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(VoiceRunPlan))]
[JsonSerializable(typeof(VoiceRunState))]
[JsonSerializable(typeof(VoiceReceipt))]
[JsonSerializable(typeof(VoiceModelReceipt))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
sealed partial class VoiceJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(VoiceStepMetrics))]
[JsonSerializable(typeof(VoiceHeldOutMetrics))]
sealed partial class VoiceMetricsJson : JsonSerializerContext;
