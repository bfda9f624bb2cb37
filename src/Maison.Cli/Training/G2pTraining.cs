// maison train g2p: from a pronouncing dictionary to a network that says words which are in none. It is a small text model over letters
// and phones, so the text trainer trains it, and everything about runs, checkpoints and stopping holds here too.

using System.CommandLine;
using Maison.Cli.Terminal;
using Maison.Data.Speech;
using Maison.Models.Text;
using Maison.Tensors;
using Maison.Training;
using Maison.Training.Optimisers;
using Maison.Training.Text;

namespace Maison.Cli.Training;

static class G2pTraining
{
    const int RowTokens = G2pVocabulary.Context;

    public static Command Create(Surroundings here)
    {
        var data = new Option<string?>("--data") { Description = "A pronouncing dictionary in the form of CMUdict: a word and its ARPAbet phones per line" };
        var run = new Option<string?>("--run") { Description = "Run folder, resumed when it exists; by default runs/g2p in the data folder" };
        var steps = Choice.Whole("--steps", "Optimiser steps; on a run that exists, its new length (5000)", 1, int.MaxValue);
        var layers = Choice.Whole("--layers", "Blocks", 1, 64, 4);
        var hidden = Choice.Whole("--hidden", "Features of the residual stream, a multiple of 64", 64, 4096, 128);
        var batch = Choice.Whole("--batch-tokens", $"Letters and phones per step, a multiple of {RowTokens}", RowTokens, 1 << 20, 32 * RowTokens);
        var scale = Choice.Number("--lr-scale", "Multiplies all learning rates (1)", 1e-6f, 1e6f);
        var dropout = Choice.Number("--dropout", "Share of features that layers drop while they learn (0.1)", 0, 0.9f);
        var start = new Option<string?>("--start") { Description = "Run or checkpoint folder to take weights and sizes from" };
        var seed = Choice.Whole("--seed", "Fixes starting values and the order of the data", 0, int.MaxValue, 1);
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var checkpointEvery = Choice.Number("--checkpoint-minutes", "Minutes between checkpoints (4)", 0, 100_000);

        var command = new Command("g2p", "Train the network that turns letters into phones; the same command goes on where an interrupted one stopped")
            { data, run, steps, layers, hidden, batch, scale, dropout, start, seed, threads, checkpointEvery };
        command.SetAction((parsed, stop) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var folder = Path.GetFullPath(parsed.GetValue(run) ?? Path.Combine(HomeFolder.Of(here).Path, "runs", "g2p"));
            using var alone = RunLock.Take(folder);
            if (File.Exists(Path.Combine(folder, TextRunPlan.FileName)))
            {
                if (new Option[] { layers, hidden, batch, scale, dropout, start, seed }.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } option)
                    throw new UserException($"{option.Name} cannot change a run that has begun. Leave it out to go on, or start another run with --run.");
                var plan = TextRunPlan.Load(folder);
                if (parsed.GetValue(steps) is { } longer)
                {
                    var done = new RunCheckpoints(folder).LatestStep();
                    if (longer < done) throw new UserException($"--steps {longer}: the run has done {done} already.");
                    (plan with { Schedule = Rates(longer) }).Validated().Save(folder);
                }
            }
            else
            {
                var source = parsed.GetValue(data) ?? throw new UserException("--data is needed to start a run: a pronouncing dictionary such as cmudict.dict.");
                if (Directory.Exists(source)) source = Path.Combine(source, "cmudict.dict");
                if (!File.Exists(source)) throw new UserException($"--data {source}: there is no such file.");
                if (parsed.GetValue(hidden)!.Value % 64 != 0) throw new UserException($"--hidden {parsed.GetValue(hidden)}: give a multiple of 64.");
                if (parsed.GetValue(batch)!.Value % RowTokens != 0) throw new UserException($"--batch-tokens {parsed.GetValue(batch)}: give a multiple of {RowTokens}.");
                if (parsed.GetValue(start) is not null && new Option[] { layers, hidden }.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } size)
                    throw new UserException($"{size.Name} cannot be given with --start: the sizes are those of its weights.");
                var begin = parsed.GetValue(start) is { } path ? RunCheckpoints.Resolve(path) : null;
                var shape = begin is null ? Shape(parsed.GetValue(layers)!.Value, parsed.GetValue(hidden)!.Value) : DecoderCheckpoint.ReadConfig(begin) with { Context = G2pVocabulary.Context };
                var dictionary = new G2pData(Lexicon.Load(source));
                var (train, heldOut) = dictionary.WriteShards(Path.Combine(folder, "data"));
                output.WriteLine($"{dictionary.Words(G2pPart.Train).Count():N0} words to train, {dictionary.Words(G2pPart.Tune).Count():N0} to choose by, {dictionary.Words(G2pPart.Test).Count():N0} to test; {dictionary.LeftOut.Count():N0} left out");
                var (by, rates) = (parsed.GetValue(scale) ?? 1, new OptimiserOptions());
                new TextRunPlan(shape, new Dictionary<string, double> { [train] = 1 }, [heldOut],
                    RowTokens, parsed.GetValue(batch)!.Value, parsed.GetValue(batch)!.Value, Rates(parsed.GetValue(steps) ?? 5000),
                    rates with { Matrix = rates.Matrix * by, Embedding = rates.Embedding * by, Head = rates.Head * by, Scalar = rates.Scalar * by },
                    parsed.GetValue(seed)!.Value, begin, Dropout: parsed.GetValue(dropout) ?? 0.1f).Validated().Save(folder);
            }
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            using var trainer = new TextTrainer(folder, gang);
            output.WriteLine($"Run folder: {folder}");
            var page = new TextPage(trainer, output, here.OutputIsTerminal);
            var finished = trainer.Run(TimeSpan.FromMinutes(parsed.GetValue(checkpointEvery) ?? 4), 500, page.Step, page.HeldOut, stop);
            page.Finish(finished);
            return Task.FromResult(finished ? 0 : 130);
        });
        return command;
    }

    static Schedule Rates(int steps) => new(steps, Math.Min(100, steps / 4), steps / 2, 0.02);

    /// <summary>Heads of 32: a phone looks at a handful of letters, and many small heads find them better than few large ones.</summary>
    static TextConfig Shape(int layers, int hidden) => new()
    {
        Vocab = G2pVocabulary.Count,
        Hidden = hidden,
        Layers = layers,
        Heads = hidden / 32,
        KvHeads = hidden / 32,
        HeadDim = 32,
        Intermediate = hidden * 5 / 2,
        Context = G2pVocabulary.Context,
    };
}
