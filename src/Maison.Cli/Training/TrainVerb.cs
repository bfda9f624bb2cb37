// maison train text: from prepared shards, raw corpora or one text file to a trained model, in a run folder that can be stopped and
// resumed at any time. The page that shows it is TextPage.

using System.CommandLine;
using Maison.Cli.Data;
using Maison.Cli.Terminal;
using Maison.Data.Chat;
using Maison.Data.Preparation;
using Maison.Data.Tokenizers;
using Maison.Tensors;
using Maison.Training.Text;

namespace Maison.Cli.Training;

static class TrainVerb
{
    /// <summary>Vocabulary of data that is prepared on the way: small for small texts, whose words would otherwise be seen once.</summary>
    const int smallVocab = 2048, fullVocab = 8192, smallText = 20 << 20;

    public static Command Create(Surroundings here) => new("train", "Train a model") { Text(here), VoiceTraining.Create(here), ImageTraining.Create(here), G2pTraining.Create(here), ModerationTraining.Create(here) };

    static Command Text(Surroundings here)
    {
        var run = new Option<string?>("--run") { Description = "Run folder, resumed when it exists; by default runs/NAME in the data folder, named after --data" };
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var evaluateEvery = Choice.Whole("--evaluate-every", "Steps between held-out scores; 0 scores only at the end", 0, int.MaxValue, 250);
        var checkpointEvery = Choice.Number("--checkpoint-minutes", "Minutes between checkpoints (4)", 0, 100_000);
        var device = ComputeDevice.Option();
        var options = new TextRunOptions();
        var preferences = new PreferenceTraining(options);
        var rewards = new RewardTraining(options);

        var command = new Command("text", "Train a text model; the same command goes on where an interrupted one stopped") { run, device, threads, evaluateEvery, checkpointEvery, preferences.Pairs, preferences.Beta, rewards.Task };
        foreach (var option in options.All) command.Add(option);
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            ComputeDevice.Use(parsed.GetValue(device));
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            var folder = Path.GetFullPath(parsed.GetValue(run) ?? DefaultRun(here, options.Data(parsed) ?? parsed.GetValue(preferences.Pairs) ?? parsed.GetValue(rewards.Task)));
            using var alone = RunLock.Take(folder);
            var every = TimeSpan.FromMinutes(parsed.GetValue(checkpointEvery) ?? 4);
            if (parsed.GetValue(preferences.Pairs) is not null && parsed.GetValue(rewards.Task) is not null) throw new UserException("--prefer and --reward are two kinds of run. Give one of them.");
            if (preferences.Concerns(parsed, folder)) return Task.FromResult(preferences.Run(parsed, folder, gang, output, here.OutputIsTerminal, every, stop));
            if (rewards.Concerns(parsed, folder)) return Task.FromResult(rewards.Run(parsed, folder, gang, output, here.OutputIsTerminal, every, stop));
            if (File.Exists(Path.Combine(folder, TextRunPlan.FileName)))
            {
                var plan = TextRunPlan.Load(folder);
                options.Prolong(parsed, plan, folder, new RunCheckpoints(folder).LatestStep()).Save(folder);
            }
            else
            {
                var source = options.Data(parsed) ?? throw new UserException("--data is needed to start a run: prepared shards, a folder of corpora, or a text file.");
                var prepared = Prepared(here, error, source, folder, parsed.GetValue(threads)!.Value, stop);
                var plan = options.Plan(parsed, prepared, gang);
                Directory.CreateDirectory(folder);
                var tokenizer = Path.Combine(folder, "tokenizer.json");
                File.Copy(Path.Combine(prepared, "tokenizer.json"), tokenizer, overwrite: true);
                ChatTemplate.SaveConfig(BpeTokenizer.Load(tokenizer), folder, plan.Model.Context, options.TunesChat(parsed));
                options.Save(parsed, folder);
                // The last, since a folder with a plan is a run that has begun.
                plan.Save(folder);
            }
            TextPage? page = null;
            using var trainer = new TextTrainer(folder, gang) { Sampler = RunSampler.Of(folder, TextRunPlan.Load(folder), gang, samples => page!.Samples(samples)) };
            output.WriteLine($"Run folder: {folder}");
            page = new TextPage(trainer, output, here.OutputIsTerminal);
            var done = trainer.Run(every, parsed.GetValue(evaluateEvery)!.Value, page.Step, page.HeldOut, stop);
            page.Finish(done);
            return Task.FromResult(done ? 0 : 130);
        });
        return command;
    }

    static string DefaultRun(Surroundings here, string? data)
        => Path.Combine(HomeFolder.Of(here).Path, "runs", Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(data ?? throw new UserException("Give --data to start a run, or --run to go on with one."))));

    /// <summary>The folder of shards: the source itself, or what is made of it inside the run folder.</summary>
    static string Prepared(Surroundings here, TextWriter error, string source, string run, int threads, CancellationToken stop)
    {
        if (File.Exists(Path.Combine(source, DataLedger.FileName))) return source;
        if (!File.Exists(source) && !Directory.Exists(source)) throw new UserException($"--data {source}: there is no such file or folder.");
        var folder = Path.Combine(run, "data");
        var vocab = File.Exists(source) && new FileInfo(source).Length < smallText ? smallVocab : fullVocab;
        DataVerb.Run(here, error, [source], folder, tokenizer: null, vocab, MixtureTable.House, questions: null, threads, stop);
        return folder;
    }
}
