// The input file of a batch, line by line: what is wrong is told with its line before anything runs.

using System.Text.Json;
using Maison.Wire;

namespace Maison.Api.Batches;

/// <summary>Reads and checks lines of {custom_id, method, url, body}.</summary>
static class BatchInput
{
    const int MostLines = 50_000, MostProblems = 100, LongestId = 512;

    /// <summary>The checked lines with their numbers, from 1.</summary>
    public static IEnumerable<(long Line, BatchLine Request)> Lines(Stream stream)
    {
        using var reader = new StreamReader(stream);
        for (long number = 1; reader.ReadLine() is { } text; number++)
            if (!string.IsNullOrWhiteSpace(text)) yield return (number, JsonSerializer.Deserialize(text, WireJson.Default.BatchLine)!);
    }

    /// <summary>Everything that is wrong, how many requests there are, and their model where all have the same.</summary>
    public static (IReadOnlyList<BatchProblem> Problems, long Count, string? Model) Check(Stream stream, string endpoint)
    {
        var problems = new List<BatchProblem>();
        var (ids, models) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        using var reader = new StreamReader(stream);
        for (long number = 1; reader.ReadLine() is { } text && problems.Count < MostProblems; number++)
        {
            if (string.IsNullOrWhiteSpace(text)) continue;
            if (ids.Count == MostLines)
            {
                problems.Add(new("too_many_requests", $"A batch takes at most {MostLines} requests. Divide the file.") { Line = number });
                break;
            }
            BatchLine? line;
            try
            {
                line = JsonSerializer.Deserialize(text, WireJson.Default.BatchLine);
            }
            catch (JsonException)
            {
                line = null;
            }
            if (Problem(line, endpoint, ids) is { } problem) problems.Add(problem with { Line = number });
            else models.Add(line!.Body!.Value.TryGetProperty("model", out var model) && model.ValueKind == JsonValueKind.String ? model.GetString()! : "");
        }
        if (ids.Count == 0 && problems.Count == 0) problems.Add(new("empty_file", "The input file has no requests."));
        return (problems, ids.Count, models.Count == 1 && models.Single().Length > 0 ? models.Single() : null);
    }

    static BatchProblem? Problem(BatchLine? line, string endpoint, HashSet<string> ids)
    {
        if (line is null) return new("invalid_json_line", "The line is not a JSON object of a request.");
        if (string.IsNullOrEmpty(line.CustomId) || line.CustomId.Length > LongestId) return new("missing_required_parameter", $"'custom_id' must have 1 to {LongestId} characters.") { Param = "custom_id" };
        if (!ids.Add(line.CustomId)) return new("duplicate_custom_id", $"'custom_id' {line.CustomId} is given twice.") { Param = "custom_id" };
        if (line.Method != "POST") return new("invalid_method", "'method' must be POST.") { Param = "method" };
        if (line.Url != endpoint) return new("mismatched_endpoint", $"'url' must be the batch's endpoint, {endpoint}.") { Param = "url" };
        if (line.Body is not { ValueKind: JsonValueKind.Object } body) return new("missing_required_parameter", "'body' must be an object: the request.") { Param = "body" };
        if (body.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True) return new("invalid_request", "'body.stream' must not be true: a batch is answered in a file.") { Param = "body.stream" };
        return null;
    }
}
