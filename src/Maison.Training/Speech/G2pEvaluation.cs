// How often a pronunciation is right: by words, with and without stress, and by phones. Any listed variant counts, as nobody can know from the
// letters which of two dictionaries' habits is meant.

using System.Diagnostics;
using Maison.Data.Speech;
using Maison.Training.Evaluations;

namespace Maison.Training.Speech;

/// <summary>Errors on words of a dictionary.</summary>
/// <param name="Words">How many were asked.</param>
/// <param name="WordErrors">Share of words with any phone or stress wrong.</param>
/// <param name="WordErrorsWithoutStress">Share of words with a phone wrong.</param>
/// <param name="PhoneErrors">Insertions, deletions and substitutions over phones of the nearest variant, stress left out.</param>
public sealed record G2pScore(int Words, double WordErrors, double WordErrorsWithoutStress, double PhoneErrors, double WordsPerSecond);

/// <summary>Scores pronunciations against a dictionary.</summary>
public static class G2pEvaluation
{
    const int Batch = 256;

    /// <summary>Scores the network alone.</summary>
    public static G2pScore Network(G2pNetwork network, Lexicon lexicon, IReadOnlyList<string> words, IProgress<EvaluationProgress>? progress = null, CancellationToken stop = default)
    {
        var answers = new List<IReadOnlyList<Phone>>(words.Count);
        var clock = Stopwatch.StartNew();
        foreach (var chunk in words.Chunk(Batch))
        {
            stop.ThrowIfCancellationRequested();
            answers.AddRange(network([.. chunk.Select(G2pVocabulary.Prompt)]).Select(ids => G2pVocabulary.Phones(ids)));
            progress?.Report(new("g2p", answers.Count, words.Count));
        }
        return Score(lexicon, words, answers, clock.Elapsed.TotalSeconds);
    }

    /// <summary>Scores given phones.</summary>
    public static G2pScore Score(Lexicon lexicon, IReadOnlyList<string> words, IReadOnlyList<IReadOnlyList<Phone>> answers, double seconds)
    {
        int wrong = 0, wrongWithoutStress = 0, edits = 0, phones = 0;
        for (var i = 0; i < words.Count; i++)
        {
            var (distance, length) = lexicon.Variants(words[i]).Select(v => (Distance(v, answers[i]), v.Length)).MinBy(v => (double)v.Item1 / v.Length);
            edits += distance;
            phones += length;
            if (distance > 0) wrongWithoutStress++;
            if (!IsRight(lexicon, words[i], answers[i])) wrong++;
        }
        return new(words.Count, (double)wrong / words.Count, (double)wrongWithoutStress / words.Count, (double)edits / phones, words.Count / Math.Max(seconds, 1e-9));
    }

    /// <summary>Whether phones are one of the listed ways to say a word, stress included.</summary>
    public static bool IsRight(Lexicon lexicon, string word, IReadOnlyList<Phone> phones) => lexicon.Variants(word).Any(v => v.SequenceEqual(phones));

    /// <summary>Edit distance without stress.</summary>
    static int Distance(IReadOnlyList<Phone> a, IReadOnlyList<Phone> b)
    {
        var row = Enumerable.Range(0, b.Count + 1).ToArray();
        for (var i = 1; i <= a.Count; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Count; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1].WithStressOf(b[j - 1]) == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }

    static Phone WithStressOf(this Phone phone, Phone other) => phone.WithStress(other.Stress);
}
