// POST /v1/messages, Anthropic's shape of the same conversation: a system text apart, content in blocks, calls and their results as blocks.
// What comes in and what goes out share the block; each kind uses its own few fields.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of POST /v1/messages and of POST /v1/messages/count_tokens.</summary>
public sealed record MessageRequest
{
    public string? Model { get; init; }
    public int? MaxTokens { get; init; }
    public IReadOnlyList<SentMessage>? Messages { get; init; }
    public BlockContent? System { get; init; }
    public IReadOnlyList<string>? StopSequences { get; init; }
    public bool? Stream { get; init; }
    public float? Temperature { get; init; }
    public float? TopP { get; init; }
    public int? TopK { get; init; }
    public IReadOnlyList<MessageTool>? Tools { get; init; }
    public MessageToolChoice? ToolChoice { get; init; }
    public ThinkingOptions? Thinking { get; init; }

    public JsonElement? Metadata { get; init; }
    public JsonElement? CacheControl { get; init; }
    public JsonElement? ServiceTier { get; init; }
    public JsonElement? OutputConfig { get; init; }
    public JsonElement? Container { get; init; }
    public JsonElement? ContextManagement { get; init; }
    public JsonElement? McpServers { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>One message: who, and blocks or plain text.</summary>
public sealed record SentMessage
{
    public string? Role { get; init; }
    public BlockContent? Content { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>Plain text, or blocks.</summary>
[JsonConverter(typeof(BlockContentConverter))]
public sealed record BlockContent(string? Text, IReadOnlyList<MessageBlock>? Blocks);

/// <summary>A block: text, thinking, redacted_thinking, image, tool_use or tool_result.</summary>
public sealed record MessageBlock
{
    public string? Type { get; init; }
    public string? Text { get; init; }
    public string? Thinking { get; init; }
    public string? Signature { get; init; }

    /// <summary>Of redacted_thinking.</summary>
    public string? Data { get; init; }

    /// <summary>Of an image.</summary>
    public ImageSource? Source { get; init; }
    public string? Id { get; init; }
    public string? Name { get; init; }
    public JsonElement? Input { get; init; }
    public string? ToolUseId { get; init; }
    public BlockContent? Content { get; init; }
    public bool? IsError { get; init; }
    public JsonElement? CacheControl { get; init; }

    /// <summary>What other blocks carry, and fields that nobody names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>Where a picture is: base64 with its type, or a url.</summary>
public sealed record ImageSource
{
    public string? Type { get; init; }
    public string? MediaType { get; init; }
    public string? Data { get; init; }
    public string? Url { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A tool that may be called.</summary>
public sealed record MessageTool
{
    public string? Type { get; init; }
    public string? Name { get; init; }
    public string? Description { get; init; }
    public JsonElement? InputSchema { get; init; }
    public bool? Strict { get; init; }
    public JsonElement? CacheControl { get; init; }

    /// <summary>What a server's own tools carry, and fields that nobody names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>Whether tools are called: auto, any, none, or tool with its name.</summary>
public sealed record MessageToolChoice
{
    public string? Type { get; init; }
    public string? Name { get; init; }
    public bool? DisableParallelToolUse { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>Whether the model thinks before it answers.</summary>
public sealed record ThinkingOptions
{
    public string? Type { get; init; }
    public int? BudgetTokens { get; init; }
    public string? Display { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A whole answer; in a stream's first event without content.</summary>
public sealed record MessageAnswer
{
    public required string Id { get; init; }
    public string Type { get; init; } = "message";
    public string Role { get; init; } = "assistant";
    public required string Model { get; init; }
    public required IReadOnlyList<MessageBlock> Content { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? StopReason { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? StopSequence { get; init; }
    public required MessageUsage Usage { get; init; }
}

/// <summary>Tokens: those of the input that were computed, those that were found in the cache, and the output's.</summary>
public sealed record MessageUsage
{
    public int? InputTokens { get; init; }
    public int? CacheCreationInputTokens { get; init; }
    public int? CacheReadInputTokens { get; init; }
    public required int OutputTokens { get; init; }

    /// <summary>Who answered, at what cost, and what left the house; absent for a model of the house.</summary>
    public JsonElement? Maison { get; init; }
}

/// <summary>One event of a streamed answer; its type says which fields it has.</summary>
public sealed record MessageEvent
{
    public required string Type { get; init; }
    public MessageAnswer? Message { get; init; }
    public int? Index { get; init; }
    public MessageBlock? ContentBlock { get; init; }
    public MessageDelta? Delta { get; init; }
    public MessageUsage? Usage { get; init; }
}

/// <summary>What an event adds to a block, or how the message ended.</summary>
public sealed record MessageDelta
{
    public string? Type { get; init; }
    public string? Text { get; init; }
    public string? Thinking { get; init; }
    public string? Signature { get; init; }
    public string? PartialJson { get; init; }
    public string? StopReason { get; init; }
    public string? StopSequence { get; init; }
}

/// <summary>The answer of POST /v1/messages/count_tokens.</summary>
public sealed record TokenCount(int InputTokens);

/// <summary>The error body of these routes.</summary>
public sealed record MessageError
{
    public string Type { get; init; } = "error";
    public required MessageErrorDetail Error { get; init; }

    public static MessageError Of(int status, string message) => new()
    {
        Error = new(status switch
        {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            503 or 529 => "overloaded_error",
            >= 500 => "api_error",
            _ => "invalid_request_error",
        }, message),
    };
}

/// <summary>What went wrong.</summary>
public sealed record MessageErrorDetail(string Type, string Message);

sealed class BlockContentConverter : JsonConverter<BlockContent>
{
    public override BlockContent Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new(reader.GetString(), null);
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("must be a string or an array of blocks.");
        try
        {
            return new(null, JsonSerializer.Deserialize(ref reader, WireJson.Default.IReadOnlyListMessageBlock));
        }
        catch (JsonException e)
        {
            // As with a message's parts: wrapped, a reader joins the two paths.
            throw new JsonException(null, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, BlockContent value, JsonSerializerOptions options)
    {
        if (value.Blocks is { } blocks) JsonSerializer.Serialize(writer, blocks, WireJson.Default.IReadOnlyListMessageBlock);
        else writer.WriteStringValue(value.Text);
    }
}
