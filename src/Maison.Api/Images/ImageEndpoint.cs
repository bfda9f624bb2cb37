// POST /v1/images/generations: pictures as one answer, or one picture as events with looks at it while it is painted. A client that leaves
// stops the work; what was painted to the end is booked.

using System.Diagnostics;
using System.Threading.Channels;
using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Metrics;
using Maison.Api.Models;
using Maison.Data.Pictures;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Images;

/// <summary>The route of pictures.</summary>
sealed class ImageEndpoint(ModelRegistry models, Admission admission, RequestMetrics metrics, TimeProvider clock, CancellationToken stopping)
{
    public async Task Generate(HttpContext context)
    {
        var arrived = Stopwatch.GetTimestamp();
        var request = await JsonBody.Read(context, WireJson.Default.ImageRequest);
        var plan = ImageRules.Plan(request, models);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var most = new Amounts(InputTokens: plan.Tokens, Images: plan.Count);
        await using var grant = await admission.Admit(context, new(plan.Painter.Id, "image", most), ending.Token);
        if (plan.Unknown.Count > 0) context.Response.Headers["maison-prompt-words-unknown"] = string.Join(", ", plan.Unknown.Select(Uri.EscapeDataString));
        if (plan.Stream)
        {
            await Streamed(context, plan, grant, () => grant.Measured(most), arrived, ending.Token);
            return;
        }
        var painted = await Task.Run(() => Paint(plan, null, ending.Token), CancellationToken.None);
        grant.Measured(most);
        metrics.FirstOutput(grant, arrived);
        await JsonAnswer.Write(context, StatusCodes.Status200OK, new ImageResponse
        {
            Created = clock.GetUtcNow().ToUnixTimeSeconds(),
            Background = ImageRules.Background,
            Data = [.. painted.Select((pixels, i) => new ImageData { Base64 = Png(plan, pixels, i), Maison = Recipe(plan, i) })],
            OutputFormat = ImageRules.Format,
            Quality = plan.Quality,
            Size = plan.Size,
            Usage = Usage(plan),
        }, WireJson.Default.ImageResponse);
    }

    /// <summary>The looks as they come, then the picture. Nothing is sent before the first of them, so that a request that fails early gets its proper status.</summary>
    async Task Streamed(HttpContext context, ImagePlan plan, Grant grant, Action book, long arrived, CancellationToken cancellation)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var looks = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true, SingleWriter = true });
        var work = Task.Run(() =>
        {
            try
            {
                return Paint(plan, (step, look) =>
                {
                    if (plan.LooksAfter(step)) looks.Writer.TryWrite(look()[0]);
                }, leaving.Token)[0];
            }
            finally { looks.Writer.TryComplete(); }
        }, CancellationToken.None);
        try
        {
            var index = 0;
            await foreach (var pixels in looks.Reader.ReadAllAsync(cancellation)) await Tell(context, plan, grant, pixels, arrived, index++);
            var whole = await work;
            book();
            await Tell(context, plan, grant, whole, arrived, null);
        }
        finally
        {
            await leaving.CancelAsync();
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task Tell(HttpContext context, ImagePlan plan, Grant grant, byte[] pixels, long arrived, int? look)
    {
        if (!context.Response.HasStarted)
        {
            metrics.FirstOutput(grant, arrived);
            JsonAnswer.BeginEvents(context);
        }
        var type = look is null ? ImageEvent.Completed : ImageEvent.Partial;
        await JsonAnswer.WriteEvent(context, new ImageEvent
        {
            Type = type,
            Base64 = Png(plan, pixels, 0),
            PartialImageIndex = look,
            CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
            Size = plan.Size,
            Quality = plan.Quality,
            Background = ImageRules.Background,
            OutputFormat = ImageRules.Format,
            Usage = look is null ? Usage(plan) : null,
            Maison = look is null ? Recipe(plan, 0) : null,
        }, WireJson.Default.ImageEvent, type);
    }

    static IReadOnlyList<byte[]> Paint(ImagePlan plan, Action<int, Func<IReadOnlyList<byte[]>>>? onStep, CancellationToken stop)
    {
        try { return plan.Painter.Paint(plan.Wanted, plan.Options, plan.Side, onStep, stop); }
        catch (ArgumentException e) { throw ApiException.Invalid("prompt", e.Message); }
    }

    static string Png(ImagePlan plan, byte[] pixels, int index)
    {
        using var file = new MemoryStream();
        PngFile.Write(file, new(plan.Side, plan.Side, pixels), new PictureRecipe(PictureRecipe.Joined([plan.Prompt]), (int)plan.Seed + index, 1, plan.Options.Steps, plan.Options.Guidance, plan.Painter.Id, plan.Side, plan.Side == plan.Painter.Sides[0] ? null : plan.Painter.Upscaler).Note());
        return Convert.ToBase64String(file.GetBuffer().AsSpan(0, (int)file.Length));
    }

    static ImageRecipe Recipe(ImagePlan plan, int index) => new(plan.Painter.Id, plan.Seed + index, plan.Options.Steps, plan.Options.Guidance);

    static ImageUsage Usage(ImagePlan plan)
    {
        long made = (long)plan.Count * plan.Painter.PictureTokens;
        return new(plan.Tokens, new(plan.Tokens, 0), made, plan.Tokens + made);
    }
}
