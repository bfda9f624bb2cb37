// Warm-up, stable, decay: the rate is flat until the last part of a run, so a run can be branched or prolonged from its stable phase.

namespace Maison.Training;

/// <summary>Learning-rate factor over a run (arXiv 2404.06395): up to 1 over the warm-up, flat, then linearly down to <paramref name="FinalFactor"/>.</summary>
public sealed record Schedule(int Steps, int WarmupSteps, int DecaySteps, double FinalFactor)
{
    /// <summary>Steps before the rate begins to fall: the point to branch a longer run or another decay from.</summary>
    public int StableSteps => Steps - DecaySteps;

    /// <summary>The factor of step <paramref name="step"/>, counted from 0.</summary>
    public double At(int step)
    {
        if (step < WarmupSteps) return (step + 1.0) / WarmupSteps;
        var left = Steps - step;
        return left >= DecaySteps ? 1.0 : FinalFactor + (1.0 - FinalFactor) * left / (DecaySteps + 1.0);
    }
}
