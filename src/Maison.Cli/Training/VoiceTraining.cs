// maison train voice: one stage of a voice from prepared recordings, in a run folder that can be stopped and resumed at any time.

using System.CommandLine;
using System.CommandLine.Parsing;
using Maison.Cli.Speech;
using Maison.Cli.Terminal;
using Maison.Data.Speech;
using Maison.Data.Speech.Reading;
using Maison.Tensors;
using Maison.Tensors.Cuda;
using Maison.Training;
using Maison.Training.Optimisers;
using Maison.Training.Speech;
using Maison.Training.Voice;

namespace Maison.Cli.Training;

static class VoiceTraining
{
    /// <summary>A stage, its recipe and how it is made from a plan.</summary>
    /// <param name="Texts">Whether it needs to know what is said, and so the front end.</param>
    /// <param name="Dropout">Share of features that its layers drop while they learn.</param>
    sealed record Stage(string Name, int Steps, int Batch, AdamWOptions Optimiser, bool Texts, Func<VoiceRunPlan, VoiceData?, Gang, IVoiceStage> Make, float Dropout = 0);

    static readonly Stage[] Stages =
    [
        new("aligner", 300, 16, new(Rate: 0.05, Beta2: 0.95, Decay: 0, ClipNorm: 0), true, (plan, data, gang) => new AlignerStage(plan, data!, gang)),
        new(AcousticStage.PlainName, 3600, 16, new(Rate: 1.5e-3, Decay: 0.02), true, (plan, data, gang) => new AcousticStage(plan, data!, gang), 0.2f),
        new(AcousticStage.JudgedName, 1600, 16, new(Rate: 3e-4, Beta1: 0.8, Beta2: 0.95, Decay: 0.02), true, (plan, data, gang) => new AcousticStage(plan, data!, gang), 0.1f),
        new(VocoderStage.SpectralName, 3000, 8, new(Rate: 1e-3, Beta1: 0.8), false, (plan, _, gang) => new VocoderStage(plan, gang)),
        new(VocoderStage.JudgedName, 8000, 8, new(Rate: 2e-4, Beta1: 0.8, Beta2: 0.9, ClipNorm: 10), false, (plan, _, gang) => new VocoderStage(plan, gang)),
    ];

