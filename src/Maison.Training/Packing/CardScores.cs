// The scores in a card: each with how many items it rests on, its standard error and what guessing would reach.

using System.Globalization;
using System.Text;
using Maison.Training.Evaluations;

namespace Maison.Training.Packing;

static class CardScores
{
    static readonly Dictionary<string, string> Titles = new()
    {
        ["arc_easy_test"] = "ARC-Easy, test",
        ["boolq_val"] = "BoolQ, validation",
        ["gsm8k_test"] = "GSM8K, test",
        ["lambada_openai"] = "LAMBADA (OpenAI)",
        ["piqa_val"] = "PIQA, validation",
        ["simple_arithmetic"] = "simple arithmetic",
        ["svamp_test"] = "SVAMP, problems 701–1000",
    };

    public static void Write(StringBuilder text, IReadOnlyList<EvaluationScore> scores, IReadOnlyList<CorpusUse> corpora)
    {
        text.Append("## Scores\n\nOf the weights as they are in this folder, without examples in the prompt.\n\n");
        var heldOut = scores.Where(s => s.Kind is EvaluationKind.HeldOut or EvaluationKind.HeldOutChat).ToArray();
        if (heldOut.Length == 0) text.Append("Held-out text was not scored.\n\n");
        else
        {
            text.Append($"Bits per byte of held-out text, in windows of {TextEvaluation.WindowTokens} tokens; of conversations, of the assistant's words.\n\n| corpus | documents | bytes | bits per byte |\n|---|---|---|---|\n");
            foreach (var s in heldOut)
                text.Append(CultureInfo.InvariantCulture, $"| {s.Name}{(s.Kind == EvaluationKind.HeldOutChat ? " (conversations)" : "")} | {s.Count:N0} | {s.Bytes:N0} | {s.Metrics[MetricNames.BitsPerByte].Value:F3} |\n");
            text.Append('\n');
        }
        var asked = scores.Except(heldOut).ToArray();
        if (asked.Length == 0)
        {
            text.Append("Evaluations by questions were not run.\n\n");
            return;
        }
        text.Append("| evaluation | n | score | by chance | also |\n|---|---|---|---|---|\n");
        foreach (var s in asked)
        {
            var (first, others) = (s.Metrics.First(), s.Metrics.Skip(1).Select(m => $"{Name(m.Key)} {Show(m)}").ToList());
            if (s.TooLong > 0) others.Add($"{s.TooLong} too long for the context, left out");
            text.Append(CultureInfo.InvariantCulture, $"| {Titles.GetValueOrDefault(s.Name, s.Name)} | {s.Count:N0}{(s.Limit is null ? "" : " (the first)")} | {Name(first.Key)} {Show(first)} | {(s.Chance is { } c ? Percent(c) : "–")} | {string.Join("; ", others)} |\n");
        }
        text.Append("""

            Multiple choice: the likeliest choice behind "Answer:", as a sum and divided by its bytes. LAMBADA and arithmetic: greedy decoding says exactly what
            follows. Word problems: a chat with thoughts, greedily; the last number of the answer counts. ± is one standard error of the sample.


            """);
        var overlaps = Overlaps.Of(asked.Select(s => s.Name), [.. corpora.Select(c => c.Licence.Name)]).ToArray();
        var compared = asked.All(s => corpora.All(c => c.Overlap?.Documents.ContainsKey(s.Name) == true))
            ? "documents that hold questions were left out of training, see Data" : "not all documents were compared with all questions";
        text.Append($"Known kinship of questions and training data ({compared}):{(overlaps.Length == 0 ? " none.\n\n" : "\n\n")}");
        foreach (var (evaluation, corpus, note) in overlaps) text.Append($"- {Titles.GetValueOrDefault(evaluation, evaluation)} and {corpus}: {note}.\n");
        if (overlaps.Length > 0) text.Append('\n');
    }

    static string Show(KeyValuePair<string, Measured> metric)
    {
        var (value, error) = (metric.Value.Value, metric.Value.Error);
        return metric.Key == MetricNames.Perplexity
            ? string.Create(CultureInfo.InvariantCulture, $"{value:N1}") + (error is { } e ? string.Create(CultureInfo.InvariantCulture, $" ± {e:N1}") : "")
            : Percent(value) + (error is { } p ? $" ± {Percent(p)}" : "");
    }

    static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");

    static string Name(string metric) => metric == MetricNames.AccuracyPerByte ? "accuracy per byte" : metric;
}
