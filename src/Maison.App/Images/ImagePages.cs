// The image creator: one box, four pictures that can be watched while they are painted, a gallery that keeps them with their recipes. Painting
// goes on without the tab that asked for it.

using System.Text.Json;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.App.Images;

/// <summary>The pages of pictures.</summary>
sealed class ImagePages
{
    const int AtOnce = 4, Listed = 60;
    const long SeedsEnd = int.MaxValue - 16;

    /// <summary>Pictures are kept among the files that models may be shown.</summary>
    const string Purpose = "vision";

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    readonly PaintingQueue queue = new();

    public async Task Show(Visit visit)
    {
        var query = visit.Context.Request.Query;
        var recipe = query["like"].ToString() is { Length: > 0 } like ? Recipe.Of(await visit.Api.FileContent(like, visit.Left)) : null;
        await Page(visit, recipe is null ? new() : new() { Prompt = recipe.Prompt, Seed = recipe.Seed, Steps = recipe.Steps, Guidance = recipe.Guidance }, null);
    }

    public async Task Paint(Visit visit)
    {
        var prompt = (await visit.Field("prompt")).ReplaceLineEndings(" ").Trim();
        var style = ImageStyle.All.FirstOrDefault(s => s.Id == visit.Context.Request.Form["style"].ToString());
        var asked = new ImageRequest
        {
            Prompt = style is null || prompt.Length == 0 ? prompt : style.Words.Replace("{}", prompt, StringComparison.Ordinal),
            Seed = await visit.Whole("seed") ?? Random.Shared.NextInt64(SeedsEnd),
            Steps = (int?)await visit.Whole("steps"),
            Guidance = await visit.Number("guidance"),
        };
        if (prompt.Length == 0)
        {
            await Page(visit, asked, visit.Texts.NoPrompt);
            return;
        }
        if (queue.Add(visit.Api, visit.Key, asked, AtOnce) is null)
        {
            await Page(visit, asked with { Prompt = prompt }, visit.Texts.TooManyWaiting);
            return;
        }
        if (visit.Live) visit.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        else visit.Go("/images");
    }

    public async Task Stop(Visit visit)
    {
        queue.Stop(visit.Key, visit.RouteId!);
        if (visit.Live) visit.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        else visit.Go("/images");
        await Task.CompletedTask;
    }

    /// <summary>The jobs whenever they have changed, and the gallery when one is done.</summary>
    public async Task Watch(Visit visit)
    {
        visit.Context.Response.ContentType = "text/event-stream; charset=utf-8";
        var done = 0;
        try
        {
            while (true)
            {
                var (changed, jobs) = (queue.Changed, queue.Of(visit.Key));
                await visit.Send("jobs", JsonSerializer.Serialize(await Rendering.Html<JobsView>(new() { ["Visit"] = visit, ["Jobs"] = jobs })));
                var now = jobs.Sum(j => j.Tiles.Count(t => t.File is not null));
                if (now != done) await visit.Send("gallery", JsonSerializer.Serialize(await Rendering.Html<GalleryView>(new() { ["Visit"] = visit, ["Files"] = await Pictures(visit) })));
                done = now;
                await changed.WaitAsync(visit.Left);
                await Task.Delay(Pause, visit.Left);
            }
        }
        catch (OperationCanceledException)
        {
            // The reader has left; the painting goes on.
        }
    }

    /// <summary>A look at a picture that is being painted.</summary>
    public async Task Look(Visit visit)
    {
        var (job, tile) = (queue.Of(visit.Key).FirstOrDefault(j => j.Id == visit.RouteId), visit.Context.Request.RouteValues["tile"] as string);
        if (int.TryParse(tile, out var at) && job?.Tiles.ElementAtOrDefault(at)?.Look is { } look) await Send(visit, look);
        else await visit.Problem(StatusCodes.Status404NotFound, visit.Texts.PictureGone);
    }

    public async Task File(Visit visit) => await Send(visit, await visit.Api.FileContent(visit.RouteId!, visit.Left));

    public async Task Picture(Visit visit)
    {
        var file = await visit.Api.File(visit.RouteId!, visit.Left);
        await visit.Page<PicturePage>(new() { ["File"] = file, ["Recipe"] = Recipe.Of(await visit.Api.FileContent(file.Id, visit.Left)) });
    }

    public async Task Remove(Visit visit)
    {
        await visit.Api.RemoveFile(visit.RouteId!, visit.Left);
        visit.Go("/images");
    }

    async Task Page(Visit visit, ImageRequest asked, string? problem)
    {
        var painters = (await visit.Api.Models(visit.Left)).Where(m => m.OutputModalities.Contains("image")).ToList();
        await visit.Page<ImagePage>(new()
        {
            ["Asked"] = asked,
            ["Jobs"] = queue.Of(visit.Key),
            ["Files"] = await Pictures(visit),
            ["Problem"] = problem ?? (painters.Count == 0 ? visit.Texts.ImagesMissing : null),
        }, problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }

    /// <summary>The latest pictures that were painted.</summary>
    public static async Task<IReadOnlyList<FileBody>> Pictures(Visit visit) => [.. (await visit.Api.Files(Purpose, Listed, visit.Left)).Where(f => f.Filename.EndsWith(".png", StringComparison.Ordinal))];

    static async Task Send(Visit visit, byte[] png)
    {
        visit.Context.Response.ContentType = "image/png";
        visit.Context.Response.Headers.CacheControl = "private, max-age=86400";
        await visit.Context.Response.Body.WriteAsync(png, visit.Left);
    }
}

/// <summary>A style that the house's model learned.</summary>
/// <param name="Words">How its captions asked for it; {} stands for what is to be seen.</param>
public sealed record ImageStyle(string Id, string Words)
{
    public static IReadOnlyList<ImageStyle> All { get; } =
    [
        new("3d", "{}, 3D rendered emoji, glossy plastic, soft studio light, white background"),
        new("flat", "{}, flat vector emoji, solid colours, white background"),
        new("outline", "{}, OpenMoji style emoji, flat colours with black outlines, white background"),
        new("silhouette", "{}, black silhouette icon on a white background"),
        new("pixel", "pixel art of {}"),
        new("lowpoly", "low-poly 3D render of {}, white background"),
        new("photo", "a photograph of {}"),
    ];
}
