// The card of a grapheme-to-phoneme network: what it is for, how it came about, what it learned from, how often it is wrong. A pure function.

using System.Globalization;
using System.Text;
using Maison.Data.Speech;
using Maison.Training.Optimisers;
using Maison.Training.Packing;

namespace Maison.Training.Speech;

static class G2pCard
{
    static string Command(TrainingPhase phase, string? start)
    {
        var (plan, m) = (phase.Plan, phase.Plan.Model);
        var scale = plan.Optimiser.Scalar / new OptimiserOptions().Scalar;
        return string.Create(CultureInfo.InvariantCulture, $"maison train g2p --run {phase.Run} --data cmudict.dict {(start is null ? $"--layers {m.Layers} --hidden {m.Hidden}" : $"--start {start}")} --batch-tokens {plan.BatchTokens} --steps {plan.Schedule.Steps} --lr-scale {scale:0.##} --dropout {plan.Dropout:0.##} --seed {plan.Seed}");
    }

    /// <summary>The card in Markdown.</summary>
    /// <param name="samples">Held-out words, evenly spaced, as the network says them.</param>
    public static string Write(G2pReceipt receipt, IReadOnlyList<TrainingPhase> phases, Lexicon dictionary, IReadOnlyList<(string Word, IReadOnlyList<Phone> Phones)> samples, long weightBytes)
    {
        var m = receipt.Model;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            ---
            license: bsd-2-clause
            language: en
            ---
            # {receipt.Name}

            Says English words that are in no list: letters in, phones of ARPAbet with stress out. {receipt.Parameters / 1e6:F2} M parameters, trained from random weights by
            Maison's own code. The voice asks it for words that neither its tables nor its rules know.

            ## Form

            The house's decoder ({m.Layers} blocks of {m.Hidden}, {m.Heads} heads of {m.HeadDim}, feed-forward {m.Intermediate}) over {m.Vocab} ids: a mark, letters, an arrow, the letters again, an arrow, phones, the mark. The loss is on the
            phones. It is asked greedily. File: {weightBytes / 1e6:F1} MB, bf16, SHA-256 `{receipt.Weights}`.

            ## How it was trained

            ```
            {string.Join("\n", phases.Select((p, i) => Command(p, i == 0 ? null : phases[i - 1].Run)))}
            maison models pack-g2p {phases[^1].Run} --data cmudict.dict --texts CORPORA --name {receipt.Name}
            ```

            {string.Join(" Then ", receipt.Training.Select((t, i) => $"{t.Steps:N0} steps{(phases[i].Plan.Dropout > 0 ? $" with {100 * phases[i].Plan.Dropout:0.#} % dropout" : "")}{(t.RowTokens < m.Context ? ", each word spelled once" : "")}: {t.Tokens / 1e6:F1} M letters and phones, {t.Flops / 1e15:0.###} PFLOP, {t.Seconds / 60:F0} minutes of a busy machine, the rate falling over the last {Math.Max(0, t.Steps - t.Schedule.StableSteps):N0}."))}

            ![Loss over letters and phones seen]({CardWriter.CurveName})

            Loss (nats per phone, mean of the last steps): `{LossCurve.Sketch(phases[^1].Steps).Line}`

            ## Data

            The CMU Pronouncing Dictionary ({CmuLicence.Source}), SHA-256 `{receipt.DictionarySha256}`: {receipt.TrainWords:N0} words to train, their first pronunciation each. Which words are held out is
            drawn from the letters of each: 90 % to train, 5 % to choose by, 5 % to test. Words with digits, dots or hyphens are left out.

            ## Scores

            On {receipt.Network.Words:N0} held-out words; any pronunciation that the dictionary lists is right.

            | | words wrong | words wrong, stress left out | phones wrong, stress left out |
            |---|---|---|---|
            | the network alone | {100 * receipt.Network.WordErrors:F1} % | {100 * receipt.Network.WordErrorsWithoutStress:F1} % | {100 * receipt.Network.PhoneErrors:F1} % |
            | tables, exceptions, rules and network | {100 * receipt.WithRules.WordErrors:F1} % | {100 * receipt.WithRules.WordErrorsWithoutStress:F1} % | {100 * receipt.WithRules.PhoneErrors:F1} % |

            Rules say {receipt.RuleWords.Words:N0} of the words and are wrong on {100 * receipt.RuleWords.RuleErrors:F1} % of them, where the network is on {100 * receipt.RuleWords.NetworkErrors:F1} %.
            Of the {receipt.CommonWords:N0} commonest words of the house's texts none is wrong: {receipt.Exceptions:N0} of them stand in `{G2pModel.ExceptionsName}`; these words are counted with those that
            are held out, so the second line flatters rare words. Speed: {receipt.Network.WordsPerSecond:N0} words a second, one thread of a busy machine, {receipt.Packed:yyyy-MM-dd}.

            ## Samples

            Held-out words at even distances through the dictionary; what is wrong is marked.

            | word | said | |
            |---|---|---|

            """);
        foreach (var (word, phones) in samples)
            text.Append($"| {word} | {Phone.Print(phones)} | {(G2pEvaluation.IsRight(dictionary, word, phones) ? "" : $"wrong: {Phone.Print(dictionary.Variants(word)[0])}")} |\n");
        text.Append('\n').Append(PackedVersion.Section(receipt.Earlier)).Append("""
            ## Limits

            American English of the dictionary's habits; names of other languages are said as an American reader would guess. It hears no context: heteronyms are chosen by rules before
            it is asked.

            ## Licence of the dictionary


            """);
        foreach (var line in CmuLicence.Text.Split('\n')) text.Append($"> {line}".TrimEnd()).Append('\n');
        return text.ToString();
    }
}
