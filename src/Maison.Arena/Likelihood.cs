// What the votes say about a set of strengths: the logarithm of their likelihood under the model of Davidson.cs with its prior, its slope, its
// curvature, and how much the slopes of single votes scatter. Parameters stand in the order θ, η, γ; a vote touches two θ, η and all γ.

namespace Maison.Battles;

/// <summary>The log likelihood of some votes, prior included.</summary>
/// <param name="priors">One over the variance of each parameter's prior, whose mean is 0.</param>
sealed class Likelihood(int contestants, IReadOnlyList<Comparison> votes, double[] priors)
{
    readonly int styles = priors.Length - contestants - 1;

    public double Value(ReadOnlySpan<double> at)
    {
        var sum = 0.0;
        var eta = at[contestants];
        foreach (var vote in votes)
        {
            var d = Difference(vote, at);
            var top = Math.Max(Math.Abs(d) / 2, eta);
            var z = top + Math.Log(Math.Exp(d / 2 - top) + Math.Exp(-d / 2 - top) + Math.Exp(eta - top));
            sum += vote.Weight * vote.Count * (vote.Outcome switch { Outcome.A => d / 2, Outcome.B => -d / 2, _ => eta } - z);
        }
        for (var i = 0; i < at.Length; i++) sum -= priors[i] * at[i] * at[i] / 2;
        return sum;
    }

    /// <summary>The slope, and the information H: the negated second derivatives.</summary>
    public (double[] Gradient, SymmetricMatrix Information) Slope(ReadOnlySpan<double> at)
    {
        var (gradient, information) = (new double[at.Length], new SymmetricMatrix(at.Length));
        foreach (var vote in votes)
        {
            var (a, b, tie) = Davidson.Chances(Difference(vote, at), at[contestants]);
            var (byD, byTie) = Score(vote.Outcome, a, b, tie);
            var weight = vote.Weight * vote.Count;
            gradient[vote.A] += weight * byD;
            gradient[vote.B] -= weight * byD;
            gradient[contestants] += weight * byTie;
            for (var k = 0; k < styles; k++) gradient[contestants + 1 + k] += weight * byD * vote.Style![k];
            Add(information, vote, weight * (a + b - (a - b) * (a - b)) / 4, -weight * (a - b) * tie / 2, weight * tie * (1 - tie));
        }
        for (var i = 0; i < at.Length; i++)
        {
            gradient[i] -= priors[i] * at[i];
            information.Add(i, i, priors[i]);
        }
        return (gradient, information);
    }

    /// <summary>G: the sum of the squares of every vote's own slope, and the prior's share.</summary>
    /// <param name="free">Parameters that the votes decide: residuals of a fit are smaller than errors, by that many votes.</param>
    public SymmetricMatrix Filling(ReadOnlySpan<double> at, int free)
    {
        var filling = new SymmetricMatrix(at.Length);
        var count = votes.Sum(v => v.Count);
        var correction = count > 2 * free ? count / (count - free) : 1;
        foreach (var vote in votes)
        {
            var (a, b, tie) = Davidson.Chances(Difference(vote, at), at[contestants]);
            var (byD, byTie) = Score(vote.Outcome, a, b, tie);
            var weight = correction * vote.Weight * vote.Weight * vote.Count;
            Add(filling, vote, weight * byD * byD, weight * byD * byTie, weight * byTie * byTie);
        }
        for (var i = 0; i < at.Length; i++) filling.Add(i, i, priors[i]);
        return filling;
    }

    /// <summary>d of a vote.</summary>
    double Difference(in Comparison vote, ReadOnlySpan<double> at)
    {
        var d = at[vote.A] - at[vote.B];
        for (var k = 0; k < styles; k++) d += at[contestants + 1 + k] * vote.Style![k];
        return d;
    }

    /// <summary>Slope of one vote's log likelihood by d and by η.</summary>
    static (double ByD, double ByTie) Score(Outcome outcome, double a, double b, double tie) => outcome switch
    {
        Outcome.A => ((1 - (a - b)) / 2, -tie),
        Outcome.B => ((-1 - (a - b)) / 2, -tie),
        _ => (-(a - b) / 2, 1 - tie),
    };

    /// <summary>How far leaving out one vote moves a contrast of the parameters, to first order.</summary>
    /// <param name="solved">H⁻¹ times the contrast.</param>
    public double Influence(in Comparison vote, ReadOnlySpan<double> at, ReadOnlySpan<double> solved)
    {
        var (a, b, tie) = Davidson.Chances(Difference(vote, at), at[contestants]);
        var (byD, byTie) = Score(vote.Outcome, a, b, tie);
        var along = solved[vote.A] - solved[vote.B];
        for (var k = 0; k < styles; k++) along += vote.Style![k] * solved[contestants + 1 + k];
        return vote.Weight * (byD * along + byTie * solved[contestants]);
    }

    /// <summary>Adds a vote's second-order terms in d and η where its parameters meet.</summary>
    void Add(SymmetricMatrix to, in Comparison vote, double dd, double dt, double tt)
    {
        to.Add(vote.A, vote.A, dd);
        to.Add(vote.B, vote.B, dd);
        to.Add(vote.A, vote.B, -dd);
        to.Add(vote.A, contestants, dt);
        to.Add(vote.B, contestants, -dt);
        to.Add(contestants, contestants, tt);
        for (var k = 0; k < styles; k++)
        {
            var (row, x) = (contestants + 1 + k, vote.Style![k]);
            to.Add(vote.A, row, dd * x);
            to.Add(vote.B, row, -dd * x);
            to.Add(contestants, row, dt * x);
            for (var l = k; l < styles; l++) to.Add(row, contestants + 1 + l, dd * x * vote.Style[l]);
        }
    }
}
