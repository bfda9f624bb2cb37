// Keeps experts equally busy without a loss term (arXiv 2408.15664): after each step the bias of an expert that was chosen too
// rarely goes up by a fixed amount, of one chosen too often down. Balance is over the whole step, not over a micro-batch.

using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Training.Optimisers;

/// <summary>Moves the router biases of a mixture model after each optimiser step.</summary>
static class ExpertBalance
{
    /// <summary>Fast at first, while routers are still undecided; then gentle.</summary>
    const float FastRate = 0.01f, Rate = 0.001f, FastShare = 0.2f;

    /// <summary>Forgets what was routed since the last step: held-out scores and samples are no part of the balance.</summary>
    public static void Begin(Decoder model)
    {
        for (var b = 0; b < model.Blocks.Count; b++)
            if (model.Blocks[b].Mixture is { } mixture) Array.Clear(mixture.Load.Counts);
    }

    /// <param name="progress">Share of the run that is done, 0 to 1.</param>
    public static void Step(Decoder model, double progress)
    {
        var rate = progress < FastShare ? FastRate : Rate;
        for (var b = 0; b < model.Blocks.Count; b++)
        {
            if (model.Blocks[b].Mixture is not { RouterBias: Param bias } mixture) continue;
            var counts = mixture.Load.Counts;
            var mean = counts.Average();
            for (var e = 0; e < counts.Length; e++) bias.Values[e] += rate * Math.Sign(mean - counts[e]);
            bias.Changed();
        }
    }

    /// <summary>The busiest expert's load over the mean, the worst of all layers; 1 is perfect balance.</summary>
    public static double Imbalance(Decoder model)
    {
        var worst = 1.0;
        for (var b = 0; b < model.Blocks.Count; b++)
            if (model.Blocks[b].Mixture is { } mixture) worst = Math.Max(worst, mixture.Load.Counts.Max() / Math.Max(1, mixture.Load.Counts.Average()));
        return worst;
    }
}
