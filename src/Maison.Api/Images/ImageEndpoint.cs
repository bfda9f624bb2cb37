// POST /v1/images/generations and /v1/images/edits: pictures as one answer, or one picture as events with looks at it while it is painted. A client
// that leaves stops the work; what was painted to the end is booked.

using System.Diagnostics;
using System.Threading.Channels;
using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Metrics;
using Maison.Api.Models;
using Maison.Inference.Pictures;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Images;

/// <summary>The routes of pictures.</summary>
sealed class ImageEndpoint(ModelRegistry models, Admission admission, RequestMetrics metrics, KeptPictures kept, TimeProvider clock, CancellationToken stopping)
{
    readonly PictureMemory memory = new();

    public async Task Generate(HttpContext context)
    {
        var arrived = Stopwatch.GetTimestamp();
        var plan = ImageRules.Plan(await JsonBody.Read(context, WireJson.Default.ImageRequest), models);
        await Answer(context, plan, arrived, 0, (plan.Side, plan.Side), plan => plan);
    }

    public async Task Edit(HttpContext context)
    {
        var arrived = Stopwatch.GetTimestamp();
        var form = await ImageForm.Read(context);
        var plan = ImageRules.Plan(form, models);
        var (width, height) = ImageRules.Measured("image", form.Image!);
        var (maskWidth, maskHeight) = form.Mask is null ? (0, 0) : ImageRules.Measured("mask", form.Mask);
        await Answer(context, plan, arrived, (long)width * height + (long)maskWidth * maskHeight, ImageRules.Size(form.Request.Size) ?? (width, height), plan => ImageRules.WithPicture(plan, form));
    }

    /// <param name="uploaded">Pixels that were sent.</param>
    /// <param name="size">Of a picture of the answer.</param>
    /// <param name="unpack">Completes the plan, once there is leave and memory for it.</param>
    async Task Answer(HttpContext context, ImagePlan plan, long arrived, long uploaded, (int, int) size, Func<ImagePlan, ImagePlan> unpack)
    {
        if (plan.Linked && !context.Request.Host.HasValue) throw ApiException.Invalid("response_format", "'response_format' url is not for batches, which know no address of this server. Ask for b64_json.");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var most = new Amounts(InputTokens: plan.Tokens + (uploaded > 0 ? plan.Painter.PictureTokens : 0), Images: plan.Count);
        await using var grant = await admission.Admit(context, new(plan.Painter.Id, "image", most), ending.Token);
        using var held = memory.Take(plan, PictureMemory.Of(plan, uploaded, size), size);
        plan = await Task.Run(() => unpack(plan), ending.Token);
        if (plan.Unknown.Count > 0) context.Response.Headers["maison-prompt-words-unknown"] = string.Join(", ", plan.Unknown.Select(Uri.EscapeDataString));
        if (plan.Stream)
        {
            await Streamed(context, plan, grant, () => grant.Measured(most), arrived, ending.Token);
            return;
        }
        var files = await Task.Run(() => plan.WithPlainBackgrounds(plan.Paint(null, ending.Token), ending.Token).Select(painted => (Painted: painted, Bytes: plan.File(painted))).ToList(), CancellationToken.None);
        grant.Measured(most);
        metrics.FirstOutput(grant, arrived);
        await JsonAnswer.Write(context, StatusCodes.Status200OK, new ImageResponse
        {
            Created = clock.GetUtcNow().ToUnixTimeSeconds(),
            Background = plan.Background,
            Data = [.. files.Select(file => new ImageData
            {
                Base64 = plan.Linked ? null : Convert.ToBase64String(file.Bytes),
                Url = plan.Linked ? kept.Keep(context, file.Bytes, plan.Format) : null,
                Maison = plan.Recipe(file.Painted),
            })],
            OutputFormat = plan.Format.Name,
            Quality = plan.Quality,
            Size = plan.Size,
            Usage = plan.Usage,
        }, WireJson.Default.ImageResponse);
    }

    /// <summary>The looks as they come, then the picture. Nothing is sent before the first of them, so that a request that fails early gets its proper status.</summary>
    async Task Streamed(HttpContext context, ImagePlan plan, Grant grant, Action book, long arrived, CancellationToken cancellation)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var looks = Channel.CreateUnbounded<PaintedPicture>(new() { SingleReader = true, SingleWriter = true });
        var work = Task.Run(() =>
        {
            try
            {
                var painted = plan.Paint((step, look) =>
                {
                    if (plan.LooksAfter(step)) looks.Writer.TryWrite(look()[0]);
                }, leaving.Token);
                looks.Writer.TryComplete();
                var whole = plan.WithPlainBackgrounds(painted, leaving.Token)[0];
                return (Painted: whole, File: plan.File(whole));
            }
            finally { looks.Writer.TryComplete(); }
        }, CancellationToken.None);
        try
        {
            var index = 0;
            await foreach (var look in looks.Reader.ReadAllAsync(cancellation)) await Tell(context, plan, look, grant, plan.File(look, look: true), arrived, index++);
            var (whole, file) = await work;
            book();
            await Tell(context, plan, whole, grant, file, arrived, null);
        }
        finally
        {
            await leaving.CancelAsync();
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task Tell(HttpContext context, ImagePlan plan, PaintedPicture painted, Grant grant, byte[] file, long arrived, int? look)
    {
        if (!context.Response.HasStarted)
        {
            metrics.FirstOutput(grant, arrived);
            JsonAnswer.BeginEvents(context);
        }
        var type = (plan.Edit, look) switch
        {
            (null, null) => ImageEvent.Completed,
            (null, _) => ImageEvent.Partial,
            (_, null) => ImageEvent.EditCompleted,
            _ => ImageEvent.EditPartial,
        };
        await JsonAnswer.WriteEvent(context, new ImageEvent
        {
            Type = type,
            Base64 = Convert.ToBase64String(file),
            PartialImageIndex = look,
            CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
            Size = plan.Size,
            Quality = plan.Quality,
            Background = plan.Background,
            OutputFormat = plan.Format.Name,
            Usage = look is null ? plan.Usage : null,
            Maison = look is null ? plan.Recipe(painted) : null,
        }, WireJson.Default.ImageEvent, type);
    }
}
