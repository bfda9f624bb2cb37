// POST /v1/messages, whole or streamed, and POST /v1/messages/count_tokens: the chat of the other routes in Anthropic's shape.

using System.Diagnostics;
using Maison.Api.Errors;
using Maison.Api.Generation;
using Maison.Api.Models;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Messages;

/// <summary>The routes of messages.</summary>
sealed class MessageEndpoint(ModelRegistry models, TextGenerator generator)
{
    public async Task Create(HttpContext context)
    {
        var arrived = Stopwatch.GetTimestamp();
        var request = await JsonBody.Read(context, WireJson.Default.MessageRequest);
        var turn = MessageRules.Turn(request, models, generates: true);
        var answer = turn.Answers()[0];
        var writer = new MessageWriter(turn.Model.Id, answer.Request.Prompt.Length);
        var (begun, stream) = (false, request.Stream ?? false);
        await foreach (var piece in generator.Run(context, turn.Model, [answer], arrived))
        {
            if (!begun)
            {
                begun = true;
                if (stream) JsonAnswer.BeginEvents(context);
                await Send(writer.Begin());
            }
            await Send(writer.Add(TurnPiece.Of(piece, turn.Model, logprobs: false)));
            if (piece.Finish is { } finish) await Send(writer.Finish(TurnEnd.Of(answer, finish)));
        }
        if (!stream) await JsonAnswer.Write(context, StatusCodes.Status200OK, writer.Result!, WireJson.Default.MessageAnswer);

        async Task Send(IReadOnlyList<MessageEvent> events)
        {
            if (!stream) return;
            foreach (var e in events) await JsonAnswer.WriteEvent(context, e, WireJson.Default.MessageEvent, e.Type);
        }
    }

    public async Task Count(HttpContext context)
    {
        var request = await JsonBody.Read(context, WireJson.Default.MessageRequest);
        var (ids, _) = MessageRules.Turn(request, models, generates: false).Prompt();
        await JsonAnswer.Write(context, StatusCodes.Status200OK, new TokenCount(ids.Length), WireJson.Default.TokenCount);
    }
}
