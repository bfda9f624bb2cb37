// Stands before the routes that chat and answers what is somebody else's to answer: finds the models behind a name, asks them in order until one
// answers, and says on every answer who it was, why, what it cost and what left the house. Nothing is asked twice once a word was streamed.

using System.Text.Json.Nodes;
using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Gateway;

/// <summary>The middleware of third-party models that chat.</summary>
/// <param name="shapes">The routes that chat, each with what makes its shape of a request.</param>
sealed class ModelGateway(Router router, Admission admission, Attempts attempts, TimeProvider clock, IReadOnlyDictionary<string, Func<HttpContext, JsonObject, IChatShape>> shapes)
{
    const string Own = "maison";

    /// <summary>Routes of texts that third parties have in no shape that is spoken here.</summary>
    static readonly string[] ours = [Routes.Completions, Routes.CountTokens];

    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsPost(context.Request.Method) && !router.IsEmpty && ours.FirstOrDefault(r => context.Request.Path == r) is { } own
            && (await GatewayBody.Read(context))?["model"].Text() is { } named && router.Find(named) is not null)
            throw ApiException.Unsupported("model", $"'{named}' is a name of the gateway, and POST {own} is answered by models of the house alone. Ask it by POST {(own == Routes.Completions ? Routes.ChatCompletions : Routes.Messages)}, or name a model of the house.");
        if (!HttpMethods.IsPost(context.Request.Method) || router.IsEmpty || !shapes.TryGetValue(context.Request.Path.Value ?? "", out var make)
            || await GatewayBody.Read(context) is not { } request || request["model"].Text() is not { } model || router.Find(model) is not { } route)
        {
            await next(context);
            return;
        }
        var shape = make(context, request);
        await attempts.Run(context, model, shape.LongField, route, _ => null, (candidate, tried) => candidate.Target.IsHouse ? AskHouse(context, next, shape, candidate, tried) : AskThirdParty(context, shape, model, candidate, tried));
    }

    static async Task AskHouse(HttpContext context, RequestDelegate next, IChatShape shape, Candidate candidate, IReadOnlyList<Tried> tried)
    {
        new Receipt(candidate, tried).WriteTo(context);
        GatewayBody.Replace(context, shape.Own(candidate.Target.Name));
        await next(context);
    }

    async Task AskThirdParty(HttpContext context, IChatShape shape, string asked, Candidate candidate, IReadOnlyList<Tried> tried)
    {
        var (target, key, call) = (candidate.Target, context.Features.Get<ApiKey>()!, ChatCall.Of(shape.Chat(candidate.Target)));
        var mask = target.Leaves && key.MaskPersonalData ? new Mask(call.NamesToMask) : null;
        var outgoing = call.For(target.Name);
        if (mask is not null) Masking.Hide(outgoing, mask);
        var receipt = new Receipt(candidate, tried) { Mask = mask, Left = target.Leaves ? Leaving.Of(outgoing) : null };
        var most = call.MostOutput ?? target.Model!.MaxOutput;
        await using var grant = await admission.Admit(context, new Ask(target.Name, "text", new(Leaving.TokensAtMost(outgoing, target.Model!)), most * call.Answers)
        {
            Provider = target.Provider!.Name,
            Price = target.Price,
            AskedAs = asked,
            Whole = true,
            Again = tried.Count > 0,
        }, context.RequestAborted);
        call.Limit(outgoing, target, grant.Affordable(most * call.Answers) / call.Answers);
        receipt.WriteTo(context);
        await (call.Stream ? Stream(context, shape, target, outgoing, grant, receipt) : Whole(context, shape, target, outgoing, grant, receipt));
    }

    async Task Whole(HttpContext context, IChatShape shape, Target target, JsonObject outgoing, Grant grant, Receipt receipt)
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
        await shape.Whole(context, answer);
    }

    async Task Stream(HttpContext context, IChatShape shape, Target target, JsonObject outgoing, Grant grant, Receipt receipt)
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
                await shape.Begin(context, target.Name);
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
        var told = usage is not null;
        usage = (JsonObject)(usage?.DeepClone() ?? Leaving.UsageOf(grant.Taken));
        usage[Own] = receipt.Body(grant.Cost, estimated: !told);
        await shape.End(context, usage);

        async Task Send(JsonObject chunk)
        {
            if (chunk["usage"] is JsonObject counts) usage = counts;
            chunk.Remove("usage");
            if (chunk["choices"] is not JsonArray { Count: > 0 } choices) return;
            written += Leaving.TextLength(choices);
            showing.Apply(choices);
            Masking.BothReasoningNames(choices, "delta");
            await shape.Add(context, chunk);
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
