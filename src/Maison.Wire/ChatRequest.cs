// POST /v1/chat/completions as it arrives: every field of OpenAI's schema (2026-08) that has a meaning or a refusal here.
// Absent and null are the same. Fields that are only ever refused or ignored stay raw JSON; names nobody knows land in Unknown.
// This file knows nothing about ranges or models: Maison.Api decides what is obeyed.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of POST /v1/chat/completions; ranges are checked by the server, not here.</summary>
public sealed record ChatRequest : ISamplingFields
{
    public string? Model { get; init; }
    public IReadOnlyList<RequestMessage>? Messages { get; init; }
    public int? MaxCompletionTokens { get; init; }
    public int? MaxTokens { get; init; }
    public float? Temperature { get; init; }
    public float? TopP { get; init; }
    public int? TopK { get; init; }
    public float? MinP { get; init; }
    public float? FrequencyPenalty { get; init; }
    public float? PresencePenalty { get; init; }
    public float? RepetitionPenalty { get; init; }
    public IReadOnlyDictionary<string, float>? LogitBias { get; init; }
    public long? Seed { get; init; }
    public int? N { get; init; }
    public StopStrings? Stop { get; init; }
    public bool? Logprobs { get; init; }
    public int? TopLogprobs { get; init; }
    public bool? Stream { get; init; }
    public StreamOptions? StreamOptions { get; init; }
    public JsonElement? ReasoningEffort { get; init; }
    public ResponseFormat? ResponseFormat { get; init; }
    public IReadOnlyList<RequestTool>? Tools { get; init; }
    public JsonElement? ToolChoice { get; init; }
    public bool? ParallelToolCalls { get; init; }

    public string? User { get; init; }
    public string? SafetyIdentifier { get; init; }
    public string? PromptCacheKey { get; init; }
    public JsonElement? PromptCacheOptions { get; init; }
    public JsonElement? PromptCacheRetention { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    public JsonElement? Store { get; init; }
    public JsonElement? ServiceTier { get; init; }
    public JsonElement? Verbosity { get; init; }
    public JsonElement? Modalities { get; init; }
    public JsonElement? Functions { get; init; }
    public JsonElement? FunctionCall { get; init; }
    public JsonElement? Audio { get; init; }
    public JsonElement? Prediction { get; init; }
    public JsonElement? WebSearchOptions { get; init; }
    public JsonElement? Moderation { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>What a stream carries besides the text.</summary>
public sealed record StreamOptions
{
    public bool? IncludeUsage { get; init; }
    public JsonElement? IncludeObfuscation { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>One message of a conversation, as sent; an assistant's answer may be sent back as it was received.</summary>
public sealed record RequestMessage
{
    public string? Role { get; init; }
    public MessageContent? Content { get; init; }
    public string? Name { get; init; }

    /// <summary>Reasoning apart from the content; the same field as <see cref="ReasoningContent"/> under its other name.</summary>
    public string? Reasoning { get; init; }
    public string? ReasoningContent { get; init; }

    public string? Refusal { get; init; }
    public JsonElement? Annotations { get; init; }
    public JsonElement? Audio { get; init; }
    public IReadOnlyList<SentCall>? ToolCalls { get; init; }
    public JsonElement? FunctionCall { get; init; }

    /// <summary>Of a tool's message: which call it answers.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>One part of a message's content; only <c>type:"text"</c> has a meaning in a text model.</summary>
public sealed record ContentPart
{
    public string? Type { get; init; }
    public string? Text { get; init; }

    /// <summary>What other part types carry (image_url, input_audio, file, …) and fields that nobody names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}
