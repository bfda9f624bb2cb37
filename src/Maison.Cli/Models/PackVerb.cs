// maison models pack: a run becomes a model that ships, with receipt, curve and card. Packing is in Maison.Training; here are its words.

using System.CommandLine;
using System.Globalization;
using Maison.Cli.Terminal;
using Maison.Inference;
using Maison.Tensors;
using Maison.Training.Evaluations;
using Maison.Training.Packing;

namespace Maison.Cli.Models;

static class PackVerb
{
    public static Command Create(Surroundings here)
    {
        var run = new Argument<string>("run") { Description = "A run folder (its newest checkpoint) or a checkpoint folder" };
        var name = new Option<string>("--name") { Description = "The model's name", Required = true };
        var to = new Option<string?>("--to") { Description = "The folder of shipped models; otherwise models/ of this clone" };
        var data = new Option<string?>("--data") { Description = "The prepared data that trained it, for licences and held-out scores; otherwise where the run found it" };
        var eval = new Option<string?>("--eval") { Description = "Folder of questions to score it on, a .jsonl file each" };
        var limit = Choice.Whole("--limit", "Ask the first N questions of each file", 1, int.MaxValue);
        var temperature = Choice.Number("--temperature", "Of the samples, and the default where it is served; 0 is greedy (0)", 0, 2);
        var topP = Choice.Number("--top-p", "Likewise: keep the likeliest tokens up to this probability (1)", 1e-6f, 1);
        var repetition = Choice.Number("--repetition-penalty", "Likewise: against words that were used already (1 is off)", 0.1f, 10);
        var seed = Choice.Whole("--seed", "Of the samples", 0, int.MaxValue, 1);
        var licence = new Option<string>("--licence") { Description = "Terms of the weights as the card states them", DefaultValueFactory = _ => "cc-by-sa-4.0" };
        var note = new Option<string[]>("--note") { Description = "A remark for the card; may be repeated" };
        var force = new Option<bool>("--force") { Description = "Replace a model of that name even when it scores better" };
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);

        var command = new Command("pack", "Make a run a model that ships, with receipt, curve and card") { run, name, to, data, eval, limit, temperature, topP, repetition, seed, licence, note, force, threads };
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            ModelsVerb.CheckName(parsed.GetValue(name)!);
            var folder = Path.Combine(Path.GetFullPath(parsed.GetValue(to) ?? here.ShippedModels), parsed.GetValue(name)!);
            var sampling = new SamplingOptions(parsed.GetValue(temperature) ?? 0, TopP: parsed.GetValue(topP) ?? 1, RepetitionPenalty: parsed.GetValue(repetition) ?? 1, Seed: (ulong)parsed.GetValue(seed)!.Value);
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            ModelReceipt receipt;
            using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "items"))
                receipt = ModelPacker.Run(new PackOrder(parsed.GetValue(run)!, folder, parsed.GetValue(data), parsed.GetValue(eval), parsed.GetValue(limit), sampling, parsed.GetValue(licence)!,
                    parsed.GetValue(note) ?? [], parsed.GetValue(force)), gang, new Told<EvaluationProgress>(p => line.Report(p.Name, p.Done, p.Total)), stop);
            var size = new DirectoryInfo(folder).EnumerateFiles().Sum(f => f.Length);
            var score = receipt.YardstickBits is { } bits ? string.Create(CultureInfo.InvariantCulture, $", {bits:F4} bits per byte on held-out {ModelReceipt.Yardstick}") : "";
            output.WriteLine($"Packed {folder}: {ByteSize.Show(size)}{score}. Read its {CardWriter.FileName} before it is shipped.");
            return Task.FromResult(0);
        });
        return command;
    }
}
