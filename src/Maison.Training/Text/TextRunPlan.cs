// Everything that decides a training run, and nothing else: the same plan on the same data gives the same weights.

using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Models.Text;
using Maison.Training.Optimisers;

namespace Maison.Training.Text;

/// <summary>A text training run, saved as plan.json in its folder.</summary>
/// <param name="Model">Sizes and extras.</param>
/// <param name="Shards">Training shards by path, each with its epochs per epoch of the mixture.</param>
/// <param name="HeldOut">Held-out shards by path; each is scored in bits per byte.</param>
/// <param name="RowTokens">Tokens per packed row; also the longest context seen.</param>
/// <param name="BatchTokens">Tokens per optimiser step; a multiple of MicroTokens.</param>
/// <param name="MicroTokens">Tokens per forward and backward; a multiple of RowTokens.</param>
/// <param name="Start">Folder of a checkpoint to take weights from; null starts from random values.</param>
/// <param name="Without">Corpora that were left out of the mixture on request; null for none.</param>
/// <param name="Dropout">Share of features that layers drop while they learn; 0 drops none.</param>
public sealed record TextRunPlan(
    TextConfig Model,
    IReadOnlyDictionary<string, double> Shards,
    IReadOnlyList<string> HeldOut,
    int RowTokens,
    int BatchTokens,
    int MicroTokens,
    Schedule Schedule,
    OptimiserOptions Optimiser,
    int Seed,
    string? Start = null,
    IReadOnlyList<string>? Without = null,
    float Dropout = 0)
{
    /// <summary>The plan's file in a run folder.</summary>
    public const string FileName = "plan.json";

    /// <summary>Whether it tunes for chat: shards of conversations are among its own, perhaps beside plain text.</summary>
    [JsonIgnore]
    public bool Chat => Shards.Keys.Any(path => ShardName(path).StartsWith(ChatFolder, StringComparison.Ordinal));

    const string ChatFolder = "chat/";

    /// <summary>A shard's path below its folder of prepared data, such as train/books.bin or chat/train/dolly15k.bin.</summary>
    public static string ShardName(string path)
    {
        var folder = Path.GetDirectoryName(path) ?? "";
        var name = $"{Path.GetFileName(folder)}/{Path.GetFileName(path)}";
        return Path.GetFileName(Path.GetDirectoryName(folder)) == ChatFolder.TrimEnd('/') ? ChatFolder + name : name;
    }

    /// <summary>Refuses values that do not fit together.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public TextRunPlan Validated()
    {
        Model.Validated();
        if (Shards.Count == 0) throw new ArgumentException("shards is empty: name at least one training shard.");
        if (RowTokens < 2 || RowTokens > Model.Context) throw new ArgumentException($"rowTokens ({RowTokens}) must be between 2 and the model's context ({Model.Context}).");
        if (MicroTokens % RowTokens != 0 || MicroTokens <= 0) throw new ArgumentException($"microTokens ({MicroTokens}) must be a multiple of rowTokens ({RowTokens}).");
        if (BatchTokens % MicroTokens != 0 || BatchTokens <= 0) throw new ArgumentException($"batchTokens ({BatchTokens}) must be a multiple of microTokens ({MicroTokens}).");
        if (Schedule.Steps <= 0 || Schedule.WarmupSteps < 0 || Schedule.DecaySteps < 0 || Schedule.WarmupSteps + Schedule.DecaySteps > Schedule.Steps)
            throw new ArgumentException($"schedule: {Schedule.WarmupSteps} warm-up and {Schedule.DecaySteps} decay steps do not fit into {Schedule.Steps}.");
        if (Dropout is not (>= 0 and < 1)) throw new ArgumentException($"dropout ({Dropout}) must be at least 0 and less than 1.");
        return this;
    }

    /// <summary>Writes plan.json.</summary>
    public void Save(string folder) => PlanFile.Save(folder, FileName, this, TrainingJson.Default.TextRunPlan);

    /// <summary>Reads plan.json.</summary>
    public static TextRunPlan Load(string folder) => PlanFile.Load(folder, FileName, TrainingJson.Default.TextRunPlan, plan => plan.Validated());
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(TextRunPlan))]
[JsonSerializable(typeof(PreferencePlan))]
[JsonSerializable(typeof(RewardPlan))]
[JsonSerializable(typeof(RunState))]
[JsonSerializable(typeof(Receipt))]
sealed partial class TrainingJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StepMetrics))]
[JsonSerializable(typeof(PreferenceMetrics))]
[JsonSerializable(typeof(RewardMetrics))]
[JsonSerializable(typeof(HeldOutMetrics))]
[JsonSerializable(typeof(SampleMetrics))]
sealed partial class MetricsJson : JsonSerializerContext;
