// From a run to the network that ships: weights rounded to bf16, the common words it gets wrong, scores, receipt, curve and card. What is scored is
// what ships. The exceptions are found by asking: each round pronounces the common words with those found so far, since a word that was added
// also changes the words that the rules make from it.

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Data.Corpora;
using Maison.Data.Speech;
using Maison.Data.Speech.Reading;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Evaluations;
using Maison.Training.Packing;
using Maison.Training.Text;

namespace Maison.Training.Speech;

/// <summary>What is packed and how.</summary>
/// <param name="Run">A run folder of `maison train g2p`.</param>
/// <param name="Dictionary">The dictionary that it learned from.</param>
/// <param name="Texts">Corpora that tell which words are common.</param>
/// <param name="Target">The model's folder.</param>
/// <param name="Common">So many of the commonest words are said as the dictionary says.</param>
public sealed record G2pPackOrder(string Run, string Dictionary, string Texts, string Target, int Common);

/// <summary>receipt.json of a packed network.</summary>
/// <param name="Training">Its runs, the first one first.</param>
/// <param name="Network">The network alone on the held-out words.</param>
/// <param name="WithRules">Table, exceptions, rules and network together on the same words.</param>
/// <param name="RuleWords">How many of them a rule says, and how often it and the network are right about those.</param>
/// <param name="Earlier">The versions that stood in its place before, the first one first; null for none.</param>
public sealed record G2pReceipt(
    string Name, string Weights, long Parameters, TextConfig Model, IReadOnlyList<PhaseReceipt> Training, string DictionarySha256, int TrainWords, int CommonWords, int Exceptions,
    G2pScore Network, G2pScore WithRules, G2pRuleScore RuleWords, DateTimeOffset Packed, IReadOnlyList<PackedVersion>? Earlier = null)
{
    /// <summary>What versions are compared by.</summary>
    internal static IReadOnlyDictionary<string, string> Measures(JsonElement receipt)
    {
        var network = receipt.GetProperty("network");
        return new Dictionary<string, string> { ["words wrong"] = Percent("wordErrors"), ["words wrong, stress left out"] = Percent("wordErrorsWithoutStress") };

        string Percent(string name) => string.Create(CultureInfo.InvariantCulture, $"{100 * network.GetProperty(name).GetDouble():F1} %");
    }

    internal void Save(string folder) => File.WriteAllBytes(Path.Combine(folder, ModelReceipt.FileName), JsonSerializer.SerializeToUtf8Bytes(this, G2pReceiptJson.Default.G2pReceipt));
}

/// <summary>Rules against the network on the words that rules know.</summary>
public sealed record G2pRuleScore(int Words, double RuleErrors, double NetworkErrors);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(G2pReceipt))]
sealed partial class G2pReceiptJson : JsonSerializerContext;

/// <summary>Packs grapheme-to-phoneme networks.</summary>
public static class G2pPacker
{
    const int MostRounds = 8, Batch = 512;

