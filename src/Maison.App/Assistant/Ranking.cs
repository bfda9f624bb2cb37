// Which passages a question is about. Words decide (BM25, Robertson 1994, over the beginnings of words, so that forms of one word meet); among the
// best of those the model's own vectors have a quarter of the say. Both weights are measured: LOG.md, "Do the house's embeddings find passages".

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Maison.App.Assistant;

/// <summary>Orders passages for a question.</summary>
static class Ranking
{
    const double Saturation = 1.2, LengthWeight = 0.75, WordsWeight = 3;

    /// <summary>Letters that two forms of one word have in common, mostly.</summary>
    const int Stem = 5;

    /// <summary>Passages whose meaning is looked at.</summary>
    const int Considered = 24;

    /// <summary>Vectors that are remembered.</summary>
    const int MostRemembered = 10_000;

    /// <summary>The local index: vectors by digests of model and text, so that a passage is read once, whoever brings it.</summary>
    static readonly ConcurrentDictionary<string, float[]> Index = new();

    /// <summary>Those that share words with a question, the best first.</summary>
    public static List<(Passage Passage, double Score)> ByWords(IReadOnlyList<Passage> passages, string question)
    {
        if (passages.Count == 0) return [];
        var counted = passages.Select(p => Words(p.Text).CountBy(w => w).ToDictionary()).ToList();
        var lengths = counted.Select(c => (double)c.Values.Sum()).ToList();
        var average = lengths.Average();
        var asked = Words(question).Distinct().Select(word =>
        {
            var having = counted.Count(c => c.ContainsKey(word));
            return (Word: word, Weight: Math.Log(1 + (passages.Count - having + 0.5) / (having + 0.5)), having);
        }).Where(w => w.having > 0).ToList();
        return [.. passages.Select((passage, i) => (passage, Score: asked.Sum(w => counted[i].TryGetValue(w.Word, out var n)
                ? w.Weight * n * (Saturation + 1) / (n + Saturation * (1 - LengthWeight + LengthWeight * lengths[i] / average)) : 0)))
            .Where(s => s.Score > 0).OrderByDescending(s => s.Score)];
    }

    /// <summary>As <see cref="ByWords"/>, the best of them by meaning as well.</summary>
    /// <param name="embed">Texts to vectors of length 1; null where no model makes them.</param>
    /// <param name="model">Whose vectors they are.</param>
    public static async Task<IReadOnlyList<Passage>> Best(IReadOnlyList<Passage> passages, string question, string? model, Func<IReadOnlyList<string>, Task<IReadOnlyList<float[]>?>> embed)
    {
        var found = ByWords(passages, question).Take(Considered).ToList();
        if (found.Count < 2 || model is null || await Vectors(model, [question, .. found.Select(f => f.Passage.Text)], embed) is not { } vectors) return [.. found.Select(f => f.Passage)];
        var words = Standard([.. found.Select(f => f.Score)]);
        var meaning = Standard([.. vectors.Skip(1).Select(v => v.Zip(vectors[0], (a, b) => (double)a * b).Sum())]);
        return [.. found.Select((f, i) => (f.Passage, Score: WordsWeight * words[i] + meaning[i])).OrderByDescending(s => s.Score).Select(s => s.Passage)];
    }

    static async Task<List<float[]>?> Vectors(string model, IReadOnlyList<string> texts, Func<IReadOnlyList<string>, Task<IReadOnlyList<float[]>?>> embed)
    {
        if (Index.Count > MostRemembered) Index.Clear();
        var digests = texts.Select(t => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{model}\n{t}")))).ToList();
        var missing = Enumerable.Range(0, texts.Count).Where(i => !Index.ContainsKey(digests[i])).ToList();
        var made = new Dictionary<string, float[]>();
        if (missing.Count > 0)
        {
            if (await embed([.. missing.Select(i => texts[i])]) is not { } vectors || vectors.Count != missing.Count) return null;
            for (var i = 0; i < missing.Count; i++) made[digests[missing[i]]] = Index[digests[missing[i]]] = vectors[i];
        }
        var all = digests.Select(d => made.TryGetValue(d, out var fresh) ? fresh : Index.GetValueOrDefault(d) ?? []).ToList();
        return all[0].Length > 0 && all.TrueForAll(v => v.Length == all[0].Length) ? all : null;
    }

    /// <summary>Numbers about their mean, in their own spread.</summary>
    static double[] Standard(double[] values)
    {
        var mean = values.Average();
        var spread = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        return [.. values.Select(v => spread > 0 ? (v - mean) / spread : 0)];
    }

    static IEnumerable<string> Words(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            var begin = i;
            while (i < text.Length && char.IsLetterOrDigit(text[i])) i++;
            if (i > begin) yield return text[begin..Math.Min(i, begin + Stem)].ToLowerInvariant();
            else i++;
        }
    }
}
