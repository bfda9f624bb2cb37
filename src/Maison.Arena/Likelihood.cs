// What the votes say about a set of strengths: the logarithm of their likelihood under the model of Davidson.cs with its prior, its slope, its
// curvature, and how much the slopes of single votes scatter. Parameters stand in the order θ, η, γ; a vote touches two θ, η and all γ. A board
// walks through 100,000 votes a dozen times, so second-order terms are added to one triangle, row by row, and mirrored in the end.

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
        foreach (var vote in votes) Count(vote, vote.Count, at, gradient, information);
        for (var i = 0; i < at.Length; i++)
        {
            gradient[i] -= priors[i] * at[i];
            information[i, i] += priors[i];
        }
        information.Mirror();
        return (gradient, information);
    }

    /// <summary>Adds so many votes of one kind to a slope and to the upper triangle of an information; a count below 0 takes them away.</summary>
    public void Count(in Comparison vote, double count, ReadOnlySpan<double> at, double[] gradient, SymmetricMatrix information)
    {
        var (a, b, tie) = Davidson.Chances(Difference(vote, at), at[contestants]);
        var (byD, byTie) = Score(vote.Outcome, a, b, tie);
        var weight = vote.Weight * count;
        gradient[vote.A] += weight * byD;
        gradient[vote.B] -= weight * byD;
        gradient[contestants] += weight * byTie;
        for (var k = 0; k < styles; k++) gradient[contestants + 1 + k] += weight * byD * vote.Style![k];
        Add(information, vote, weight * (a + b - (a - b) * (a - b)) / 4, -weight * (a - b) * tie / 2, weight * tie * (1 - tie));
    }

    /// <summary>G: the sum of the squares of every vote's own slope, and the prior's share.</summary>
    /// <param name="free">Parameters that the votes decide: residuals of a fit are smaller than errors, by that many votes.</param>
    public SymmetricMatrix Filling(ReadOnlySpan<double> at, int free)
    {
        var filling = new SymmetricMatrix(at.Length);
        var count = votes.Sum(v => v.Count);
        var correction = count > 2 * free ? count / (count - free) : 1;
        var scores = Scores(at);
        for (var i = 0; i < scores.Length; i++)
        {
            var ((byD, byTie), weight) = (scores[i], correction * votes[i].Weight * votes[i].Weight * votes[i].Count);
            Add(filling, votes[i], weight * byD * byD, weight * byD * byTie, weight * byTie * byTie);
        }
        for (var i = 0; i < at.Length; i++) filling[i, i] += priors[i];
        filling.Mirror();
        return filling;
    }

    /// <summary>Slopes of every vote's log likelihood by d and by η.</summary>
    public (double ByD, double ByTie)[] Scores(ReadOnlySpan<double> at)
    {
        var scores = new (double, double)[votes.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            var (a, b, tie) = Davidson.Chances(Difference(votes[i], at), at[contestants]);
            scores[i] = Score(votes[i].Outcome, a, b, tie);
        }
        return scores;
    }

    /// <summary>d of a vote.</summary>
    double Difference(in Comparison vote, ReadOnlySpan<double> at)
    {
        var d = at[vote.A] - at[vote.B];
        for (var k = 0; k < styles; k++) d += at[contestants + 1 + k] * vote.Style![k];
        return d;
    }

    static (double ByD, double ByTie) Score(Outcome outcome, double a, double b, double tie) => outcome switch
    {
        Outcome.A => ((1 - (a - b)) / 2, -tie),
        Outcome.B => ((-1 - (a - b)) / 2, -tie),
        _ => (-(a - b) / 2, 1 - tie),
    };

    /// <summary>Adds a vote's second-order terms in d and η where its parameters meet, to the upper triangle.</summary>
    void Add(SymmetricMatrix to, in Comparison vote, double dd, double dt, double tt)
    {
        Span<double> a = to.Row(vote.A), b = to.Row(vote.B), ties = to.Row(contestants);
        a[vote.A] += dd;
        b[vote.B] += dd;
        (vote.A < vote.B ? a : b)[Math.Max(vote.A, vote.B)] -= dd;
        a[contestants] += dt;
        b[contestants] -= dt;
        ties[contestants] += tt;
        for (var k = 0; k < styles; k++)
        {
            var (column, x) = (contestants + 1 + k, vote.Style![k]);
            a[column] += dd * x;
            b[column] -= dd * x;
            ties[column] += dt * x;
            var row = to.Row(column);
            for (var l = k; l < styles; l++) row[contestants + 1 + l] += dd * x * vote.Style[l];
        }
    }
}
