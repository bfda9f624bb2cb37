// Answers on their way to one reader: one, or two side by side, each rendered here and put into its place by the page's module. Events:
// cut (what is behind a message goes), said, chats, chat, place (where answers will stand), answer, sentence (to be spoken), note, done.

using System.Diagnostics;
using System.Text.Json;
using Maison.App.Chats;
using Maison.App.Design;
using Maison.Wire;

namespace Maison.App.Assistant;

/// <summary>What is to be answered.</summary>
/// <param name="Models">Who answers: one, or two side by side.</param>
/// <param name="After">The item that the answers follow.</param>
sealed record Asked(ConversationBody Conversation, IReadOnlyList<string> Models, string After)
{
    /// <summary>Whether <see cref="After"/> was said just now.</summary>
    public bool Said { get; init; }

    /// <summary>The item behind which the page shows nothing any more, "" for all of it; null changes nothing.</summary>
    public string? Cut { get; init; }

    /// <summary>Whether the models are told only when one answer is chosen.</summary>
    public bool Blind { get; init; }

    /// <summary>Whether the page speaks sentences as they are written.</summary>
    public bool Aloud { get; init; }

    /// <summary>An answer that is gone on from.</summary>
    public Turn? Begun { get; init; }
}

/// <summary>One request's answers.</summary>
sealed class Saying(Visit visit, Asked asked, List<Turn> turns, string instructions, IReadOnlyList<Passage> given) : IDisposable
{
    /// <summary>Between two renderings of a growing answer.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(60);

    readonly SemaphoreSlim line = new(1, 1);

    /// <summary>Asks all models and shows what they say while they do; returns what went wrong, in words.</summary>
    public async Task<string?> Answer()
    {
        var answers = asked.Models.Select(m => new Answering(visit.Api, asked.Conversation.Id, m, asked.After, asked.Begun, given, asked.Conversation.ToolServers())).ToList();
        await Place([.. answers.Select(a => a.Soon)]);
        var problems = await Task.WhenAll(answers.Select((a, slot) => One(a, slot)));
        if (!visit.Live) return problems.FirstOrDefault(p => p is not null);
        if (answers.Count > 1 && answers.All(a => a.Kept is not null))
            await Send("place", await Rendering.Html<Answers>(new() { ["Visit"] = visit, ["Chat"] = asked.Conversation.Id, ["Turns"] = answers.Select(a => a.Kept!).ToList(), ["Blind"] = asked.Blind }));
        foreach (var problem in problems.OfType<string>().Distinct()) await Send("note", await Note(problem, true));
        if (answers[0].LeftOut > 0) await Send("note", await Note(visit.Texts.LeftOut(answers[0].LeftOut), false));
        await Send("done", "");
        return null;
    }

    /// <summary>Paints instead of asking a model, and shows the picture while it grows; returns what went wrong, in words.</summary>
    public async Task<string?> Depict(PictureWish wish)
    {
        var depicting = new Depicting(visit, asked.Conversation.Id, asked.After, turns, wish);
        await Place([depicting.Soon]);
        try
        {
            await depicting.Paint(async () =>
            {
                if (visit.Live) await Send("answer", await Html(depicting.Soon, 0, growing: true));
            }, visit.Left);
        }
        catch (ApiProblem problem)
        {
            if (!visit.Live) return problem.Message;
            await Send("answer", "");
            await Send("note", await Note(problem.Message, true));
            await Send("done", "");
            return null;
        }
        if (!visit.Live) return null;
        await Send("answer", depicting.Kept is { } kept ? await Html(kept, 0) : "");
        await Send("done", "");
        return null;
    }

    /// <summary>Begins a stream: what was said, and where the answers will stand.</summary>
    async Task Place(List<Turn> soon)
    {
        if (!visit.Live) return;
        Begin(visit);
        if (asked.Cut is { } cut) await Send("cut", cut);
        if (asked.Said)
        {
            await Send("said", await Html(turns[^1]));
            await visit.ReadChats();
            await Send("chats", await Rendering.Html<ChatList>(new() { ["Visit"] = visit }));
            await Send("chat", asked.Conversation.Id);
        }
        await Send("place", await Rendering.Html<Answers>(new() { ["Visit"] = visit, ["Chat"] = asked.Conversation.Id, ["Turns"] = soon, ["Blind"] = asked.Blind }));
    }

    /// <summary>Says what went wrong, and nothing else.</summary>
    public static async Task Tell(Visit visit, string problem)
    {
        Begin(visit);
        using var saying = new Saying(visit, new(new() { Id = "", CreatedAt = 0, UpdatedAt = 0, Metadata = new Dictionary<string, string>() }, [], ""), [], "", []);
        await saying.Send("note", await Note(problem, true));
    }

    async Task<string?> One(Answering answering, int slot)
    {
        var shown = Stopwatch.StartNew();
        var sentences = asked.Aloud && asked.Models.Count == 1 ? new Sentences(asked.Begun?.Text ?? "") : null;
        try
        {
            await answering.Ask(turns, instructions, async () =>
            {
                await Speak(whole: false);
                if (!visit.Live || shown.Elapsed < Pause) return;
                await Send("answer", await Html(answering.Soon, slot, growing: true));
                shown.Restart();
            }, visit.Left);
            return null;
        }
        catch (ApiProblem problem)
        {
            return problem.Message;
        }
        finally
        {
            await Speak(whole: true);
            if (visit.Live && asked.Models.Count == 1) await Send("answer", answering.Kept is { } kept ? await Html(kept, slot) : "");
        }

        async Task Speak(bool whole)
        {
            if (sentences?.Next(answering.Soon.Text, whole) is { } sentence) await Send("sentence", sentence);
        }
    }

    Task<string> Html(Turn turn, int? slot = null, bool growing = false) => Rendering.Html<MessageView>(new()
    {
        ["Visit"] = visit,
        ["Chat"] = asked.Conversation.Id,
        ["Turn"] = turn,
        ["Slot"] = slot,
        ["Growing"] = growing,
        ["Label"] = asked.Models.Count > 1 && slot is { } s ? visit.Texts.Labelled(s, asked.Blind ? null : asked.Models[s]) : null,
    });

    static Task<string> Note(string text, bool isProblem) => Rendering.Html<Note>(new() { ["Text"] = text, ["IsProblem"] = isProblem });

    static void Begin(Visit visit)
    {
        visit.Context.Response.ContentType = "text/event-stream; charset=utf-8";
        visit.Context.Response.Headers["x-accel-buffering"] = "no";
    }

    /// <summary>One event, whole before the next; a reader that has left hears nothing.</summary>
    async Task Send(string name, string data)
    {
        if (visit.Left.IsCancellationRequested) return;
        await line.WaitAsync();
        try
        {
            await visit.Send(name, JsonSerializer.Serialize(data));
        }
        finally
        {
            line.Release();
        }
    }

    public void Dispose() => line.Dispose();
}
