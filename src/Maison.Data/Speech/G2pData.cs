// From a pronouncing dictionary to what the grapheme-to-phoneme network trains on: shards of "letters → phones" with the loss on the phones,
// and which words are kept out. A word's part is drawn from the word itself, so it stays where it is when the dictionary grows.

using System.Security.Cryptography;
using System.Text;
using Maison.Data.Shards;

namespace Maison.Data.Speech;

/// <summary>Where a word of the dictionary belongs.</summary>
public enum G2pPart { Train, Tune, Test }

/// <summary>A dictionary, divided: 90 % to train, 5 % to choose by, 5 % to test.</summary>
public sealed class G2pData(Lexicon lexicon)
{
    const string TrainName = "dictionary.bin", TuneName = "held-out.bin";

    /// <summary>The dictionary.</summary>
    public Lexicon Lexicon => lexicon;

    /// <summary>Words that are left out: with digits, dots or hyphens, or too long.</summary>
    public IEnumerable<string> LeftOut => lexicon.Words.Where(w => !Fits(w));

    /// <summary>The words of a part.</summary>
    public IEnumerable<string> Words(G2pPart part) => lexicon.Words.Where(w => Fits(w) && PartOf(w) == part);

    /// <summary>The part of a word, from the SHA-256 of its letters.</summary>
    public static G2pPart PartOf(string word) => (SHA256.HashData(Encoding.UTF8.GetBytes(word))[0] * 100 / 256) switch
    {
        < 90 => G2pPart.Train,
        < 95 => G2pPart.Tune,
        _ => G2pPart.Test,
    };

    /// <summary>Writes the shards of the training and the tuning words into a folder; a word's first pronunciation is what is learned.</summary>
    /// <returns>The training shard and the held-out shard.</returns>
    public (string Train, string HeldOut) WriteShards(string folder)
        => (Write(Path.Combine(folder, "train", TrainName), G2pPart.Train), Write(Path.Combine(folder, "heldout", TuneName), G2pPart.Tune));

    string Write(string path, G2pPart part)
    {
        var vocabulary = SHA256.HashData(Encoding.UTF8.GetBytes($"g2p {G2pVocabulary.Count}"));
        using var writer = new ShardWriter(path, G2pVocabulary.Count, G2pVocabulary.Mark, vocabulary, masked: true);
        foreach (var word in Words(part).Order(StringComparer.Ordinal))
        {
            var prompt = G2pVocabulary.Prompt(word).AsSpan(1);      // the shard puts the mark itself
            lexicon.TryGet(word, out var phones);
            int[] ids = [.. prompt, .. G2pVocabulary.Answer(phones)];
            var mask = new bool[ids.Length];
            mask.AsSpan(prompt.Length).Fill(true);
            writer.Add(ids, word.Length, "dictionary", mask);
        }
        writer.Complete();
        return path;
    }

    bool Fits(string word) => G2pVocabulary.CanSpell(word) && lexicon.Variants(word)[0].Length <= G2pVocabulary.MostPhones;
}
