// maison train text --reward: tunes a chat model to answers that a rule can check. The same command goes on where an interrupted one stopped.

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Maison.Cli.Terminal;
using Maison.Tensors;
using Maison.Training.Text;

namespace Maison.Cli.Training;

/// <summary>The options of a run on rewards, and the run.</summary>
sealed class RewardTraining(TextRunOptions options)
{
    const int Questions = 16, Answers = 8, MostTokens = 128, Steps = 60, Scored = 200;
    const double Decay = 0.5, FinalRate = 0.1;

    public Option<string?> Task { get; } = Choice.Word("--reward", "Tune the chat model of --start to answers that a rule can check: sums", [.. RewardTask.All.Select(t => t.Name)]);

    /// <summary>Whether a command is about such a run.</summary>
    public bool Concerns(ParseResult parsed, string folder)
    {
        var given = parsed.GetValue(Task) is not null;
        if (given && File.Exists(Path.Combine(folder, TextRunPlan.FileName))) throw new UserException($"{folder} is a run on texts. Name another folder with --run.");
        return given || File.Exists(Path.Combine(folder, RewardPlan.FileName));
    }

    public int Run(ParseResult parsed, string folder, Gang gang, TextWriter output, bool live, TimeSpan checkpointEvery, CancellationToken stop)
    {
        if (File.Exists(Path.Combine(folder, RewardPlan.FileName))) CheckSame(parsed, RewardPlan.Load(folder), folder);
        else Begin(parsed, folder);
        using var trainer = new RewardTrainer(folder, RewardTask.All.First(t => t.Name == RewardPlan.Load(folder).Task), gang);
        output.WriteLine($"Run folder: {folder}");
        Tell("before", trainer.Score(Scored));
        var page = new TrainingPage($"on {trainer.Plan.Task}", trainer.Plan.Schedule.Steps, trainer.Step, output, live);
        var done = trainer.Run(checkpointEvery, m => page.Step(m.Step, 1 - m.Reward, () => string.Create(CultureInfo.InvariantCulture, $"{m.Reward:P0} right · {m.Mixed:P0} of questions taught something · {m.Length:F0} tokens an answer · lr ×{m.RateFactor:F2}")), stop);
        Tell(done ? "after" : $"at step {trainer.Step}", trainer.Score(Scored));
        page.Finish(done ? trainer.Checkpoints.Latest() : null, trainer.Step);
        return done ? 0 : 130;

        void Tell(string when, double score) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Scored} questions that are not trained on, {when}: {score:P1} right"));
    }

    void Begin(ParseResult parsed, string folder)
    {
        var (start, steps, seed, scale) = options.OfTuning(parsed, "--reward");
        if (start is null) throw new UserException("--reward needs --start: the chat model to tune, as a run, a checkpoint or a model folder.");
        var from = CheckpointFiles.Find(start);
        var count = steps ?? Steps;
        // The plan is the last, since a folder with one is a run that has begun.
        TuningFolder.Begin(folder, from);
        new RewardPlan(parsed.GetValue(Task)!, from.Folder, Questions, Answers, MostTokens, TuningFolder.Schedule(count, Decay, FinalRate), TuningFolder.Rates(scale), seed).Save(folder);
    }

    void CheckSame(ParseResult parsed, RewardPlan plan, string folder)
    {
        var (start, steps, _, _) = options.OfTuning(parsed, "--reward");
        TuningFolder.Same(folder, "--reward", parsed.GetValue(Task) is not { } task || task == plan.Task);
        TuningFolder.Same(folder, "--start", start is null || CheckpointFiles.Find(start).Folder == plan.Start);
        TuningFolder.Same(folder, "--steps", steps is null || steps == plan.Schedule.Steps);
    }
}
