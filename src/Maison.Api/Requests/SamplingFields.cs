// The sampling fields of routes that have few of them: what is not set is absent.

using Maison.Wire;

namespace Maison.Api.Requests;

/// <summary>Some sampling fields of a request.</summary>
sealed record SamplingFields : ISamplingFields
{
    public float? Temperature { get; init; }
    public float? TopP { get; init; }
    public int? TopK { get; init; }
    public float? MinP => null;
    public float? FrequencyPenalty => null;
    public float? PresencePenalty => null;
    public float? RepetitionPenalty => null;
    public IReadOnlyDictionary<string, float>? LogitBias => null;
    public long? Seed => null;
    public int? N => null;
    public StopStrings? Stop => null;
    public bool? Stream => null;
    public StreamOptions? StreamOptions => null;
}
