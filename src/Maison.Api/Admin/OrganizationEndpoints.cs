// /v1/organization/…: projects, keys and prices, made, changed and closed; the routes of usage and audit are beside it. KeyGate lets only
// administrators here. Each act is written with its audit line by the store that it changes.

using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Maison.Api.Requests;
using Maison.Api.Store;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Admin;

/// <summary>Administration of keys, projects and prices.</summary>
sealed class OrganizationEndpoints(KeyStore keys, PriceBook prices, Ledger ledger, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes, KeyStore keys, PriceBook prices, Ledger ledger, Database store, TimeProvider clock)
    {
        var here = new OrganizationEndpoints(keys, prices, ledger, clock);
        const string projects = Routes.Organization + "/projects", project = projects + "/{project}", apiKeys = project + "/api_keys", apiKey = apiKeys + "/{key}";
        routes.MapGet(projects, here.ListProjects);
        routes.MapPost(projects, here.CreateProject);
        routes.MapGet(project, context => here.Write(context, here.Project(context)));
        routes.MapPost(project, here.ChangeProject);
        routes.MapPost(project + "/archive", here.ArchiveProject);
        routes.MapGet(apiKeys, here.ListKeys);
        routes.MapPost(apiKeys, here.CreateKey);
        routes.MapGet(apiKey, context => here.Write(context, here.Key(context)));
        routes.MapPost(apiKey, here.ChangeKey);
        routes.MapDelete(apiKey, here.DeleteKey);
        routes.MapPost(apiKey + "/rotate", here.RotateKey);
        routes.MapGet(Routes.Organization + "/prices", here.ListPrices);
        routes.MapPost(Routes.Organization + "/prices", here.SetPrice);
        UsageEndpoints.Map(routes, new UsageBook(store), new AuditLog(store), clock);
    }

    Task ListProjects(HttpContext context)
        => JsonAnswer.Write(context, StatusCodes.Status200OK, new ProjectList([.. keys.Projects.Select(Body)]), WireJson.Default.ProjectList);

    async Task CreateProject(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.ProjectRequest);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        var name = asked.Name ?? throw ApiException.Invalid("name", "'name' is missing.", "missing_parameter");
        await Write(context, keys.CreateProject(name, Limits(asked.Limits), Actor(context)));
    }

    async Task ChangeProject(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.ProjectRequest);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        var id = Project(context).Id;
        await Write(context, keys.ChangeProject(id, p => p with { Name = asked.Name ?? p.Name, Limits = asked.Limits is null ? p.Limits : Limits(asked.Limits) }, Actor(context))!);
    }

    Task ArchiveProject(HttpContext context)
    {
        var id = Project(context).Id;
        if (id == context.Features.Get<ApiKey>()!.ProjectId) throw ApiException.Invalid("project", "This key belongs to the project; archiving it would lock you out. Use a key of another project.");
        return Write(context, keys.ChangeProject(id, p => p with { Archived = p.Archived ?? clock.GetUtcNow() }, Actor(context))!);
    }

    Task ListKeys(HttpContext context)
    {
        var id = Project(context).Id;
        return JsonAnswer.Write(context, StatusCodes.Status200OK,
            new ApiKeyList([.. keys.Keys.Where(k => k.ProjectId == id && k.Revoked is null).Select(k => Body(k))]), WireJson.Default.ApiKeyList);
    }

    async Task CreateKey(HttpContext context)
    {
        var asked = await ReadKey(context);
        var (key, value) = keys.Create(new()
        {
            Name = asked.Name ?? throw ApiException.Invalid("name", "'name' is missing.", "missing_parameter"),
            ProjectId = Project(context).Id,
            Expires = Expires(asked, null),
            Admin = asked.Admin ?? false,
            Scope = Scope(asked.Scope),
            Limits = Limits(asked.Limits),
            MaskPersonalData = asked.MaskPersonalData ?? true,
        }, Actor(context));
        await JsonAnswer.Write(context, StatusCodes.Status200OK, Body(key, value), WireJson.Default.ApiKeyBody);
    }

    async Task ChangeKey(HttpContext context)
    {
        var asked = await ReadKey(context);
        var id = Key(context).Id;
        await Write(context, keys.Change(id, k => k with
        {
            Name = asked.Name ?? k.Name,
            Expires = Expires(asked, k.Expires),
            Admin = asked.Admin ?? k.Admin,
            Scope = asked.Scope is null ? k.Scope : Scope(asked.Scope),
            Limits = asked.Limits is null ? k.Limits : Limits(asked.Limits),
            MaskPersonalData = asked.MaskPersonalData ?? k.MaskPersonalData,
        }, Actor(context))!);
    }

    Task DeleteKey(HttpContext context)
    {
        var id = Key(context).Id;
        keys.Revoke(id, Actor(context));
        return JsonAnswer.Write(context, StatusCodes.Status200OK, new DeletedBody(id, "organization.project.api_key.deleted"), WireJson.Default.DeletedBody);
    }

    async Task RotateKey(HttpContext context)
    {
        var asked = context.Request.ContentLength > 0 ? await JsonBody.Read(context, WireJson.Default.RotateRequest) : new();
        RequestFields.RefuseUnknown(asked.Unknown, "");
        if (asked.GraceSeconds < 0) throw ApiException.Invalid("grace_seconds", $"'grace_seconds' is {asked.GraceSeconds}, but must be 0 or more.");
        var key = Key(context);
        var value = keys.Rotate(key.Id, TimeSpan.FromSeconds(asked.GraceSeconds ?? 0), Actor(context));
        await JsonAnswer.Write(context, StatusCodes.Status200OK, Body(key, value), WireJson.Default.ApiKeyBody);
    }

    Task ListPrices(HttpContext context) => JsonAnswer.Write(context, StatusCodes.Status200OK,
        new PriceList([.. prices.All.Select(p => Body(p.Key, p.Value))]), WireJson.Default.PriceList);

    async Task SetPrice(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.PriceBody);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        var model = asked.Model ?? throw ApiException.Invalid("model", "'model' is missing.", "missing_parameter");
        prices.Set(model, new(asked.Input, asked.Cached, asked.Output, asked.AudioSecond, asked.Image), Actor(context));
        await JsonAnswer.Write(context, StatusCodes.Status200OK, Body(model, prices.Of(model)), WireJson.Default.PriceBody);
    }

    static async Task<ApiKeyRequest> ReadKey(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.ApiKeyRequest);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        RequestFields.RefuseUnknown(asked.Scope?.Unknown, "scope.");
        return asked;
    }

    DateTimeOffset? Expires(ApiKeyRequest asked, DateTimeOffset? before) => asked.ExpiresInSeconds switch
    {
        null => before,
        0 => null,
        < 0 or > 1_000_000_000 => throw ApiException.Invalid("expires_in_seconds", "'expires_in_seconds' must be 0 (no end) to 1000000000."),
        { } seconds => clock.GetUtcNow().AddSeconds(seconds),
    };

    static KeyScope Scope(ScopeBody? scope) => new(scope?.Models, scope?.Routes, scope?.Modalities);

    static Limits Limits(LimitsBody? limits)
    {
        RequestFields.RefuseUnknown(limits?.Unknown, "limits.");
        return new(limits?.MaxRequestsPer1Minute, limits?.MaxTokensPer1Minute, limits?.BudgetDayMicros, limits?.BudgetMonthMicros);
    }

    Project Project(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["project"]!;
        return keys.Project(id) ?? throw ApiException.NotFound($"There is no project '{id}'. GET {Routes.Organization}/projects lists them.");
    }

    ApiKey Key(HttpContext context)
    {
        var (project, id) = (Project(context).Id, (string)context.Request.RouteValues["key"]!);
        return keys.Keys.FirstOrDefault(k => k.Id == id && k.ProjectId == project && k.Revoked is null)
            ?? throw ApiException.NotFound($"There is no key '{id}' in the project '{project}'.");
    }

    static string Actor(HttpContext context) => context.Features.Get<ApiKey>()!.Id;

    Task Write(HttpContext context, Project project) => JsonAnswer.Write(context, StatusCodes.Status200OK, Body(project), WireJson.Default.ProjectBody);

    Task Write(HttpContext context, ApiKey key) => JsonAnswer.Write(context, StatusCodes.Status200OK, Body(key), WireJson.Default.ApiKeyBody);

    ProjectBody Body(Project project) => new()
    {
        Id = project.Id,
        Name = project.Name,
        CreatedAt = project.Created.ToUnixTimeSeconds(),
        ArchivedAt = project.Archived?.ToUnixTimeSeconds(),
        Status = project.Archived is null ? "active" : "archived",
        Limits = Body(project.Limits),
        Spend = Spend("project", project.Id),
    };

    ApiKeyBody Body(ApiKey key, string? value = null) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Value = value,
        ProjectId = key.ProjectId,
        CreatedAt = key.Created.ToUnixTimeSeconds(),
        LastUsedAt = key.LastUsed?.ToUnixTimeSeconds(),
        ExpiresAt = key.Expires?.ToUnixTimeSeconds(),
        Admin = key.Admin,
        MaskPersonalData = key.MaskPersonalData,
        Scope = new() { Models = key.Scope.Models, Routes = key.Scope.Routes, Modalities = key.Scope.Modalities },
        Limits = Body(key.Limits),
        Spend = Spend("key", key.Id),
    };

    static LimitsBody Body(Limits limits) => new()
    {
        MaxRequestsPer1Minute = limits.RequestsPerMinute,
        MaxTokensPer1Minute = limits.TokensPerMinute,
        BudgetDayMicros = limits.BudgetDay,
        BudgetMonthMicros = limits.BudgetMonth,
    };

    static PriceBody Body(string model, Price price)
        => new() { Model = model, Input = price.Input, Cached = price.Cached, Output = price.Output, AudioSecond = price.AudioSecond, Image = price.Image };

    SpendBody Spend(string owner, string id)
    {
        var (day, month) = ledger.Now(owner, id);
        return new(day.Spent, day.Held, month.Spent, month.Held);
    }
}
