// The assistant: chats that the API keeps, answers that are streamed into place, or sent whole to a browser without scripts.
// A message is kept before the model is asked, so that nothing said is lost; one without an answer can be answered any time.

using System.Diagnostics;
using System.Text.Json;
using Maison.App.Design;
using Maison.Wire;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;

namespace Maison.App.Assistant;

/// <summary>The pages of chats.</summary>
static class AssistantPages
{
    const int Shown = 100, LongestTitle = 60;

    /// <summary>Between two renderings of a growing answer.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(60);

    public static Task New(Visit visit) => Page(visit, null, [], null, false, null);

    public static async Task Show(Visit visit)
    {
        var conversation = await visit.Api.Conversation(visit.RouteId!, visit.Left);
        var before = visit.Context.Request.Query["before"].ToString() is { Length: > 0 } id ? id : null;
        var items = await visit.Api.Items(conversation.Id, before, Shown, visit.Left);
        await Page(visit, conversation, Turn.Of(items.Data.Reverse()), items.HasMore ? items.LastId : null, before is not null, null);
    }

    /// <summary>Keeps what was said, and answers unless the form asks for that to happen on the chat's own page.</summary>
    public static async Task Say(Visit visit)
    {
        var text = (await visit.Field("text")).ReplaceLineEndings("\n").Trim();
        var conversation = visit.RouteId is { } id ? await visit.Api.Conversation(id, visit.Left) : null;
        if (text.Length == 0)
        {
            await Refuse(visit, conversation, visit.Texts.Empty);
            return;
        }
        if (await Model(visit, conversation) is not { } model)
        {
            await Refuse(visit, conversation, visit.Texts.NoModel);
            return;
        }
        conversation ??= await visit.Api.NewConversation(new Dictionary<string, string> { ["title"] = Title(text), ["model"] = model }, visit.Left);
        var said = await visit.Api.Add(conversation.Id, [new() { Type = "message", Role = "user", Content = text }], visit.Left);
        if (await visit.Field("later") == "1")
        {
            visit.Go($"/assistant/{conversation.Id}");
            return;
        }
        await Answer(visit, conversation, model, Turn.Of(said.Data)[0]);
    }

    /// <summary>Answers the last message again, or for the first time.</summary>
    public static async Task Again(Visit visit)
    {
        var conversation = await visit.Api.Conversation(visit.RouteId!, visit.Left);
        if (await Model(visit, conversation) is not { } model)
        {
            await Refuse(visit, conversation, visit.Texts.NoModel);
            return;
        }
        await Answer(visit, conversation, model, null);
    }

    public static async Task Delete(Visit visit)
    {
        await visit.Api.Remove(visit.RouteId!, visit.Left);
        visit.Go("/assistant");
    }

