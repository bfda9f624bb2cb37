// Administration: /v1/organization/… in OpenAI's shapes where it has them (projects, api_keys, usage, costs, audit_logs), with scopes, limits
// and spending added. Times are Unix seconds; money is micro-euros in fields that say so.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>A page of a list.</summary>
public sealed record ProjectList(IReadOnlyList<ProjectBody> Data)
{
    public string Object { get; init; } = "list";
    public bool HasMore { get; init; }
}

/// <summary>A page of a list.</summary>
public sealed record ApiKeyList(IReadOnlyList<ApiKeyBody> Data)
{
    public string Object { get; init; } = "list";
    public bool HasMore { get; init; }
}

/// <summary>Most that a key or project may take; what is absent is without limit.</summary>
public sealed record LimitsBody
{
    [JsonPropertyName("max_requests_per_1_minute")] public long? MaxRequestsPer1Minute { get; init; }
    [JsonPropertyName("max_tokens_per_1_minute")] public long? MaxTokensPer1Minute { get; init; }
    public long? BudgetDayMicros { get; init; }
    public long? BudgetMonthMicros { get; init; }
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>What a key opens; what is absent is without restriction.</summary>
public sealed record ScopeBody
{
    public IReadOnlyList<string>? Models { get; init; }
    public IReadOnlyList<string>? Routes { get; init; }
    public IReadOnlyList<string>? Modalities { get; init; }
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>Micro-euros of the running period.</summary>
public sealed record SpendBody(long DaySpentMicros, long DayHeldMicros, long MonthSpentMicros, long MonthHeldMicros);

/// <summary>A project.</summary>
public sealed record ProjectBody
{
    public required string Id { get; init; }
    public string Object { get; init; } = "organization.project";
    public required string Name { get; init; }
    public required long CreatedAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public long? ArchivedAt { get; init; }

    /// <summary>active or archived.</summary>
    public required string Status { get; init; }
    public required LimitsBody Limits { get; init; }
    public required SpendBody Spend { get; init; }
}

/// <summary>An API key without its value, which only the answer that made it carries.</summary>
public sealed record ApiKeyBody
{
    public required string Id { get; init; }
    public string Object { get; init; } = "organization.project.api_key";
    public required string Name { get; init; }
    public string? Value { get; init; }
    public required string ProjectId { get; init; }
    public required long CreatedAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public long? LastUsedAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public long? ExpiresAt { get; init; }
    public required bool Admin { get; init; }
    public required bool MaskPersonalData { get; init; }
    public required ScopeBody Scope { get; init; }
    public required LimitsBody Limits { get; init; }
    public required SpendBody Spend { get; init; }
}

/// <summary>The body that makes or changes a project; limits are replaced as a whole.</summary>
public sealed record ProjectRequest
{
    public string? Name { get; init; }
    public LimitsBody? Limits { get; init; }
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The body that makes or changes a key; scope and limits are replaced as a whole.</summary>
public sealed record ApiKeyRequest
{
    public string? Name { get; init; }

    /// <summary>From now on; 0 takes the end away.</summary>
    public long? ExpiresInSeconds { get; init; }
    public bool? Admin { get; init; }
    public bool? MaskPersonalData { get; init; }
    public ScopeBody? Scope { get; init; }
    public LimitsBody? Limits { get; init; }
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The body that gives a key a new value.</summary>
public sealed record RotateRequest
{
    /// <summary>How long the old value stays good; at once when absent.</summary>
    public long? GraceSeconds { get; init; }
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The answer to a deletion.</summary>
public sealed record DeletedBody(string Id, string Object)
{
    public bool Deleted { get; init; } = true;
}

/// <summary>Micro-euros per million tokens, per second of audio, per image.</summary>
public sealed record PriceBody
{
    public string? Model { get; init; }
    public long Input { get; init; }
    public long Cached { get; init; }
    public long Output { get; init; }
    public long AudioSecond { get; init; }
    public long Image { get; init; }
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The price list.</summary>
public sealed record PriceList(IReadOnlyList<PriceBody> Data)
{
    public string Object { get; init; } = "list";
}

/// <summary>Usage or costs over time.</summary>
public sealed record UsagePage(IReadOnlyList<UsageBucket> Data)
{
    public string Object { get; init; } = "page";
    public bool HasMore { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? NextPage { get; init; }
}

/// <summary>One day, UTC.</summary>
public sealed record UsageBucket(long StartTime, long EndTime, IReadOnlyList<UsageResult> Results)
{
    public string Object { get; init; } = "bucket";
}

/// <summary>A sum over requests; names are set where they were grouped by.</summary>
public sealed record UsageResult
{
    public required string Object { get; init; }
    public long? InputTokens { get; init; }
    public long? InputCachedTokens { get; init; }
    public long? OutputTokens { get; init; }
    public long? NumModelRequests { get; init; }
    public double? Seconds { get; init; }
    public long? Images { get; init; }
    public MoneyBody? Amount { get; init; }
    public string? ProjectId { get; init; }
    public string? ApiKeyId { get; init; }
    public string? Model { get; init; }
    public string? Provider { get; init; }
}

/// <summary>Euros, and the same exactly.</summary>
public sealed record MoneyBody(double Value, string Currency, long Micros);

/// <summary>A page of the audit log.</summary>
public sealed record AuditPage(IReadOnlyList<AuditBody> Data)
{
    public string Object { get; init; } = "list";
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public bool HasMore { get; init; }
}

/// <summary>One administrative act.</summary>
public sealed record AuditBody
{
    public required string Id { get; init; }
    public string Object { get; init; } = "organization.audit_log";
    public required string Type { get; init; }
    public required long EffectiveAt { get; init; }
    public required string Actor { get; init; }
    public required string Target { get; init; }
    public required string Detail { get; init; }
}
