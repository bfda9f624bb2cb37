// Trains the moderation classifier: logistic regression by AdaGrad on sentences of the grammar and of ordinary texts. Ordinary sentences also stand
// beside those of the grammar, so that a harmful one is found among others. Thresholds are set on ordinary texts that were kept out.

using Maison.Data.Corpora;
using Maison.Data.Moderation;
using Maison.Inference;
using Maison.Models.Text;
using Maison.Training.Evaluations;

namespace Maison.Training.Moderation;

/// <summary>What decides a moderation classifier.</summary>
/// <param name="Texts">Folder of corpora of ordinary texts.</param>
/// <param name="Examples">How many examples are seen.</param>
public sealed record ModerationOrder(string Texts, int Examples = 1_200_000, int Buckets = 1 << 15, int Seed = 1);

/// <summary>A classifier and what it was trained and tuned on.</summary>
public sealed record TrainedModerator(TextClassifier Classifier, ModerationPhrases Phrases, IReadOnlyList<Corpus> Corpora, int OrdinarySentences, IReadOnlyList<string> KeptOut);

/// <summary>Trains moderation classifiers.</summary>
public static class ModerationTrainer
{
    const int MostDocuments = 4000, DocumentsKeptOut = 3000;
    const float Rate = 0.5f, Decay = 1e-6f, LeastThreshold = 0.5f, HintThreshold = 0.2f;

    /// <summary>The corpus of definitions that tells which words are slurs.</summary>
    public const string DictionaryName = "wordnet_definitions";

    /// <summary>Of ordinary texts so many may be flagged in a category.</summary>
    public const double FalseFlags = 0.005;

    /// <summary>Trains a classifier; takes seconds.</summary>
    public static TrainedModerator Train(ModerationOrder order, IProgress<EvaluationProgress>? progress = null, CancellationToken stop = default)
    {
        var phrases = ModerationPhrases.Load();
        var (sentences, keptOut, corpora) = Ordinary(order.Texts, progress, stop);
        foreach (var dictionary in corpora.Where(c => c.Name == DictionaryName))
        {
            var (slurs, obscenities) = DictionaryWords.Find(dictionary);
            phrases.Fill("slur", slurs);
            phrases.Fill("obscenity", obscenities);
        }
        string[] labels = [.. phrases.Categories];
        var config = new ClassifierConfig(labels, [.. labels.Select(_ => LeastThreshold)], order.Buckets);
        var classifier = new TextClassifier(config, new float[order.Buckets * labels.Length], [.. labels.Select(_ => -3f)]);
        var squares = new float[classifier.Weights.Length];
        var biasSquares = new float[labels.Length];
        var random = new Random(order.Seed);
        var read = new List<int>();
        var target = new bool[labels.Length];
        using var drawn = phrases.Draw(order.Seed, heldOut: false).GetEnumerator();
        for (var n = 0; n < order.Examples; n++)
        {
            stop.ThrowIfCancellationRequested();
            if (n % 4096 == 0) progress?.Report(new("moderation", n, order.Examples));
            drawn.MoveNext();
            var example = n % 2 == 1 ? new LabelledText(sentences[random.Next(sentences.Count)], []) : drawn.Current;
            var text = random.Next(3) switch
            {
                0 => $"{example.Text} {sentences[random.Next(sentences.Count)]}",
                1 => $"{sentences[random.Next(sentences.Count)]} {example.Text}",
                _ => example.Text,
            };
            for (var l = 0; l < labels.Length; l++) target[l] = example.Categories.Contains(labels[l]);
            TextClassifier.Read(text, order.Buckets, read);
            if (read.Count > 0) Learn(classifier, squares, biasSquares, read, target);
        }
        progress?.Report(new("moderation", order.Examples, order.Examples));
        var (weights, bias) = (classifier.Weights, classifier.Bias);
        return new(new(config with { Thresholds = Thresholds(classifier, keptOut) }, weights, bias), phrases, corpora, sentences.Count, keptOut);
    }

    static void Learn(TextClassifier classifier, float[] squares, float[] biasSquares, List<int> read, bool[] target)
    {
        var (weights, bias, count) = (classifier.Weights, classifier.Bias, target.Length);
        var scores = classifier.Scores(read);
        var scale = TextClassifier.Scale(read.Count);
        for (var l = 0; l < count; l++)
        {
            var error = scores[l] - (target[l] ? 1 : 0);
            if (MathF.Abs(error) < 1e-3f) continue;
            biasSquares[l] += error * error;
            bias[l] -= 0.1f * error / MathF.Sqrt(biasSquares[l] + 1);
            foreach (var bucket in read)
            {
                var at = bucket * count + l;
                var gradient = error * scale + Decay * weights[at];
                squares[at] += gradient * gradient;
                weights[at] -= Rate * gradient / MathF.Sqrt(squares[at] + 0.1f);
            }
        }
    }

    /// <summary>The least score, at least one half, that so few ordinary texts reach.</summary>
    static float[] Thresholds(TextClassifier classifier, List<string> texts)
    {
        var moderator = new Moderator(classifier);
        var scores = texts.AsParallel().Select(t => moderator.Judge(t).Scores).ToArray();
        return [.. classifier.Config.Labels.Select(label =>
        {
            var category = Moderator.Categories.ToList().IndexOf(label);
            if (category < 0) return HintThreshold;         // a child is spoken of: a hint suffices, as it takes both halves to flag
            var descending = scores.Select(s => s[category]).OrderDescending().ToArray();
            return MathF.Max(LeastThreshold, MathF.BitIncrement(descending[(int)(FalseFlags * texts.Count)]));
        })];
    }

    /// <summary>Sentences to train on, and whole texts, shortened, to set thresholds by.</summary>
    static (List<string> Sentences, List<string> KeptOut, IReadOnlyList<Corpus> Corpora) Ordinary(string folder, IProgress<EvaluationProgress>? progress, CancellationToken stop)
    {
        var (sentences, keptOut, corpora) = (new List<string>(), new List<string>(), CorpusReader.Find(folder));
        foreach (var (number, corpus) in corpora.Index())
        {
            progress?.Report(new($"read {corpus.Name}", number, corpora.Count));
            var taken = 0;
            foreach (var document in CorpusReader.Read(corpus, new CorpusReadCount()).Take(MostDocuments))
            {
                stop.ThrowIfCancellationRequested();
                var text = document.PlainText;
                if (text.Length > 2000) text = text[..2000];
                if (++taken % 20 == 0) keptOut.Add(text);
                else sentences.AddRange(Moderator.Passages(text).Select(p => text[p].Trim()).Where(s => s.Length is > 1 and < 300));
            }
        }
        if (sentences.Count == 0) throw new InvalidDataException($"{folder} holds no text: give a folder of corpora.");
        var step = Math.Max(1, keptOut.Count / DocumentsKeptOut);
        return (sentences, [.. keptOut.Where((_, i) => i % step == 0)], corpora);
    }
}
