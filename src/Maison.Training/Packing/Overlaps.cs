// What is known about how public evaluations and corpora are related, written down by name. Which documents hold which questions is found
// when data is prepared, by Maison.Data's QuestionOverlap; a variation of a question shares no 13 words with it.

namespace Maison.Training.Packing;

static class Overlaps
{
    static readonly (string Evaluation, string[] Corpora, string Note)[] Known =
    [
        ("svamp_test", ["svamp_train"], "both are parts of one set whose problems were varied from a common stock, so a test problem can be a variation of a trained one"),
        ("gsm8k_test", ["gsm8k_train"], "the official test split of the set that was trained on: same authors and style, no common problem known"),
        ("boolq_val", ["simplewiki", "enwiki_sample", "dolly15k"], "its passages are from Wikipedia, and other versions of the same articles may have been trained on"),
        ("arc_easy_test", ["commonsense_mcq"], "the corpus holds QASC, school-science questions in the same manner, written from the same kind of facts"),
        ("scitldr_test", ["scitldr"], "the official test split of the set that was trained on"),
        ("lambada_openai", ["books"], "its passages are from modern novels, the books trained on are old ones; a common passage is unlikely but was not looked for"),
    ];

    /// <summary>Notes on the evaluations that were run, given the corpora that were trained on.</summary>
    public static IEnumerable<(string Evaluation, string Corpora, string Note)> Of(IEnumerable<string> evaluations, IReadOnlyCollection<string> corpora)
        => from evaluation in evaluations
           from known in Known
           where known.Evaluation == evaluation && known.Corpora.Any(corpora.Contains)
           select (evaluation, string.Join(", ", known.Corpora.Where(corpora.Contains)), known.Note);
}
