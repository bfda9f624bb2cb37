// POST /v1/images/generations and /v1/images/edits: OpenAI's fields (2026-08), those that other image servers add (seed, steps, guidance and, for
// edits, strength and area), and the events of a stream. An edit is sent as a form whose text fields are those of the request. This file knows nothing about ranges: Maison.Api decides what is obeyed.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of POST /v1/images/generations; ranges are checked by the server, not here.</summary>
public sealed record ImageRequest
{
    public string? Prompt { get; init; }
    public string? Model { get; init; }
    public int? N { get; init; }

    /// <summary>auto, or width x height.</summary>
    public string? Size { get; init; }
    public string? Quality { get; init; }
    public string? OutputFormat { get; init; }

    /// <summary>0 is small, 100 the best.</summary>
    public int? OutputCompression { get; init; }
    public string? Background { get; init; }
    public string? Moderation { get; init; }
    public JsonElement? Style { get; init; }
    public string? ResponseFormat { get; init; }
    public bool? Stream { get; init; }
    public int? PartialImages { get; init; }
    public string? User { get; init; }

    /// <summary>The same request with the same seed gives the same pictures; each picture takes the next one. Without it a picture may be the best of a few, and the answer tells its seed.</summary>
    public long? Seed { get; init; }

    /// <summary>Steps from noise to picture, in place of quality.</summary>
    public int? Steps { get; init; }

    /// <summary>How strongly the prompt is followed.</summary>
    public float? Guidance { get; init; }
    public JsonElement? NegativePrompt { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>Pictures.</summary>
public sealed record ImageResponse
{
    public required long Created { get; init; }
    public required string Background { get; init; }
    public required IReadOnlyList<ImageData> Data { get; init; }
    public required string OutputFormat { get; init; }
    public required string Quality { get; init; }
    public required string Size { get; init; }
    public required ImageUsage Usage { get; init; }
}

/// <summary>One picture.</summary>
public sealed record ImageData
{
    /// <summary>The file in base 64, unless an address was asked for.</summary>
    [JsonPropertyName("b64_json")] public string? Base64 { get; init; }

    /// <summary>Where the file can be had for an hour.</summary>
    public string? Url { get; init; }
    public required ImageRecipe Maison { get; init; }
}

/// <summary>What makes the same picture again.</summary>
/// <param name="Strength">Of an edit only, as what follows.</param>
/// <param name="Source">SHA-256 of the file that it was painted from, in hexadecimal.</param>
/// <param name="Mask">Of the mask's file.</param>
/// <param name="Area">What was opened in place of a mask.</param>
public sealed record ImageRecipe(string Model, long Seed, int Steps, float Guidance, float? Strength = null, string? Source = null, string? Mask = null, string? Area = null);

/// <summary>What a request took: tokens of the prompt in, tokens of the pictures out.</summary>
public sealed record ImageUsage(long InputTokens, ImageInputDetails InputTokensDetails, long OutputTokens, long TotalTokens);

/// <summary>What the input was.</summary>
public sealed record ImageInputDetails(long TextTokens, long ImageTokens);

/// <summary>A picture of a stream: a look at one that is being painted, or the whole one at the end.</summary>
public sealed record ImageEvent
{
    public const string Partial = "image_generation.partial_image", Completed = "image_generation.completed", EditPartial = "image_edit.partial_image", EditCompleted = "image_edit.completed";

    public required string Type { get; init; }

    /// <summary>The file in base 64.</summary>
    [JsonPropertyName("b64_json")] public required string Base64 { get; init; }

    /// <summary>From 0; of a look only.</summary>
    public int? PartialImageIndex { get; init; }
    public required long CreatedAt { get; init; }
    public required string Size { get; init; }
    public required string Quality { get; init; }
    public required string Background { get; init; }
    public required string OutputFormat { get; init; }

    /// <summary>Of the whole picture only.</summary>
    public ImageUsage? Usage { get; init; }
    public ImageRecipe? Maison { get; init; }
}
