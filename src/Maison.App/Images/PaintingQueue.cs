// What is to be painted, one picture after the other for everybody. A job belongs to its key and not to a tab: whoever comes back finds it as
// far as it is. A finished picture goes into the files of the key's project; here are only jobs that are under way, and the last ones.

using System.Threading.Channels;
using Maison.Wire;

namespace Maison.App.Images;

/// <summary>One picture of a job.</summary>
public sealed record Tile
{
    /// <summary>The latest look at it.</summary>
    public byte[]? Look { get; init; }

    /// <summary>Counts the looks, so that a browser asks for each.</summary>
    public int Looks { get; init; }

    /// <summary>The file that it is kept in, once it is whole.</summary>
    public string? File { get; init; }
    public ImageRecipe? Recipe { get; init; }
    public string? Problem { get; init; }

    public bool IsDone => File is not null || Problem is not null;
}

/// <summary>A prompt on its way to pictures.</summary>
public sealed class PaintingJob(string id, ApiClient api, string key, ImageRequest request, int count, ImageEdit? edit)
{
    readonly CancellationTokenSource stop = new();

    public string Id => id;
    public ImageRequest Request => request;

    /// <summary>What it is painted from; null for nothing but its prompt.</summary>
    public ImageEdit? Edit => edit;
    internal string Key => key;
    internal ApiClient Api => api;
    internal CancellationToken Stopped => stop.Token;

    /// <summary>Replaced tile by tile, never changed.</summary>
    public Tile[] Tiles { get; } = [.. Enumerable.Repeat(new Tile(), count)];

    public bool IsDone => Tiles.All(t => t.IsDone);

    internal void Stop() => stop.Cancel();
}

/// <summary>The jobs of one server; safe from any thread.</summary>
public sealed class PaintingQueue
{
    const int LooksPerPicture = 3, MostKept = 50, MostWaitingPerKey = 20;

    readonly Lock gate = new();
    readonly List<PaintingJob> jobs = [];
    readonly Channel<PaintingJob> waiting = Channel.CreateUnbounded<PaintingJob>();
    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Task? work;
    long last;

    /// <summary>The jobs of a key, the newest first.</summary>
    public List<PaintingJob> Of(string key)
    {
        lock (gate) return [.. jobs.Where(j => j.Key == key).Reverse()];
    }

    /// <summary>Done when any job has changed after now.</summary>
    public Task Changed
    {
        get { lock (gate) return changed.Task; }
    }

    /// <summary>Takes a job; null where the key has too many waiting.</summary>
    public PaintingJob? Add(ApiClient api, string key, ImageRequest request, int count, ImageEdit? edit = null)
    {
        lock (gate)
        {
            if (jobs.Count(j => j.Key == key && !j.IsDone) >= MostWaitingPerKey) return null;
            var job = new PaintingJob($"{++last}", api, key, request, count, edit);
            jobs.Add(job);
            if (jobs.Count > MostKept && jobs.FirstOrDefault(j => j.IsDone) is { } old) jobs.Remove(old);
            waiting.Writer.TryWrite(job);
            work ??= Task.Run(Work);
            Tell();
            return job;
        }
    }

    public void Stop(string key, string id)
    {
        Of(key).FirstOrDefault(j => j.Id == id)?.Stop();
        lock (gate) Tell();
    }

    async Task Work()
    {
        await foreach (var job in waiting.Reader.ReadAllAsync())
            for (var i = 0; i < job.Tiles.Length; i++)
                await Paint(job, i);
    }

    async Task Paint(PaintingJob job, int index)
    {
        try
        {
            // Each picture takes the next seed, as the API counts; where none is told the API chooses the best of a few for each.
            var request = job.Request with { PartialImages = LooksPerPicture, Seed = job.Request.Seed + index };
            var events = job.Edit is { } edit ? job.Api.EditEvents(request, edit, await job.Api.FileContent(edit.File, job.Stopped), job.Stopped) : job.Api.PaintEvents(request, job.Stopped);
            await foreach (var seen in events)
            {
                var bytes = Convert.FromBase64String(seen.Base64);
                var tile = job.Tiles[index] with { Look = bytes, Looks = job.Tiles[index].Looks + 1 };
                if (seen.Type is ImageEvent.Completed or ImageEvent.EditCompleted) tile = tile with { Recipe = seen.Maison, File = (await job.Api.Keep(bytes, Name(job.Request.Prompt!), "image/png", job.Stopped)).Id };
                Set(job, index, tile);
            }
        }
        catch (OperationCanceledException)
        {
            Set(job, index, job.Tiles[index] with { Problem = "" });
        }
        catch (Exception e)
        {
            // Whatever it was: the one queue of everybody goes on.
            Set(job, index, job.Tiles[index] with { Problem = e.Message });
        }
    }

    /// <summary>The prompt as the name of a file.</summary>
    internal static string Name(string prompt, string ending = ".png")
    {
        const int longest = 120;
        var name = string.Concat(prompt.Select(c => char.IsLetterOrDigit(c) || c is ',' or '-' ? c : ' ')).Trim();
        return (name.Length <= longest ? name : name[..longest].TrimEnd()) + ending;
    }

    void Set(PaintingJob job, int index, Tile tile)
    {
        lock (gate)
        {
            job.Tiles[index] = tile;
            Tell();
        }
    }

    void Tell()
    {
        changed.TrySetResult();
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
