// maison train text: makes or resumes a run folder and shows it live.

using System.CommandLine;
using Maison.Cli.Terminal;
using Maison.Data.Preparation;
using Maison.Data.Shards;
using Maison.Models.Text;
using Maison.Tensors;
using Maison.Tensors.Kernels;
using Maison.Training;
using Maison.Training.Optimisers;
using Maison.Training.Text;

namespace Maison.Cli.Training;

static class TrainVerb
{
    public static Command Create() => new("train", "Train a model") { Text() };

    static Command Text()
    {
        var run = new Option<string>("--run") { Description = "Run folder: made when absent, resumed when it holds checkpoints", Required = true };
        var data = new Option<string?>("--data") { Description = "Folder of prepared shards (maison data prepare)" };
        var budget = new Option<string?>("--budget") { Description = "How long to train, such as 90m or 3h: chooses size and steps for this machine" };
        var steps = new Option<int?>("--steps") { Description = "Optimiser steps, instead of a budget" };
        var layers = new Option<int?>("--layers");
        var hidden = new Option<int?>("--hidden");
        var context = new Option<int>("--context") { DefaultValueFactory = _ => 1024, Description = "Tokens a sequence may have" };
        var row = new Option<int>("--row-tokens") { DefaultValueFactory = _ => 512, Description = "Tokens per packed row" };
        var batch = new Option<int>("--batch-tokens") { DefaultValueFactory = _ => 16384 };
        var micro = new Option<int>("--micro-tokens") { DefaultValueFactory = _ => 2048 };
        var decay = new Option<double>("--decay") { DefaultValueFactory = _ => 0.3, Description = "Share of the steps over which the learning rate falls" };
        var warmup = new Option<int>("--warmup") { DefaultValueFactory = _ => 40, Description = "Steps of learning-rate warm-up" };
        var finalRate = new Option<double>("--final-rate") { DefaultValueFactory = _ => 0.05, Description = "Learning-rate factor at the end" };
        var matrix = new Option<double>("--lr-matrix") { DefaultValueFactory = _ => new OptimiserOptions().Matrix };
        var embedding = new Option<double>("--lr-embedding") { DefaultValueFactory = _ => new OptimiserOptions().Embedding };
        var head = new Option<double>("--lr-head") { DefaultValueFactory = _ => new OptimiserOptions().Head };
        var scale = new Option<double>("--lr-scale") { DefaultValueFactory = _ => 1.0, Description = "Multiplies all learning rates" };
        var weightDecay = new Option<double>("--weight-decay") { DefaultValueFactory = _ => new OptimiserOptions().Decay };
        var extras = new Option<string[]>("--extra") { Description = "inputSkip, valueEmbeddings or logitSoftcap=N; may be repeated", AllowMultipleArgumentsPerToken = true };
        var experts = new Option<int>("--experts") { Description = "Experts per block (mixture of experts); block 0 stays dense" };
        var perToken = new Option<int>("--experts-per-token") { DefaultValueFactory = _ => 2 };
        var tie = new Option<bool>("--tie") { Description = "Use the embedding as the output matrix" };
        var start = new Option<string?>("--start") { Description = "Run or checkpoint folder to take weights from" };
        var chat = new Option<bool>("--chat") { Description = "Train on the chat shards, loss on the assistant's words" };
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
        var threads = new Option<int>("--threads") { DefaultValueFactory = _ => 0, Description = "0: one per processor" };
        var evaluateEvery = new Option<int>("--evaluate-every") { DefaultValueFactory = _ => 250, Description = "Steps between held-out scores" };
        var checkpointEvery = new Option<double>("--checkpoint-minutes") { DefaultValueFactory = _ => 4 };

        var command = new Command("text", "Train a text model on prepared shards; the same command resumes an interrupted run")
        {
            run, data, budget, steps, layers, hidden, context, row, batch, micro, decay, warmup, finalRate, matrix, embedding, head, scale, weightDecay, extras, experts, perToken, tie, start, chat,
            seed, threads, evaluateEvery, checkpointEvery,
        };
        command.SetAction((parsed, cancellation) =>
        {
            using var gang = new Gang(parsed.GetValue(threads));
            var folder = Path.GetFullPath(parsed.GetValue(run)!);
            if (!File.Exists(Path.Combine(folder, TextRunPlan.FileName)))
            {
                var source = parsed.GetValue(data) ?? throw new ArgumentException("--data is needed to start a run: the folder that `maison data prepare` wrote.");
                var prepared = PreparedData.Read(source);
                var (shards, heldOut) = parsed.GetValue(chat) ? (prepared.ChatTrain, prepared.ChatHeldOut) : (prepared.Train, prepared.HeldOut);
                var vocab = Vocab(shards.Keys.FirstOrDefault() ?? throw new ArgumentException($"--data {source} holds no {(parsed.GetValue(chat) ? "chat " : "")}shards to train on."));
                var flops = parsed.GetValue(budget) is { } text ? Duration.Parse(text, "--budget").TotalSeconds * MachineProbe.MatMulFlops(gang) * TextSizing.ExpectedShare : 0;
                var begin = parsed.GetValue(start) is { } path ? RunCheckpoints.Resolve(path) : null;
                var from = begin is null ? null : DecoderCheckpoint.ReadConfig(begin);
                var config = from ?? (parsed.GetValue(layers) is { } l && parsed.GetValue(hidden) is { } h
                    ? TextSizing.Shape((l, h), vocab, parsed.GetValue(context))
                    : flops > 0 ? TextSizing.Choose(flops, vocab, parsed.GetValue(context))
                    : throw new ArgumentException("Give --budget, or --steps with --layers and --hidden."));
                if (from is null && parsed.GetValue(experts) > 0)
                    config = TextSizing.AsMixture(config, parsed.GetValue(experts), parsed.GetValue(perToken));
                config = from ?? WithExtras(config with { TieEmbeddings = parsed.GetValue(tie) }, parsed.GetValue(extras) ?? []);
                var count = parsed.GetValue(steps) ?? (flops > 0 ? TextSizing.Steps(flops, config, parsed.GetValue(batch), parsed.GetValue(row)) : throw new ArgumentException("Give --budget or --steps."));
                var by = parsed.GetValue(scale);
                var plan = new TextRunPlan(config, shards, heldOut, parsed.GetValue(row), parsed.GetValue(batch), parsed.GetValue(micro),
                    new Schedule(count, Math.Min(parsed.GetValue(warmup), count / 4), (int)(count * parsed.GetValue(decay)), parsed.GetValue(finalRate)),
                    new OptimiserOptions(parsed.GetValue(matrix) * by, parsed.GetValue(embedding) * by, parsed.GetValue(head) * by, new OptimiserOptions().Scalar * by, parsed.GetValue(weightDecay)),
                    parsed.GetValue(seed), begin);
                plan.Validated().Save(folder);
                File.Copy(Path.Combine(source, "tokenizer.json"), Path.Combine(folder, "tokenizer.json"), overwrite: true);
            }
            using var trainer = new TextTrainer(folder, gang);
            var page = new TrainingPage(trainer);
            var done = trainer.Run(TimeSpan.FromMinutes(parsed.GetValue(checkpointEvery)), parsed.GetValue(evaluateEvery), page.Step, page.HeldOut, cancellation);
            page.Finish(done);
            return Task.FromResult(done ? 0 : 130);
        });
        return command;
    }

    static int Vocab(string shard)
    {
        using var reader = new ShardReader(shard);
        return reader.Vocab;
    }

    static TextConfig WithExtras(TextConfig config, string[] extras)
    {
        foreach (var extra in extras)
            config = extra switch
            {
                "inputSkip" => config with { InputSkip = true },
                "valueEmbeddings" => config with { ValueEmbeddings = true },
                _ when extra.StartsWith("logitSoftcap=", StringComparison.Ordinal) && float.TryParse(extra[13..], out var cap) => config with { LogitSoftcap = cap },
                _ => throw new ArgumentException($"--extra {extra} is unknown: use inputSkip, valueEmbeddings or logitSoftcap=N."),
            };
        return config;
    }
}
