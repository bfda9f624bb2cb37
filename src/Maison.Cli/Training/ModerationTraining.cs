// maison train moderation: from ordinary texts to the classifier that /v1/moderations asks.

using System.CommandLine;
using System.Globalization;
using Maison.Cli.Evaluation;
using Maison.Cli.Models;
using Maison.Cli.Terminal;
using Maison.Training.Evaluations;
using Maison.Training.Moderation;

namespace Maison.Cli.Training;

static class ModerationTraining
{
    public static Command Create(Surroundings here)
    {
        var data = new Option<string>("--data") { Description = "A folder of corpora: the ordinary texts; slurs are taken from the corpus of definitions among them", Required = true };
        var eval = new Option<string?>("--eval") { Description = "Texts that people labelled, JSON lines of \"prompt\" and 0 or 1 per category, to score it by" };
        var examples = Choice.Whole("--examples", "Examples to learn from (1,200,000)", 1000, 100_000_000);
        var seed = Choice.Whole("--seed", "Fixes the sentences and their order", 0, int.MaxValue, 1);
        var name = new Option<string>("--name") { Description = "The model's name", DefaultValueFactory = _ => ModerationModel.Shipped };
        var to = new Option<string?>("--to") { Description = "The folder of models; otherwise that of the data folder, where serve finds it" };
        var command = new Command("moderation", "Train the classifier that judges texts by categories of harm; takes about a minute") { data, eval, examples, seed, name, to };
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            ModelsVerb.CheckName(parsed.GetValue(name)!);
            foreach (var (option, path) in new (Option, string?)[] { (data, parsed.GetValue(data)), (eval, parsed.GetValue(eval)) })
                if (path is not null && !Path.Exists(path)) throw new UserException($"{option.Name} {path}: there is no such file or folder.");
            var folder = Path.Combine(Path.GetFullPath(parsed.GetValue(to) ?? HomeFolder.Of(here).Models), parsed.GetValue(name)!);
            var order = new ModerationOrder(parsed.GetValue(data)!, Seed: parsed.GetValue(seed)!.Value);
            if (parsed.GetValue(examples) is { } count) order = order with { Examples = count };
            ModerationReceipt receipt;
            using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "examples"))
                receipt = ModerationModel.Make(order, folder, parsed.GetValue(eval), new Told<EvaluationProgress>(p => line.Report(p.Name, p.Done, p.Total)), stop);
            EvalModeration.Show(output, receipt.Labelled.Count > 0 ? receipt.Labelled : receipt.Phrases);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Made {folder}: flags {100 * receipt.Flagged:F1} % of {receipt.OrdinaryTexts:N0} ordinary texts."));
            return Task.FromResult(0);
        });
        return command;
    }
}
