// How a checkpoint came about: the run it belongs to, the run that one started from, and so on back to random weights. Everything that is
// told about a model's training is read from what the runs left: plan.json, receipt.json and metrics.jsonl.

using System.Text.Json;
using Maison.Training.Text;

namespace Maison.Training.Packing;

/// <summary>One run of the way to a model, up to the checkpoint that was used.</summary>
/// <param name="Run">Name of the run folder.</param>
/// <param name="Steps">Its steps up to the checkpoint.</param>
public sealed record TrainingPhase(string Run, TextRunPlan Plan, Receipt Receipt, IReadOnlyList<StepMetrics> Steps)
{
    /// <summary>Whether it tuned for chat: loss on the assistant's words of conversations.</summary>
    public bool Chat => Plan.Chat;

    /// <summary>The folder of prepared data that its shards are from.</summary>
    public string DataFolder => Plan.Shards.Keys.First() is var path ? path[..^TextRunPlan.ShardName(path).Length] : "";

    /// <summary>The phases of a checkpoint, the first one first.</summary>
    /// <exception cref="InvalidDataException">A run on the way is gone or damaged: what trained the model could not be told.</exception>
    public static IReadOnlyList<TrainingPhase> Of(CheckpointFiles files)
    {
        var phases = new List<TrainingPhase>();
        for (var at = (files.Folder, files.Run); ;)
        {
            var run = at.Run ?? throw new InvalidDataException($"{at.Folder} lies in no run folder with a {TextRunPlan.FileName}, so what it was trained on cannot be told. Pack the checkpoint where `maison train` left it.");
            if (phases.Count > 0 && phases.Any(p => p.Run == Path.GetFileName(run))) throw new InvalidDataException($"{run} started from itself; its {TextRunPlan.FileName} was changed.");
            var plan = TextRunPlan.Load(run);
            var receipt = ReadReceipt(at.Folder);
            phases.Insert(0, new(Path.GetFileName(run), plan, receipt, [.. RunMetrics.Read(run).Where(s => s.Step <= receipt.Steps)]));
            if (plan.Start is null) return phases;
            try
            {
                at = CheckpointFiles.Place(plan.Start);
            }
            catch (IOException e)
            {
                throw new InvalidDataException($"{run} started from {plan.Start}, which is gone, so what trained the model before cannot be told: {e.Message} Bring the folder back.", e);
            }
        }
    }

    static Receipt ReadReceipt(string folder)
    {
        var path = Path.Combine(folder, "receipt.json");
        if (!File.Exists(path)) throw new InvalidDataException($"{path} is missing, so what trained this checkpoint cannot be told. Pack a checkpoint that `maison train` wrote.");
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), TrainingJson.Default.Receipt) ?? throw new JsonException("it is empty.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message} Pack another checkpoint.", e);
        }
    }
}

/// <summary>Reads metrics.jsonl.</summary>
public static class RunMetrics
{
    /// <summary>The steps of a run in order. Steps that were done again after a kill count as they were done last; a line that the kill
    /// tore is passed over, since a curve can do without a point.</summary>
    public static IReadOnlyList<StepMetrics> Read(string run)
    {
        var path = Path.Combine(run, MetricsLog.FileName);
        var steps = new SortedDictionary<int, StepMetrics>();
        foreach (var line in File.Exists(path) ? File.ReadLines(path) : [])
            try
            {
                using var json = JsonDocument.Parse(line);
                if (json.RootElement.TryGetProperty("loss", out _) && json.RootElement.Deserialize(MetricsJson.Default.StepMetrics) is { } step) steps[step.Step] = step;
            }
            catch (JsonException) { }
        return [.. steps.Values];
    }
}
