// Which categories of harm a text belongs to. A long text is as bad as its worst passage, so passages are read one by one and the highest score
// of each category counts. Categories and their names are OpenAI's, so that its clients read the answer.

using Maison.Models.Text;

namespace Maison.Inference;

/// <summary>What a moderation classifier makes of a text.</summary>
/// <param name="Scores">0 to 1 for each of <see cref="Moderator.Categories"/>.</param>
/// <param name="Given">Which of them are taken for given.</param>
public sealed record ModerationVerdict(float[] Scores, bool[] Given)
{
    /// <summary>Whether any category is given.</summary>
    public bool Flagged => Given.Contains(true);
}

/// <summary>Reads texts with a <see cref="TextClassifier"/>; safe from any thread.</summary>
public sealed class Moderator
{
    /// <summary>Categories in the order of the scores.</summary>
    public static readonly IReadOnlyList<string> Categories =
    [
        "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm", "self-harm/intent",
        "self-harm/instructions", "sexual", SexualMinors, "violence", "violence/graphic",
    ];

    /// <summary>The label of passages in which somebody is a child. No sentence was written to learn "sexual/minors" from: it is given where both of its halves are.</summary>
    public const string Minor = "minor";

    const string Sexual = "sexual", SexualMinors = "sexual/minors";

    /// <summary>A passage is a sentence, or so many words of a longer one; neighbours are read together, too.</summary>
    const int MostWords = 40;

    readonly TextClassifier classifier;
    readonly int[] labelOf;
    readonly int minor, sexual, sexualMinors;

    /// <exception cref="ArgumentException">The classifier knows other labels.</exception>
    public Moderator(TextClassifier classifier)
    {
        this.classifier = classifier;
        minor = Label(Minor);
        sexual = Label(Sexual);
        labelOf = [.. Categories.Select(c => c == SexualMinors ? -1 : Label(c))];
        sexualMinors = Array.IndexOf(labelOf, -1);

        int Label(string name)
        {
            for (var i = 0; i < classifier.Config.Labels.Count; i++) if (classifier.Config.Labels[i] == name) return i;
            throw new ArgumentException($"The classifier has no label \"{name}\". Give one that `maison train moderation` made.", nameof(classifier));
        }
    }

    /// <summary>Scores a text of any length.</summary>
    public ModerationVerdict Judge(string text)
    {
        var highest = new float[classifier.Config.Labels.Count];
        var read = new List<int>();
        var previous = new Range(0, 0);
        foreach (var passage in Passages(text))
        {
            Score(passage);
            if (previous.End.Value > 0) Score(previous.Start..passage.End);
            previous = passage;
        }
        var (scores, given) = (new float[Categories.Count], new bool[Categories.Count]);
        for (var c = 0; c < scores.Length; c++)
        {
            if (c == sexualMinors) continue;
            scores[c] = highest[labelOf[c]];
            given[c] = scores[c] >= classifier.Config.Thresholds[labelOf[c]];
        }
        scores[sexualMinors] = MathF.Min(highest[sexual], highest[minor]);
        given[sexualMinors] = highest[sexual] >= classifier.Config.Thresholds[sexual] && highest[minor] >= classifier.Config.Thresholds[minor];
        return new(scores, given);

        void Score(Range passage)
        {
            TextClassifier.Read(text.AsSpan()[passage], classifier.Config.Buckets, read);
            if (read.Count == 0) return;
            var scores = classifier.Scores(read);
            for (var l = 0; l < scores.Length; l++) highest[l] = MathF.Max(highest[l], scores[l]);
        }
    }

    /// <summary>Sentences, those of more than 40 words in pieces.</summary>
    public static IEnumerable<Range> Passages(string text)
    {
        int start = 0, words = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var space = char.IsWhiteSpace(text[i]);
            if (space && i > 0 && !char.IsWhiteSpace(text[i - 1])) words++;
            var end = text[i] == '\n' || space && i > 0 && text[i - 1] is '.' or '!' or '?' or ';' or '…' || space && words >= MostWords;
            if (!end) continue;
            if (words > 0) yield return start..i;
            (start, words) = (i + 1, 0);
        }
        if (start < text.Length) yield return start..text.Length;
    }
}
