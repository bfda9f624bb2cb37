// /v1/briefings: ask for one, list, look at, listen to, read, say what was skipped, remove; and /v1/briefings/shows, the ones that are made again. A key
// sees the briefings of its project alone.

using System.Globalization;
using System.Text;
using Maison.Api.Briefings.Shows;
using Maison.Api.Errors;
using Maison.Api.Files;
using Maison.Api.Keys;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Api.Store;
using Maison.Wire;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Briefings;

/// <summary>The routes of briefings.</summary>
sealed class BriefingEndpoints(BriefingStore briefings, BriefingRunner runner, FileStore files, ModelRegistry models, TimeProvider clock)
{
    const int ListedByDefault = 20, MostListed = 100, MostShows = 20;

    public static void Map(IEndpointRouteBuilder routes, BriefingStore briefings, BriefingRunner runner, FileStore files, ModelRegistry models, TimeProvider clock)
    {
        var here = new BriefingEndpoints(briefings, runner, files, models, clock);
        const string one = Routes.Briefings + "/{id}", show = Routes.Shows + "/{id}";
        routes.MapPost(Routes.Briefings, here.Create);
        routes.MapGet(Routes.Briefings, here.List);
        routes.MapGet(one, context => Write(context, here.Whole(here.Find(context))));
        routes.MapDelete(one, here.Delete);
        routes.MapGet(one + "/audio", here.Audio);
        routes.MapGet(one + "/transcript", here.Transcript);
        routes.MapGet(one + "/chapters", here.Chapters);
        routes.MapPost(one + "/feedback", here.Feedback);
        routes.MapPost(Routes.Shows, here.CreateShow);
        routes.MapGet(Routes.Shows, here.ListShows);
        routes.MapGet(show, context => here.Write(context, here.FindShow(context)));
        routes.MapPost(show + "/briefings", here.MakeNow);
        routes.MapDelete(show, here.DeleteShow);
        new PodcastEndpoints(briefings, files, clock).Map(routes.MapGroup(Routes.Podcasts).WithMetadata(new AllowAnonymousAttribute()));
    }