    /// <summary>Packs a run and returns its receipt.</summary>
    public static G2pReceipt Run(G2pPackOrder order, Gang gang, IProgress<EvaluationProgress>? progress = null, CancellationToken stop = default)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(order.Target));
        var phases = TrainingPhase.Of(new CheckpointFiles(CheckpointFolders.Resolve(order.Run), Path.GetFullPath(order.Run), ""));
        var data = new G2pData(Lexicon.Load(order.Dictionary));
        var temporary = target + ".tmp";
        if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        try
        {
            var decoder = DecoderCheckpoint.LoadTrainable(CheckpointFolders.Resolve(order.Run));
            DecoderCheckpoint.Save(temporary, decoder, ElementType.BF16, G2pModel.Family);
            var parameters = Maison.Models.ModelWeights.Slots(decoder).Sum(s => s.Weight.Count);
            foreach (var slot in Maison.Models.ModelWeights.Slots(decoder)) (slot.Weight as IDisposable)?.Dispose();

            var exceptions = Path.Combine(temporary, G2pModel.ExceptionsName);
            File.WriteAllText(exceptions, "");
            using var model = G2pModel.Load(temporary, gang);
            string[] common = [.. WordCounts.Of(order.Texts, new Told(progress), stop).Commonest.Where(w => data.Lexicon.Contains(w) && G2pVocabulary.CanSpell(w)).Take(order.Common)];
            var network = Remembering(model.Network);
            var wrong = Exceptions(common, data.Lexicon, network, progress, stop);
            WriteExceptions(exceptions, common.Where(wrong.ContainsKey), wrong, order.Common);

            string[] test = [.. data.Words(G2pPart.Test)];
            var alone = G2pEvaluation.Network(model.Network, data.Lexicon, test, progress, stop);
            var together = new Pronouncer(null, Lexicon.Load(exceptions), network);
            var said = Say(together, test);
            var rules = test.Index().Where(w => said[w.Index].Origin == PhoneOrigin.Rule).ToArray();
            var byNetwork = rules.Length == 0 ? [] : network([.. rules.Select(r => G2pVocabulary.Prompt(r.Item))]);
            var weights = CheckpointFiles.Digest(Path.Combine(temporary, SafetensorsFile.ModelName));
            var receipt = new G2pReceipt(Path.GetFileName(target), weights, parameters,
                DecoderCheckpoint.ReadConfig(temporary, G2pModel.Family), [.. phases.Select(ModelReceipt.Of)], CheckpointFiles.Digest(order.Dictionary), data.Words(G2pPart.Train).Count(), common.Length, wrong.Count, alone,
                G2pEvaluation.Score(data.Lexicon, test, [.. said.Select(s => s.Phones)], 0) with { WordsPerSecond = alone.WordsPerSecond },
                new(rules.Length, rules.Length == 0 ? 0 : rules.Average(r => G2pEvaluation.IsRight(data.Lexicon, r.Item, said[r.Index].Phones) ? 0.0 : 1),
                    rules.Length == 0 ? 0 : rules.Index().Average(r => G2pEvaluation.IsRight(data.Lexicon, r.Item.Item, G2pVocabulary.Phones(byNetwork[r.Index])) ? 0.0 : 1)),
                DateTimeOffset.UtcNow, PackedVersion.Before(weights, target, G2pReceipt.Measures));
            receipt.Save(temporary);
            string[] shown = [.. test.Where((_, i) => i % Math.Max(1, test.Length / 24) == 0).Take(24)];
            File.WriteAllText(Path.Combine(temporary, CardWriter.CurveName), LossCurve.Svg($"{receipt.Name}: training loss", [.. phases.Select(p => (p.Run, p.Steps))]));
            File.WriteAllText(Path.Combine(temporary, CardWriter.FileName), G2pCard.Write(receipt, phases, data.Lexicon,
                [.. shown.Zip(model.Network([.. shown.Select(G2pVocabulary.Prompt)]), (w, ids) => (w, (IReadOnlyList<Phone>)G2pVocabulary.Phones(ids)))], new FileInfo(Path.Combine(temporary, SafetensorsFile.ModelName)).Length));
            stop.ThrowIfCancellationRequested();
            if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
            Directory.Move(temporary, target);
            return receipt;
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>The common words that are said otherwise than the dictionary does, with its first pronunciation.</summary>
    static Dictionary<string, Phone[]> Exceptions(IReadOnlyList<string> common, Lexicon dictionary, G2pNetwork network, IProgress<EvaluationProgress>? progress, CancellationToken stop)
    {
        var wrong = new Dictionary<string, Phone[]>(StringComparer.Ordinal);
        for (var round = 1; round <= MostRounds; round++)
        {
            stop.ThrowIfCancellationRequested();
            var said = Say(new Pronouncer(null, Lexicon.Of(wrong), network), common);
            var before = wrong.Count;
            for (var i = 0; i < common.Count; i++)
                if (said[i].Origin is PhoneOrigin.Rule or PhoneOrigin.Network or PhoneOrigin.Spelled && !G2pEvaluation.IsRight(dictionary, common[i], said[i].Phones))
                    wrong[common[i]] = dictionary.Variants(common[i])[0];
            progress?.Report(new($"exceptions, round {round}", round, MostRounds));
            if (wrong.Count == before) break;
        }
        return wrong;
    }

    /// <summary>Says lists of words as if they were sentences, so that the network is asked for many at once.</summary>
    static List<Pronunciation> Say(Pronouncer pronouncer, IReadOnlyList<string> words)
    {
        var said = new List<Pronunciation>(words.Count);
        foreach (var chunk in words.Chunk(Batch))
        {
            var at = 0;
            var forms = new List<SpokenForm>();
            foreach (var word in chunk)
            {
                forms.Add(new(new(at, word.Length), word));
                at += word.Length + 1;
            }
            said.AddRange(pronouncer.Pronounce(string.Join(' ', chunk), forms));
        }
        return said;
    }

    /// <summary>The network with a memory, so that a word that is asked for in each round is computed once.</summary>
    static G2pNetwork Remembering(G2pNetwork network)
    {
        var answers = new Dictionary<string, int[]>(StringComparer.Ordinal);
        return prompts =>
        {
            string[] keys = [.. prompts.Select(p => string.Join(' ', p))];
            int[] missing = [.. Enumerable.Range(0, keys.Length).Where(i => !answers.ContainsKey(keys[i]))];
            if (missing.Length > 0)
                foreach (var (i, ids) in missing.Zip(network([.. missing.Select(i => prompts[i])]))) answers[keys[i]] = ids;
            return [.. keys.Select(k => answers[k])];
        };
    }

    static void WriteExceptions(string path, IEnumerable<string> words, Dictionary<string, Phone[]> phones, int common)
    {
        using var file = new StreamWriter(path);
        file.WriteLine($"# Those of the {common:N0} commonest words that the network or a rule says otherwise than the CMU Pronouncing Dictionary, from which these lines are.");
        foreach (var line in CmuLicence.Text.Split('\n')) file.WriteLine($"# {line}".TrimEnd());
        foreach (var word in words) file.WriteLine($"{word} {Phone.Print(phones[word])}");
    }

    sealed class Told(IProgress<EvaluationProgress>? progress) : IProgress<DataProgress>
    {
        public void Report(DataProgress value) => progress?.Report(new($"count {value.Stage}", (int)(value.Done >> 10), (int)(value.Total >> 10)));
    }
}
