// The house's own books, for those whose key administers it: what was used, who is here, keys and budgets, third parties, and who changed what.
// The API decides who may; a page only asks.

using System.Globalization;
using System.Text.Json.Nodes;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.App.Admin;

static class AdminPages
{
    public const string Path = "/admin";
    const int Days = 30, Listed = 50;

    /// <summary>What is counted, and which number of it is drawn.</summary>
    public static readonly (string Kind, Func<UsageResult, double> Count)[] Counted =
    [
        ("usage/completions", r => r.NumModelRequests ?? 0),
        ("usage/images", r => r.Images ?? 0),
        ("usage/audio_speeches", r => (r.Seconds ?? 0) / 60),
        ("costs", r => (r.Amount?.Micros ?? 0) / 1e6),
    ];

    public static void Map(Action<string, Func<Visit, Task>> show, Action<string, Func<Visit, Task>> post)
    {
        show(Path, Usage);
        show($"{Path}/people", visit => People(visit, null));
        post($"{Path}/people", AddPerson);
        post($"{Path}/people/{{id}}", ChangePerson);
        post($"{Path}/people/{{id}}/delete", RemovePerson);
        show($"{Path}/keys", visit => Keys(visit, null, null));
        post($"{Path}/keys", NewKey);
        post($"{Path}/keys/{{id}}/rotate", RotateKey);
        post($"{Path}/keys/{{id}}/delete", RemoveKey);
        post($"{Path}/projects/{{id}}", SetBudget);
        show($"{Path}/providers", visit => Providers(visit, null));
        post($"{Path}/providers", AddProvider);
        post($"{Path}/providers/{{id}}/delete", RemoveProvider);
        TrainingPages.Map(show);
        show($"{Path}/audit", Audit);
    }

    static async Task Usage(Visit visit)
    {
        var since = new DateTimeOffset(DateTime.UtcNow.Date.AddDays(1 - Days), TimeSpan.Zero);
        var series = new List<double[]>();
        foreach (var (kind, count) in Counted) series.Add([.. (await visit.Api.Usage(kind, since, visit.Left)).Select(b => b.Results.Sum(count))]);
        await visit.Page<UsagePage>(new() { ["Series"] = series, ["Since"] = since, ["Projects"] = await visit.Api.Projects(visit.Left) });
    }

    static async Task People(Visit visit, ApiProblem? problem)
        => await visit.Page<PeoplePage>(new() { ["People"] = await visit.Api.Users(visit.Left), ["Problem"] = problem?.Message }, problem?.Status ?? StatusCodes.Status200OK);

    static Task AddPerson(Visit visit) => Try(visit, "people", People, async () =>
        await visit.Api.SetUser(null, new() { Name = await visit.Field("name"), Password = await visit.Field("password"), Role = await visit.Field("role") }, visit.Left));

    static Task ChangePerson(Visit visit) => Try(visit, "people", People, async () =>
        await visit.Api.SetUser(visit.RouteId, new() { Password = await visit.Field("password") is { Length: > 0 } password ? password : null, Role = await visit.Field("role") is { Length: > 0 } role ? role : null }, visit.Left));

    static Task RemovePerson(Visit visit) => Try(visit, "people", People, () => visit.Api.RemoveUser(visit.RouteId!, visit.Left));

    static async Task Keys(Visit visit, ApiKeyBody? made, ApiProblem? problem)
    {
        var projects = await visit.Api.Projects(visit.Left);
        var keys = new List<(ProjectBody, IReadOnlyList<ApiKeyBody>)>();
        foreach (var project in projects.Where(p => p.ArchivedAt is null)) keys.Add((project, await visit.Api.Keys(project.Id, visit.Left)));
        await visit.Page<KeysPage>(new() { ["Keys"] = keys, ["Made"] = made, ["Problem"] = problem?.Message }, problem?.Status ?? StatusCodes.Status200OK);
    }

    static async Task NewKey(Visit visit)
    {
        try
        {
            var days = await visit.Whole("days");
            await Keys(visit, await visit.Api.NewKey(await visit.Field("project"), new()
            {
                Name = await visit.Field("name"),
                Admin = await visit.Field("admin") == "true",
                ExpiresInSeconds = days is null ? null : days * 86_400,
                Limits = new() { BudgetMonthMicros = await Micros(visit, "budget") },
            }, visit.Left), null);
        }
        catch (ApiProblem problem) when (IsRefusal(problem))
        {
            await Keys(visit, null, problem);
        }
    }

