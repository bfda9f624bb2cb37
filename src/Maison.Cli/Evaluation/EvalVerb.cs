// maison eval: what a model scores on files of questions and on held-out text.

using System.CommandLine;
using System.Globalization;
using Maison.Cli.Serving;
using Maison.Cli.Terminal;
using Maison.Tensors;
using Maison.Training.Evaluations;

namespace Maison.Cli.Evaluation;

static class EvalVerb
{
    public static Command Create(Surroundings here) => new("eval", "Score a model") { Text(here), EvalVoice.Create(here), EvalG2p.Create(here), EvalModeration.Create(here), EvalImage.Create(here) };

    static Command Text(Surroundings here)
    {
        var model = new Option<string>("--model") { Description = "A run, checkpoint or model folder, or a name that `maison models list` shows", Required = true };
        var eval = new Option<string?>("--eval") { Description = "Folder of questions, a .jsonl file each: query+choices+gold, context+continuation or question+answer" };
        var data = new Option<string?>("--data") { Description = "Folder of prepared data (maison data prepare): bits per byte of each held-out shard" };
        var limit = Choice.Whole("--limit", "Look at the first N rows of each file; shards are always scored whole", 1, int.MaxValue);
        var only = new Option<string[]>("--only") { Description = "Names of files and corpora to score, instead of all", AllowMultipleArgumentsPerToken = true };
        var to = new Option<string?>("--out") { Description = "File of scores to add to; what it already holds for these weights is not done again" };
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var json = new Option<bool>("--json") { Description = "Print one JSON line per score" };

        var command = new Command("text", "Score a text model: multiple choice, last words, word problems, bits per byte") { model, eval, data, limit, only, to, threads, json };
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var tasks = EvaluationTasks.Find(parsed.GetValue(eval), parsed.GetValue(data), parsed.GetValue(only) ?? []);
            foreach (var note in tasks.Notes) error.WriteLine(note);
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            using var subject = EvaluatedModel.Load(Folder(parsed.GetValue(model)!, here), gang);
            var log = parsed.GetValue(to) is { } path ? new ScoreLog(path) : null;
            var asJson = parsed.GetValue(json);
            var scores = new List<EvaluationScore>();
            using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "items"))
                foreach (var score in tasks.Run(new TextEvaluation(subject, new Told<EvaluationProgress>(p => line.Report(p.Name, p.Done, p.Total)), log), parsed.GetValue(limit), stop))
                {
                    scores.Add(score);
                    if (asJson) output.WriteLine(score.ToJson());
                }
            if (!asJson) TextTable.Write(output, ["NAME", "N", "SCORE", "", "CHANCE"], [.. scores.Select(Row)]);
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>A folder as it is, or the folder of a model by that name.</summary>
    internal static string Folder(string model, Surroundings here)
        => Directory.Exists(model) ? model : ModelShelf.Named(model, HomeFolder.Of(here).Models, here.ShippedModels).Folder;

    static string[] Row(EvaluationScore score)
    {
        var shown = score.Metrics.Select(m => $"{Words(m.Key)} {Number(m.Value.Value)}{(m.Value.Error is { } e ? $" ± {Number(e)}" : "")}").ToArray();
        return [(score.Kind == EvaluationKind.HeldOutChat ? "chat/" : "") + score.Name, $"{score.Count:N0}{(score.Limit is null ? "" : " first")}", shown[0],
            string.Join(", ", shown[1..]) + (score.TooLong > 0 ? $"{(shown.Length > 1 ? ", " : "")}{score.TooLong:N0} too long" : ""), score.Chance is { } c ? Number(c) : ""];
    }

    static string Words(string metric) => metric switch
    {
        MetricNames.AccuracyPerByte => "accuracy per byte",
        MetricNames.BitsPerByte => "bits per byte",
        _ => metric,
    };

    static string Number(double value) => value.ToString(Math.Abs(value) < 100 ? "F3" : "F1", CultureInfo.InvariantCulture);
}