    async Task Create(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.BriefingRequest);
        if (asked.Schedule is not null) throw ApiException.Unsupported("schedule", $"A briefing is made once. Send the same to POST {Routes.Shows} to have it made again.");
        var plan = BriefingRules.Plan(asked, models);
        var key = context.Features.Get<ApiKey>()!;
        var day = plan.Day ?? DateOnly.FromDateTime(clock.GetLocalNow().DateTime);
        var made = await briefings.Add(key.ProjectId, key.Id, null, null, asked, new()
        {
            Id = Ids.InTime("brief"),
            CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
            Status = "queued",
            Title = asked.Title ?? BriefingWire.Title(day),
            Date = day.ToString("O", CultureInfo.InvariantCulture),
            Length = plan.Length.ToString().ToLowerInvariant(),
            Hosts = plan.Voices.Count,
        });
        runner.Wake();
        await Write(context, made!);
    }

    Task List(HttpContext context)
    {
        var page = Page.Of(context.Request.Query, briefings.List(ProjectOf(context), context.Request.Query["show"].ToString()), b => b.Id, ListedByDefault, MostListed);
        var items = page.Items.Select(b => Whole(b) with { Script = null, Sources = null, Cut = null }).ToList();
        return JsonAnswer.Write(context, StatusCodes.Status200OK, new BriefingList(items) { FirstId = items.FirstOrDefault()?.Id, LastId = items.LastOrDefault()?.Id, HasMore = page.HasMore }, WireJson.Default.BriefingList);
    }

    async Task Delete(HttpContext context)
    {
        var briefing = Find(context);
        runner.Abandon(briefing.Id);
        if (!await briefings.Delete(briefing.ProjectId, briefing.Id)) throw Unknown(context);
        if (briefing.FileId is { } file) await files.Delete(briefing.ProjectId, file);
        await JsonAnswer.Write(context, StatusCodes.Status200OK, new DeletedBriefing(briefing.Id, "briefing.deleted"), WireJson.Default.DeletedBriefing);
    }

    async Task Audio(HttpContext context)
    {
        var briefing = Done(context);
        var file = briefing.FileId is { } id ? files.Find(briefing.ProjectId, id) : null;
        if (file is null) throw ApiException.NotFound($"The sound of '{briefing.Id}' was deleted with its file. Ask for the briefing again.");
        await using var stream = files.Open(file);
        await RangedBody.Send(context, stream, briefing.Body.AudioType!);
    }

    Task Transcript(HttpContext context)
    {
        var body = Done(context).Body;
        return context.Request.Query["format"].ToString() switch
        {
            "" or "vtt" => Text(context, "text/vtt; charset=utf-8", Transcripts.Vtt(body)),
            "text" => Text(context, "text/plain; charset=utf-8", Transcripts.Text(body)),
            var other => throw ApiException.Invalid("format", $"'format' is '{other}', but must be vtt or text. GET {Routes.Briefings}/{{id}} has the script as JSON."),
        };
    }

    Task Chapters(HttpContext context) => Bytes(context, "application/json+chapters", Transcripts.Chapters(Done(context).Body));

    async Task Feedback(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.BriefingFeedback);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        if (asked.Kind is not ("skip" or "replay")) throw ApiException.Invalid("kind", $"'kind' is '{asked.Kind}'; send skip or replay.");
        var briefing = Done(context);
        var chapter = briefing.Body.Chapters!.FirstOrDefault(c => c.Number == asked.Chapter) ?? throw ApiException.Invalid("chapter", $"'chapter' is {asked.Chapter?.ToString(CultureInfo.InvariantCulture) ?? "missing"}; '{briefing.Id}' has 0 to {briefing.Body.Chapters!.Count - 1}.");
        await briefings.Say(briefing, chapter, asked.Kind);
        await Write(context, Whole(briefing));
    }

    async Task CreateShow(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.BriefingRequest);
        BriefingRules.CheckSchedule(asked);
        BriefingRules.Plan(asked, models);
        var key = context.Features.Get<ApiKey>()!;
        if (briefings.Shows(key.ProjectId).Count >= MostShows) throw ApiException.Invalid("schedule", $"This project has {MostShows} shows, which is all that it may have. Delete one first.");
        var show = await briefings.AddShow(key.ProjectId, key.Id, asked.Title ?? "Daily briefing", asked);
        await runner.Schedule(show);
        await Write(context, show);
    }

    Task ListShows(HttpContext context) => JsonAnswer.Write(context, StatusCodes.Status200OK, new ShowList([.. briefings.Shows(ProjectOf(context)).Select(Body)]), WireJson.Default.ShowList);

    async Task MakeNow(HttpContext context) => await Write(context, (await runner.Episode(FindShow(context), null))!);

    async Task DeleteShow(HttpContext context)
    {
        var show = FindShow(context);
        if (!await briefings.DeleteShow(show.ProjectId, show.Id)) throw UnknownShow(context);
        await runner.Unschedule(show.Id);
        await JsonAnswer.Write(context, StatusCodes.Status200OK, new DeletedBriefing(show.Id, "briefing.show.deleted"), WireJson.Default.DeletedBriefing);
    }

    /// <summary>With what only this server or another row knows.</summary>
    BriefingBody Whole(StoredBriefing briefing)
    {
        var body = briefing.Body with { Progress = runner.StageOf(briefing.Id) };
        if (body.Chapters is not { Count: > 0 } chapters) return body;
        var said = briefings.Said(briefing.Id);
        return said.Count == 0 ? body : body with { Chapters = [.. chapters.Select(c => c with { Feedback = said.GetValueOrDefault(c.Number) })] };
    }

    ShowBody Body(StoredShow show) => new()
    {
        Id = show.Id,
        CreatedAt = show.Created.ToUnixTimeSeconds(),
        Title = show.Title,
        Request = show.Request,
        NextAt = Timetable.Next(show.Request.Schedule, clock.GetUtcNow())?.ToUnixTimeSeconds(),
        PodcastPath = $"{Routes.Podcasts}/{briefings.Token(show)}/feed.xml",
    };

    StoredBriefing Find(HttpContext context) => briefings.Find(ProjectOf(context), IdOf(context)) ?? throw Unknown(context);

    StoredBriefing Done(HttpContext context)
    {
        var briefing = Find(context);
        return briefing.Body.Status == "completed" ? briefing : throw ApiException.Request(StatusCodes.Status409Conflict, $"The briefing '{briefing.Id}' is {briefing.Body.Status}. Ask again when it is completed.", null, "not_completed");
    }

    StoredShow FindShow(HttpContext context) => briefings.Show(ProjectOf(context), IdOf(context)) ?? throw UnknownShow(context);

    static string ProjectOf(HttpContext context) => context.Features.Get<ApiKey>()!.ProjectId;

    static string IdOf(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    static ApiException Unknown(HttpContext context) => ApiException.NotFound($"There is no briefing '{IdOf(context)}' in the project of this key.");

    static ApiException UnknownShow(HttpContext context) => ApiException.NotFound($"There is no show '{IdOf(context)}' in the project of this key.");

    static Task Write(HttpContext context, BriefingBody body) => JsonAnswer.Write(context, StatusCodes.Status200OK, body, WireJson.Default.BriefingBody);

    Task Write(HttpContext context, StoredShow show) => JsonAnswer.Write(context, StatusCodes.Status200OK, Body(show), WireJson.Default.ShowBody);

    internal static Task Text(HttpContext context, string type, string text) => Bytes(context, type, Encoding.UTF8.GetBytes(text));

    internal static async Task Bytes(HttpContext context, string type, byte[] bytes)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
