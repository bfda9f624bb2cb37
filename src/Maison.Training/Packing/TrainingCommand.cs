// The command that makes a run's plan again. Options at their defaults are left out; folders are named, not placed.

using System.Globalization;
using Maison.Training.Optimisers;
using Maison.Training.Text;

namespace Maison.Training.Packing;

static class TrainingCommand
{
    static readonly OptimiserOptions Rates = new();

    /// <summary>The command of a phase.</summary>
    /// <param name="textShare">Share of plain text in what it saw.</param>
    /// <param name="start">Name of the run it started from; null for random weights.</param>
    public static string Of(TrainingPhase phase, double textShare, string? start)
    {
        var (plan, words) = (phase.Plan, new List<string> { $"maison train text --run {phase.Run} --data DATA" });
        var model = plan.Model;
        if (phase.Chat) words.Add($"--chat --replay {Number(textShare)}");
        foreach (var corpus in plan.Without ?? []) words.Add($"--without {corpus}");
        if (start is not null) words.Add($"--start {start}");
        else
        {
            words.Add($"--layers {model.Layers} --hidden {model.Hidden} --context {model.Context}");
            if (model.Experts > 0) words.Add($"--experts {model.Experts} --experts-per-token {model.ExpertsPerToken}");
            if (model.TieEmbeddings) words.Add("--tie");
            foreach (var extra in model.Extras().Where(e => e != "routerBias"))
                words.Add($"--extra {extra}{(extra == "logitSoftcap" ? $"={Number(model.LogitSoftcap)}" : "")}");
        }
        words.Add($"--steps {plan.Schedule.Steps} --row-tokens {plan.RowTokens} --batch-tokens {plan.BatchTokens} --micro-tokens {plan.MicroTokens}");
        words.Add($"--warmup {plan.Schedule.WarmupSteps} --decay {Number((double)plan.Schedule.DecaySteps / plan.Schedule.Steps)} --final-rate {Number(plan.Schedule.FinalFactor)}");
        var scale = plan.Optimiser.Scalar / Rates.Scalar;
        Add("--lr-scale", scale, 1);
        Add("--lr-matrix", plan.Optimiser.Matrix / scale, Rates.Matrix);
        Add("--lr-embedding", plan.Optimiser.Embedding / scale, Rates.Embedding);
        Add("--lr-head", plan.Optimiser.Head / scale, Rates.Head);
        Add("--weight-decay", plan.Optimiser.Decay, Rates.Decay);
        Add("--dropout", plan.Dropout, 0);
        words.Add($"--seed {plan.Seed}");
        return string.Join(" ", words);

        void Add(string option, double value, double otherwise)
        {
            if (Math.Abs(value - otherwise) > 1e-6 * Math.Abs(otherwise)) words.Add($"{option} {Number(value)}");
        }
    }

    static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