    static async Task Answer(Visit visit, ConversationBody conversation, string model, Turn? said)
    {
        var items = await visit.Api.Items(conversation.Id, null, Shown, visit.Left);
        var turns = Turn.Of(items.Data.Reverse());
        var last = turns.FindLastIndex(t => t.FromUser);
        if (last < 0)
        {
            await Refuse(visit, conversation, visit.Texts.Empty);
            return;
        }
        var replaced = turns.Skip(last + 1).SelectMany(t => t.Ids).ToList();
        var answering = new Answering(visit.Api, conversation.Id, model);
        var live = visit.Context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.Ordinal);
        if (!live)
        {
            string? problem = null;
            try
            {
                await answering.Ask(turns[..(last + 1)], replaced, () => Task.CompletedTask, visit.Left);
            }
            catch (ApiProblem e)
            {
                problem = e.Message;
            }
            if (problem is null) visit.Go($"/assistant/{conversation.Id}");
            else await Refuse(visit, conversation, problem);
            return;
        }
        visit.Context.Response.ContentType = "text/event-stream; charset=utf-8";
        visit.Context.Response.Headers["x-accel-buffering"] = "no";
        if (said is not null)
        {
            await Send(visit, "said", await Message(visit, said, false));
            await visit.ReadChats();
            await Send(visit, "chats", await Rendering.Html<ChatList>(new() { ["Visit"] = visit }));
            await Send(visit, "chat", conversation.Id);
        }
        var shown = Stopwatch.StartNew();
        await Send(visit, "answer", await Message(visit, answering.Soon, true));
        try
        {
            await answering.Ask(turns[..(last + 1)], replaced, async () =>
            {
                if (shown.Elapsed < Pause) return;
                await Send(visit, "answer", await Message(visit, answering.Soon, true));
                shown.Restart();
            }, visit.Left);
            if (answering.LeftOut > 0) await Send(visit, "note", await Rendering.Html<Note>(new() { ["Text"] = visit.Texts.LeftOut(answering.LeftOut) }));
        }
        catch (ApiProblem problem)
        {
            await Send(visit, "note", await Rendering.Html<Note>(new() { ["Text"] = problem.Message, ["IsProblem"] = true }));
        }
        await Send(visit, "done", answering.Soon is { Text: "", Reasoning: "" } ? "" : await Message(visit, answering.Soon, false));
    }

    static Task<string> Message(Visit visit, Turn turn, bool growing)
        => Rendering.Html<MessageView>(new() { ["Turn"] = turn, ["Texts"] = visit.Texts, ["Growing"] = growing });

    /// <summary>One event; its data is a JSON string. A reader that has left hears nothing.</summary>
    static async Task Send(Visit visit, string name, string data)
    {
        if (visit.Left.IsCancellationRequested) return;
        await visit.Context.Response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(data)}\n\n");
        await visit.Context.Response.Body.FlushAsync();
    }

    /// <summary>The model that the form chooses, or the chat's, or the first.</summary>
    static async Task<string?> Model(Visit visit, ConversationBody? conversation)
    {
        if (await visit.Field("model") is { Length: > 0 } chosen) return chosen;
        var models = await visit.Api.Writers(visit.Left);
        var used = conversation?.Metadata.GetValueOrDefault("model");
        return models.FirstOrDefault(m => m.Id == used)?.Id ?? models.FirstOrDefault()?.Id;
    }

    static string Title(string text)
    {
        var line = text.Split('\n')[0].Trim();
        if (line.Length <= LongestTitle) return line;
        var cut = line.LastIndexOf(' ', LongestTitle);
        return line[..(cut > LongestTitle / 2 ? cut : char.IsHighSurrogate(line[LongestTitle - 1]) ? LongestTitle - 1 : LongestTitle)] + "…";
    }

    /// <summary>The chat as it is, with what went wrong.</summary>
    static async Task Refuse(Visit visit, ConversationBody? conversation, string problem)
    {
        if (visit.Context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.Ordinal))
        {
            visit.Context.Response.ContentType = "text/event-stream; charset=utf-8";
            await Send(visit, "note", await Rendering.Html<Note>(new() { ["Text"] = problem, ["IsProblem"] = true }));
            return;
        }
        var items = conversation is null ? null : await visit.Api.Items(conversation.Id, null, Shown, visit.Left);
        await Page(visit, conversation, Turn.Of(items?.Data.Reverse() ?? []), items is { HasMore: true } ? items.LastId : null, false, problem);
    }

    static async Task Page(Visit visit, ConversationBody? conversation, List<Turn> turns, string? earlier, bool past, string? problem)
    {
        var models = await visit.Api.Writers(visit.Left);
        await visit.Page<AssistantPage>(new()
        {
            ["Conversation"] = conversation,
            ["Turns"] = turns,
            ["Earlier"] = earlier,
            ["Past"] = past,
            ["Problem"] = problem ?? (models.Count == 0 ? visit.Texts.NoModel : null),
            ["Models"] = models,
        }, problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }
}
