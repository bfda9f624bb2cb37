// The three kinds of questions an evaluation file can hold, told apart by their fields, so that one's own file needs no registration:
//   {"query", "choices", "gold"}      multiple choice; gold is the number of the right choice, from 0
//   {"context", "continuation"}       what comes next, such as the last word of a passage
//   {"question", "answer"}            a word problem; the answer's last number counts, or the one after "####"

using System.Text.Json;

namespace Maison.Training.Evaluations;

/// <summary>A question whose right answer is one of a few.</summary>
public sealed record ChoiceItem(string Query, IReadOnlyList<string> Choices, int Gold);

/// <summary>A text and what follows it.</summary>
public sealed record ContinuationItem(string Context, string Continuation);

/// <summary>A word problem and its number.</summary>
public sealed record ProblemItem(string Question, decimal Answer);

/// <summary>What an evaluation measures.</summary>
public enum EvaluationKind { Choice, Continuation, Problem, HeldOut, HeldOutChat }

/// <summary>One JSON-lines file of questions.</summary>
/// <param name="Name">The file's name without its ending.</param>
/// <param name="Kind">Null when the rows have none of the known shapes.</param>
/// <param name="Fields">The first row's fields.</param>
public sealed record EvaluationFile(string Name, string Path, EvaluationKind? Kind, IReadOnlyList<string> Fields)
{
    /// <summary>The files of a folder, by name; those of unknown shape too, so that nothing is passed over in silence.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder, or no .jsonl file in it.</exception>
    public static IReadOnlyList<EvaluationFile> Find(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: there is no such folder of evaluation files.");
        var files = Directory.GetFiles(folder, "*.jsonl").Order(StringComparer.Ordinal).Select(Look).ToArray();
        return files.Length > 0 ? files : throw new DirectoryNotFoundException($"{folder} has no .jsonl file to evaluate on.");
    }

    static EvaluationFile Look(string path)
    {
        var fields = Rows(path).Take(1).SelectMany(row => row.Row.EnumerateObject().Select(p => p.Name)).ToArray();
        EvaluationKind? kind = Has("query", "choices", "gold") ? EvaluationKind.Choice
            : Has("context", "continuation") ? EvaluationKind.Continuation
            : Has("question", "answer") ? EvaluationKind.Problem
            : null;
        return new(System.IO.Path.GetFileNameWithoutExtension(path), path, kind, fields);

        bool Has(params string[] names) => names.All(fields.Contains);
    }

    /// <summary>The first <paramref name="limit"/> multiple-choice rows, or all.</summary>
    /// <exception cref="InvalidDataException">A row is damaged; names file, line and field.</exception>
    public IReadOnlyList<ChoiceItem> Choices(int? limit = null) => [.. Rows(Path).Take(limit ?? int.MaxValue).Select(r =>
    {
        var choices = Field(r, "choices", JsonValueKind.Array).EnumerateArray()
            .Select((c, i) => c.ValueKind == JsonValueKind.String && c.GetString() is { Length: > 0 } text ? text : throw Bad(r.Line, $"choices[{i}] is no text")).ToArray();
        if (choices.Length < 2) throw Bad(r.Line, "\"choices\" has fewer than two entries");
        if (!Field(r, "gold", JsonValueKind.Number).TryGetInt32(out var gold) || gold < 0 || gold >= choices.Length)
            throw Bad(r.Line, $"\"gold\" is not the number of a choice, 0 to {choices.Length - 1}");
        return new ChoiceItem(Word(r, "query"), choices, gold);
    })];

    /// <summary>The first <paramref name="limit"/> rows of texts and what follows, or all.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="Choices"/>.</exception>
    public IReadOnlyList<ContinuationItem> Continuations(int? limit = null)
        => [.. Rows(Path).Take(limit ?? int.MaxValue).Select(r => new ContinuationItem(Word(r, "context"), Word(r, "continuation")))];

    /// <summary>The first <paramref name="limit"/> word problems, or all.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="Choices"/>.</exception>
    public IReadOnlyList<ProblemItem> Problems(int? limit = null) => [.. Rows(Path).Take(limit ?? int.MaxValue).Select(r =>
    {
        const string mark = "####";
        var answer = Word(r, "answer");
        var at = answer.LastIndexOf(mark, StringComparison.Ordinal);
        return new ProblemItem(Word(r, "question"), FinalNumber.Of(at < 0 ? answer : answer[(at + mark.Length)..]) ?? throw Bad(r.Line, "\"answer\" has no number"));
    })];

    string Word((int Line, JsonElement Row) row, string name)
        => Field(row, name, JsonValueKind.String).GetString() is { Length: > 0 } text ? text : throw Bad(row.Line, $"\"{name}\" is empty");

    JsonElement Field((int Line, JsonElement Row) row, string name, JsonValueKind kind)
        => row.Row.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : throw Bad(row.Line, $"\"{name}\" is missing or no {kind.ToString().ToLowerInvariant()}");

    InvalidDataException Bad(int line, string why) => Bad(Path, line, why);

    static InvalidDataException Bad(string path, int line, string why) => new($"{path}:{line}: {why}. Mend the line, or take the file out of the folder.");

    static IEnumerable<(int Line, JsonElement Row)> Rows(string path)
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            JsonElement row;
            try
            {
                using var document = JsonDocument.Parse(line);
                row = document.RootElement.Clone();
            }
            catch (JsonException e)
            {
                throw Bad(path, number, $"is not JSON ({e.Message.TrimEnd('.')})");
            }
            if (row.ValueKind != JsonValueKind.Object) throw Bad(path, number, "is no JSON object");
            yield return (number, row);
        }
    }
}
