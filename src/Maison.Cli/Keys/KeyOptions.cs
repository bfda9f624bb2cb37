// The options that say what a key or a project opens and may spend. Money is typed in euros and kept in micro-euros; "none" takes a limit away.

using System.CommandLine;
using System.Globalization;
using Maison.Api.Keys;
using Maison.Cli.Terminal;

namespace Maison.Cli.Keys;

/// <summary>The limits of a key or a project as options.</summary>
class LimitOptions
{
    const string none = "none";
    const decimal microEuros = 1_000_000;

    readonly Option<string?> requests = new("--requests-per-minute") { Description = "Most requests per minute, or none" };
    readonly Option<string?> tokens = new("--tokens-per-minute") { Description = "Most tokens per minute, prompt and answer together, or none" };
    readonly Option<string?> day = new("--budget-day") { Description = "Most euros per day (UTC), such as 2.50, or none" };
    readonly Option<string?> month = new("--budget-month") { Description = "Most euros per calendar month (UTC), or none" };

    public virtual void AddTo(Command command)
    {
        foreach (var option in (Option[])[requests, tokens, day, month]) command.Add(option);
    }

    public Limits Apply(ParseResult parsed, Limits before) => new(
        Whole(parsed, requests, before.RequestsPerMinute), Whole(parsed, tokens, before.TokensPerMinute),
        Euros(parsed, day, before.BudgetDay), Euros(parsed, month, before.BudgetMonth));

    static long? Whole(ParseResult parsed, Option<string?> option, long? before)
    {
        if (parsed.GetValue(option) is not { } text) return before;
        if (text == none) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0 ? value
            : throw new UserException($"{option.Name} is '{text}': give a whole number of 1 or more, or none.");
    }

    static long? Euros(ParseResult parsed, Option<string?> option, long? before)
    {
        if (parsed.GetValue(option) is not { } text) return before;
        if (text == none) return null;
        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var euros) && euros is >= 0 and < 1_000_000_000 && euros * microEuros % 1 == 0
            ? (long)(euros * microEuros)
            : throw new UserException($"{option.Name} is '{text}': give euros such as 2.50, with at most six decimals, or none.");
    }

    /// <summary>For lists.</summary>
    public static string Describe(Limits limits)
    {
        var parts = new[]
        {
            limits.RequestsPerMinute is { } r ? $"{r} requests/min" : null, limits.TokensPerMinute is { } t ? $"{t} tokens/min" : null,
            limits.BudgetDay is { } d ? $"{Money(d)}/day" : null, limits.BudgetMonth is { } m ? $"{Money(m)}/month" : null,
        };
        var shown = string.Join(", ", parts.Where(p => p is not null));
        return shown.Length == 0 ? "none" : shown;
    }

    /// <summary>Micro-euros as people read them.</summary>
    public static string Money(long micros) => string.Create(CultureInfo.InvariantCulture, $"{micros / microEuros:0.00####} €");
}

/// <summary>Everything about a key as options.</summary>
sealed class KeyOptions : LimitOptions
{
    readonly Option<string?> project = new("--project") { Description = "The project it belongs to" };
    readonly Option<string?> models = new("--models") { Description = "Only these models, separated by commas; a * at the end of one stands for any ending" };
    readonly Option<string?> routes = new("--routes") { Description = "Only these routes, such as /v1/chat/completions,/v1/models*" };
    readonly Option<string?> modalities = new("--modalities") { Description = $"Only these of {string.Join(", ", KeyScope.KnownModalities)}" };
    readonly Option<string?> expires = new("--expires") { Description = "How long it is good for, such as 12h or 30d; none takes the end away" };
    readonly Option<bool?> admin = new("--admin") { Description = "It opens the administrative routes" };
    readonly Option<bool?> mask = new("--mask-personal-data") { Description = "Personal data is masked in what leaves the house for it; on unless said otherwise" };

    public override void AddTo(Command command)
    {
        foreach (var option in (Option[])[project, models, routes, modalities, expires, admin, mask]) command.Add(option);
        base.AddTo(command);
    }

    public ApiKey Apply(ParseResult parsed, ApiKey key) => key with
    {
        ProjectId = parsed.GetValue(project) ?? key.ProjectId,
        Expires = parsed.GetValue(expires) is not { } text ? key.Expires : text == "none" ? null : DateTimeOffset.UtcNow + Duration.Parse(text, "--expires"),
        Admin = parsed.GetValue(admin) ?? key.Admin,
        Scope = new(List(parsed, models, key.Scope.Models), List(parsed, routes, key.Scope.Routes), List(parsed, modalities, key.Scope.Modalities)),
        Limits = Apply(parsed, key.Limits),
        MaskPersonalData = parsed.GetValue(mask) ?? key.MaskPersonalData,
    };

    static IReadOnlyList<string>? List(ParseResult parsed, Option<string?> option, IReadOnlyList<string>? before)
    {
        if (parsed.GetValue(option) is not { } text) return before;
        return text == "all" ? null : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}
