// POST /v1/responses, whole or streamed; GET and DELETE of one that is kept. It is the chat of the other routes in another shape: only
// reading the request and writing the answer are its own.

using System.Diagnostics;
using Maison.Api.Errors;
using Maison.Api.Generation;
using Maison.Api.Keys;
using Maison.Api.Models;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Responses;

/// <summary>The routes of responses.</summary>
sealed class ResponseEndpoint(ModelRegistry models, TextGenerator generator, ResponseStore store)
{
    public async Task Create(HttpContext context)
    {
        var arrived = Stopwatch.GetTimestamp();
        var request = await JsonBody.Read(context, WireJson.Default.ResponseRequest);
        var plan = ResponseRules.Plan(request, models, store, Project(context));
        var writer = new ResponseWriter(plan.Draft);
        var begun = false;
        await foreach (var piece in generator.Run(context, plan.Model, [plan.Answer], arrived))
        {
            if (!begun)
            {
                begun = true;
                if (plan.Stream) JsonAnswer.BeginEvents(context);
                await Send(writer.Begin());
            }
            await Send(writer.Add(TurnPiece.Of(piece, plan.Model, plan.Logprobs)));
            if (piece.Finish is not { } finish) continue;
            var last = writer.Finish(TurnEnd.Of(plan.Answer, finish));
            // Kept before the caller hears of the end, who may go on at once.
            if (writer.Result is { Store: true } result) store.Add(Project(context), result, plan.Items);
            await Send(last);
        }
        if (!plan.Stream) await JsonAnswer.Write(context, StatusCodes.Status200OK, writer.Result!, WireJson.Default.ResponseObject);

        async Task Send(IReadOnlyList<ResponseEvent> events)
        {
            if (!plan.Stream) return;
            foreach (var e in events) await JsonAnswer.WriteEvent(context, e, WireJson.Default.ResponseEvent, e.Type);
        }
    }

    public Task Get(HttpContext context)
        => JsonAnswer.Write(context, StatusCodes.Status200OK, store.Find(Project(context), Id(context), "id").Response, WireJson.Default.ResponseObject);

    public Task Delete(HttpContext context)
    {
        store.Remove(Project(context), Id(context));
        return JsonAnswer.Write(context, StatusCodes.Status200OK, new DeletedResponse(Id(context)), WireJson.Default.DeletedResponse);
    }

    static string Project(HttpContext context) => context.Features.Get<ApiKey>()!.ProjectId;

    static string Id(HttpContext context) => (string)context.Request.RouteValues["id"]!;
}
