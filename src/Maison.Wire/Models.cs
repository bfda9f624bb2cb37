// GET /v1/models and GET /v1/models/{id}: OpenAI's four fields, and what a caller has to know before the first request.

namespace Maison.Wire;

/// <summary>The list of served models.</summary>
public sealed record ModelList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<ModelCard> Data { get; init; }
}

/// <summary>One served model; the fields after owned_by are Maison's own.</summary>
public sealed record ModelCard
{
    public required string Id { get; init; }
    public string Object { get; init; } = "model";

    /// <summary>Unix seconds.</summary>
    public required long Created { get; init; }
    public required string OwnedBy { get; init; }

    /// <summary>What it makes: text, embeddings, audio or image.</summary>
    public required IReadOnlyList<string> OutputModalities { get; init; }

    /// <summary>Tokens that prompt and answer may have together; null for a model that writes no text.</summary>
    public int? ContextWindow { get; init; }

    /// <summary>Sizes of pictures that it makes, such as 256x256, and formats of their files; null for a model that makes none.</summary>
    public IReadOnlyList<string>? Sizes { get; init; }
    public IReadOnlyList<string>? OutputFormats { get; init; }
    public long? ParameterCount { get; init; }
    public string? WeightFormat { get; init; }
    public string? License { get; init; }

    /// <summary>The model's card in Markdown, as it lies beside the weights; only the answer for one model carries it.</summary>
    public string? Card { get; init; }

    /// <summary>What is used where a request leaves a sampling field out; null for a model that writes no text.</summary>
    public SamplingDefaults? Defaults { get; init; }

    /// <summary>What each request field does, by route; only the answer for one model carries it.</summary>
    public IReadOnlyDictionary<string, ParameterSupport>? Parameters { get; init; }
}

/// <summary>Sampling values that stand for absent fields.</summary>
public sealed record SamplingDefaults(float Temperature, float TopP, int TopK, float MinP, float RepetitionPenalty);

/// <summary>The request fields of one route, each in exactly one list.</summary>
/// <param name="Obeyed">They change the answer as documented.</param>
/// <param name="Accepted">They are taken and change nothing, because nothing here depends on them.</param>
/// <param name="Refused">Any value but a neutral one is answered with 400 unsupported_parameter.</param>
public sealed record ParameterSupport(IReadOnlyList<string> Obeyed, IReadOnlyList<string> Accepted, IReadOnlyList<string> Refused);
