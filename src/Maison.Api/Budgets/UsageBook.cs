// One line per request: who, which model, how much, what it cost. Written in the transaction that settles the money, so the two always agree.
// Sums are asked of the lines themselves.

using Maison.Api.Store;

namespace Maison.Api.Budgets;

/// <summary>What one request took.</summary>
public sealed record UsageLine
{
    public required DateTimeOffset At { get; init; }
    public required string KeyId { get; init; }
    public required string ProjectId { get; init; }
    public required string Model { get; init; }
    public required string Provider { get; init; }
    public required string Route { get; init; }
    public required string Modality { get; init; }

    /// <summary>served, cut by a budget, or released before anything was taken.</summary>
    public required string Outcome { get; init; }
    public required Amounts Amounts { get; init; }

    /// <summary>Micro-euros.</summary>
    public required long Cost { get; init; }
}

/// <summary>Sums over requests. Of the names only those that were grouped by are set.</summary>
public sealed record UsageSum(string? Day, string? ProjectId, string? KeyId, string? Model, string? Provider, long Requests, Amounts Amounts, long Cost);

/// <summary>Reads usage.</summary>
public sealed class UsageBook(Database database)
{
    /// <summary>The columns that sums can be grouped by.</summary>
    public static readonly IReadOnlyList<string> Groups = ["day", "project_id", "key_id", "model", "provider"];

    internal static void Add(Session session, UsageLine line) => session.Run(
        """
        INSERT INTO request_usage (id, at, day, key_id, project_id, model, provider, route, modality, outcome, input_tokens, cached_tokens, output_tokens, audio_ms, images, cost)
        VALUES (@id, @at, @day, @key, @project, @model, @provider, @route, @modality, @outcome, @input, @cached, @output, @audio, @images, @cost)
        """,
        ("id", Ids.InTime("use")), ("at", line.At.ToUnixTimeMilliseconds()), ("day", Ledger.Day(line.At)), ("key", line.KeyId), ("project", line.ProjectId), ("model", line.Model),
        ("provider", line.Provider), ("route", line.Route), ("modality", line.Modality), ("outcome", line.Outcome), ("input", line.Amounts.InputTokens),
        ("cached", line.Amounts.CachedTokens), ("output", line.Amounts.OutputTokens), ("audio", line.Amounts.AudioMs), ("images", line.Amounts.Images), ("cost", line.Cost));

    /// <summary>Sums of a span of time.</summary>
    /// <param name="groups">Of <see cref="Groups"/>; none gives one sum.</param>
    /// <param name="modality">Only this one; null takes all.</param>
    /// <exception cref="ArgumentException">A group is unknown.</exception>
    public IReadOnlyList<UsageSum> Sums(DateTimeOffset from, DateTimeOffset until, IReadOnlyCollection<string> groups, string? modality = null)
    {
        if (groups.FirstOrDefault(g => !Groups.Contains(g)) is { } unknown) throw new ArgumentException($"Usage can not be grouped by '{unknown}', only by {string.Join(", ", Groups)}.");
        var columns = string.Join(", ", Groups.Select(g => groups.Contains(g) ? g : $"NULL AS {g}"));
        var by = groups.Count == 0 ? "" : $"GROUP BY {string.Join(", ", groups)} ORDER BY {string.Join(", ", groups)}";
        return database.Read(session => session.Rows(
            $"""
            SELECT {columns}, count(*), {Sum("input_tokens")}, {Sum("cached_tokens")}, {Sum("output_tokens")}, {Sum("audio_ms")}, {Sum("images")}, {Sum("cost")}
            FROM request_usage WHERE at >= @from AND at < @until AND outcome <> 'released' AND (modality = @modality OR @modality = '') {by}
            """,
            r => new UsageSum(r.TextOrNull(0), r.TextOrNull(1), r.TextOrNull(2), r.TextOrNull(3), r.TextOrNull(4), r.Whole(5),
                new(r.Whole(6), r.Whole(7), r.Whole(8), r.Whole(9), r.Whole(10)), r.Whole(11)),
            ("from", from.ToUnixTimeMilliseconds()), ("until", until.ToUnixTimeMilliseconds()), ("modality", modality ?? "")));

        static string Sum(string column) => $"CAST(coalesce(sum({column}), 0) AS BIGINT)";
    }
}
