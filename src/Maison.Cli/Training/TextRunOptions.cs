// The options that decide a text run, and the plan they make. A dial, --budget, chooses whatever is not set by hand. The options of a run are
// kept in its folder, so that the command that began it goes on with it, and another command is told what it would have to change.

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Serialization;
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

/// <summary>Options of `maison train text` that go into plan.json.</summary>
sealed class TextRunOptions
{
    const string FileName = "options.json";

    static readonly OptimiserOptions Rates = new();

    readonly Option<string?> data = new("--data") { Description = "Prepared shards (maison data prepare), a folder of corpora, or one text or JSON-lines file" };
    readonly Option<string?> budget = new("--budget") { Description = "How long to train, such as 90m or 3h: chooses size and steps for this machine" };
    readonly Option<int?> steps = Choice.Whole("--steps", "Optimiser steps; on a run that exists, its new length", 1, int.MaxValue);
    readonly Option<int?> layers = Choice.Whole("--layers", "Blocks", 1, 1000);
    readonly Option<int?> hidden = Choice.Whole("--hidden", "Features of the residual stream, a multiple of 64", 64, 65536);
    readonly Option<int?> context = Choice.Whole("--context", "Tokens a sequence may have", 16, 1 << 20, 1024);
    readonly Option<int?> row = Choice.Whole("--row-tokens", "Tokens per packed row", 2, 1 << 20, 512);
    readonly Option<int?> batch = Choice.Whole("--batch-tokens", "Tokens per optimiser step", 2, 1 << 30, 16384);
    readonly Option<int?> micro = Choice.Whole("--micro-tokens", "Tokens per forward and backward", 2, 1 << 30, 2048);
    readonly Option<int?> experts = Choice.Whole("--experts", "Experts per block of a mixture; block 0 stays dense", 2, 1024);
    readonly Option<int?> perToken = Choice.Whole("--experts-per-token", "Experts that work on each token", 1, 1024, 2);
    readonly Option<bool> tie = new("--tie") { Description = "Use the embedding as the output matrix" };
    readonly Option<string[]> extras = new("--extra") { Description = "inputSkip, valueEmbeddings or logitSoftcap=N; other engines do not know them", AllowMultipleArgumentsPerToken = true };
    readonly Option<int?> warmup = Choice.Whole("--warmup", "Steps over which the learning rate rises", 0, int.MaxValue, 40);
    readonly Option<float?> decay = Choice.Number("--decay", "Share of the steps over which the learning rate falls (0.3)", 0, 1);
    readonly Option<float?> finalRate = Choice.Number("--final-rate", "Learning-rate factor at the end (0.05)", 0, 1);
    readonly Option<float?> scale = Choice.Number("--lr-scale", "Multiplies all learning rates (1)", 1e-6f, 1e6f);
    readonly Option<float?> matrix = Choice.Number("--lr-matrix", $"Muon's rate for matrices inside blocks ({Rates.Matrix})", 0, 100);
    readonly Option<float?> embedding = Choice.Number("--lr-embedding", $"AdamW's rate for token tables ({Rates.Embedding})", 0, 100);
    readonly Option<float?> head = Choice.Number("--lr-head", $"AdamW's rate for the output matrix ({Rates.Head})", 0, 100);
    readonly Option<float?> weightDecay = Choice.Number("--weight-decay", $"Cautious decay of the matrices ({Rates.Decay})", 0, 100);
    readonly Option<float?> dropout = Choice.Number("--dropout", "Share of features that layers drop while they learn, for data that is seen many times (0)", 0, 0.9f);
    readonly Option<string?> start = new("--start") { Description = "Run or checkpoint folder to take weights and sizes from" };
    readonly Option<bool> chat = new("--chat") { Description = "Train on the conversations, loss on the assistant's words" };
    readonly Option<float?> replay = Choice.Number("--replay", "With --chat: share of plain text in the mixture, so that it is not forgotten (0.15)", 0, 0.9f);
    readonly Option<string[]> without = new("--without") { Description = "A corpus to leave out of the mixture, by name; may be given several times. Its held-out slice is still scored" };
    readonly Option<int?> seed = Choice.Whole("--seed", "Fixes starting values and the order of the data", 0, int.MaxValue, 1);

    public IEnumerable<Option> All =>
    [
        data, budget, steps, layers, hidden, context, row, batch, micro, experts, perToken, tie, extras, warmup, decay, finalRate, scale, matrix, embedding, head, weightDecay, dropout, start, chat, replay, without, seed,
    ];

    /// <summary>Where the texts are; null when it is not said.</summary>
    public string? Data(ParseResult parsed) => parsed.GetValue(data);

    /// <summary>Whether the run tunes for chat.</summary>
    public bool TunesChat(ParseResult parsed) => parsed.GetValue(chat);

