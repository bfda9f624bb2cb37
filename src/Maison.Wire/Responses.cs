// The answer of POST /v1/responses: one object, or the events that build it. Every event has a type and a number; what else it carries
// depends on the type, so that one record with optional fields is all of them.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>A response, finished or under way.</summary>
public sealed record ResponseObject
{
    public required string Id { get; init; }
    public string Object { get; init; } = "response";

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>in_progress, completed, or incomplete.</summary>
    public required string Status { get; init; }
    public bool Background { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public JsonElement? Error { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public IncompleteDetails? IncompleteDetails { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? Instructions { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public int? MaxOutputTokens { get; init; }
    public required string Model { get; init; }
    public required IReadOnlyList<OutputItem> Output { get; init; }
    public required bool ParallelToolCalls { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? PreviousResponseId { get; init; }
    public required ReasoningShown Reasoning { get; init; }
    public required bool Store { get; init; }
    public required float Temperature { get; init; }
    public required TextShown Text { get; init; }
    public required JsonElement ToolChoice { get; init; }
    public required IReadOnlyList<RequestTool> Tools { get; init; }
    public required int TopLogprobs { get; init; }
    public required float TopP { get; init; }
    public string Truncation { get; init; } = "disabled";
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public ResponseUsage? Usage { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? User { get; init; }
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}

/// <summary>Why a response is incomplete.</summary>
public sealed record IncompleteDetails(string Reason);

/// <summary>The reasoning options in force.</summary>
public sealed record ReasoningShown
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? Effort { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? Summary { get; init; }
}

/// <summary>The text options in force.</summary>
public sealed record TextShown(ResponseFormat Format);

/// <summary>One item of the output or of a stored conversation: reasoning, message, function_call or function_call_output, and what tools of other servers leave.</summary>
public sealed record OutputItem
{
    public required string Id { get; init; }
    public required string Type { get; init; }
    public string? Status { get; init; }
    public string? Role { get; init; }
    public IReadOnlyList<OutputPart>? Summary { get; init; }
    public IReadOnlyList<OutputPart>? Content { get; init; }
    public string? CallId { get; init; }
    public string? Name { get; init; }
    public string? Arguments { get; init; }

    /// <summary>Of reasoning: what its writer wants back unchanged, not to be read.</summary>
    public string? EncryptedContent { get; init; }

    /// <summary>Of a function_call_output in a conversation, and of an mcp_call.</summary>
    public string? Output { get; init; }

    /// <summary>Of mcp_list_tools, mcp_call and mcp_approval_request: whose tools they are.</summary>
    public string? ServerLabel { get; init; }

    /// <summary>Of mcp_list_tools.</summary>
    public IReadOnlyList<McpTool>? Tools { get; init; }

    /// <summary>Of an mcp_call that failed.</summary>
    public string? Error { get; init; }

    /// <summary>Of an mcp_call that was asked for: the request.</summary>
    public string? ApprovalRequestId { get; init; }

    /// <summary>In a conversation: what its client noted with it.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>In a conversation: the item that it follows; absent for the first.</summary>
    public string? After { get; init; }

    /// <summary>In a list of a conversation's items: all that follow the same item, this one too; absent where it is the only one.</summary>
    public IReadOnlyList<string>? Alternatives { get; init; }
}

/// <summary>A tool of another server.</summary>
public sealed record McpTool(string Name, string? Description, JsonElement InputSchema)
{
    public JsonElement? Annotations { get; init; }
}

/// <summary>The answer of GET /v1/mcp/servers: those whose tools a key may use.</summary>
public sealed record McpServerCards(IReadOnlyList<McpServerCard> Data)
{
    public string Object { get; init; } = "list";
}

/// <summary>A configured server of tools.</summary>
/// <param name="RequireApproval">always, never, or null where the request decides.</param>
public sealed record McpServerCard(string Name, string? Description, string? RequireApproval);

/// <summary>A part of an item: output_text or reasoning_text; input_text in a stored conversation.</summary>
public sealed record OutputPart
{
    public required string Type { get; init; }
    public required string Text { get; init; }
    public IReadOnlyList<JsonElement>? Annotations { get; init; }
    public IReadOnlyList<TokenProbability>? Logprobs { get; init; }
}

/// <summary>Tokens that a response took.</summary>
public sealed record ResponseUsage(int InputTokens, PromptTokensDetails InputTokensDetails, int OutputTokens, CompletionTokensDetails OutputTokensDetails, int TotalTokens)
{
    /// <summary>Who answered, at what cost, and what left the house; absent for a model of the house.</summary>
    public JsonElement? Maison { get; init; }
}

/// <summary>One event of a streamed response.</summary>
public sealed record ResponseEvent
{
    public required string Type { get; init; }
    public int SequenceNumber { get; init; }
    public ResponseObject? Response { get; init; }
    public string? ItemId { get; init; }
    public int? OutputIndex { get; init; }
    public int? ContentIndex { get; init; }
    public OutputItem? Item { get; init; }
    public OutputPart? Part { get; init; }
    public string? Delta { get; init; }
    public string? Text { get; init; }
    public string? Name { get; init; }
    public string? Arguments { get; init; }
    public IReadOnlyList<TokenProbability>? Logprobs { get; init; }

    /// <summary>Of the type error.</summary>
    public string? Code { get; init; }
    public string? Message { get; init; }
    public string? Param { get; init; }
}

/// <summary>The answer of DELETE /v1/responses/{id}.</summary>
public sealed record DeletedResponse(string Id)
{
    public string Object { get; init; } = "response";
    public bool Deleted { get; init; } = true;
}
