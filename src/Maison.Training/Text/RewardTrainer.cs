// Group-relative policy optimisation (arXiv 2402.03300) in the form without bias of arXiv 2503.20783: a step asks a few questions, samples several
// answers to each from the model as it is, and makes those above their question's mean likelier and the others less likely,
//
//     d loss = − Σ_answers (reward − mean reward of the question) d log π(answer) / (answers · longest answer)
//
// The answers are the model's own of this very step, so no ratio, clipping or second model is needed. Questions whose answers are all worth the
// same teach nothing and cost no training.

using System.Diagnostics;
using System.Text.Json.Serialization.Metadata;
using Maison.Inference;
using Maison.Tensors;
using Maison.Training.Evaluations;
using Maison.Training.Optimisers;

namespace Maison.Training.Text;

/// <summary>Everything that decides a run on rewards; reward.json in its folder.</summary>
/// <param name="Task">Name of a <see cref="RewardTask"/>.</param>
/// <param name="Start">Folder of the chat model to start from.</param>
/// <param name="Questions">Per step.</param>
/// <param name="Answers">Sampled per question.</param>
/// <param name="MostTokens">Of an answer; a longer one is cut and worth what it is then.</param>
public sealed record RewardPlan(string Task, string Start, int Questions, int Answers, int MostTokens, Schedule Schedule, OptimiserOptions Optimiser, int Seed)
{
    public const string FileName = "reward.json";

    public void Save(string folder) => PlanFile.Save(folder, FileName, this, TrainingJson.Default.RewardPlan);

    /// <exception cref="InvalidDataException">It can not be read.</exception>
    public static RewardPlan Load(string folder) => PlanFile.Load(folder, FileName, TrainingJson.Default.RewardPlan, plan => plan);
}

/// <summary>One line of metrics.jsonl.</summary>
/// <param name="Reward">Mean of the step's answers.</param>
/// <param name="Mixed">Share of questions whose answers differed in worth: those that were learnt from.</param>
/// <param name="Length">Mean tokens of an answer.</param>
public readonly record struct RewardMetrics(int Step, double Reward, double Mixed, double Length, double RateFactor, double GradientNorm, double Seconds);

/// <summary>Trains one run folder from wherever it stands to the end of its plan.</summary>
public sealed class RewardTrainer : TuningTrainer<RewardMetrics>
{
    /// <summary>Seed of the questions that <see cref="Score"/> asks; training draws from others.</summary>
    const int ScoreSeed = -1;

    readonly Gang gang;
    readonly RewardTask task;
    readonly Arena arena = new();
    readonly Pass pass;

    /// <param name="folder">Holds reward.json and, when going on, checkpoints.</param>
    /// <param name="task">The task that the plan names.</param>
    public RewardTrainer(string folder, RewardTask task, Gang gang) : this(folder, RewardPlan.Load(folder), task, gang) { }

    RewardTrainer(string folder, RewardPlan plan, RewardTask task, Gang gang) : base(folder, plan.Start, plan.Schedule, plan.Optimiser, plan.Seed, gang)
    {
        if (plan.Task != task.Name) throw new InvalidDataException($"{folder} is a run on {plan.Task}, not on {task.Name}.");
        (Plan, this.task, this.gang) = (plan, task, gang);
        pass = new(arena, gang, record: true);
        GoOn();
    }

    public RewardPlan Plan { get; }

    private protected override JsonTypeInfo<RewardMetrics> MetricsType => MetricsJson.Default.RewardMetrics;

    private protected override IReadOnlyDictionary<string, string> Sources => new Dictionary<string, string> { ["reward"] = task.Name };

    sealed record Asked(int[] Prompt, Func<string, double> Reward);

    private protected override RewardMetrics TrainStep()
    {
        var began = Stopwatch.GetTimestamp();
        var random = new Random(unchecked(Plan.Seed * 1_000_003 + Step));
        var asked = Enumerable.Range(0, Plan.Questions).Select(_ => Ask(random)).ToArray();
        var answers = Answers([.. asked.SelectMany(a => Enumerable.Repeat(a.Prompt, Plan.Answers))], i => new(Temperature: 1, Seed: (ulong)((long)Step * Plan.Questions * Plan.Answers + i)));
        var (sum, mixed, tokens) = (0.0, 0, 0L);
        foreach (var (question, own) in asked.Zip(answers.Chunk(Plan.Answers)))
        {
            var worth = own.Select(ids => question.Reward(Text(ids))).ToArray();
            sum += worth.Sum();
            var mean = worth.Average();
            if (worth.All(w => w == mean)) continue;
            mixed++;
            // Answers of one worth share a pass, since a pass weighs all its rows alike.
            foreach (var alike in own.Zip(worth).GroupBy(p => p.Second))
                tokens += Learn(question.Prompt, [.. alike.Select(p => p.First)], (float)((alike.Key - mean) / ((double)Plan.Questions * Plan.Answers * Plan.MostTokens)));
        }
        var (factor, norm) = (Plan.Schedule.At(Step), 0.0);
        if (mixed > 0) (factor, norm) = Update(tokens, began);
        else Count(0, began);
        return new(Step, sum / answers.Length, (double)mixed / Plan.Questions, answers.Average(a => a.Length), factor, norm, Seconds);
    }

    /// <summary>Answers questions that training never draws, greedily.</summary>
    /// <returns>Their mean worth.</returns>
    public double Score(int questions)
    {
        var random = new Random(ScoreSeed);
        var asked = Enumerable.Range(0, questions).Select(_ => Ask(random)).ToArray();
        return asked.Zip(Answers([.. asked.Select(a => a.Prompt)], _ => new(Temperature: 0)), (a, ids) => a.Reward(Text(ids))).Average();
    }

    Asked Ask(Random random)
    {
        var (question, reward) = task.Draw(random);
        var prompt = Format.RenderPrompt([new("user", question)]);
        return new(DocumentStart is { } id ? [id, .. prompt] : prompt, reward);
    }

    int[][] Answers(int[][] prompts, Func<int, SamplingOptions> sampling)
    {
        // The weights are the live ones, and keys that were cached a step ago are another model's: a scheduler is made for each time.
        using var scheduler = new Scheduler(Model, gang, new() { ContextLength = Math.Min(Model.Config.Context, prompts.Max(p => p.Length) + Plan.MostTokens), MaxRunning = 64 });
        return scheduler.GenerateAll(prompts.Select((p, i) => new GenerationRequest(p, sampling(i), Math.Min(Plan.MostTokens, scheduler.ContextLength - p.Length), Format.StopIds))).GetAwaiter().GetResult();
    }

    string Text(int[] ids) => TextEvaluation.Spoken(Format, ids, thinking: false).Content;

    long Learn(int[] prompt, int[][] answers, float advantage)
    {
        var (ids, targets, segments) = (new List<int>(), new List<int>(), new List<Segment>());
        foreach (var answer in answers)
        {
            segments.Add(new(ids.Count, prompt.Length + answer.Length - 1));
            ids.AddRange(prompt);
            ids.AddRange(answer.AsSpan(0, answer.Length - 1));
            targets.AddRange(Enumerable.Repeat(-1, prompt.Length - 1));
            targets.AddRange(answer);
        }
        pass.Begin(segments.ToArray());
        pass.Backward(pass.CrossEntropy(Model.Forward(pass, ids.ToArray()), targets.ToArray()), advantage);
        return ids.Count;
    }

    public override void Dispose()
    {
        pass.Dispose();
        arena.Dispose();
        base.Dispose();
    }
}
