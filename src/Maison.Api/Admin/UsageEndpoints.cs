// GET /v1/organization/usage/{kind}, /costs and /audit_logs: what was used and paid by day, grouped as asked, and who changed what.

using System.Globalization;
using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Admin;

/// <summary>Reads usage, costs and the audit log.</summary>
sealed class UsageEndpoints(UsageBook usage, AuditLog audit, TimeProvider clock)
{
    const int DaysByDefault = 7, MostDays = 180, MostActs = 100;

    static readonly Dictionary<string, string> Modalities = new()
    {
        ["completions"] = "text",
        ["embeddings"] = "embeddings",
        ["images"] = "image",
        ["audio_speeches"] = "audio",
        ["audio_transcriptions"] = "audio",
    };

    /// <summary>OpenAI's names of groups; ours are the columns.</summary>
    static readonly Dictionary<string, string> Groups = new() { ["project_id"] = "project_id", ["api_key_id"] = "key_id", ["model"] = "model", ["provider"] = "provider" };

    public static void Map(IEndpointRouteBuilder routes, UsageBook usage, AuditLog audit, TimeProvider clock)
    {
        var here = new UsageEndpoints(usage, audit, clock);
        routes.MapGet(Routes.Organization + "/usage/{kind}", here.Usage);
        routes.MapGet(Routes.Organization + "/costs", here.Costs);
        routes.MapGet(Routes.Organization + "/audit_logs", here.Audit);
    }

    Task Usage(HttpContext context)
    {
        var kind = (string)context.Request.RouteValues["kind"]!;
        if (!Modalities.TryGetValue(kind, out var modality)) throw ApiException.NotFound($"There is no usage of '{kind}', only of {string.Join(", ", Modalities.Keys)}.");
        return Write(context, modality, sum => new()
        {
            Object = $"organization.usage.{kind}.result",
            NumModelRequests = sum.Requests,
            InputTokens = modality is "text" or "embeddings" ? sum.Amounts.InputTokens : null,
            InputCachedTokens = modality == "text" ? sum.Amounts.CachedTokens : null,
            OutputTokens = modality == "text" ? sum.Amounts.OutputTokens : null,
            Images = modality == "image" ? sum.Amounts.Images : null,
            Seconds = modality == "audio" ? sum.Amounts.AudioMs / 1000.0 : null,
        });
    }

    Task Costs(HttpContext context) => Write(context, null, sum => new()
    {
        Object = "organization.costs.result",
        Amount = new(sum.Cost / 1e6, "eur", sum.Cost),
    });

    Task Write(HttpContext context, string? modality, Func<UsageSum, UsageResult> result)
    {
        var query = context.Request.Query;
        if (query["bucket_width"].ToString() is not ("" or "1d")) throw ApiException.Unsupported("bucket_width", "'bucket_width' is only supported with the value 1d.");
        var groups = query.Where(q => q.Key is "group_by" or "group_by[]").SelectMany(q => q.Value).SelectMany(v => v!.Split(',')).Select(g
            => Groups.GetValueOrDefault(g) ?? throw ApiException.Invalid("group_by", $"'group_by' has '{g}'; known are {string.Join(", ", Groups.Keys)}.")).ToList();
        var tomorrow = new DateTimeOffset(clock.GetUtcNow().UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
        var until = Time(query, "end_time") ?? tomorrow;
        var from = Time(query, "start_time") ?? tomorrow.AddDays(-DaysByDefault);
        if (from >= until) throw ApiException.Invalid("start_time", "'start_time' must lie before 'end_time'.");
        var first = new DateTimeOffset(from.UtcDateTime.Date, TimeSpan.Zero);
        if ((until - first).TotalDays > MostDays) throw ApiException.Invalid("start_time", $"The span has more than {MostDays} days. Ask for a shorter one.");

        var byDay = usage.Sums(from, until, ["day", .. groups], modality).ToLookup(s => s.Day!);
        var buckets = new List<UsageBucket>();
        for (var day = first; day < until; day = day.AddDays(1))
            buckets.Add(new(day.ToUnixTimeSeconds(), day.AddDays(1).ToUnixTimeSeconds(), [.. byDay[Ledger.Day(day)].Select(s => result(s) with
            {
                ProjectId = s.ProjectId,
                ApiKeyId = s.KeyId,
                Model = s.Model,
                Provider = s.Provider,
            })]));
        return JsonAnswer.Write(context, StatusCodes.Status200OK, new UsagePage(buckets), WireJson.Default.UsagePage);
    }

    Task Audit(HttpContext context)
    {
        var asked = context.Request.Query["limit"].ToString();
        var most = asked.Length == 0 ? 20 : int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is >= 1 and <= MostActs ? n
            : throw ApiException.Invalid("limit", $"'limit' is '{asked}', but must be 1 to {MostActs}.");
        var acts = audit.Newest(most + 1, context.Request.Query["after"].ToString() is { Length: > 0 } after ? after : null);
        var shown = acts.Take(most).Select(a => new AuditBody
        {
            Id = a.Id,
            Type = a.Action,
            EffectiveAt = a.At.ToUnixTimeSeconds(),
            Actor = a.Actor,
            Target = a.Target,
            Detail = a.Detail,
        }).ToList();
        return JsonAnswer.Write(context, StatusCodes.Status200OK,
            new AuditPage(shown) { FirstId = shown.FirstOrDefault()?.Id, LastId = shown.LastOrDefault()?.Id, HasMore = acts.Count > most }, WireJson.Default.AuditPage);
    }

    static DateTimeOffset? Time(IQueryCollection query, string name)
    {
        var text = query[name].ToString();
        if (text.Length == 0) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw ApiException.Invalid(name, $"'{name}' is '{text}', but must be Unix seconds.");
    }
}
