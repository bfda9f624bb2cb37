// The answer of POST /v1/chat/completions, whole and as stream chunks. Reasoning travels under both names that clients read:
// `reasoning` (OpenRouter, vLLM) and `reasoning_content` (DeepSeek), because each half of them breaks silently on the other.

using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>A whole chat answer.</summary>
public sealed record ChatResponse
{
    public required string Id { get; init; }
    public string Object { get; init; } = "chat.completion";
    public required long Created { get; init; }
    public required string Model { get; init; }
    public required IReadOnlyList<ChatChoice> Choices { get; init; }
    public required Usage Usage { get; init; }
}

/// <summary>One of the n answers.</summary>
public sealed record ChatChoice
{
    public required int Index { get; init; }
    public required AnswerMessage Message { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public ChatLogprobs? Logprobs { get; init; }
    public required string FinishReason { get; init; }
}

/// <summary>What the assistant said: the content, and the reasoning apart from it when there was any.</summary>
public sealed record AnswerMessage
{
    public required string Role { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? Content { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? Refusal { get; init; }
    public string? Reasoning { get; init; }
    public string? ReasoningContent { get; init; }
    public IReadOnlyList<CallMade>? ToolCalls { get; init; }
}

/// <summary>A call that the assistant makes.</summary>
public sealed record CallMade
{
    /// <summary>In a stream only: its place among the calls of the answer.</summary>
    public int? Index { get; init; }
    public string? Id { get; init; }
    public string? Type { get; init; }
    public required FunctionMade Function { get; init; }
}

/// <summary>Which function with which arguments; in a stream the name comes once and the arguments in pieces.</summary>
public sealed record FunctionMade
{
    public string? Name { get; init; }

    /// <summary>A JSON object as a string.</summary>
    public required string Arguments { get; init; }
}

/// <summary>One event of a streamed chat answer.</summary>
public sealed record ChatChunk
{
    public required string Id { get; init; }
    public string Object { get; init; } = "chat.completion.chunk";
    public required long Created { get; init; }
    public required string Model { get; init; }
    public required IReadOnlyList<ChunkChoice> Choices { get; init; }
    public Usage? Usage { get; init; }
}

/// <summary>What one chunk adds to one of the n answers.</summary>
public sealed record ChunkChoice
{
    public required int Index { get; init; }
    public required Delta Delta { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public ChatLogprobs? Logprobs { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? FinishReason { get; init; }
}

/// <summary>The addition: the role comes first and alone, then reasoning, then content, then calls.</summary>
public sealed record Delta
{
    public string? Role { get; init; }
    public string? Content { get; init; }
    public string? Reasoning { get; init; }
    public string? ReasoningContent { get; init; }
    public IReadOnlyList<CallMade>? ToolCalls { get; init; }
}

/// <summary>Log probabilities of the content's tokens, natural logarithm.</summary>
public sealed record ChatLogprobs
{
    public required IReadOnlyList<TokenProbability> Content { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public IReadOnlyList<TokenProbability>? Refusal { get; init; }
}

/// <summary>A chosen token with its alternatives, the likeliest first.</summary>
public sealed record TokenProbability
{
    public required string Token { get; init; }
    public required float Logprob { get; init; }

    /// <summary>The token's UTF-8 bytes, which may be part of a character.</summary>
    public required IReadOnlyList<int> Bytes { get; init; }
    public required IReadOnlyList<TopProbability> TopLogprobs { get; init; }
}

/// <summary>One alternative at a position.</summary>
public sealed record TopProbability
{
    public required string Token { get; init; }
    public required float Logprob { get; init; }
    public required IReadOnlyList<int> Bytes { get; init; }
}

/// <summary>Tokens that a request took.</summary>
public sealed record Usage
{
    public required int PromptTokens { get; init; }
    public required int CompletionTokens { get; init; }
    public required int TotalTokens { get; init; }
    public required PromptTokensDetails PromptTokensDetails { get; init; }
    public required CompletionTokensDetails CompletionTokensDetails { get; init; }

    /// <summary>Where a third party answered: who, and at what cost. Absent where nothing left the house.</summary>
    public UsageNote? Maison { get; init; }
}

/// <summary>Who answered, and what it cost in micro-euros.</summary>
public sealed record UsageNote(string Provider, long CostMicros);

/// <summary>How many prompt tokens came from the shared prefix cache instead of being computed.</summary>
public sealed record PromptTokensDetails(int CachedTokens);

/// <summary>How many generated tokens were reasoning.</summary>
public sealed record CompletionTokensDetails(int ReasoningTokens);
