// The image creator: one box, four pictures that can be watched while they are painted, a gallery that keeps them with their recipes, and any of
// them or a picture of one's own painted anew, whole or in part. Painting goes on without the tab that asked for it.

using System.Text.Json;
using Maison.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Maison.App.Images;

/// <summary>The pages of pictures.</summary>
sealed class ImagePages
{
    const int AtOnce = 4, Listed = 60, MostBytes = 25 << 20;

    /// <summary>Pictures are kept among the files that models may be shown.</summary>
    const string Purpose = "vision";

    /// <summary>A background that is cut out.</summary>
    internal const string Transparent = "transparent";

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    readonly PictureFamily family = new();

    public async Task Show(Visit visit)
    {
        var query = visit.Context.Request.Query;
        var recipe = query["like"].ToString() is { Length: > 0 } like ? Recipe.Of(await visit.Api.FileContent(like, visit.Left)) : null;
        await Page(visit, recipe is null ? new() : new() { Prompt = recipe.Prompt, Seed = recipe.Seed, Steps = recipe.Steps, Guidance = recipe.Guidance, Background = recipe.IsCut ? Transparent : null }, null);
    }

    public async Task Paint(Visit visit)
    {
        var prompt = (await visit.Field("prompt")).ReplaceLineEndings(" ").Trim();
        var style = ImageStyle.All.FirstOrDefault(s => s.Id == visit.Context.Request.Form["style"].ToString());
        var asked = new ImageRequest
        {
            Prompt = style is null || prompt.Length == 0 ? prompt : style.Words.Replace("{}", prompt, StringComparison.Ordinal),
            Seed = await visit.Whole("seed"),
            Steps = (int?)await visit.Whole("steps"),
            Guidance = await visit.Number("guidance"),
            Background = await visit.Field("transparent") == "1" ? Transparent : null,
        };
        if (prompt.Length == 0)
        {
            await Page(visit, asked, visit.Texts.NoPrompt);
            return;
        }
        if (visit.Painting.Add(visit.Api, visit.Key, asked, AtOnce) is null)
        {
            await Page(visit, asked with { Prompt = prompt }, visit.Texts.TooManyWaiting);
            return;
        }
        if (visit.Live) visit.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        else visit.Go("/images");
    }

    /// <summary>The page on which a picture is painted anew.</summary>
    public async Task Edit(Visit visit)
    {
        var file = await visit.Api.File(visit.RouteId!, visit.Left);
        await EditPage(visit, file, new() { Prompt = Recipe.Of(await visit.Api.FileContent(file.Id, visit.Left))?.Prompt }, null);
    }

    public async Task PaintAnew(Visit visit)
    {
        var file = await visit.Api.File(visit.RouteId!, visit.Left);
        var asked = new ImageRequest
        {
            Prompt = (await visit.Field("prompt")).ReplaceLineEndings(" ").Trim(),
            Seed = await visit.Whole("seed"),
            Steps = (int?)await visit.Whole("steps"),
        };
        var (edit, problem) = await Edited(visit, file);
        problem ??= asked.Prompt.Length == 0 ? visit.Texts.NoPrompt : null;
        if (problem is null && visit.Painting.Add(visit.Api, visit.Key, asked, AtOnce, edit) is null) problem = visit.Texts.TooManyWaiting;
        if (problem is not null) await EditPage(visit, file, asked, problem);
        else visit.Go("/images");
    }

