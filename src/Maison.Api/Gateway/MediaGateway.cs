// Stands before the routes of vectors, sound and pictures and answers what is a third party's to answer, under the same names, fallbacks,
// masks, budgets and receipts as chats have. Bytes are passed on as they come; nothing is asked twice once one was.

using System.ClientModel.Primitives;
using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Api.Budgets;
using Maison.Api.Keys;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Gateway;

/// <summary>The middleware of third-party models that do not chat.</summary>
sealed class MediaGateway(Router router, Admission admission, Attempts attempts, TimeProvider clock)
{
    const int MostPictures = 10, PerToken = 4, TokensPerSecond = 50, Chunk = 16384, MostKept = 1 << 20;
    public const long MostForm = 52 << 20;

    /// <summary>A route, the modality in keys' scopes, and the fields with text.</summary>
    static readonly (string Route, string Modality, string[] Texts)[] routes =
    [
        (Routes.Embeddings, "embeddings", ["input"]),
        (Routes.Speech, "audio", ["input", "instructions"]),
        (Routes.Transcriptions, "audio", ["prompt"]),
        (Routes.Pictures, "image", ["prompt"]),
        (Routes.Edits, "image", ["prompt"]),
    ];

    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        var (route, modality, texts) = routes.FirstOrDefault(r => context.Request.Path == r.Route);
        if (route is null || !HttpMethods.IsPost(context.Request.Method) || router.IsEmpty
            || await MediaBody.Read(context, MostForm) is not { Model: { } model } request || router.Find(model) is not { } way)
        {
            await next(context);
            return;
        }
        await attempts.Run(context, model, texts[0], way, target => target.Media is null ? $"{target.Provider!.Kind} has no such route" : null, async (candidate, tried) =>
        {
            if (!candidate.Target.IsHouse)
            {
                await Ask(context, request, route, modality, texts, candidate, tried, model);
                return;
            }
            new Receipt(candidate, tried).WriteTo(context);
            request.For(candidate.Target.Name).GiveTo(context);
            await next(context);
        });
    }

    async Task Ask(HttpContext context, MediaBody request, string route, string modality, string[] texts, Candidate candidate, IReadOnlyList<Tried> tried, string askedAs)
    {
        var (target, key) = (candidate.Target, context.Features.Get<ApiKey>()!);
        var mask = target.Leaves && key.MaskPersonalData ? new Mask([]) : null;
        var outgoing = mask is null ? request : request.Hidden(mask);
        var characters = texts.Sum(outgoing.Characters);
        var most = AtMost(route, outgoing, characters);
        await using var grant = await admission.Admit(context, new Ask(target.Name, modality, most, route == Routes.Transcriptions ? target.Model!.MaxOutput : 0)
        {
            Provider = target.Provider!.Name,
            Price = target.Price,
            AskedAs = askedAs,
            Whole = true,
            Again = tried.Count > 0,
        }, context.RequestAborted);
        var receipt = new Receipt(candidate, tried) { Mask = mask, Left = target.Leaves ? new Leaving(1, characters, route == Routes.Edits ? outgoing.Files.Count : 0) { Sounds = route == Routes.Transcriptions ? outgoing.Files.Count : 0 } : null };
        receipt.WriteTo(context);
        var begun = clock.GetTimestamp();
        using var answer = await target.Pipeline.ExecuteAsync(async cancellation => await target.Media!.Ask(route, outgoing, cancellation), context.RequestAborted);
        target.Took(clock.GetElapsedTime(begun));
        grant.First(clock.GetElapsedTime(begun).TotalSeconds);
        if (route == Routes.Embeddings) await Vectors(context, answer, target, grant, most, receipt);
        else if (route == Routes.Transcriptions) await Transcript(context, answer, outgoing, grant, most, receipt);
        else
        {
            grant.Measured(most);
            await PassOn(context, answer);
        }
    }

    /// <summary>Speech is priced by characters, as its vendors do; vectors by tokens, of which there are at most as many as characters; pictures by their number, recordings by their length or by tokens.</summary>
    static Amounts AtMost(string route, MediaBody body, long characters)
    {
        if (route is Routes.Pictures or Routes.Edits) return new(InputTokens: characters, Images: Math.Clamp(body.Whole("n") ?? 1, 1, MostPictures));
        if (route != Routes.Transcriptions) return new(InputTokens: characters);
        var ms = body.Files.Sum(f => SoundLength.AtMost(f.Span));
        return new(InputTokens: characters + ms * TokensPerSecond / 1000, AudioMs: ms);
    }

    /// <summary>Vectors are read whole: they name the model, and tell what they took.</summary>
    static async Task Vectors(HttpContext context, PipelineResponse answer, Target target, Grant grant, Amounts most, Receipt receipt)
    {
        var read = Json(await Whole(context, answer));
        if (read?["data"] is not JsonArray) throw new UpstreamException(UpstreamFault.Unavailable, "the answer has no data");
        var told = read["usage"].Part("prompt_tokens").Whole();
        grant.Measured(new(InputTokens: Math.Min(most.InputTokens, told ?? most.InputTokens / PerToken + 1)));
        await grant.DisposeAsync();
        read["model"] = target.Name;
        var usage = read["usage"] as JsonObject ?? new JsonObject { ["prompt_tokens"] = grant.Taken.InputTokens, ["total_tokens"] = grant.Taken.InputTokens };
        usage["maison"] = receipt.Body(grant.Cost, estimated: told is null);
        if (usage.Parent is null) read["usage"] = usage;
        await JsonAnswer.Write(context, StatusCodes.Status200OK, read, GatewayJson.Default.JsonObject);
    }

    /// <summary>A transcript says what it took where it is JSON or events; as text or subtitles its length is that of the file, or guessed.</summary>
    static async Task Transcript(HttpContext context, PipelineResponse answer, MediaBody asked, Grant grant, Amounts most, Receipt receipt)
    {
        var type = answer.Headers.TryGetValue("Content-Type", out var sent) ? sent : null;
        var guess = new Amounts(AudioMs: asked.Files.Sum(f => SoundLength.Guess(f.Span)));
        if (type?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) ?? false)
        {
            var read = Json(await Whole(context, answer)) ?? throw new UpstreamException(UpstreamFault.Unavailable, "the answer is no object");
            var told = Told(read, most);
            grant.Measured(told ?? guess);
            await grant.DisposeAsync();
            var usage = read["usage"] as JsonObject ?? new JsonObject { ["type"] = "duration", ["seconds"] = (grant.Taken.AudioMs + 999) / 1000 };
            usage["maison"] = receipt.Body(grant.Cost, estimated: told is null);
            if (usage.Parent is null) read["usage"] = usage;
            await JsonAnswer.Write(context, StatusCodes.Status200OK, read, GatewayJson.Default.JsonObject);
            return;
        }
        grant.Measured(guess);
        using var end = new MemoryStream();
        await PassOn(context, answer, type?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) ?? false ? end : null);
        var last = System.Text.Encoding.UTF8.GetString(end.GetBuffer(), 0, (int)end.Length).Split('\n').LastOrDefault(l => l.StartsWith("data: {", StringComparison.Ordinal) && l.Contains("\"usage\"", StringComparison.Ordinal));
        if (last is not null && Json(System.Text.Encoding.UTF8.GetBytes(last[6..])) is { } done && Told(done, most) is { } exact) grant.Measured(exact);
    }

    /// <summary>What a transcript says that it took: seconds, or tokens.</summary>
    static Amounts? Told(JsonObject transcript, Amounts most)
    {
        static double? Seconds(JsonNode? node) => node is JsonValue value && value.TryGetValue<double>(out var seconds) && seconds is >= 0 and < 1e9 ? seconds : null;
        var usage = transcript["usage"];
        if (usage.Part("input_tokens").Whole() is { } input) return new(InputTokens: Math.Min(most.InputTokens, input), OutputTokens: usage.Part("output_tokens").Whole() ?? 0);
        return (Seconds(usage.Part("seconds")) ?? Seconds(transcript["duration"])) is { } told ? new(AudioMs: Math.Min(most.AudioMs, (long)Math.Ceiling(told * 1000))) : null;
    }

    static async Task<byte[]> Whole(HttpContext context, PipelineResponse answer)
    {
        using var body = new MemoryStream();
        try
        {
            await answer.ContentStream!.CopyToAsync(body, context.RequestAborted);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new UpstreamException(UpstreamFault.Unavailable, $"the answer is broken: {e.Message}", inner: e);
        }
        return body.ToArray();
    }

    static JsonObject? Json(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException e)
        {
            throw new UpstreamException(UpstreamFault.Unavailable, $"the answer is broken: {e.Message}", inner: e);
        }
    }

    /// <param name="end">Keeps the last of it, for what it says at its end.</param>
    static async Task PassOn(HttpContext context, PipelineResponse answer, MemoryStream? end = null)
    {
        context.Response.ContentType = answer.Headers.TryGetValue("Content-Type", out var type) ? type : "application/octet-stream";
        var buffer = new byte[Chunk];
        try
        {
            for (int read; (read = await answer.ContentStream!.ReadAsync(buffer, context.RequestAborted)) > 0;)
            {
                if (end?.Length > MostKept) end.SetLength(0);
                end?.Write(buffer, 0, read);
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException && !context.RequestAborted.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFault.Unavailable, $"the answer broke: {e.Message}", inner: e);
        }
    }
}
