// maison train image: one stage of the image model from prepared pictures, in a run folder that can be stopped and resumed at any time.

using System.CommandLine;
using System.CommandLine.Parsing;
using Maison.Cli.Terminal;
using Maison.Models.Image;
using Maison.Tensors;
using Maison.Tensors.Cuda;
using Maison.Training;
using Maison.Training.Evaluations;
using Maison.Training.Image;
using static System.FormattableString;

namespace Maison.Cli.Training;

static class ImageTraining
{
    static readonly string[] stages = [AutoencoderStage.Name, FlowStage.Name, FlowStage.DistilName, RewardedStage.Name, UpscalerStage.Name, JudgeStage.Name];

    public static Command Create(Surroundings here)
    {
        var stage = Choice.Word("--stage", "Which part of the model: autoencoder, then flow, then distil, which makes a flow paint in few steps, and rewarded, which lets a judge teach it; upscaler, which doubles the sides of any picture; judge, which scores them", stages);
        var data = new Option<string?>("--data") { Description = "Prepared pictures (maison data prepare-image)" };
        var run = new Option<string?>("--run") { Description = "Run folder, resumed when it exists" };
        var autoencoder = new Option<string?>("--autoencoder") { Description = "Run or checkpoint of an autoencoder, for the flow" };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "tokenizer.json of the captions, or a folder with one, for the flow" };
        var begin = new Option<string?>("--from") { Description = "Run or checkpoint of a flow, not distilled, or of a judge, to go on from, longer, with other pictures or, a judge, with more --blocks" };
        var teacher = new Option<string?>("--teacher") { Description = "Run or checkpoint of a flow, for distil; of a distilled one, for rewarded" };
        var reward = new Option<string?>("--judge") { Description = "Run or checkpoint of a judge (--stage judge --colours), for rewarded; not the one that scores" };
        var anchor = Choice.Number("--anchor", Invariant($"How much it counts, in rewarded, how far guesses are from those of the first flow ({RewardedStage.UsualAnchor})"), 0, 1e6f);
        var critic = Choice.Number("--critic", Invariant($"How strongly a critic, who learns to tell painted from real pictures, pulls a flow in rewarded, as a share of how strongly the judge does; 0 has none ({RewardedStage.UsualCritic})"), 0, 100);
        var fewSteps = Choice.Whole("--few-steps", "Steps in which a distilled flow paints (8), or a rewarded one while it learns (4)", 1, 16);
        var steps = Choice.Whole("--steps", "Optimiser steps; on a run that exists, its new length", 1, int.MaxValue);
        var minutes = Choice.Number("--minutes", "Minutes of stepping in place of --steps; on a run that exists, its new length", 0.01f, 100_000);
        var batch = Choice.Whole("--batch", "Pictures per step (64 for an autoencoder, 256 for a flow or to distil, 16 to reward, 32 for an upscaler, 128 for a judge)", 1, 4096);
        var side = Choice.Whole("--side", "Pixels of a picture, down and across, a multiple of 16 (128); of a crop for an upscaler (64); of what a judge sees (64)", 16, 512);
        var pictures = Choice.Whole("--pictures", "Most pictures to train on; 0 for all", 0, int.MaxValue, 0);
        var hidden = Choice.Whole("--hidden", "Features of the flow; channels of the autoencoder or the judge at a quarter of the resolution, or of the upscaler", 16, 4096);
        var blocks = Choice.Whole("--blocks", "Blocks of the flow; residual blocks of the upscaler, or per resolution of the decoder or the judge", 0, 64);
        var patch = Choice.Whole("--patch", "Latents down and across that a token of the flow holds", 1, 8, 2);
        var colours = new Option<bool>("--colours") { Description = "A judge names colours and numbers as well, to teach a flow; what scores leaves them to pixels" };
        var rate = Choice.Number("--lr", "Learning rate of matrices", 0, 1);
        var dropout = Choice.Number("--dropout", "Share of features that a flow's layers drop while they learn (0.1)", 0, 0.9f);
        var timeShift = Choice.Number("--time-shift", "How far the times that a flow learns at are moved to noise, in logits (0.5)", -4, 4);
        var optimiser = Choice.Word("--optimiser", "What trains a flow: muon for matrices and AdamW for the rest (muon), or adamw for all at one rate", FlowStage.MuonName, FlowStage.AdamWName);
        var seed = Choice.Whole("--seed", "Fixes starting values and the order of the data", 0, int.MaxValue, 1);
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var evaluateEvery = Choice.Whole("--evaluate-every", "Steps between held-out measures; 0 measures only at the end", 0, int.MaxValue, 500);
        var checkpointEvery = Choice.Number("--checkpoint-minutes", "Minutes between checkpoints (4)", 0, 100_000);
        var device = ComputeDevice.Option();
        Option[] planned = [stage, data, autoencoder, tokenizer, begin, teacher, reward, anchor, critic, fewSteps, batch, side, pictures, hidden, blocks, patch, colours, rate, dropout, timeShift, optimiser, seed];

