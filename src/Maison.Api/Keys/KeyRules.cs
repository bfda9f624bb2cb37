// What a key or a project may be: every name known, every limit in its range. Refused with the field and the remedy.

using Maison.Api.Store;

namespace Maison.Api.Keys;

/// <summary>Checks before anything is stored.</summary>
static class KeyRules
{
    const int LongestName = 200;

    /// <exception cref="ArgumentException">Names the field and what it takes.</exception>
    public static void Check(Session session, ApiKey key)
    {
        CheckName(key.Name);
        var project = KeyRows.Projects(session).FirstOrDefault(p => p.Id == key.ProjectId)
            ?? throw new ArgumentException($"There is no project '{key.ProjectId}'.");
        if (project.Archived is not null) throw new ArgumentException($"The project '{project.Id}' is archived and takes no keys.");
        foreach (var (name, list) in new[] { ("models", key.Scope.Models), ("routes", key.Scope.Routes), ("modalities", key.Scope.Modalities) })
        {
            if (list is { Count: 0 }) throw new ArgumentException($"'{name}' is an empty list, which would open nothing. Leave it out to open all.");
            if (list?.Any(string.IsNullOrWhiteSpace) ?? false) throw new ArgumentException($"'{name}' has an empty entry. Remove it.");
        }
        if (key.Scope.Modalities?.FirstOrDefault(m => !KeyScope.KnownModalities.Contains(m)) is { } unknown)
            throw new ArgumentException($"'modalities' has '{unknown}'; known are {string.Join(", ", KeyScope.KnownModalities)}.");
        if (key.Scope.Routes?.FirstOrDefault(r => !r.StartsWith('/')) is { } route)
            throw new ArgumentException($"'routes' has '{route}'; a route begins with /, such as /v1/chat/completions or /v1/*.");
        Check(key.Limits);
    }

    /// <exception cref="ArgumentException">Names the field and what it takes.</exception>
    public static void Check(Project project)
    {
        CheckName(project.Name);
        Check(project.Limits);
    }

    static void CheckName(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName)
            throw new ArgumentException($"'name' must have 1 to {LongestName} characters; it is shown in lists.");
    }

    static void Check(Limits limits)
    {
        foreach (var (name, value, least) in new[]
        {
            ("requests_per_minute", limits.RequestsPerMinute, 1), ("tokens_per_minute", limits.TokensPerMinute, 1),
            ("budget_day", limits.BudgetDay, 0), ("budget_month", limits.BudgetMonth, 0L),
        })
            if (value < least) throw new ArgumentException($"'{name}' is {value}, but must be {least} or more. Leave it out for no limit.");
    }

    /// <summary>What a key opens and may spend, for the audit log.</summary>
    public static string Describe(ApiKey key) => string.Join("; ", new[]
    {
        $"project {key.ProjectId}",
        key.Admin ? "admin" : null,
        key.Expires is { } end ? $"until {end:u}" : null,
        List("models", key.Scope.Models), List("routes", key.Scope.Routes), List("modalities", key.Scope.Modalities),
        Describe(key.Limits),
        key.MaskPersonalData ? null : "personal data unmasked",
    }.Where(part => part is not null));

    public static string Describe(Limits limits)
    {
        var parts = new[]
        {
            ("requests/min", limits.RequestsPerMinute), ("tokens/min", limits.TokensPerMinute), ("µ€/day", limits.BudgetDay), ("µ€/month", limits.BudgetMonth),
        }.Where(p => p.Item2 is not null).Select(p => $"{p.Item2} {p.Item1}").ToList();
        return parts.Count == 0 ? "no limits" : string.Join(", ", parts);
    }

    static string? List(string name, IReadOnlyList<string>? list) => list is null ? null : $"{name} {string.Join(",", list)}";
}
