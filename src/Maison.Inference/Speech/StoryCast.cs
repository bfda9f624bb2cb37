// Gives every role of a story a voice of its own and keeps it: first those that were cast by the caller, then whoever is free, a low or a high
// voice as the text tells, by turns where it does not. With more roles than voices, voices are given twice.

namespace Maison.Inference.Speech;

/// <summary>Who plays whom.</summary>
public sealed class StoryCast(SpeechVoice narrator, IReadOnlyDictionary<string, SpeechVoice>? given = null)
{
    readonly Dictionary<string, SpeechVoice> cast = new(given ?? new Dictionary<string, SpeechVoice>(), StringComparer.OrdinalIgnoreCase);

    /// <summary>The voice of a role; null is the narrator.</summary>
    /// <param name="wanted">Whether a low voice suits it; null when nothing tells.</param>
    public SpeechVoice For(string? role, bool? wanted = null)
    {
        if (role is null) return narrator;
        if (cast.TryGetValue(role, out var voice)) return voice;
        var taken = cast.Values.Append(narrator).ToArray();
        var low = wanted ?? taken.Count(v => v.Low) <= taken.Count(v => !v.Low);
        voice = SpeechVoices.All
            .OrderBy(v => taken.Count(t => t == v) + (wanted is not null && v.Low != low ? 1 : 0))
            .ThenBy(v => v.Low == low ? 0 : 1)
            .First();
        return cast[role] = voice;
    }
}
