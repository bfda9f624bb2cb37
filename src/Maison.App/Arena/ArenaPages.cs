// The room of blind battles: one to judge, who it was, the board, the method. What a page shows before the vote is what the API tells before the
// vote, which names nobody; files come under the battle's name and the seat.

using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.App.Arena;

static class ArenaPages
{
    public const string Path = "/arena";

    public static readonly string[] Modalities = ["text", "image", "voice", "briefing"];

    public static void Map(Action<string, Func<Visit, Task>> show, Action<string, Func<Visit, Task>> post)
    {
        show(Path, visit => Start(visit, ModalityOf(visit), "", null));
        post($"{Path}/battles", New);
        show($"{Path}/battles/{{id}}", async visit => await Show(visit, await visit.Api.Battle(visit.RouteId!, visit.Left), null));
        post($"{Path}/battles/{{id}}/vote", Vote);
        post($"{Path}/battles/{{id}}/jury", AskJuror);
        show($"{Path}/battles/{{id}}/{{seat}}", visit => Pass(visit, $"battles/{Uri.EscapeDataString(visit.RouteId!)}/{Uri.EscapeDataString((string)visit.Context.Request.RouteValues["seat"]!)}"));
        show($"{Path}/board", Board);
        show($"{Path}/method", Method);
        show($"{Path}/votes.jsonl", visit => Pass(visit, "export"));
        show($"{Path}/snapshot.jsonl", visit => Pass(visit, "snapshot"));
    }

    static string ModalityOf(Visit visit) => Modalities.Contains(visit.Context.Request.Query["modality"].ToString()) ? visit.Context.Request.Query["modality"].ToString() : "text";

    static Task Start(Visit visit, string modality, string prompt, ApiProblem? problem) => visit.Page<StartPage>(
        new() { ["Modality"] = modality, ["Prompt"] = prompt, ["Problem"] = problem?.Message }, problem?.Status ?? StatusCodes.Status200OK);

    static async Task New(Visit visit)
    {
        var (modality, prompt) = (await visit.Field("modality"), (await visit.Field("prompt")).Trim());
        try
        {
            var battle = await visit.Api.NewBattle(new() { Modality = modality, Prompt = prompt.Length > 0 ? prompt : null }, visit.Left);
            visit.Go($"{Path}/battles/{battle.Id}");
        }
        catch (ApiProblem problem) when (problem.Status != StatusCodes.Status401Unauthorized)
        {
            await Start(visit, Modalities.Contains(modality) ? modality : "text", prompt, problem);
        }
    }

    static async Task Vote(Visit visit)
    {
        try
        {
            await visit.Api.Vote(visit.RouteId!, new() { Choice = await visit.Field("choice"), Consent = await visit.Field("consent") == "yes" }, visit.Left);
            visit.Go($"{Path}/battles/{Uri.EscapeDataString(visit.RouteId!)}");
        }
        catch (ApiProblem problem) when (problem.Status is StatusCodes.Status409Conflict or StatusCodes.Status400BadRequest)
        {
            await Show(visit, await visit.Api.Battle(visit.RouteId!, visit.Left), problem);
        }
    }

    static async Task AskJuror(Visit visit)
    {
        try
        {
            await visit.Api.AskJuror(visit.RouteId!, await visit.Field("model"), visit.Left);
            visit.Go($"{Path}/battles/{Uri.EscapeDataString(visit.RouteId!)}");
        }
        catch (ApiProblem problem) when (problem.Status != StatusCodes.Status401Unauthorized)
        {
            await Show(visit, await visit.Api.Battle(visit.RouteId!, visit.Left), problem);
        }
    }

    static async Task Show(Visit visit, BattleBody battle, ApiProblem? problem)
    {
        IReadOnlyList<string> jurors = battle is { Modality: "text", Vote: { } vote }
            ? [.. (await visit.Api.Models(visit.Left)).Where(m => m.OutputModalities.Contains("text") && !Sits(m.Id, vote.A) && !Sits(m.Id, vote.B) && battle.Jury?.Any(j => j.Juror == m.Id) != true).Select(m => m.Id)] : [];
        await visit.Page<BattlePage>(new() { ["Battle"] = battle, ["Jurors"] = jurors, ["Problem"] = problem?.Message }, problem?.Status ?? StatusCodes.Status200OK);
    }

    /// <summary>Whether a contestant is a model, or one of its variants.</summary>
    static bool Sits(string model, string contestant) => contestant == model || contestant.StartsWith(model + ",", StringComparison.Ordinal);

    static async Task Board(Visit visit)
    {
        var query = visit.Context.Request.Query;
        var category = query["category"].ToString() is { Length: > 0 } named ? named : null;
        await visit.Page<BoardPage>(new() { ["Board"] = await visit.Api.Board(ModalityOf(visit), category, query["style"] != "off", query["whose"].ToString(), visit.Left) });
    }

    static async Task Method(Visit visit)
    {
        using var answer = await visit.Api.ArenaFile($"method?language={visit.Texts.Language}", visit.Left);
        await visit.Page<MethodPage>(new() { ["Text"] = await answer.Content.ReadAsStringAsync(visit.Left) });
    }

    static async Task Pass(Visit visit, string path)
    {
        if (!SignIn.Sessions.SameSite(visit.Context.Request))
        {
            await visit.Problem(StatusCodes.Status403Forbidden, visit.Texts.Stale);
            return;
        }
        using var answer = await visit.Api.ArenaFile(path, visit.Left);
        visit.Context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        visit.Context.Response.ContentLength = answer.Content.Headers.ContentLength;
        await answer.Content.CopyToAsync(visit.Context.Response.Body, visit.Left);
    }
}
