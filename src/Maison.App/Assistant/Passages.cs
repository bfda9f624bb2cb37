// Files that a reader gives to a chat: kept by the API, cut into passages, and those that a question is about go to the model with numbers, so
// that an answer can be followed to where it comes from. Ranking.cs chooses them; the same question finds the same passages.

using System.Globalization;
using System.Text;
using Maison.App.Images;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.App.Assistant;

/// <summary>A part of a file.</summary>
/// <param name="Start">Where it begins, in characters.</param>
public sealed record Passage(string File, string Name, int Start, string Text);

/// <summary>A file of a message, or a place in one that an answer was given.</summary>
/// <param name="Start">Null for the whole file.</param>
public sealed record Source(string File, string Name, int? Start = null)
{
    const int LongestName = 60;

    /// <summary>Several, as they are kept with a message: a line each.</summary>
    public static string? Keep(IReadOnlyCollection<Source> sources) => sources.Count == 0 ? null
        : string.Join('\n', sources.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.File} {s.Start ?? -1} {(s.Name.Length <= LongestName ? s.Name : s.Name[..LongestName])}")));

    public static IReadOnlyList<Source> Read(string? kept) => [.. (kept ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', 3)).Where(p => p.Length == 3)
        .Select(p => new Source(p[0], p[2], int.TryParse(p[1], CultureInfo.InvariantCulture, out var start) && start >= 0 ? start : null))];
}

static class Passages
{
    public const int MostFiles = 5, MostBytes = 2_000_000;
    const int WordsEach = 80, MostGiven = 3;

    /// <summary>Keeps the files of a form.</summary>
    /// <exception cref="ApiProblem">One of them is no text, or too large; says which.</exception>
    public static async Task<IReadOnlyList<Source>> Take(Visit visit)
    {
        var files = visit.Context.Request.Form.Files.Where(f => f.Length > 0).ToList();
        if (files.Count > MostFiles) throw new ApiProblem(StatusCodes.Status400BadRequest, null, visit.Texts.TooManyFiles(MostFiles));
        var kept = new List<Source>();
        foreach (var file in files)
        {
            if (file.Length > MostBytes) throw new ApiProblem(StatusCodes.Status413PayloadTooLarge, null, visit.Texts.FileTooLarge(file.FileName));
            var bytes = new byte[file.Length];
            await using (var stream = file.OpenReadStream()) await stream.ReadExactlyAsync(bytes, visit.Left);
            if (PictureKind.Ending(bytes) is not null) throw new ApiProblem(StatusCodes.Status400BadRequest, null, visit.Texts.FilePicture(file.FileName));
            if (bytes.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(bytes)) throw new ApiProblem(StatusCodes.Status400BadRequest, null, visit.Texts.FileNoText(file.FileName));
            var stored = await visit.Api.Keep(bytes, file.FileName, "text/plain", visit.Left, "user_data");
            kept.Add(new(stored.Id, stored.Filename));
        }
        return kept;
    }

    /// <summary>The passages of a chat's files that its last message is about.</summary>
    public static async Task<IReadOnlyList<Passage>> For(Visit visit, IReadOnlyList<Turn> turns)
    {
        var passages = new List<Passage>();
        foreach (var file in turns.SelectMany(t => t.Notes.Files).DistinctBy(f => f.File))
            try
            {
                passages.AddRange(Cut(file.File, file.Name, Encoding.UTF8.GetString(await visit.Api.FileContent(file.File, visit.Left))));
            }
            catch (ApiProblem problem) when (problem.Status == StatusCodes.Status404NotFound)
            {
                // Removed since; the chat goes on without it.
            }
        if (passages.Count == 0) return [];
        var model = (await visit.Api.Writers(visit.Left)).FirstOrDefault(m => m.WeightFormat is not null)?.Id;
        var best = await Ranking.Best(passages, turns.LastOrDefault(t => t.FromUser)?.Text ?? "", model, texts => visit.Api.Embed(model!, texts, visit.Left));
        // A question that shares no word with its files ("what is this about?") is told how the newest of them begins.
        return [.. (best.Count > 0 ? best : passages.Where(p => p.File == passages[^1].File)).Take(MostGiven)];
    }

    /// <summary>What the model is told of passages; empty for none.</summary>
    public static string Told(IReadOnlyList<Passage> passages) => passages.Count == 0 ? ""
        : "Passages from the reader's files. Answer from them where they tell, and name them by number, such as [1].\n\n" + string.Join("\n\n", passages.Select((p, i) => $"[{i + 1}] {p.Name}: {p.Text}"));

    internal static IEnumerable<Passage> Cut(string file, string name, string text)
    {
        var (start, words, inside) = (0, 0, false);
        for (var i = 0; i <= text.Length; i++)
        {
            var letter = i < text.Length && !char.IsWhiteSpace(text[i]);
            if (!letter && inside && (++words == WordsEach || i == text.Length))
            {
                yield return new(file, name, start, text[start..i].Trim());
                (start, words) = (i, 0);
            }
            inside = letter;
        }
        if (text[start..].Trim() is { Length: > 0 } rest) yield return new(file, name, start, rest);
    }

    /// <summary>A file as text, with the passage that an answer was given.</summary>
    public static async Task Show(Visit visit)
    {
        var file = await visit.Api.File(visit.RouteId!, visit.Left);
        var text = Encoding.UTF8.GetString(await visit.Api.FileContent(file.Id, visit.Left));
        var at = int.TryParse(visit.Context.Request.Query["at"], CultureInfo.InvariantCulture, out var start) ? start : -1;
        await visit.Page<FilePage>(new() { ["Name"] = file.Filename, ["Text"] = text, ["Passage"] = Cut(file.Id, file.Filename, text).FirstOrDefault(p => p.Start == at) });
    }
}
