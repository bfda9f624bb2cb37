// POST /v1/completions: raw text in, its continuation out, no roles and no template. Streamed chunks have the same shape as the whole.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of POST /v1/completions; ranges are checked by the server, not here.</summary>
public sealed record CompletionRequest : ISamplingFields
{
    public string? Model { get; init; }
    public Prompts? Prompt { get; init; }
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

    /// <summary>How many alternatives to report per token; unlike in chat this is a number.</summary>
    public int? Logprobs { get; init; }
    public bool? Echo { get; init; }
    public bool? Stream { get; init; }
    public StreamOptions? StreamOptions { get; init; }

    public string? User { get; init; }
    public JsonElement? BestOf { get; init; }
    public JsonElement? Suffix { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A whole completion, or one event of a streamed one.</summary>
public sealed record CompletionResponse
{
    public required string Id { get; init; }
    public string Object { get; init; } = "text_completion";
    public required long Created { get; init; }
    public required string Model { get; init; }
    public required IReadOnlyList<CompletionChoice> Choices { get; init; }
    public Usage? Usage { get; init; }
}

/// <summary>One continuation; the index counts prompts first, then the n of each.</summary>
public sealed record CompletionChoice
{
    public required int Index { get; init; }
    public required string Text { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public CompletionLogprobs? Logprobs { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? FinishReason { get; init; }
}

/// <summary>Log probabilities in the older shape: parallel lists, one entry per token.</summary>
public sealed record CompletionLogprobs
{
    public required IReadOnlyList<string> Tokens { get; init; }
    public required IReadOnlyList<float> TokenLogprobs { get; init; }
    public required IReadOnlyList<IReadOnlyDictionary<string, float>> TopLogprobs { get; init; }

    /// <summary>Where each token starts in the choice's text, in UTF-16 units.</summary>
    public required IReadOnlyList<int> TextOffset { get; init; }
}
