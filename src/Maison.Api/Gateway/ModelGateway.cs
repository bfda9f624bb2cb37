// Stands before the chat route and answers what is somebody else's to answer: finds the models behind a name, asks them in order until one
// answers, and says on every answer who it was, why, what it cost and what left the house. Nothing is asked twice once a word was streamed.

using System.Text.Json.Nodes;
using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Maison.Wire;
using Microsoft.AspNetCore.Http;
using Polly.CircuitBreaker;

namespace Maison.Api.Gateway;

/// <summary>The middleware of third-party models.</summary>
sealed class ModelGateway(Router router, Admission admission, TextWriter log, TimeProvider clock)
{
    const string Own = "maison";

    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path != Routes.ChatCompletions || !HttpMethods.IsPost(context.Request.Method) || router.IsEmpty)
        {
            await next(context);
            return;
        }
        if (await GatewayBody.Read(context) is not { } request || request["model"].Text() is not { } model || router.Find(model) is not { } route)
        {
            await next(context);
            return;
        }
        await Answer(context, next, ChatCall.Of(request, model), route);
    }

    async Task Answer(HttpContext context, RequestDelegate next, ChatCall call, Route route)
    {
        var tried = new List<(string Model, string Problem)>();
        UpstreamException? last = null;
        var waiting = new Queue<Candidate>(route.Candidates);
        var longer = false;
        while (waiting.TryDequeue(out var candidate))
        {
            var target = candidate.Target;
            try
            {
                if (target.Rate is { } rate && rate.TryTake(1, clock.GetTimestamp()) is not null) tried.Add((target.Name, "its requests per minute are used up"));
                else if (target.IsHouse) await AskHouse(context, next, call, candidate, tried);
                else await AskThirdParty(context, call, candidate, tried);
                if (tried.Count == 0 || tried[^1].Model != target.Name) return;
            }
            catch (BrokenCircuitException)
            {
                tried.Add((target.Name, "cooling down"));
            }
            catch (UpstreamException e) when (!context.Response.HasStarted)
            {
                log.WriteLine($"{context.Response.Headers["x-request-id"]} {target.Name}: {e.Message}");
                last = e;
                if (e.Fault == UpstreamFault.Refused) throw ApiException.Request(StatusCodes.Status400BadRequest, $"{target.Name} refuses the request: {e.Message}", null, "upstream_refused");
                tried.Add((target.Name, Words(e.Fault)));
                if (e.Fault == UpstreamFault.TooLong && !longer)
                {
                    longer = true;
                    waiting = new(route.ContextFallbacks);
                }
            }
            catch (UpstreamException e)
            {
                log.WriteLine($"{context.Response.Headers["x-request-id"]} {target.Name}: {e.Message}");
                throw ApiException.Unavailable($"{target.Name} stopped in the middle of its answer. What was sent is not repeated; ask again.", "upstream_unavailable");
            }
            catch (ApiException e) when (target.IsHouse && !context.Response.HasStarted && e.Detail.Code is "not_ready" or "model_not_found" or "context_length_exceeded")
            {
                tried.Add((target.Name, e.Detail.Code == "context_length_exceeded" ? Words(UpstreamFault.TooLong) : "not loaded"));
                if (e.Detail.Code == "context_length_exceeded" && !longer && route.ContextFallbacks.Count > 0)
                {
                    longer = true;
                    waiting = new(route.ContextFallbacks);
                }
                else if (waiting.Count == 0) throw;
            }
        }
        var all = string.Join("; ", tried.Select(t => $"{t.Model}: {t.Problem}"));
        if (last?.Fault == UpstreamFault.TooLong) throw ApiException.ContextExceeded("messages", $"The conversation is too long for '{call.Model}' ({all}). Shorten 'messages'.");
        throw ApiException.Unavailable($"Nobody behind '{call.Model}' could answer: {all}. Try again, or ask another model.", "upstream_unavailable");
    }

    internal static string Words(UpstreamFault fault) => fault switch
    {
        UpstreamFault.TooLong => "the conversation is too long",
        UpstreamFault.Misconfigured => "the provider's key or model is not accepted",
        _ => "unavailable",
    };

    static async Task AskHouse(HttpContext context, RequestDelegate next, ChatCall call, Candidate candidate, List<(string, string)> tried)
    {
        new Receipt(candidate, tried).WriteTo(context);
        GatewayBody.Replace(context, call.For(candidate.Target.Name));
        await next(context);
    }

    async Task AskThirdParty(HttpContext context, ChatCall call, Candidate candidate, List<(string, string)> tried)
    {
        var (target, key) = (candidate.Target, context.Features.Get<ApiKey>()!);
        var mask = target.Leaves && key.MaskPersonalData ? new Mask(call.NamesToMask) : null;
        var outgoing = call.For(target.Name);
        if (mask is not null) Masking.Hide(outgoing, mask);
        var receipt = new Receipt(candidate, tried) { Mask = mask, Left = target.Leaves ? Leaving.Of(outgoing) : null };
        var most = call.MostOutput ?? target.Model!.MaxOutput;
        await using var grant = await admission.Admit(context, new Ask(target.Name, "text", new(Leaving.TokensAtMost(outgoing, target.Model!)), most * call.Answers)
        {
            Provider = target.Provider!.Name,
            Price = target.Price,
            AskedAs = call.Model,
            Whole = true,
            Again = tried.Count > 0,
        }, context.RequestAborted);
        call.Limit(outgoing, target, grant.Affordable(most * call.Answers) / call.Answers);
        receipt.WriteTo(context);
        await (call.Stream ? Stream(context, call, target, outgoing, grant, receipt) : Whole(context, target, outgoing, grant, receipt));
    }

    async Task Whole(HttpContext context, Target target, JsonObject outgoing, Grant grant, Receipt receipt)
    {
        var begun = clock.GetTimestamp();
        var answer = await target.Pipeline.ExecuteAsync(async cancellation => await target.Upstream!.Complete(outgoing, cancellation), context.RequestAborted);
        target.Took(clock.GetElapsedTime(begun));
        grant.First(clock.GetElapsedTime(begun).TotalSeconds);
        var told = Leaving.AmountsOf(answer["usage"]);
        grant.Measured(told ?? Leaving.Guess(outgoing, answer["choices"]));
        await grant.DisposeAsync();
        answer["model"] = target.Name;
        if (receipt.Mask is { } mask) Masking.Show(answer["choices"], mask);
        Masking.BothReasoningNames(answer["choices"], "message");
        var usage = answer["usage"] as JsonObject ?? Leaving.UsageOf(grant.Taken);
        usage[Own] = receipt.Body(grant.Cost, estimated: told is null);
        if (usage.Parent is null) answer["usage"] = usage;
        await JsonAnswer.Write(context, StatusCodes.Status200OK, answer, GatewayJson.Default.JsonObject);
    }

    async Task Stream(HttpContext context, ChatCall call, Target target, JsonObject outgoing, Grant grant, Receipt receipt)
    {
        var begun = clock.GetTimestamp();
        var (chunks, first) = await target.Pipeline.ExecuteAsync(async cancellation => await Open(target.Upstream!.Stream(outgoing, context.RequestAborted)), context.RequestAborted);
        target.Took(clock.GetElapsedTime(begun));
        grant.First(clock.GetElapsedTime(begun).TotalSeconds);
        var showing = new Masking.Showing(receipt.Mask);
        JsonObject? usage = null;
        var written = 0L;
        try
        {
            await using (chunks)
            {
                JsonAnswer.BeginEvents(context);
                foreach (var chunk in first) await Send(chunk);
                while (await chunks.MoveNextAsync()) await Send(chunks.Current);
            }
        }
        finally
        {
            // Cut off, by them or by our client, it is booked by what came.
            grant.Measured(Leaving.AmountsOf(usage) ?? Leaving.Guess(outgoing, written));
        }
        await grant.DisposeAsync();
        if (call.IncludeUsage)
        {
            var told = usage is not null;
            usage = (JsonObject)(usage?.DeepClone() ?? Leaving.UsageOf(grant.Taken));
            usage[Own] = receipt.Body(grant.Cost, estimated: !told);
            await JsonAnswer.WriteEvent(context, new JsonObject
            {
                ["id"] = call.Id,
                ["object"] = "chat.completion.chunk",
                ["created"] = call.Created,
                ["model"] = target.Name,
                ["choices"] = new JsonArray(),
                ["usage"] = usage,
            }, GatewayJson.Default.JsonObject);
        }
        await JsonAnswer.WriteDone(context);

        async Task Send(JsonObject chunk)
        {
            if (chunk["usage"] is JsonObject counts) usage = counts;
            chunk.Remove("usage");
            if (chunk["choices"] is not JsonArray { Count: > 0 } choices) return;
            written += Leaving.TextLength(choices);
            showing.Apply(choices);
            Masking.BothReasoningNames(choices, "delta");
            (chunk["id"], chunk["created"], chunk["model"]) = (call.Id, call.Created, target.Name);
            await JsonAnswer.WriteEvent(context, chunk, GatewayJson.Default.JsonObject);
        }
    }

    /// <summary>Reads up to the first chunk that says something: what fails before it can still be asked elsewhere.</summary>
    static async Task<(IAsyncEnumerator<JsonObject> Chunks, List<JsonObject> First)> Open(IAsyncEnumerable<JsonObject> stream)
    {
        var chunks = stream.GetAsyncEnumerator();
        try
        {
            var first = new List<JsonObject>();
            while (await chunks.MoveNextAsync())
            {
                first.Add(chunks.Current);
                if (chunks.Current["choices"] is JsonArray said && (said.Any(c => c.Part("finish_reason") is not null || c.Part("delta").Part("tool_calls") is not null) || Leaving.TextLength(said) > 0)) break;
            }
            return (chunks, first);
        }
        catch
        {
            await chunks.DisposeAsync();
            throw;
        }
    }
}
