// maison eval g2p: how many words of a dictionary that training never saw the network gets wrong.

using System.CommandLine;
using System.Globalization;
using Maison.Cli.Terminal;
using Maison.Data.Speech;
using Maison.Tensors;
using Maison.Training.Evaluations;
using Maison.Training.Speech;

namespace Maison.Cli.Evaluation;

static class EvalG2p
{
    public static Command Create(Surroundings here)
    {
        var model = new Option<string>("--model") { Description = "A packed network or a run folder of `maison train g2p`; otherwise the shipped one", DefaultValueFactory = _ => G2pModel.Shipped };
        var data = new Option<string>("--data") { Description = "The dictionary, a word and its ARPAbet phones per line", Required = true };
        var part = Choice.Word("--part", "Which words of it: test (default), tune or train", "test", "tune", "train");
        var limit = Choice.Whole("--limit", "Ask the first N words", 1, int.MaxValue);
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var command = new Command("g2p", "Score the network that turns letters into phones") { model, data, part, limit, threads };
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var dictionary = new G2pData(Lexicon.Load(parsed.GetValue(data)!));
            string[] words = [.. dictionary.Words(Enum.Parse<G2pPart>(parsed.GetValue(part) ?? "test", ignoreCase: true)).Take(parsed.GetValue(limit) ?? int.MaxValue)];
            if (words.Length == 0) throw new UserException($"--data {parsed.GetValue(data)}: no word of it belongs to that part. Give a larger dictionary.");
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            using var network = G2pModel.Load(Folder(parsed.GetValue(model)!, here), gang);
            G2pScore score;
            using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "words"))
                score = G2pEvaluation.Network(network.Network, dictionary.Lexicon, words, new Told<EvaluationProgress>(p => line.Report(p.Name, p.Done, p.Total)), stop);
            TextTable.Write(output, ["WORDS", "WRONG", "WITHOUT STRESS", "PHONES WRONG", "WORDS/S"],
                [[score.Words.ToString("N0", CultureInfo.InvariantCulture), Percent(score.WordErrors), Percent(score.WordErrorsWithoutStress), Percent(score.PhoneErrors), score.WordsPerSecond.ToString("N0", CultureInfo.InvariantCulture)]]);
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>A folder as it is, or one of the shipped models.</summary>
    internal static string Folder(string model, Surroundings here)
    {
        if (Directory.Exists(model)) return model;
        var shipped = Path.Combine(here.ShippedModels, model);
        return Directory.Exists(shipped) ? shipped : throw new UserException($"--model {model}: there is no such folder, nor a shipped model of that name.");
    }

    static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");
}
