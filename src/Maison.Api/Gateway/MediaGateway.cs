// Stands before the routes of vectors, sound and pictures and answers what is a third party's to answer, under the same names, fallbacks,
// masks, budgets and receipts as chats have. Bytes are passed on as they come; nothing is asked twice once one was.

using System.ClientModel.Primitives;
using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Microsoft.AspNetCore.Http;
using Polly.CircuitBreaker;

namespace Maison.Api.Gateway;

/// <summary>The middleware of third-party models that do not chat.</summary>
sealed class MediaGateway(Router router, Admission admission, TextWriter log, TimeProvider clock)
{
    const int MostPictures = 10, PerToken = 4, Chunk = 16384;

    /// <summary>A route, the modality in keys' scopes, and the fields with text.</summary>
    static readonly (string Route, string Modality, string[] Texts)[] routes =
    [
        (Routes.Embeddings, "embeddings", ["input"]),
        (Routes.Speech, "audio", ["input", "instructions"]),
        (Routes.Pictures, "image", ["prompt"]),
    ];

    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        var (route, modality, texts) = routes.FirstOrDefault(r => context.Request.Path == r.Route);
        if (route is null || !HttpMethods.IsPost(context.Request.Method) || router.IsEmpty)
        {
            await next(context);
            return;
        }
        var request = await GatewayBody.Read(context);
        if (request?["model"].Text() is not { } model || router.Find(model) is not { } way)
        {
            await next(context);
            return;
        }
        var tried = new List<(string Model, string Problem)>();
        foreach (var candidate in way.Candidates)
        {
            var target = candidate.Target;
            try
            {
                if (target.IsHouse)
                {
                    new Receipt(candidate, tried).WriteTo(context);
                    request["model"] = target.Name;
                    GatewayBody.Replace(context, request);
                    await next(context);
                    return;
                }
                if (target.Media is null) tried.Add((target.Name, $"{target.Provider!.Kind} has no such route"));
                else if (target.Rate is { } rate && rate.TryTake(1, clock.GetTimestamp()) is not null) tried.Add((target.Name, "its requests per minute are used up"));
                else
                {
                    await Ask(context, request, route, modality, texts, candidate, tried, model);
                    return;
                }
            }
            catch (BrokenCircuitException)
            {
                tried.Add((target.Name, "cooling down"));
            }
            catch (UpstreamException e)
            {
                log.WriteLine($"{context.Response.Headers["x-request-id"]} {target.Name}: {e.Message}");
                if (context.Response.HasStarted) throw ApiException.Unavailable($"{target.Name} stopped in the middle of its answer. What was sent is not repeated; ask again.", "upstream_unavailable");
                if (e.Fault == UpstreamFault.Refused) throw ApiException.Request(StatusCodes.Status400BadRequest, $"{target.Name} refuses the request: {e.Message}", null, "upstream_refused");
                tried.Add((target.Name, ModelGateway.Words(e.Fault)));
            }
            catch (ApiException e) when (target.IsHouse && !context.Response.HasStarted && e.Detail.Code is "not_ready" or "model_not_found")
            {
                tried.Add((target.Name, "not loaded"));
            }
        }
        throw ApiException.Unavailable($"Nobody behind '{model}' could answer: {string.Join("; ", tried.Select(t => $"{t.Model}: {t.Problem}"))}. Try again, or ask another model.", "upstream_unavailable");
    }

    async Task Ask(HttpContext context, JsonObject request, string route, string modality, string[] texts, Candidate candidate, List<(string, string)> tried, string askedAs)
    {
        var (target, key) = (candidate.Target, context.Features.Get<ApiKey>()!);
        var outgoing = (JsonObject)request.DeepClone();
        var mask = target.Leaves && key.MaskPersonalData ? new Mask([]) : null;
        if (mask is not null) Masking.Hide(outgoing, mask);
        var characters = texts.Sum(name => Length(outgoing[name]));
        var pictures = route == Routes.Pictures ? Math.Clamp(outgoing["n"].Whole() ?? 1, 1, MostPictures) : 0;
        // Speech is priced by characters, as its vendors do; vectors by tokens, of which there are at most as many as characters.
        var most = new Amounts(InputTokens: characters, Images: pictures);
        await using var grant = await admission.Admit(context, new Ask(target.Name, modality, most)
        {
            Provider = target.Provider!.Name,
            Price = target.Price,
            AskedAs = askedAs,
            Whole = true,
            Again = tried.Count > 0,
        }, context.RequestAborted);
        var receipt = new Receipt(candidate, tried) { Mask = mask, Left = target.Leaves ? new Leaving(1, characters, 0) : null };
        receipt.WriteTo(context);
        var begun = clock.GetTimestamp();
        using var answer = await target.Pipeline.ExecuteAsync(async cancellation => await target.Media!.Ask(route, outgoing, cancellation), context.RequestAborted);
        target.Took(clock.GetElapsedTime(begun));
        grant.First(clock.GetElapsedTime(begun).TotalSeconds);
        if (route == Routes.Embeddings) await Vectors(context, answer, target, grant, most, receipt);
        else
        {
            grant.Measured(most);
            await PassOn(context, answer);
        }
    }

    /// <summary>Vectors are read whole: they name the model, and tell what they took.</summary>
    static async Task Vectors(HttpContext context, PipelineResponse answer, Target target, Grant grant, Amounts most, Receipt receipt)
    {
        using var body = new MemoryStream();
        JsonObject? read = null;
        try
        {
            await answer.ContentStream!.CopyToAsync(body, context.RequestAborted);
            body.Position = 0;
            read = JsonNode.Parse(body) as JsonObject;
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
        {
            throw new UpstreamException(UpstreamFault.Unavailable, $"the answer is broken: {e.Message}", inner: e);
        }
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

    static async Task PassOn(HttpContext context, PipelineResponse answer)
    {
        context.Response.ContentType = answer.Headers.TryGetValue("Content-Type", out var type) ? type : "application/octet-stream";
        var buffer = new byte[Chunk];
        try
        {
            for (int read; (read = await answer.ContentStream!.ReadAsync(buffer, context.RequestAborted)) > 0;)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException && !context.RequestAborted.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFault.Unavailable, $"the answer broke: {e.Message}", inner: e);
        }
    }

    /// <summary>Characters of a text, of several, or numbers of tokens.</summary>
    static long Length(JsonNode? node) => node switch
    {
        JsonArray items => items.Sum(Length),
        JsonValue value => value.TryGetValue<string>(out var text) ? text.Length : 1,
        _ => 0,
    };
}
