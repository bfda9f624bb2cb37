// Prepared recordings as examples: what training reads, what it is measured on, and who speaks. Texts become phones by the reader that is
// handed in, so that this room needs no dictionary.

using Maison.Data.Audio.Preparation;
using Maison.Data.Speech;

namespace Maison.Training.Voice;

/// <summary>The examples of a folder of prepared voice data.</summary>
/// <param name="MedianHz">Median pitch of each speaker's voiced training frames.</param>
/// <param name="Digests">SHA-256 of every shard.</param>
public sealed record VoiceData(IReadOnlyList<VoiceExample> Train, IReadOnlyList<VoiceExample> HeldOut, IReadOnlyDictionary<string, float> MedianHz, IReadOnlyDictionary<string, string> Digests)
{
    /// <summary>Reads all shards of a folder.</summary>
    /// <param name="read">Turns a text into tokens; null leaves the utterance out.</param>
    /// <exception cref="InvalidDataException">The folder holds no prepared voice data.</exception>
    public static VoiceData Read(string folder, Func<string, PhoneToken[]?> read)
    {
        List<VoiceExample> train = [], held = [];
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in VoiceLedger.Read(folder))
        {
            // Open as long as an example may ask for its sound.
            var shard = new VoiceShardReader(Path.Combine(folder, entry.File));
            digests[entry.File] = shard.Hash;
            foreach (var u in shard.Utterances.Where(u => u.Split != VoiceSplit.Quarantined))
            {
                if (read(u.Text) is not { } tokens) continue;
                var example = new VoiceExample(u.Id, u.Speaker, tokens, shard.ReadFeatures(u), [.. u.Pauses.Select(p => (p.First, p.Frames))], Samples: () => shard.ReadSamples(u));
                // A sound cannot be shorter than a frame: what has fewer frames than sounds was cut.
                if (example.Frames <= example.Tokens.Length) continue;
                (u.Split == VoiceSplit.Train ? train : held).Add(example);
            }
        }
        if (train.Count == 0) throw new InvalidDataException($"{folder} has no utterance to train on.");
        return new(train, held, Medians(train), digests);
    }

    /// <summary>Median pitch of each speaker's voiced frames.</summary>
    public static IReadOnlyDictionary<string, float> Medians(IEnumerable<VoiceExample> examples)
        => new SortedDictionary<string, float>(examples.GroupBy(e => e.Speaker).ToDictionary(g => g.Key, g => Median(g.SelectMany(e => e.Features.Hz.Where(hz => hz > 0)))), StringComparer.Ordinal);

    static float Median(IEnumerable<float> values)
    {
        float[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 150f : sorted[sorted.Length / 2];
    }
}
