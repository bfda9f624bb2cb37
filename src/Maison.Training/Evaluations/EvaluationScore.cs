// What an evaluation found, with how sure that is. One JSON line each, so that a long evaluation can be stopped and taken up again.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Training.Evaluations;

/// <summary>A measured value and its standard error; null where one item, or the method, gives none.</summary>
public readonly record struct Measured(double Value, double? Error)
{
    /// <summary>A mean with the error of the sample, s/√n.</summary>
    public static Measured Mean(IReadOnlyCollection<double> values)
    {
        var mean = values.Average();
        return new(mean, values.Count < 2 ? null : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1) / values.Count));
    }

    /// <summary>The share of items that are true.</summary>
    public static Measured Share(IEnumerable<bool> items) => Mean([.. items.Select(i => i ? 1.0 : 0.0)]);
}

/// <summary>The names of metrics.</summary>
public static class MetricNames
{
    /// <summary>Share of right answers: the likeliest choice, the greedy continuation, the final number.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>Share of right answers when log-likelihoods are divided by the choices' UTF-8 bytes.</summary>
    public const string AccuracyPerByte = "accuracyPerByte";

    /// <summary>exp of the mean negative log-likelihood of a whole continuation, such as a last word.</summary>
    public const string Perplexity = "perplexity";

    /// <summary>Share of word problems that were answered with a number at all.</summary>
    public const string Answered = "answered";

    /// <summary>nats / ln 2 / bytes of raw UTF-8.</summary>
    public const string BitsPerByte = "bitsPerByte";
}

/// <summary>The result of one evaluation of one model.</summary>
/// <param name="Name">The file's or shard's name.</param>
/// <param name="Count">Items scored; of held-out text, documents.</param>
/// <param name="Metrics">Values by their <see cref="MetricNames"/>.</param>
/// <param name="Chance">What guessing reaches, of multiple choice.</param>
/// <param name="TooLong">Items left out because they do not fit the model's context.</param>
/// <param name="Limit">Only so many rows, the first, were looked at; null for all.</param>
/// <param name="Bytes">Bytes of held-out text.</param>
/// <param name="Data">SHA-256 of the file or shard.</param>
/// <param name="Weights">SHA-256 of the model's weights file.</param>
/// <param name="Method">Version of the way of asking; scores of different versions are not compared.</param>
public sealed record EvaluationScore(
    string Name, EvaluationKind Kind, int Count, IReadOnlyDictionary<string, Measured> Metrics, double? Chance, int TooLong, int? Limit, long? Bytes,
    string Data, string Weights, int Method, double Seconds)
{
    /// <summary>One line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, EvaluationJson.Default.EvaluationScore);
}

/// <summary>A file of scores, one line each.</summary>
public sealed class ScoreLog
{
    readonly string path;
    readonly List<EvaluationScore> scores = [];

    /// <summary>Reads the scores that an earlier evaluation left; a last line cut short by a kill is dropped.</summary>
    /// <exception cref="InvalidDataException">Another line is no score; names it.</exception>
    public ScoreLog(string path)
    {
        this.path = path;
        if (!File.Exists(path)) return;
        var text = File.ReadAllText(path);
        var whole = text.LastIndexOf('\n') + 1;
        var number = 0;
        foreach (var line in text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            try { scores.Add(JsonSerializer.Deserialize(line, EvaluationJson.Default.EvaluationScore) ?? throw new JsonException("it is null")); }
            catch (JsonException e) { throw new InvalidDataException($"{path}:{number}: is no score ({e.Message.TrimEnd('.')}). Delete the line, or give another file.", e); }
        }
        if (whole < text.Length) File.WriteAllText(path, text[..whole]);
    }

    /// <summary>All scores, in the order of their making.</summary>
    public IReadOnlyList<EvaluationScore> Scores => scores;

    /// <summary>The score of the same weights on the same rows asked in the same way; null when there is none yet.</summary>
    public EvaluationScore? Find(string weights, string data, EvaluationKind kind, int? limit)
        => scores.FindLast(s => s.Weights == weights && s.Data == data && s.Kind == kind && s.Method == TextEvaluation.Method
            && (s.Limit == limit || s.Limit is null && limit >= s.Count + s.TooLong));

    /// <summary>Adds a score, in the file too.</summary>
    public void Add(EvaluationScore score)
    {
        File.AppendAllText(path, score.ToJson() + "\n");
        scores.Add(score);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EvaluationScore))]
sealed partial class EvaluationJson : JsonSerializerContext;