    /// <summary>What a form opens of a picture: a mask, a rectangle, or all of it.</summary>
    static async Task<(ImageEdit?, string? Problem)> Edited(Visit visit, FileBody file)
    {
        var strength = await visit.Number("strength");
        if (visit.Context.Request.Form.Files.GetFile("mask") is { Length: > 0 } drawn)
        {
            var mask = await Bytes(visit, drawn);
            return mask is null || PictureKind.Ending(mask) != ".png" ? (null, visit.Texts.NoPicture("mask")) : (new(file.Id, mask, Strength: strength), null);
        }
        var edges = new string[4];
        string[] names = ["left", "top", "right", "bottom"];
        for (var i = 0; i < 4; i++) edges[i] = (await visit.Field(names[i])).Trim();
        if (edges.All(e => e.Length == 0)) return (new(file.Id, Strength: strength), null);
        // Where an edge is left out, it is the picture's.
        string[] ends = ["0", "0", "100", "100"];
        float[] numbers = [.. edges.Select((e, i) => float.TryParse(e.Length > 0 ? e : ends[i], System.Globalization.CultureInfo.InvariantCulture, out var edge) ? edge : -1)];
        return numbers is [>= 0, >= 0, <= 100, <= 100] && numbers[0] < numbers[2] && numbers[1] < numbers[3]
            ? (new(file.Id, Area: string.Join(',', numbers.Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture))), Strength: strength), null)
            : (null, visit.Texts.NoArea);
    }

    /// <summary>Keeps a picture of the reader's own, and opens it to be painted anew.</summary>
    public async Task Upload(Visit visit)
    {
        var file = visit.Context.Request.Form.Files.GetFile("file");
        var bytes = file is { Length: > 0 } ? await Bytes(visit, file) : null;
        if (bytes is null || PictureKind.Ending(bytes) is not { } ending)
        {
            await Page(visit, new(), file is { Length: > MostBytes } ? visit.Texts.PictureTooLarge(file.FileName) : visit.Texts.NoPicture(file?.FileName ?? ""));
            return;
        }
        var kept = await visit.Api.Keep(bytes, PaintingQueue.Name(Path.GetFileNameWithoutExtension(file!.FileName), ending), PictureKind.MediaType(bytes), visit.Left, Purpose);
        visit.Go($"/images/{kept.Id}/edit");
    }

    /// <summary>Lets a form bring a picture and its mask.</summary>
    public static void AllowPictures(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = 2L * MostBytes + (1 << 20);
    }

    static async Task<byte[]?> Bytes(Visit visit, IFormFile file)
    {
        if (file.Length > MostBytes) return null;
        var bytes = new byte[file.Length];
        await using var stream = file.OpenReadStream();
        await stream.ReadExactlyAsync(bytes, visit.Left);
        return bytes;
    }

    static Task EditPage(Visit visit, FileBody file, ImageRequest asked, string? problem)
        => visit.Page<EditPage>(new() { ["File"] = file, ["Asked"] = asked, ["Problem"] = problem }, problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);

    public async Task Stop(Visit visit)
    {
        visit.Painting.Stop(visit.Key, visit.RouteId!);
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
                var (changed, jobs) = (visit.Painting.Changed, visit.Painting.Of(visit.Key));
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
        var (job, tile) = (visit.Painting.Of(visit.Key).FirstOrDefault(j => j.Id == visit.RouteId), visit.Context.Request.RouteValues["tile"] as string);
        if (int.TryParse(tile, out var at) && job?.Tiles.ElementAtOrDefault(at)?.Look is { } look) await Send(visit, look);
        else await visit.Problem(StatusCodes.Status404NotFound, visit.Texts.PictureGone);
    }

    public async Task File(Visit visit) => await Send(visit, await visit.Api.FileContent(visit.RouteId!, visit.Left));

    public async Task Picture(Visit visit)
    {
        var file = await visit.Api.File(visit.RouteId!, visit.Left);
        await visit.Page<PicturePage>(new() { ["File"] = file, ["Recipe"] = Recipe.Of(await visit.Api.FileContent(file.Id, visit.Left)), ["Family"] = await family.Of(visit, file, await Pictures(visit)) });
    }

    public async Task Remove(Visit visit)
    {
        await visit.Api.RemoveFile(visit.RouteId!, visit.Left);
        visit.Go("/images");
    }

    async Task Page(Visit visit, ImageRequest asked, string? problem)
    {
        var painter = (await visit.Api.Models(visit.Left)).FirstOrDefault(m => m.OutputModalities.Contains("image"));
        await visit.Page<ImagePage>(new()
        {
            ["Asked"] = asked,
            ["Jobs"] = visit.Painting.Of(visit.Key),
            ["Files"] = await Pictures(visit),
            ["Problem"] = problem ?? (painter is null ? visit.Texts.ImagesMissing : null),
        }, problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }

    /// <summary>The latest pictures that were painted or brought.</summary>
    public static async Task<IReadOnlyList<FileBody>> Pictures(Visit visit) => [.. (await visit.Api.Files(Purpose, Listed, visit.Left)).Where(f => PictureKind.Names(f.Filename))];

    static async Task Send(Visit visit, byte[] picture)
    {
        visit.Context.Response.ContentType = PictureKind.MediaType(picture);
        visit.Context.Response.Headers.CacheControl = "private, max-age=86400";
        await visit.Context.Response.Body.WriteAsync(picture, visit.Left);
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
        new("scene", "3D render of {}"),
        new("photo", "a photograph of {}"),
    ];
}
