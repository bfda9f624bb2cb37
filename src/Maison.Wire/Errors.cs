// The one error body of every route, and of an error event inside a stream.

using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of every answer that is not a success.</summary>
public sealed record ErrorBody(ErrorDetail Error);

/// <summary>What went wrong: for people the message, for programs type and code, and the request field if one is to blame.</summary>
public sealed record ErrorDetail
{
    public required string Message { get; init; }
    public required string Type { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? Param { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? Code { get; init; }
}

/// <summary>The body of GET /health and GET /ready.</summary>
public sealed record StatusBody(string Status);