        var command = new Command("image", "Train one stage of an image model; --run alone goes on where an interrupted run stopped") { run, steps, minutes, device, threads, evaluateEvery, checkpointEvery };
        foreach (var option in planned) command.Add(option);
        command.SetAction((parsed, stop) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var folder = Path.GetFullPath(parsed.GetValue(run) ?? throw new UserException("--run is needed: the folder of the run."));
            using var alone = RunLock.Take(folder);
            if (parsed.GetValue(steps) is not null && parsed.GetValue(minutes) is not null) throw new UserException("Give --steps or --minutes, not both.");
            var plan = File.Exists(Path.Combine(folder, ImageRunPlan.FileName))
                ? Prolonged(ImageRunPlan.Load(folder), parsed, planned, parsed.GetValue(steps), parsed.GetValue(minutes))
                : Begun(parsed);
            // Pixels are told apart by less than bf16 holds.
            ComputeDevice.Use(parsed.GetValue(device), plan.Stage is AutoencoderStage.Name or UpscalerStage.Name ? ProductPrecision.TensorFloat32 : ProductPrecision.BFloat16);
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            output.WriteLine("Decoding pictures …");
            using var line = ProgressLine.Of(parsed.InvocationConfiguration.Error, here.ErrorIsTerminal, "views");
            using IImageStage made = plan.Stage switch
            {
                AutoencoderStage.Name => new AutoencoderStage(plan, gang),
                FlowStage.Name or FlowStage.DistilName => new FlowStage(plan, gang, folder, new Told<EvaluationProgress>(p => line.Report(p.Name, p.Done, p.Total)), stop),
                RewardedStage.Name => new RewardedStage(plan, gang),
                UpscalerStage.Name => new UpscalerStage(plan, gang),
                JudgeStage.Name => new JudgeStage(plan, gang),
                _ => throw new UserException($"{folder} is a run of '{plan.Stage}', which is no stage of this program: {string.Join(", ", stages)}."),
            };
            line.Dispose();
            // Only now: a plan whose data cannot be read is no run.
            plan.Save(folder);
            var trainer = new ImageTrainer(folder, plan, made);
            output.WriteLine($"Run folder: {folder}");
            var page = new ImagePage(plan, trainer, output, here.OutputIsTerminal);
            var done = trainer.Run(TimeSpan.FromMinutes(parsed.GetValue(checkpointEvery) ?? 4), parsed.GetValue(evaluateEvery)!.Value, page.Step, page.HeldOut, stop);
            page.Finish(done);
            return Task.FromResult(done ? 0 : 130);
        });
        return command;

        ImageRunPlan Begun(ParseResult parsed)
        {
            var name = parsed.GetValue(stage) ?? throw new UserException($"--stage is needed to start a run: one of {string.Join(", ", stages)}.");
            var source = Path.GetFullPath(parsed.GetValue(data) ?? throw new UserException("--data is needed to start a run: a folder of prepared pictures."));
            if (name != RewardedStage.Name && new Option[] { reward, anchor, critic }.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } rewards) throw new UserException($"{rewards.Name} belongs to --stage {RewardedStage.Name}.");
            if (name is FlowStage.DistilName or RewardedStage.Name) return Taught(name, source, parsed);
            if ((parsed.GetValue(teacher) is null ? parsed.GetResult(fewSteps) is { Implicit: false } ? fewSteps : null : (Option)teacher) is { } other) throw new UserException($"{other.Name} belongs to --stage {FlowStage.DistilName} or {RewardedStage.Name}.");
            if (name != FlowStage.Name && new Option[] { dropout, timeShift, optimiser }.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } flows) throw new UserException($"{flows.Name} belongs to --stage {FlowStage.Name}.");
            if (name is not (FlowStage.Name or JudgeStage.Name) && parsed.GetValue(begin) is not null) throw new UserException($"{begin.Name} belongs to --stage {FlowStage.Name} or {JudgeStage.Name}.");
            if (name != JudgeStage.Name && parsed.GetValue(colours)) throw new UserException($"{colours.Name} belongs to --stage {JudgeStage.Name}.");
            bool flow = name == FlowStage.Name, upscaler = name == UpscalerStage.Name, judge = name == JudgeStage.Name;
            var adamw = parsed.GetValue(optimiser) == FlowStage.AdamWName;
            var before = parsed.GetValue(begin) is not { } path ? null : flow ? Flow(begin, path, distilled: false) : Checkpoint(path);
            if (before is not null && new Option[] { side, hidden, patch, colours }.Concat(judge ? [] : [blocks]).FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } shape) throw new UserException($"{shape.Name} follows from what {begin.Name} names. Leave it out.");
            int? width = parsed.GetValue(hidden), depth = parsed.GetValue(blocks);
            var enlarger = new UpscalerConfig();
            enlarger = new() { Channels = width ?? enlarger.Channels, Blocks = depth ?? enlarger.Blocks };
            var seen = new JudgeConfig();
            seen = seen with { Channels = width ?? seen.Channels, Blocks = depth ?? seen.Blocks, Colours = parsed.GetValue(colours) };
            if (judge && before is not null)
            {
                // What it knows of styles and names follows from the pictures; blocks may be added.
                var former = ImageCheckpoint.JudgeConfigOf(before);
                if (depth < former.Blocks) throw new UserException($"--blocks {depth} would drop what {before} learned in its {former.Blocks}. Give as many or more.");
                seen = former with { Styles = seen.Styles, Names = seen.Names, Blocks = depth ?? former.Blocks };
            }
            var coder = new AutoencoderConfig();
            if (width is { } w) coder = coder with { Quarter = w, Half = w / 2, Eighth = w * 3 / 2 };
            if (depth is { } d) coder = coder with { DecoderBlocks = d, EncoderBlocks = Math.Min(d, coder.EncoderBlocks) };
            var transformer = new FlowConfig { Patch = parsed.GetValue(patch)!.Value };
            if (width is { } h) transformer = transformer with { Hidden = h, Heads = Math.Max(1, h / 64), Inner = (h * 8 / 3 + 31) / 32 * 32 };
            if (depth is { } b) transformer = transformer with { Blocks = b };
            if (flow && before is not null) transformer = ImageCheckpoint.FlowConfigOf(before);
            var length = Length(parsed, flow ? 20_000 : 5_000);
            return new ImageRunPlan(name, source, length.Steps, length.Minutes, WarmupSteps: 100, DecayShare: flow ? 0.4 : 0.6,
                parsed.GetValue(batch) ?? (flow ? 256 : upscaler ? 32 : judge ? 128 : 64), parsed.GetValue(rate) ?? (adamw ? 0.001 : flow || judge ? 0.02 : 0.025), parsed.GetValue(seed)!.Value, before is not null ? judge ? seen.Side : transformer.Grid * AutoencoderConfig.Factor : parsed.GetValue(side) ?? (upscaler || judge ? 64 : 128), parsed.GetValue(pictures)!.Value,
                !flow ? null : Checkpoint(parsed.GetValue(autoencoder) ?? throw new UserException("--autoencoder is needed for the flow: the run of an autoencoder.")),
                !flow ? null : Tokenizer(parsed.GetValue(tokenizer) ?? before ?? throw new UserException("--tokenizer is needed for the flow: a tokenizer.json, such as that of a text model.")),
                flow || upscaler || judge ? null : coder, flow ? transformer : null, upscaler ? enlarger : null, Judge: judge ? seen : null, Dropout: flow ? parsed.GetValue(dropout) ?? 0.1f : 0, TimeShift: flow ? parsed.GetValue(timeShift) ?? 0.5f : 0, Optimiser: adamw ? FlowStage.AdamWName : null, From: before).Validated();
        }

        // The flow that an option names.
        static string Flow(Option option, string path, bool distilled)
        {
            var at = Checkpoint(path);
            if (!ImageModel.IsIn(at)) throw new UserException($"{option.Name} {at} is no flow: give a run of --stage {(distilled ? FlowStage.DistilName : FlowStage.Name)}, or an image model.");
            if (ImageCheckpoint.FlowConfigOf(at).Steps > 0 != distilled) throw new UserException(distilled ? $"{option.Name} {at} was not distilled and needs guidance. Distil it first." : $"{option.Name} {at} was distilled itself. Give the flow that it was distilled from.");
            return at;
        }

        // A copy of a flow that there is: distilled from it, or rewarded after that.
        ImageRunPlan Taught(string name, string source, ParseResult parsed)
        {
            var rewarded = name == RewardedStage.Name;
            Option[] given = [autoencoder, tokenizer, begin, side, hidden, blocks, patch, colours, dropout, timeShift, optimiser];
            if (given.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } option) throw new UserException($"{option.Name} follows from the teacher, or is of other stages. Leave it out.");
            var from = Flow(teacher, parsed.GetValue(teacher) ?? throw new UserException(rewarded ? "--teacher is needed to reward: the run of a distilled flow." : "--teacher is needed to distil: the run of a flow."), rewarded);
            var shape = ImageCheckpoint.FlowConfigOf(from);
            var judge = rewarded ? Checkpoint(parsed.GetValue(reward) ?? throw new UserException("--judge is needed to reward: the run of a judge.")) : null;
            var length = Length(parsed, rewarded ? 400 : 2_000);
            return new ImageRunPlan(name, source, length.Steps, length.Minutes, WarmupSteps: rewarded ? 10 : 20, DecayShare: 0.6, parsed.GetValue(batch) ?? (rewarded ? 16 : 256), parsed.GetValue(rate) ?? (rewarded ? 0.004 : 0.005), parsed.GetValue(seed)!.Value,
                shape.Grid * AutoencoderConfig.Factor, parsed.GetValue(pictures)!.Value, Path.Combine(from, ImageCheckpoint.AutoencoderFolder), from, Flow: shape, Teacher: from, FewSteps: parsed.GetValue(fewSteps) ?? (rewarded ? 4 : 8),
                Reward: judge, Anchor: rewarded ? parsed.GetValue(anchor) ?? RewardedStage.UsualAnchor : 0, Critic: rewarded ? parsed.GetValue(critic) ?? RewardedStage.UsualCritic : 0).Validated();
        }

        (int Steps, double Minutes) Length(ParseResult parsed, int usual) => parsed.GetValue(minutes) is { } m ? (0, (double)m) : (parsed.GetValue(steps) ?? usual, 0);
    }

    static string Checkpoint(string path) => CheckpointFolders.Resolve(path);

    static string Tokenizer(string path) => File.Exists(path) || File.Exists(Path.Combine(path, "tokenizer.json")) ? Path.GetFullPath(path) : throw new UserException($"--tokenizer {path}: there is no tokenizer.json.");

    /// <summary>The plan of a run that exists: only its length may change.</summary>
    static ImageRunPlan Prolonged(ImageRunPlan plan, ParseResult parsed, Option[] planned, int? steps, float? minutes)
    {
        if (planned.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } option)
            throw new UserException($"{option.Name} cannot change a run that has begun. Leave it out to go on, or start another run with --run.");
        if (steps is { } count) return (plan with { Steps = count, Minutes = 0 }).Validated();
        return minutes is { } length ? (plan with { Steps = 0, Minutes = length }).Validated() : plan;
    }
}
