// How well a moderation classifier ranks texts that people labelled: area under the ROC curve and average precision per category, and what its
// thresholds find. Labels that a line leaves out are unknown and not counted.

using System.Text.Json;
using Maison.Inference;

namespace Maison.Training.Moderation;

/// <summary>Results of one category.</summary>
/// <param name="Texts">Texts whose label is known.</param>
/// <param name="Given">Those that belong to the category.</param>
/// <param name="RocArea">Chance that a text of the category scores above one that is not; 0.5 is guessing.</param>
/// <param name="AveragePrecision">Area under precision and recall; guessing gives Given / Texts.</param>
/// <param name="Precision">Of those flagged, the share that belongs to it.</param>
/// <param name="Recall">Of those that belong to it, the share that is flagged.</param>
public sealed record ModerationScore(string Category, int Texts, int Given, double RocArea, double AveragePrecision, double Precision, double Recall);

/// <summary>Scores moderation classifiers.</summary>
public static class ModerationEvaluation
{
    /// <summary>The short names of OpenAI's evaluation set (arXiv 2208.03274).</summary>
    static readonly Dictionary<string, string> shortNames = new()
    {
        ["S"] = "sexual",
        ["S3"] = "sexual/minors",
        ["H"] = "hate",
        ["H2"] = "hate/threatening",
        ["V"] = "violence",
        ["V2"] = "violence/graphic",
        ["HR"] = "harassment",
        ["SH"] = "self-harm",
    };

    /// <summary>Texts with their labels: JSON lines of {"prompt": …, "S": 0 or 1, …}, by short or full names of categories.</summary>
    /// <exception cref="InvalidDataException">A line cannot be read; names it.</exception>
    public static IReadOnlyList<(string Text, IReadOnlyDictionary<string, bool> Labels)> Read(string path)
    {
        var texts = new List<(string, IReadOnlyDictionary<string, bool>)>();
        foreach (var (number, line) in File.ReadLines(path).Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                using var row = JsonDocument.Parse(line);
                texts.Add((row.RootElement.GetProperty("prompt").GetString()!, row.RootElement.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Number)
                    .ToDictionary(p => shortNames.GetValueOrDefault(p.Name, p.Name), p => p.Value.GetDouble() != 0)));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new InvalidDataException($"{path}, line {number + 1}: {e.Message} Give JSON lines of \"prompt\" and 0 or 1 per category.", e);
            }
        }
        return texts;
    }

    /// <summary>Scores every category that the texts know.</summary>
    public static IReadOnlyList<ModerationScore> Score(Moderator moderator, IReadOnlyList<(string Text, IReadOnlyDictionary<string, bool> Labels)> texts)
    {
        var verdicts = texts.AsParallel().AsOrdered().Select(t => moderator.Judge(t.Text)).ToArray();
        var scores = new List<ModerationScore>();
        foreach (var (c, category) in Moderator.Categories.Index())
        {
            var known = texts.Index().Where(t => t.Item.Labels.ContainsKey(category))
                .Select(t => (Score: verdicts[t.Index].Scores[c], Flagged: verdicts[t.Index].Given[c], Given: t.Item.Labels[category])).OrderByDescending(t => t.Score).ToArray();
            var given = known.Count(k => k.Given);
            if (given == 0 || given == known.Length) continue;
            int found = 0, flagged = known.Count(k => k.Flagged), right = known.Count(k => k.Flagged && k.Given);
            double precision = 0, inversions = 0;
            for (var i = 0; i < known.Length; i++)
            {
                if (known[i].Given) precision += (double)++found / (i + 1);
                else inversions += found;
            }
            scores.Add(new(category, known.Length, given, inversions / given / (known.Length - given), precision / given, flagged == 0 ? 0 : (double)right / flagged, (double)right / given));
        }
        return scores;
    }
}
