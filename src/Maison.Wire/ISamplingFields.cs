// The request fields that chat and completions share: how tokens are chosen, how many answers, where they end.

namespace Maison.Wire;

/// <summary>Sampling fields of a request; null is absent.</summary>
public interface ISamplingFields
{
    float? Temperature { get; }
    float? TopP { get; }
    int? TopK { get; }
    float? MinP { get; }
    float? FrequencyPenalty { get; }
    float? PresencePenalty { get; }
    float? RepetitionPenalty { get; }
    IReadOnlyDictionary<string, float>? LogitBias { get; }
    long? Seed { get; }
    int? N { get; }
    StopStrings? Stop { get; }
    bool? Stream { get; }
    StreamOptions? StreamOptions { get; }
}
