// maison train text --prefer: tunes a chat model to votes of blind battles. The same command goes on where an interrupted one stopped.

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Maison.Cli.Terminal;
using Maison.Data.Chat;
using Maison.Tensors;
using Maison.Training.Text;

namespace Maison.Cli.Training;

/// <summary>The options of a run on preferences, and the run.</summary>
sealed class PreferenceTraining(TextRunOptions options)
{
    const int Batch = 8, Rounds = 3;
    const double DefaultBeta = 0.1, Decay = 0.5, FinalRate = 0.1;

    public Option<string?> Pairs { get; } = new("--prefer") { Description = "Tune the chat model of --start to preferences: a file of `maison arena preferences`" };

    public Option<float?> Beta { get; } = Choice.Number("--beta", "With --prefer: how much it costs to leave the starting model (0.1)", 0.001f, 10);

    /// <summary>Whether a command is about such a run.</summary>
    public bool Concerns(ParseResult parsed, string folder)
    {
        var given = parsed.GetValue(Pairs) is not null;
        if (!given && parsed.GetValue(Beta) is not null) throw new UserException("--beta belongs to --prefer.");
        if (given && File.Exists(Path.Combine(folder, TextRunPlan.FileName))) throw new UserException($"{folder} is a run on texts. Name another folder with --run.");
        return given || File.Exists(Path.Combine(folder, PreferencePlan.FileName));
    }

    public int Run(ParseResult parsed, string folder, Gang gang, TextWriter output, bool live, TimeSpan checkpointEvery, CancellationToken stop)
    {
        if (File.Exists(Path.Combine(folder, PreferencePlan.FileName))) CheckSame(parsed, PreferencePlan.Load(folder), folder);
        else Begin(parsed, folder);
        using var trainer = new PreferenceTrainer(folder, gang);
        output.WriteLine($"Run folder: {folder}");
        output.WriteLine($"{trainer.Pairs} pairs{(trainer.TooLong > 0 ? $"; {trainer.TooLong} are longer than the context of {trainer.Model.Config.Context} tokens and are left out" : "")}");
        var page = new TrainingPage("on preferences", trainer.Plan.Schedule.Steps, trainer.Step, output, live);
        var done = trainer.Run(checkpointEvery, m => page.Step(m.Step, m.Loss, () => string.Create(CultureInfo.InvariantCulture, $"{m.Agreed:P0} agree · lr ×{m.RateFactor:F2}")), stop);
        if (trainer.HeldOut() is { } score)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{score.Pairs} held-out pairs: {score.Agreed:P0} moved towards the preferred answer (50 % is chance), loss {score.Loss:F3} ({Math.Log(2):F3} before)"));
        page.Finish(done ? trainer.Checkpoints.Latest() : null, trainer.Step);
        return done ? 0 : 130;
    }

    void Begin(ParseResult parsed, string folder)
    {
        var (start, steps, seed, scale) = options.OfTuning(parsed, "--prefer");
        var pairs = Path.GetFullPath(parsed.GetValue(Pairs)!);
        if (!File.Exists(pairs)) throw new UserException($"--prefer {pairs}: there is no such file. `maison arena preferences > FILE` writes one.");
        if (start is null) throw new UserException("--prefer needs --start: the chat model to tune, as a run, a checkpoint or a model folder.");
        var from = CheckpointFiles.Find(start);
        var count = steps ?? Math.Max(1, (int)Math.Ceiling(PreferenceFile.Read(pairs).Count * (double)Rounds / Batch));
        var plan = new PreferencePlan(pairs, CheckpointFiles.Digest(pairs), from.Folder, parsed.GetValue(Beta) ?? DefaultBeta, Batch, TuningFolder.Schedule(count, Decay, FinalRate), TuningFolder.Rates(scale), seed);
        TuningFolder.Begin(folder, from);
        // The last, since a folder with a plan is a run that has begun.
        plan.Save(folder);
    }

    void CheckSame(ParseResult parsed, PreferencePlan plan, string folder)
    {
        var (start, steps, _, _) = options.OfTuning(parsed, "--prefer");
        TuningFolder.Same(folder, "--prefer", parsed.GetValue(Pairs) is not { } pairs || Path.GetFullPath(pairs) == plan.Pairs);
        TuningFolder.Same(folder, "--start", start is null || CheckpointFiles.Find(start).Folder == plan.Start);
        TuningFolder.Same(folder, "--beta", parsed.GetValue(Beta) is not { } beta || beta == (float)plan.Beta);
        TuningFolder.Same(folder, "--steps", steps is null || steps == plan.Schedule.Steps);
    }
}
