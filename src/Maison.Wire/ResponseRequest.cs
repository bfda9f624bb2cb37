// POST /v1/responses as it arrives. Fields that are only ever refused or ignored stay raw JSON.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of POST /v1/responses; ranges are checked by the server, not here.</summary>
public sealed record ResponseRequest
{
    public string? Model { get; init; }
    public ResponseInput? Input { get; init; }
    public string? Instructions { get; init; }
    public string? PreviousResponseId { get; init; }
    public int? MaxOutputTokens { get; init; }
    public float? Temperature { get; init; }
    public float? TopP { get; init; }
    public int? TopLogprobs { get; init; }
    public TextOptions? Text { get; init; }
    public ReasoningOptions? Reasoning { get; init; }
    public IReadOnlyList<RequestTool>? Tools { get; init; }
    public JsonElement? ToolChoice { get; init; }
    public bool? ParallelToolCalls { get; init; }
    public IReadOnlyList<string>? Include { get; init; }
    public bool? Store { get; init; }
    public bool? Stream { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    public string? User { get; init; }
    public string? SafetyIdentifier { get; init; }
    public string? PromptCacheKey { get; init; }
    public JsonElement? PromptCacheOptions { get; init; }
    public JsonElement? PromptCacheRetention { get; init; }

    public JsonElement? StreamOptions { get; init; }
    public JsonElement? Truncation { get; init; }
    public JsonElement? ServiceTier { get; init; }
    public JsonElement? Background { get; init; }
    public JsonElement? MaxToolCalls { get; init; }
    public JsonElement? Conversation { get; init; }
    public JsonElement? ContextManagement { get; init; }
    public JsonElement? Prompt { get; init; }
    public JsonElement? Moderation { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>How the text is written.</summary>
public sealed record TextOptions
{
    public ResponseFormat? Format { get; init; }
    public string? Verbosity { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>How much is thought, and what is told of it.</summary>
public sealed record ReasoningOptions
{
    public string? Effort { get; init; }
    public string? Summary { get; init; }
    public string? GenerateSummary { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A text, or the items of a conversation.</summary>
[JsonConverter(typeof(ResponseInputConverter))]
public sealed record ResponseInput(string? Text, IReadOnlyList<InputItem>? Items);

/// <summary>One item of a conversation: a message, a call, its result, or reasoning that is sent back.</summary>
public sealed record InputItem
{
    public string? Type { get; init; }
    public string? Id { get; init; }
    public string? Status { get; init; }
    public string? Role { get; init; }
    public MessageContent? Content { get; init; }
    public string? CallId { get; init; }
    public string? Name { get; init; }
    public string? Arguments { get; init; }
    public MessageContent? Output { get; init; }
    public JsonElement? Summary { get; init; }

    /// <summary>Of reasoning: what its writer wants back unchanged.</summary>
    public string? EncryptedContent { get; init; }

    /// <summary>Of a conversation's item only.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>What other items carry, and fields that nobody names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

sealed class ResponseInputConverter : JsonConverter<ResponseInput>
{
    public override ResponseInput Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new(reader.GetString(), null);
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("must be a string or an array of items.");
        try
        {
            return new(null, JsonSerializer.Deserialize(ref reader, WireJson.Default.IReadOnlyListInputItem));
        }
        catch (JsonException e)
        {
            // As with a message's parts: wrapped, a reader joins the two paths.
            throw new JsonException(null, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, ResponseInput value, JsonSerializerOptions options)
    {
        if (value.Items is { } items) JsonSerializer.Serialize(writer, items, WireJson.Default.IReadOnlyListInputItem);
        else writer.WriteStringValue(value.Text);
    }
}