    /// <summary>What a run on preferences or rewards takes of these options.</summary>
    /// <param name="by">The option that makes it one.</param>
    /// <exception cref="UserException">An option is given that decides nothing there.</exception>
    public (string? Start, int? Steps, int Seed, double Scale) OfTuning(ParseResult parsed, string by)
    {
        if (All.FirstOrDefault(o => Given(parsed, o) && o != start && o != steps && o != seed && o != scale) is { } other)
            throw new UserException($"{other.Name} decides nothing with {by}: sizes are those of --start, and there is no other data. Leave it out.");
        return (parsed.GetValue(start), parsed.GetValue(steps), parsed.GetValue(seed)!.Value, parsed.GetValue(scale) ?? TuningFolder.RateScale);
    }

    /// <summary>The plan of a new run on prepared data.</summary>
    public TextRunPlan Plan(ParseResult parsed, string source, Gang gang)
    {
        string[] left = [.. (parsed.GetValue(without) ?? []).Distinct().Order(StringComparer.Ordinal)];
        var prepared = Without(PreparedData.Read(source), left);
        var (shards, heldOut) = parsed.GetValue(chat) ? (prepared.ChatTrain, prepared.ChatHeldOut) : (prepared.Train, prepared.HeldOut);
        if (Given(parsed, replay) && !parsed.GetValue(chat)) throw new UserException("--replay belongs to --chat: plain training reads nothing else.");
        if (shards.Count == 0)
            throw new UserException($"--data {source} holds no {(parsed.GetValue(chat) ? "conversations" : "text")} to train on{(left.Length > 0 ? " once --without has left out " + string.Join(", ", left) : "")}.");
        if (parsed.GetValue(chat)) shards = WithReplay(shards, prepared.Train, parsed.GetValue(replay) ?? 0.15);
        var flops = parsed.GetValue(budget) is { } time ? Duration.Parse(time, "--budget").TotalSeconds * MachineProbe.MatMulFlops(gang) * TextSizing.ExpectedShare : 0;
        if (flops == 0 && parsed.GetValue(steps) is null) throw new UserException("Say how long to train: --budget 90m, or --steps N.");

        var begin = parsed.GetValue(start) is { } path ? RunCheckpoints.Resolve(path) : null;
        var model = begin is null ? Sizes(parsed, Vocab(shards.Keys.First()), flops) : DecoderCheckpoint.ReadConfig(begin);
        if (begin is not null && new Option[] { layers, hidden, context, experts, tie, extras }.FirstOrDefault(o => Given(parsed, o)) is { } fixedByStart)
            throw new UserException($"{fixedByStart.Name} cannot be given with --start: the sizes are those of {begin}.");
        if (Given(parsed, row) && parsed.GetValue(row) > model.Context) throw new UserException($"--row-tokens {parsed.GetValue(row)}: a row can be no longer than the model's context, {model.Context}.");
        var rowTokens = Math.Min(parsed.GetValue(row)!.Value, model.Context);
        int microTokens = parsed.GetValue(micro)!.Value, batchTokens = parsed.GetValue(batch)!.Value;
        var count = parsed.GetValue(steps) ?? TextSizing.Steps(flops, model, batchTokens, rowTokens);
        if (Given(parsed, warmup) && parsed.GetValue(warmup) > count) throw new UserException($"--warmup {parsed.GetValue(warmup)}: the run has {count} steps.");
        var by = parsed.GetValue(scale) ?? 1;
        return new TextRunPlan(model, shards, heldOut, rowTokens, batchTokens, microTokens,
            new Schedule(count, Given(parsed, warmup) ? parsed.GetValue(warmup)!.Value : Math.Min(parsed.GetValue(warmup)!.Value, count / 4), (int)(count * (parsed.GetValue(decay) ?? 0.3)), parsed.GetValue(finalRate) ?? 0.05),
            Rates with
            {
                Matrix = (parsed.GetValue(matrix) ?? Rates.Matrix) * by,
                Embedding = (parsed.GetValue(embedding) ?? Rates.Embedding) * by,
                Head = (parsed.GetValue(head) ?? Rates.Head) * by,
                Scalar = Rates.Scalar * by,
                Decay = parsed.GetValue(weightDecay) ?? Rates.Decay,
            },
            parsed.GetValue(seed)!.Value, begin, left.Length > 0 ? left : null, parsed.GetValue(dropout) ?? 0).Validated();
    }

    /// <summary>Keeps what was asked for beside the plan that it made.</summary>
    public void Save(ParseResult parsed, string run)
        => File.WriteAllBytes(Path.Combine(run, FileName), JsonSerializer.SerializeToUtf8Bytes(All.Where(o => Given(parsed, o)).ToDictionary(o => o.Name, o => Values(parsed, o)), OptionsJson.Default.DictionaryStringStringArray));

