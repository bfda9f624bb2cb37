// maison bench record: the compute that a tuned GPT-2 with AdamW needs for the score that the house's model reaches with a given budget.

using System.CommandLine;
using System.Globalization;
using Maison.Cli.Terminal;
using Maison.Data.Preparation;
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
        var budget = Choice.Number("--flops", "Training work of the house's model, and of the baseline's first budget (1e13)", 1e10f, 1e18f);
        var seeds = Choice.Whole("--seeds", "Seeds per tuned setting", 1, 20, 3);
        var threads = Choice.Whole("--threads", "Trials at once, a thread each; 0 takes one per processor. On a GPU one at a time", 0, 1024, 0);
        var device = ComputeDevice.Option();
        var command = new Command("record", "Measure the compute that a tuned GPT-2 needs for the house's quality") { data, run, corpus, budget, seeds, threads, device };
        command.SetAction((parsed, stop) =>
        {
            ComputeDevice.Use(parsed.GetValue(device));
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var prepared = PreparedData.Read(parsed.GetValue(data)!);
            var scored = parsed.GetValue(corpus) is { } name
                ? prepared.HeldOut.FirstOrDefault(path => Path.GetFileNameWithoutExtension(path) == name) ?? throw new UserException($"--corpus {name} has no held-out text in {parsed.GetValue(data)}. There are {string.Join(", ", prepared.HeldOut.Select(Path.GetFileNameWithoutExtension))}.")
                : prepared.HeldOut.FirstOrDefault() ?? throw new UserException($"--data {parsed.GetValue(data)} holds no held-out text.");
            var runner = new TrialRunner(prepared.Train, scored, threads: 1);
            using var line = ProgressLine.Of(error, here.ErrorIsTerminal, "steps");
            var (taken, together) = (0L, parsed.GetValue(threads)!.Value is > 0 and var asked ? asked : Environment.ProcessorCount);
            var record = new ComputeRecord(new(parsed.GetValue(run)!), trial =>
            {
                var result = runner.Run(trial, (_, _) => line.Report("training", Interlocked.Increment(ref taken), 0), stop);
                lock (output)
                {
                    output.WriteLine(Row(result));
                    output.Flush();
                }
                return result;
            }, parsed.GetValue(device) == "cuda" ? 1 : together);
            // In decimals as typed: a budget is a name under which trials are found again, and 2.5 times one may be another record's.
            Show(record.Run((double)(decimal)(parsed.GetValue(budget) ?? 1e13f), parsed.GetValue(seeds)!.Value), output);
            return Task.FromResult(0);
        });
        return command;
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
