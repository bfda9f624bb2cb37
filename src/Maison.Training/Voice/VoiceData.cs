// Prepared recordings as examples: what training reads, what it is measured on, and who speaks. Texts become phones by the reader that is
// handed in, so that this room needs no dictionary.

namespace Maison.Training.Voice;

/// <summary>The examples of a folder of prepared voice data.</summary>
/// <param name="MedianHz">Median pitch of each speaker's voiced training frames.</param>
/// <param name="Digests">SHA-256 of every shard.</param>
public sealed record VoiceData(IReadOnlyList<VoiceExample> Train, IReadOnlyList<VoiceExample> HeldOut, IReadOnlyDictionary<string, float> MedianHz, IReadOnlyDictionary<string, string> Digests)
{
    /// <summary>Median pitch of each speaker's voiced frames.</summary>
    public static IReadOnlyDictionary<string, float> Medians(IEnumerable<VoiceExample> examples)
        => new SortedDictionary<string, float>(examples.GroupBy(e => e.Speaker).ToDictionary(g => g.Key, g => Median(g.SelectMany(e => e.Features.Hz.Where(hz => hz > 0)))), StringComparer.Ordinal);

    static float Median(IEnumerable<float> values)
    {
        float[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 150f : sorted[sorted.Length / 2];
    }
}