    public static Command Create(Surroundings here)
    {
        var stage = Choice.Word("--stage", $"Which part of the voice: {string.Join(", ", Stages.Select(s => s.Name))}", [.. Stages.Select(s => s.Name)]);
        var data = new Option<string?>("--data") { Description = "Prepared recordings (maison data prepare-voice)" };
        var lexicon = new Option<string?>("--lexicon") { Description = $"Pronouncing dictionary in the form of the CMU dictionary, for words in no table; otherwise {G2pModel.Shipped} says them" };
        var run = new Option<string?>("--run") { Description = "Run folder, resumed when it exists" };
        var aligner = new Option<string?>("--aligner") { Description = "Run or checkpoint of an aligner: gives the acoustic model its lengths; an aligner is compared with it" };
        var start = new Option<string?>("--start") { Description = "Run or checkpoint folder to take weights from; an aligner first puts the pauses it hears between words" };
        var steps = Choice.Whole("--steps", "Optimiser steps; on a run that exists, its new length", 1, int.MaxValue);
        var batch = Choice.Whole("--batch", "Utterances per step; a vocoder hears a second of each", 1, 4096);
        var hidden = Choice.Whole("--hidden", "Features of the model", 16, 4096);
        var rate = Choice.Number("--lr", "Learning rate", 0, 1);
        var dropout = Choice.Number("--dropout", "Share of features that an acoustic model drops while it learns (0.2, before judges 0.1)", 0, 0.9f);
        var seed = Choice.Whole("--seed", "Fixes starting values and the order of the data", 0, int.MaxValue, 1);
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var evaluateEvery = Choice.Whole("--evaluate-every", "Steps between held-out measures; 0 measures only at the end", 0, int.MaxValue, 200);
        var checkpointEvery = Choice.Number("--checkpoint-minutes", "Minutes between checkpoints (4)", 0, 100_000);
        var device = ComputeDevice.Option();
        Option[] planned = [stage, data, lexicon, aligner, start, batch, hidden, rate, dropout, seed];

        var command = new Command("voice", "Train one stage of a voice; --run alone goes on where an interrupted run stopped") { run, steps, device, threads, evaluateEvery, checkpointEvery };
        foreach (var option in planned) command.Add(option);
        command.SetAction((parsed, stop) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var folder = Path.GetFullPath(parsed.GetValue(run) ?? throw new UserException("--run is needed: the folder of the run."));
            using var alone = RunLock.Take(folder);
            VoiceRunPlan plan;
            if (File.Exists(Path.Combine(folder, VoiceRunPlan.FileName)))
            {
                plan = Prolonged(VoiceRunPlan.Load(folder), parsed, planned, parsed.GetValue(steps), new CheckpointFolders(folder).LatestStep());
            }
            else
            {
                var name = parsed.GetValue(stage) ?? throw new UserException($"--stage is needed to start a run: {string.Join(", ", Stages.Select(s => s.Name))}.");
                var recipe = Stages.First(s => s.Name == name);
                var count = parsed.GetValue(steps) ?? recipe.Steps;
                if (name is AcousticStage.PlainName or AcousticStage.JudgedName && parsed.GetValue(aligner) is null) throw new UserException($"--aligner is needed for the {name} stage: the run of an aligner, which tells the length of every phone.");
                if (parsed.GetValue(dropout) is not null && recipe.Dropout == 0) throw new UserException($"--dropout is for the stages {AcousticStage.PlainName} and {AcousticStage.JudgedName}; {name} drops nothing.");
                plan = new VoiceRunPlan(name, Path.GetFullPath(parsed.GetValue(data) ?? throw new UserException("--data is needed to start a run: a folder of prepared recordings.")),
                    new Schedule(count, Math.Min(100, count / 4), count / 2, 0.02), recipe.Optimiser with { Rate = parsed.GetValue(rate) ?? recipe.Optimiser.Rate },
                    parsed.GetValue(batch) ?? recipe.Batch, parsed.GetValue(seed)!.Value, Checkpoint(parsed.GetValue(start)), Checkpoint(parsed.GetValue(aligner)), parsed.GetValue(hidden) ?? 0,
                    parsed.GetValue(lexicon) is { } dictionary ? Path.GetFullPath(dictionary) : null, parsed.GetValue(dropout) ?? recipe.Dropout).Validated();
            }
            ComputeDevice.Use(parsed.GetValue(device), ProductPrecision.TensorFloat32);  // judges hear what bf16 rounds away
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            var chosen = Stages.FirstOrDefault(s => s.Name == plan.Stage) ?? throw new UserException($"{folder} is a run of '{plan.Stage}', which is no stage of this program: {string.Join(", ", Stages.Select(s => s.Name))}.");
            using var front = chosen.Texts && plan.Lexicon is null ? LoadedFrontEnd.Load(here, null, null, EmojiReading.Skip, gang, parsed.InvocationConfiguration.Error) : null;
            var texts = !chosen.Texts ? null : plan.Lexicon is { } words ? RecordedTexts.Of(Lexicon.Load(words)) : new RecordedTexts(front!.Reader);
            var examples = texts is null ? null : VoiceData.Read(plan.Data, texts.Tokens);
            using var made = chosen.Make(plan, examples, gang);
            // Only now: a plan whose data cannot be read is no run.
            plan.Save(folder);
            var trainer = new VoiceTrainer(folder, plan, made);
            output.WriteLine($"Run folder: {folder}");
            if (examples is not null) output.WriteLine($"{examples.Train.Count:N0} utterances, {examples.Train.Sum(e => e.Frames) / 6000.0:F0} minutes; {examples.HeldOut.Count:N0} held out");
            if (texts is { Unknown.Count: > 0 }) output.WriteLine($"Utterances left out for words that nothing knows: {string.Join(", ", texts.Unknown)}");
            if (texts is { Guessed.Count: > 0 }) output.WriteLine($"Words said by the network: {string.Join(", ", texts.Guessed)}");
            var page = new VoicePage(plan, trainer, output, here.OutputIsTerminal);
            var done = trainer.Run(TimeSpan.FromMinutes(parsed.GetValue(checkpointEvery) ?? 4), parsed.GetValue(evaluateEvery)!.Value, page.Step, page.HeldOut, stop);
            page.Finish(done);
            return Task.FromResult(done ? 0 : 130);
        });
        return command;
    }

    static string? Checkpoint(string? path) => path is null ? null : CheckpointFolders.Resolve(path);

    /// <summary>The plan of a run that exists: only its length may change.</summary>
    static VoiceRunPlan Prolonged(VoiceRunPlan plan, ParseResult parsed, Option[] planned, int? steps, int done)
    {
        if (planned.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } option)
            throw new UserException($"{option.Name} cannot change a run that has begun. Leave it out to go on, or start another run with --run.");
        if (steps is not { } count) return plan;
        if (count < done) throw new UserException($"--steps {count}: the run has done {done} already.");
        return (plan with { Schedule = plan.Schedule with { Steps = count, DecaySteps = Math.Min(count / 2, count - plan.Schedule.WarmupSteps) } }).Validated();
    }
}
