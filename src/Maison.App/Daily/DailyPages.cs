// The room of the daily briefing: make one, hear it with its stories, see where each sentence stands, say what one wants more and less of, have it made
// every day. Without scripts the page of one that is being made reloads itself, and a sentence opens on its source all the same.

using System.Globalization;
using System.Text;
using Maison.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Maison.App.Daily;

static class DailyPages
{
    public const string Path = "/daily";

    const int Listed = 30, RefreshSeconds = 2;
    const long MostUpload = 16 << 20;

    public static void Map(Action<string, Func<Visit, Task>> show, Action<string, Func<Visit, Task>, Action<HttpContext>?> post)
    {
        show(Path, visit => List(visit, new(), null));
        post(Path, Make, AllowFiles);
        show($"{Path}/{{id}}", Show);
        show($"{Path}/{{id}}/audio", visit => Pass(visit, "audio"));
        show($"{Path}/{{id}}/transcript.vtt", visit => Pass(visit, "transcript"));
        show($"{Path}/{{id}}/transcript.txt", visit => Pass(visit, "transcript?format=text"));
        post($"{Path}/{{id}}/feedback", Feedback, null);
        post($"{Path}/{{id}}/delete", Remove, null);
        post($"{Path}/shows/{{id}}/make", async visit => visit.Go($"{Path}/{(await visit.Api.MakeEpisode(visit.RouteId!, visit.Left)).Id}"), null);
        post($"{Path}/shows/{{id}}/delete", RemoveShow, null);
    }

    /// <summary>The latest briefing that can be heard, for the first page; null when there is none, or no room for it.</summary>
    public static async Task<BriefingBody?> Latest(Visit visit)
    {
        try
        {
            return (await visit.Api.Briefings(5, visit.Left)).Data.FirstOrDefault(b => b.Status == "completed");
        }
        catch (ApiProblem problem) when (problem.Status != StatusCodes.Status401Unauthorized)
        {
            return null;
        }
    }

    public static string Clock(double seconds) => TimeSpan.FromSeconds(Math.Round(seconds)).ToString(@"m\:ss", CultureInfo.InvariantCulture);

    static async Task List(Visit visit, BriefingRequest given, ApiProblem? problem)
    {
        var voices = await visit.Api.Voices(visit.Left);
        await visit.Page<DailyPage>(new()
        {
            ["Briefings"] = (await visit.Api.Briefings(Listed, visit.Left)).Data,
            ["Shows"] = await visit.Api.Shows(visit.Left),
            ["Writers"] = await visit.Api.Writers(visit.Left),
            ["Given"] = given,
            ["Problem"] = voices.Count == 0 ? visit.Texts.Daily.Missing : problem?.Message,
        }, problem?.Status ?? StatusCodes.Status200OK);
    }

    static async Task Make(Visit visit)
    {
        var asked = await Asked(visit);
        try
        {
            if (await visit.Field("repeat") != "yes")
            {
                visit.Go($"{Path}/{(await visit.Api.MakeBriefing(asked, visit.Left)).Id}");
                return;
            }
            var show = await visit.Api.NewShow(asked with { Schedule = new() { At = await visit.Field("at"), TimeZone = await visit.Field("zone") is { Length: > 0 } zone ? zone : null } }, visit.Left);
            visit.Go($"{Path}/{(await visit.Api.MakeEpisode(show.Id, visit.Left)).Id}");
        }
        catch (ApiProblem problem) when (problem.Status != StatusCodes.Status401Unauthorized)
        {
            await List(visit, asked, problem);
        }
    }

    static async Task<BriefingRequest> Asked(Visit visit)
    {
        var texts = new List<BriefingText>();
        if (await visit.Field("text") is { Length: > 0 } own && !string.IsNullOrWhiteSpace(own)) texts.Add(new() { Text = own.ReplaceLineEndings("\n") });
        if (visit.Context.Request.HasFormContentType)
            foreach (var file in (await visit.Context.Request.ReadFormAsync(visit.Left)).Files)
                if (file.Length > 0)
                {
                    using var bytes = new MemoryStream();
                    await file.CopyToAsync(bytes, visit.Left);
                    // As it is: a PDF is no text, and a text may have another encoding.
                    texts.Add(new() { Name = System.IO.Path.GetFileName(file.FileName), Data = Convert.ToBase64String(bytes.GetBuffer(), 0, (int)bytes.Length) });
                }
        return new()
        {
            Feeds = Words(await visit.Field("feeds"), '\n'),
            Pages = Words(await visit.Field("pages"), '\n'),
            Texts = texts.Count > 0 ? texts : null,
            Interests = Words(await visit.Field("interests"), ','),
            Length = await visit.Field("length") is { Length: > 0 } length ? length : null,
            Hosts = (int?)await visit.Whole("hosts"),
            Model = await visit.Field("model") is { Length: > 0 } model ? model : null,
        };
    }

    static string[]? Words(string text, char between) => text.Split(between, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } words ? words : null;

    static async Task Show(Visit visit)
    {
        var briefing = await visit.Api.Briefing(visit.RouteId!, visit.Left);
        if (briefing.Status is "queued" or "in_progress") visit.Context.Response.Headers["refresh"] = RefreshSeconds.ToString(CultureInfo.InvariantCulture);
        await visit.Page<BriefingPage>(new() { ["Briefing"] = briefing });
    }

    static async Task Feedback(Visit visit)
    {
        var chapter = (int?)await visit.Whole("chapter");
        await visit.Api.SayOfBriefing(visit.RouteId!, new() { Chapter = chapter, Kind = await visit.Field("kind") }, visit.Left);
        if (visit.Context.Request.Headers["sec-fetch-mode"] == "cors") visit.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        else visit.Go($"{Path}/{Uri.EscapeDataString(visit.RouteId!)}#story-{chapter}");
    }

    static async Task Remove(Visit visit)
    {
        await visit.Api.RemoveBriefing(visit.RouteId!, visit.Left);
        visit.Go(Path);
    }

    static async Task RemoveShow(Visit visit)
    {
        await visit.Api.RemoveShow(visit.RouteId!, visit.Left);
        visit.Go(Path);
    }

    static async Task Pass(Visit visit, string file)
    {
        if (!SignIn.Sessions.SameSite(visit.Context.Request))
        {
            await visit.Problem(StatusCodes.Status403Forbidden, visit.Texts.Stale);
            return;
        }
        using var answer = await visit.Api.BriefingFile(visit.RouteId!, file, visit.Context.Request.Headers.Range, visit.Left);
        var response = visit.Context.Response;
        response.StatusCode = (int)answer.StatusCode;
        response.ContentType = answer.Content.Headers.ContentType?.ToString();
        response.ContentLength = answer.Content.Headers.ContentLength;
        response.Headers.AcceptRanges = "bytes";
        if (answer.Content.Headers.ContentRange is { } range) response.Headers.ContentRange = range.ToString();
        await answer.Content.CopyToAsync(response.Body, visit.Left);
    }

    static void AllowFiles(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MostUpload;
    }
}
