// receipt.json of a packed model: everything that made it, by digest, and what it scored. It names no place on anybody's disk.

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Data.Preparation;
using Maison.Models.Text;
using Maison.Training.Evaluations;
using Maison.Training.Optimisers;

namespace Maison.Training.Packing;

/// <summary>One run, as a receipt keeps it.</summary>
/// <param name="Shards">SHA-256 of the training shards by file name.</param>
/// <param name="Code">Version and build id of the program.</param>
/// <param name="Without">Corpora that were left out of the mixture on request; null for none.</param>
public sealed record PhaseReceipt(
    string Run, bool Chat, int RowTokens, int BatchTokens, Schedule Schedule, OptimiserOptions Optimiser, int Seed, IReadOnlyDictionary<string, string> Shards,
    int Steps, long Tokens, double Flops, double Seconds, string Code, DateTimeOffset Finished, IReadOnlyList<string>? Without = null);

/// <summary>One corpus, as a receipt keeps it.</summary>
/// <param name="Overlap">Documents left out because they hold evaluation questions; null when they were not looked for.</param>
public sealed record CorpusReceipt(string Name, string Licence, string Source, string InputSha256, OverlapCount? Overlap = null);

/// <summary>What made a packed model and what it scored.</summary>
/// <param name="Weights">SHA-256 of model.safetensors.</param>
/// <param name="Tokenizer">SHA-256 of tokenizer.json.</param>
/// <param name="Earlier">The versions that stood in its place before, the first one first; null for none.</param>
public sealed record ModelReceipt(
    string Name, string Weights, string Tokenizer, long Parameters, TextConfig Model, IReadOnlyList<PhaseReceipt> Phases, IReadOnlyList<CorpusReceipt> Data,
    IReadOnlyList<EvaluationScore> Scores, DateTimeOffset Packed, IReadOnlyList<PackedVersion>? Earlier = null)
{
    public const string FileName = "receipt.json";

    /// <summary>The corpus by which two models of a name are compared.</summary>
    public const string Yardstick = "simplewiki";

    /// <summary>Bits per byte of the held-out slice of <see cref="Yardstick"/>; null when it was not scored.</summary>
    [JsonIgnore]
    public double? YardstickBits => Scores.LastOrDefault(s => s.Kind == EvaluationKind.HeldOut && s.Name == Yardstick)?.Metrics[MetricNames.BitsPerByte].Value;

    /// <summary>What versions are compared by.</summary>
    internal static IReadOnlyDictionary<string, string> Measures(JsonElement receipt)
    {
        if (receipt.Deserialize(ModelReceiptJson.Default.ModelReceipt) is not { Phases: not null, Scores: not null } read) return new Dictionary<string, string>();
        var measures = new Dictionary<string, string>
        {
            ["parameters"] = string.Create(CultureInfo.InvariantCulture, $"{read.Parameters / 1e6:0.0} M"),
            ["compute"] = string.Create(CultureInfo.InvariantCulture, $"{read.Phases.Sum(p => p.Flops) / 1e15:0.##} PFLOP"),
        };
        if (read.YardstickBits is { } bits) measures[$"bits per byte, {Yardstick}"] = bits.ToString("F3", CultureInfo.InvariantCulture);
        return measures;
    }

    internal static PhaseReceipt Of(TrainingPhase phase) => new(
        phase.Run, phase.Chat, phase.Plan.RowTokens, phase.Plan.BatchTokens, phase.Plan.Schedule, phase.Plan.Optimiser, phase.Plan.Seed, phase.Receipt.Shards,
        phase.Receipt.Steps, phase.Receipt.Tokens, phase.Receipt.Flops, phase.Receipt.Seconds, phase.Receipt.Code, phase.Receipt.Finished, phase.Receipt.Without);

    internal void Save(string folder) => File.WriteAllBytes(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, ModelReceiptJson.Default.ModelReceipt));

    /// <summary>The receipt in a model folder; null when there is none that can be read.</summary>
    public static ModelReceipt? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ModelReceiptJson.Default.ModelReceipt) is { Scores: not null } receipt ? receipt : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModelReceipt))]
sealed partial class ModelReceiptJson : JsonSerializerContext;
