// A picture instead of a written answer: what was said is painted through the queue of the image creator, looks are shown while it grows, and the
// picture stands in the chat as an answer that names its file. The file carries the recipe.

using System.Diagnostics;
using Maison.App.Images;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.App.Assistant;

/// <summary>A message that asks for a picture.</summary>
/// <param name="Kind">Painted new, or the last picture of the chat anew.</param>
public sealed record PictureWish(string Kind, string Prompt)
{
    public const string New = "image", Anew = "edit";

    /// <summary>What a message asks to be painted: it says so with /image or /edit, or it was sent to be painted; null where it does neither.</summary>
    public static PictureWish? Of(string text, string? kind = null)
    {
        foreach (var command in new[] { New, Anew })
            if (text.StartsWith('/' + command, StringComparison.OrdinalIgnoreCase) && (text.Length == command.Length + 1 || char.IsWhiteSpace(text[command.Length + 1])))
                return new(command, text[(command.Length + 1)..].ReplaceLineEndings(" ").Trim());
        return kind is New or Anew ? new(kind, text.ReplaceLineEndings(" ").Trim()) : null;
    }
}

/// <summary>Paints a picture for a chat and keeps it there.</summary>
sealed class Depicting(Visit visit, string conversation, string after, IReadOnlyList<Turn> turns, PictureWish wish)
{
    readonly Stopwatch taken = Stopwatch.StartNew();
    string? look;

    /// <summary>The answer as far as it is there.</summary>
    public Turn Soon => Kept ?? new("assistant", "", "") { Look = look };

    /// <summary>The answer as it is in the conversation; null until it is.</summary>
    public Turn? Kept { get; private set; }

    /// <summary>Paints, and calls <paramref name="grown"/> whenever there is more to see. A reader who leaves stops it.</summary>
    /// <exception cref="ApiProblem">It can not be painted.</exception>
    public async Task Paint(Func<Task> grown, CancellationToken stop)
    {
        if (wish.Prompt.Length == 0) throw new ApiProblem(StatusCodes.Status400BadRequest, null, visit.Texts.NoPrompt);
        var edit = wish.Kind != PictureWish.Anew ? null
            : turns.LastOrDefault(t => t.Notes.Picture is not null)?.Notes.Picture is { } last ? new ImageEdit(last)
            : throw new ApiProblem(StatusCodes.Status400BadRequest, null, visit.Texts.NothingToEdit);
        var queue = visit.Painting;
        var job = queue.Add(visit.Api, visit.Key, new() { Prompt = wish.Prompt }, 1, edit)
            ?? throw new ApiProblem(StatusCodes.Status429TooManyRequests, null, visit.Texts.TooManyWaiting);
        try
        {
            while (true)
            {
                stop.ThrowIfCancellationRequested();
                var changed = queue.Changed;
                var tile = job.Tiles[0];
                if (tile.IsDone) break;
                if (tile.Look is not null) look = $"/images/jobs/{job.Id}/0?look={tile.Looks}";
                await grown();
                await changed.WaitAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            queue.Stop(visit.Key, job.Id);
            return;
        }
        var made = job.Tiles[0];
        if (made.File is not null) await Keep(made);
        else if (made.Problem is { Length: > 0 } problem) throw new ApiProblem(StatusCodes.Status400BadRequest, null, problem);
    }

    async Task Keep(Tile made)
    {
        var notes = new Notes(made.Recipe?.Model, Seconds: Math.Round(taken.Elapsed.TotalSeconds, 2)) { Picture = made.File };
        await visit.Api.Add(conversation, [new() { Type = "message", Role = "assistant", Status = "completed", Content = visit.Texts.PaintedInChat(wish.Prompt), Metadata = notes.Kept }], CancellationToken.None, after);
        Kept = Turn.Of((await visit.Api.Items(conversation, null, 1, CancellationToken.None)).Data.Reverse())[^1];
    }
}