    static async Task RotateKey(Visit visit)
    {
        try
        {
            await Keys(visit, await visit.Api.RotateKey(await visit.Field("project"), visit.RouteId!, visit.Left), null);
        }
        catch (ApiProblem problem) when (IsRefusal(problem))
        {
            await Keys(visit, null, problem);
        }
    }

    static Task RemoveKey(Visit visit) => Try(visit, "keys", (v, p) => Keys(v, null, p), async () => await visit.Api.RemoveKey(await visit.Field("project"), visit.RouteId!, visit.Left));

    /// <summary>Sets a project's budgets and leaves its other limits.</summary>
    static Task SetBudget(Visit visit) => Try(visit, "keys", (v, p) => Keys(v, null, p), async () =>
    {
        var limits = (await visit.Api.Projects(visit.Left)).First(p => p.Id == visit.RouteId).Limits;
        await visit.Api.SetProject(visit.RouteId, new() { Limits = limits with { BudgetDayMicros = await Micros(visit, "day"), BudgetMonthMicros = await Micros(visit, "month") } }, visit.Left);
    });

    static async Task Providers(Visit visit, ApiProblem? problem)
        => await visit.Page<ProvidersPage>(new() { ["Providers"] = await visit.Api.Providers(visit.Left), ["Problem"] = problem?.Message }, problem?.Status ?? StatusCodes.Status200OK);

    static Task AddProvider(Visit visit) => Try(visit, "providers", Providers, async () =>
    {
        var provider = new JsonObject { ["name"] = (await visit.Field("name")).Trim(), ["kind"] = await visit.Field("kind") };
        if ((await visit.Field("base_url")).Trim() is { Length: > 0 } url) provider["base_url"] = url;
        if ((await visit.Field("api_key")).Trim() is { Length: > 0 } key) provider["api_key"] = key;
        var models = new JsonArray();
        foreach (var line in (await visit.Field("models")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // id, and where they are known, euros per million tokens in and out.
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var model = new JsonObject { ["id"] = parts[0] };
            if (parts.Length == 3 && decimal.TryParse(parts[1], CultureInfo.InvariantCulture, out var input) && decimal.TryParse(parts[2], CultureInfo.InvariantCulture, out var output)) model["prices"] = new JsonObject { ["input"] = input, ["output"] = output };
            else if (parts.Length > 1) throw new ApiProblem(StatusCodes.Status400BadRequest, null, visit.Texts.ModelLine(line));
            models.Add(model);
        }
        provider["models"] = models;
        await visit.Api.SetProvider(provider, visit.Left);
    });

    static Task RemoveProvider(Visit visit) => Try(visit, "providers", Providers, () => visit.Api.RemoveProvider(visit.RouteId!, visit.Left));

    static async Task Audit(Visit visit)
    {
        var after = visit.Context.Request.Query["after"].ToString();
        await visit.Page<AuditLogPage>(new() { ["Log"] = await visit.Api.Audit(after.Length > 0 ? after : null, Listed, visit.Left) });
    }

    /// <summary>Does it and goes back to the page, or shows the page with what was refused.</summary>
    static async Task Try(Visit visit, string page, Func<Visit, ApiProblem?, Task> show, Func<Task> act)
    {
        try
        {
            await act();
            visit.Go($"{Path}/{page}");
        }
        catch (ApiProblem problem) when (IsRefusal(problem))
        {
            await show(visit, problem);
        }
    }

    static bool IsRefusal(ApiProblem problem) => problem.Status is not (StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden);

    /// <summary>Euros of a form; null where it is empty.</summary>
    /// <exception cref="ApiProblem">It is no amount.</exception>
    static async Task<long?> Micros(Visit visit, string field)
    {
        var text = (await visit.Field(field)).Trim().Replace(',', '.');
        if (text.Length == 0) return null;
        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var euros) && euros is >= 0 and < 1_000_000_000 ? (long)(euros * 1_000_000)
            : throw new ApiProblem(StatusCodes.Status400BadRequest, null, visit.Texts.NoAmount(text));
    }
}
