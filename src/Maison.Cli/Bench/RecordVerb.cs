// maison bench record: the compute that a tuned GPT-2 with AdamW needs for the score that the house's model reaches with a given budget.

using System.CommandLine;
using System.Globalization;
using Maison.Cli.Terminal;
using Maison.Data.Preparation;
using Maison.Data.Shards;
using Maison.Tensors;
using Maison.Training.Baseline;
using Maison.Training.Text;

namespace Maison.Cli.Bench;

static class RecordVerb
{
    public static Command Create(Surroundings here)
    {
        var data = new Option<string>("--data") { Description = "Prepared shards (maison data prepare); one corpus is held out of its own training", Required = true };
        var run = new Option<string>("--run") { Description = "Folder for the trials; the same command goes on where an interrupted one stopped", Required = true };
        var corpus = new Option<string?>("--corpus") { Description = "Whose held-out text is scored; by default the first" };
        var against = new Option<string?>("--against") { Description = "Prepared shards, with their own tokenizer, that the baseline learns from instead; the corpus that is scored must be held out of both alike" };
        var budget = Choice.Number("--flops", "Training work of the house's model, and of the baseline's first budget (1e13)", 1e10f, 1e18f);
        var seeds = Choice.Whole("--seeds", "Seeds per tuned setting", 1, 20, 3);
        var threads = Choice.Whole("--threads", "Trials at once, a thread each; 0 takes one per processor. On a GPU one at a time", 0, 1024, 0);
        var device = ComputeDevice.Option();
        var command = new Command("record", "Measure the compute that a tuned GPT-2 needs for the house's quality, on the same text or, with --against, on its own") { data, run, corpus, against, budget, seeds, threads, device };
        command.SetAction((parsed, stop) =>
        {
            ComputeDevice.Use(parsed.GetValue(device));
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var (house, text) = Runner(data, parsed.GetValue(data)!, parsed.GetValue(corpus));
            var (baseline, same) = parsed.GetValue(against) is { } other ? Runner(against, other, text.Name) : (house, text);
            if (same != text) throw new UserException($"--against {parsed.GetValue(against)} holds out {same.Bytes:N0} bytes of {text.Name}, --data {text.Bytes:N0}: scores of different texts are not compared. Prepare both from the same corpus, and give it the weights 0 0 in both mixtures.");
            using var line = ProgressLine.Of(error, here.ErrorIsTerminal, "steps");
            var (taken, together) = (0L, parsed.GetValue(threads)!.Value is > 0 and var asked ? asked : Environment.ProcessorCount);
            var record = new ComputeRecord(new(parsed.GetValue(run)!), trial =>
            {
                var result = (trial.Arm == TrialRunner.Baseline ? baseline : house).Run(trial, (_, _) => line.Report("training", Interlocked.Increment(ref taken), 0), stop);
                lock (output)
                {
                    output.WriteLine(Row(result));
                    output.Flush();
                }
                return result;
            }, parsed.GetValue(device) == "cuda" ? 1 : together);
            // In decimals as typed: a budget is a name under which trials are found again, and 2.5 times one may be another record's.
            Show(record.Run((double)(decimal)(parsed.GetValue(budget) ?? 1e13f), parsed.GetValue(seeds)!.Value, between: parsed.GetValue(against) is null), output);
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>What trains on prepared shards, and the text that it scores.</summary>
    static (TrialRunner Runner, (string Name, long Bytes) Text) Runner(Option option, string folder, string? corpus)
    {
        var prepared = PreparedData.Read(folder);
        string[] names = [.. prepared.HeldOut.Select(path => Path.GetFileNameWithoutExtension(path)!)];
        var at = corpus is null ? 0 : Array.IndexOf(names, corpus);
        if (at < 0 || names.Length == 0) throw new UserException(corpus is null ? $"{option.Name} {folder} holds no held-out text." : $"--corpus {corpus} has no held-out text in {folder}. There are {string.Join(", ", names)}.");
        using var shard = new ShardReader(prepared.HeldOut[at]);
        return (new(prepared.Train, prepared.HeldOut[at], threads: 1), (names[at], shard.TextBytes));
    }

    static string Name(Trial t)
    {
        var (layers, hidden) = TextSizing.Ladder[t.Size];
        return string.Create(CultureInfo.InvariantCulture, $"{t.Arm} {t.Flops:0.0e0} {layers}×{hidden} batch {t.BatchTokens} rate {t.Rate:0.####} seed {t.Seed}");
    }

    static string Row(TrialResult r) => string.Create(CultureInfo.InvariantCulture, $"{Name(r.Trial),-60} {r.Steps,6} steps {r.Flops,10:0.00e0} FLOP {r.Seconds,7:F0} s   {r.BitsPerByte:F4} bits per byte");

    static void Show(ComputeRatios found, TextWriter output)
    {
        output.WriteLine();
        foreach (var tuned in found.Baseline.Concat(found.House))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Name(tuned.Settings),-60} {tuned.Flops,10:0.00e0} FLOP   {tuned.BitsPerByte:F4} bits per byte ({tuned.Seeds.Min(s => s.BitsPerByte):F4} to {tuned.Seeds.Max(s => s.BitsPerByte):F4})"));
        foreach (var (tuned, ratios) in found.House.Zip(found.Ratios))
            output.WriteLine(ratios.Max() <= 1
                ? $"{TrialRunner.Baseline} needs no more compute than {tuned.Settings.Arm}"
                : string.Create(CultureInfo.InvariantCulture, $"{TrialRunner.Baseline} needs {ratios.Order().ElementAt(ratios.Count / 2):F2} times the compute of {tuned.Settings.Arm} ({ratios.Min():F2} to {ratios.Max():F2} by seed)"));
    }
}
