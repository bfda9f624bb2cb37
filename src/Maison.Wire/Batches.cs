// /v1/batches: many requests in a file, answered in a file.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of POST /v1/batches.</summary>
public sealed record BatchRequest
{
    public string? InputFileId { get; init; }
    public string? Endpoint { get; init; }
    public string? CompletionWindow { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    public ExpiresAfter? OutputExpiresAfter { get; init; }
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>When files that are written will go away.</summary>
public sealed record ExpiresAfter(string? Anchor, long? Seconds);

/// <summary>One line of an input file.</summary>
public sealed record BatchLine
{
    public string? CustomId { get; init; }
    public string? Method { get; init; }
    public string? Url { get; init; }
    public JsonElement? Body { get; init; }
}

/// <summary>One line of an output or error file: a response, or the reason why there is none.</summary>
public sealed record BatchResultLine
{
    public required string Id { get; init; }
    public required string CustomId { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public BatchResponse? Response { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public BatchProblem? Error { get; init; }
}

/// <summary>What the endpoint answered.</summary>
public sealed record BatchResponse(int StatusCode, string RequestId, JsonElement Body);

/// <summary>What is wrong with a line or an unanswered request.</summary>
public sealed record BatchProblem(string Code, string Message)
{
    public string? Param { get; init; }
    public long? Line { get; init; }
}

/// <summary>A batch.</summary>
public sealed record BatchBody
{
    public required string Id { get; init; }
    public string Object { get; init; } = "batch";
    public required string Endpoint { get; init; }
    public string? Model { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public BatchProblems? Errors { get; init; }
    public required string InputFileId { get; init; }
    public string CompletionWindow { get; init; } = "24h";

    /// <summary>validating, failed, in_progress, finalizing, completed, expired, cancelling or cancelled.</summary>
    public required string Status { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? OutputFileId { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? ErrorFileId { get; init; }
    public required long CreatedAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public long? InProgressAt { get; init; }
    public required long ExpiresAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public long? FinalizingAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public long? CompletedAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public long? FailedAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public long? ExpiredAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public long? CancellingAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public long? CancelledAt { get; init; }
    public required RequestCounts RequestCounts { get; init; }
    public required BatchUsage Usage { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>How far a batch is.</summary>
public sealed record RequestCounts(long Total, long Completed, long Failed);

/// <summary>Tokens of all answered requests.</summary>
public sealed record BatchUsage(long InputTokens, BatchInputDetails InputTokensDetails, long OutputTokens, BatchOutputDetails OutputTokensDetails, long TotalTokens);

/// <summary>Of the input tokens.</summary>
public sealed record BatchInputDetails(long CachedTokens);

/// <summary>Of the output tokens.</summary>
public sealed record BatchOutputDetails(long ReasoningTokens);

/// <summary>Why a batch failed, line by line.</summary>
public sealed record BatchProblems(IReadOnlyList<BatchProblem> Data)
{
    public string Object { get; init; } = "list";
}

/// <summary>A page of batches.</summary>
public sealed record BatchList(IReadOnlyList<BatchBody> Data)
{
    public string Object { get; init; } = "list";
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public bool HasMore { get; init; }
}
