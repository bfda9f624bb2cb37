// What a podcast player gets, without a key: the token in the address opens one show and nothing else.

using Maison.Api.Errors;
using Maison.Api.Files;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Briefings.Shows;

/// <summary>The routes of podcasts.</summary>
sealed class PodcastEndpoints(BriefingStore briefings, FileStore files, TimeProvider clock)
{
    const int MostEpisodes = 60;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/{token}/feed.xml", Readable, Feed);
        routes.MapMethods("/{token}/cover.png", Readable, Cover);
        routes.MapMethods("/{token}/{id}/transcript.vtt", Readable, context => BriefingEndpoints.Text(context, "text/vtt; charset=utf-8", Transcripts.Vtt(Find(context).Body)));
        routes.MapMethods("/{token}/{id}/chapters.json", Readable, context => BriefingEndpoints.Bytes(context, "application/json+chapters", Transcripts.Chapters(Find(context).Body)));
        routes.MapMethods("/{token}/{id}/{file}", Readable, Audio);
    }

    static readonly string[] Readable = [HttpMethods.Get, HttpMethods.Head];

    Task Feed(HttpContext context)
    {
        var show = Show(context);
        var episodes = briefings.List(show.ProjectId, show.Id).Where(b => b.Body.Status == "completed" && b.FileId is not null).Take(MostEpisodes).Select(b => new Episode(b.Body, b.Body.AudioBytes ?? 0, b.Body.AudioType!)).ToList();
        var place = $"{context.Request.Scheme}://{context.Request.Host}{Routes.Podcasts}/{context.Request.RouteValues["token"]}";
        return BriefingEndpoints.Bytes(context, "application/rss+xml; charset=utf-8", Podcast.Feed(show.Title, place, episodes, episodes.Count > 0 ? DateTimeOffset.FromUnixTimeSeconds(episodes[0].Briefing.CreatedAt) : clock.GetUtcNow()));
    }

    Task Cover(HttpContext context)
    {
        Show(context);
        return BriefingEndpoints.Bytes(context, "image/png", CoverPicture.Png.Value);
    }

    async Task Audio(HttpContext context)
    {
        var briefing = Find(context);
        var file = briefing.FileId is { } id && (string)context.Request.RouteValues["file"]! == $"audio.{Podcast.Ending(briefing.Body.AudioType!)}" ? files.Find(briefing.ProjectId, id) : null;
        await using var stream = files.Open(file ?? throw Nothing());
        await RangedBody.Send(context, stream, briefing.Body.AudioType!);
    }

    StoredShow Show(HttpContext context)
    {
        context.Response.Headers["referrer-policy"] = "no-referrer";
        context.Response.Headers["x-robots-tag"] = "noindex";
        return briefings.ShowOf((string)context.Request.RouteValues["token"]!) ?? throw Nothing();
    }

    StoredBriefing Find(HttpContext context)
    {
        var show = Show(context);
        var briefing = briefings.Find(show.ProjectId, (string)context.Request.RouteValues["id"]!);
        return briefing is { Body.Status: "completed" } && briefing.ShowId == show.Id ? briefing : throw Nothing();
    }

    static ApiException Nothing() => ApiException.NotFound("There is no such podcast, or no such episode of it.");
}