    /// <summary>The plan of a run that exists: only its length may change.</summary>
    /// <param name="step">Steps it has done.</param>
    /// <exception cref="UserException">An option differs from those that the run began with.</exception>
    public TextRunPlan Prolong(ParseResult parsed, TextRunPlan plan, string run, int step)
    {
        var path = Path.Combine(run, FileName);
        var begun = File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), OptionsJson.Default.DictionaryStringStringArray)! : [];
        foreach (var option in All.Where(o => Given(parsed, o) && o != steps && o != decay))
        {
            var was = begun.GetValueOrDefault(option.Name);
            if (was?.SequenceEqual(Values(parsed, option)) == true) continue;
            throw new UserException($"{option.Name} cannot change a run that has begun {(was is null ? "without it" : $"with {option.Name} {string.Join(' ', was)}".TrimEnd())}. Leave it out to go on with {run}, or start another run with --run.");
        }
        if (!Given(parsed, steps) && !Given(parsed, decay)) return plan;
        var count = parsed.GetValue(steps) ?? plan.Schedule.Steps;
        if (count < step) throw new UserException($"--steps {count}: the run has done {step} already.");
        var share = parsed.GetValue(decay) ?? (double)plan.Schedule.DecaySteps / plan.Schedule.Steps;
        return (plan with { Schedule = plan.Schedule with { Steps = count, DecaySteps = Math.Min((int)(count * share), count - plan.Schedule.WarmupSteps) } }).Validated();
    }

    TextConfig Sizes(ParseResult parsed, int vocab, double flops)
    {
        var length = parsed.GetValue(context)!.Value;
        var config = (parsed.GetValue(layers), parsed.GetValue(hidden)) switch
        {
            ({ } l, { } h) when h % 64 == 0 => TextSizing.Shape((l, h), vocab, length),
            ({ }, { } h) => throw new UserException($"--hidden {h}: give a multiple of 64."),
            (null, null) when flops > 0 => TextSizing.Choose(flops, vocab, length),
            (null, null) => throw new UserException("Without --budget give the size too: --layers and --hidden."),
            _ => throw new UserException("--layers and --hidden belong together: give both or neither."),
        };
        if (parsed.GetValue(experts) is { } count) config = TextSizing.AsMixture(config, count, parsed.GetValue(perToken)!.Value);
        config = config with { TieEmbeddings = parsed.GetValue(tie) };
        foreach (var extra in parsed.GetValue(extras) ?? []) config = WithExtra(config, extra);
        return config;
    }

    /// <summary>The same data without the training shards of some corpora.</summary>
    static PreparedData Without(PreparedData data, string[] corpora)
    {
        if (corpora.FirstOrDefault(name => data.Ledger.All(e => e.Corpus != name)) is { } unknown)
            throw new UserException($"--without {unknown}: there is no such corpus. There are: {string.Join(", ", data.Ledger.Select(e => e.Corpus))}.");
        return data with { Train = Others(data.Train), ChatTrain = Others(data.ChatTrain) };

        Dictionary<string, double> Others(IReadOnlyDictionary<string, double> shards)
            => shards.Where(s => !corpora.Contains(Path.GetFileNameWithoutExtension(s.Key))).ToDictionary();
    }

    /// <summary>Adds plain text in its own proportions until it makes up a share of all tokens.</summary>
    static IReadOnlyDictionary<string, double> WithReplay(IReadOnlyDictionary<string, double> chat, IReadOnlyDictionary<string, double> plain, double share)
    {
        if (share == 0 || plain.Count == 0) return chat;
        var factor = share / (1 - share) * Tokens(chat) / Tokens(plain);
        return chat.Concat(plain.Select(p => new KeyValuePair<string, double>(p.Key, p.Value * factor))).ToDictionary();

        static double Tokens(IReadOnlyDictionary<string, double> shards) => shards.Sum(p =>
        {
            using var reader = new ShardReader(p.Key);
            return reader.Tokens * p.Value;
        });
    }

    static TextConfig WithExtra(TextConfig config, string extra) => extra switch
    {
        "inputSkip" => config with { InputSkip = true },
        "valueEmbeddings" => config with { ValueEmbeddings = true },
        _ when extra.StartsWith("logitSoftcap=", StringComparison.Ordinal) && float.TryParse(extra[13..], out var cap) && cap > 0 => config with { LogitSoftcap = cap },
        _ => throw new UserException($"--extra {extra} is unknown: use inputSkip, valueEmbeddings or logitSoftcap=N."),
    };

    /// <summary>What was typed behind an option; folders as full paths, since a command may be given from elsewhere.</summary>
    string[] Values(ParseResult parsed, Option option)
        => [.. parsed.GetResult(option)!.Tokens.Select(t => option == data || option == start ? Path.GetFullPath(t.Value) : t.Value)];

    static bool Given(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    static int Vocab(string shard)
    {
        using var reader = new ShardReader(shard);
        return reader.Vocab;
    }
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
sealed partial class OptionsJson : JsonSerializerContext;
