// A weighted sample of the cleaned training text, for training a tokenizer: each corpus gives a share of the bytes as large as
// its share of the mixture, as far as it has them. Which documents, their digests decide; held-out ones never.

using System.Collections;
using System.Text;
using Maison.Data.Corpora;

namespace Maison.Data.Preparation;

sealed class TokenizerSample(IReadOnlyList<CleanManifest> manifests, string clean, DataPlan plan) : IEnumerable<ReadOnlyMemory<byte>>
{
    public IEnumerator<ReadOnlyMemory<byte>> GetEnumerator()
    {
        var whole = manifests.Sum(m => Weight(m) * m.KeptBytes);
        foreach (var manifest in manifests)
        {
            if (manifest.Kept == 0 || Weight(manifest) == 0) continue;
            var share = Math.Min(1, plan.TokenizerSampleBytes * Weight(manifest) / whole);
            var heldOut = manifest.HeldOut.ToHashSet();
            var number = 0;
            var corpus = new Corpus(manifest.Corpus, [CleanManifest.CleanFile(clean, manifest.Corpus)], manifest.Licence);
            foreach (var document in CorpusReader.Read(corpus, new()))
            {
                if (heldOut.Contains(number++)) continue;
                var utf8 = Encoding.UTF8.GetBytes(document.PlainText);
                // The lower half: the upper one decided about the held-out slice.
                if ((ulong)CorpusCleaner.HashOf(utf8) * Math.Pow(2, -64) < share) yield return utf8;
            }
        }
    }

    double Weight(CleanManifest manifest) => plan.Mixture[manifest.Corpus].Text;

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
