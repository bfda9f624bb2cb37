// Finished trials, a line each, so that a search that was interrupted goes on where it stood and its every number can be looked up.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Training.Baseline;

/// <summary>The trials of one folder.</summary>
public sealed class TrialBook
{
    public const string FileName = "trials.jsonl";

    readonly string path;
    readonly Lock gate = new();
    readonly Dictionary<Trial, TrialResult> results = [];

    public TrialBook(string folder)
    {
        Directory.CreateDirectory(folder);
        path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return;
        // A line that a crash cut off is a trial that has to be run again.
        var lines = File.ReadAllText(path).Split('\n');
        foreach (var line in lines[..^1])
            if (JsonSerializer.Deserialize(line, TrialJson.Default.TrialResult) is { } result) results[result.Trial] = result;
        if (lines[^1].Length > 0) File.WriteAllText(path, string.Concat(lines[..^1].Select(l => l + '\n')));
    }

    /// <summary>All that is known.</summary>
    public IReadOnlyCollection<TrialResult> Results
    {
        get
        {
            lock (gate) return [.. results.Values];
        }
    }

    /// <summary>A result, looked up or made by <paramref name="run"/> and written down; safe from any thread.</summary>
    public TrialResult Get(Trial trial, Func<Trial, TrialResult> run)
    {
        lock (gate)
            if (results.TryGetValue(trial, out var known)) return known;
        var result = run(trial);
        lock (gate)
        {
            File.AppendAllText(path, JsonSerializer.Serialize(result, TrialJson.Default.TrialResult) + '\n');
            return results[trial] = result;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(TrialResult))]
sealed partial class TrialJson : JsonSerializerContext;
