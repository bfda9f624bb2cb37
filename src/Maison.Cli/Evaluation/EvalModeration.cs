// maison eval moderation: how well the classifier of /v1/moderations ranks and flags texts that people labelled.

using System.CommandLine;
using System.Globalization;
using Maison.Cli.Terminal;
using Maison.Inference;
using Maison.Models.Text;
using Maison.Training.Moderation;

namespace Maison.Cli.Evaluation;

static class EvalModeration
{
    public static Command Create(Surroundings here)
    {
        var model = new Option<string>("--model") { Description = "A folder that `maison train moderation` made; otherwise the shipped one", DefaultValueFactory = _ => ModerationModel.Shipped };
        var data = new Option<string>("--data") { Description = "Texts that people labelled, JSON lines of \"prompt\" and 0 or 1 per category (OpenAI's evaluation set has this form)", Required = true };
        var command = new Command("moderation", "Score the classifier that judges texts by categories of harm") { model, data };
        command.SetAction((parsed, _) =>
        {
            if (!File.Exists(parsed.GetValue(data))) throw new UserException($"--data {parsed.GetValue(data)}: there is no such file.");
            Show(parsed.InvocationConfiguration.Output, ModerationEvaluation.Score(new(TextClassifier.Load(EvalG2p.Folder(parsed.GetValue(model)!, here))), ModerationEvaluation.Read(parsed.GetValue(data)!)));
            return Task.FromResult(0);
        });
        return command;
    }

    internal static void Show(TextWriter output, IReadOnlyList<ModerationScore> scores)
        => TextTable.Write(output, ["CATEGORY", "GIVEN", "OF", "ROC AREA", "AVERAGE PRECISION", "PRECISION", "RECALL"], [.. scores.Select(s => new[]
        {
            s.Category, Number(s.Given, "N0"), Number(s.Texts, "N0"), Number(s.RocArea, "F3"), Number(s.AveragePrecision, "F3"), Number(100 * s.Precision, "F0") + " %", Number(100 * s.Recall, "F0") + " %",
        })]);

    static string Number(double value, string form) => value.ToString(form, CultureInfo.InvariantCulture);
}
