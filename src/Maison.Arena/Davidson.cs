// The rating model: Bradley–Terry with ties (Davidson 1970). Contestants have strengths θ, ties one strength η, and of a vote over
// d = θa − θb + γ·x, where x are differences of style that γ explains away,
//
//     P(a) = exp(d/2) / Z    P(b) = exp(−d/2) / Z    P(tie) = exp(η) / Z    Z = exp(d/2) + exp(−d/2) + exp(η)
//
// Its logarithm is concave, so Newton's steps, halved where they overshoot, find the one maximum. A normal prior holds θ near 0: few votes
// say little, and a contestant that never lost stays finite. Errors are a sandwich H⁻¹ G H⁻¹ (Huber 1967), which holds where the model is
// only nearly right; the prior's share stands in its filling, so that without any votes an error is the prior's.

namespace Maison.Battles;

/// <summary>Votes of one kind between two contestants, by their numbers.</summary>
/// <param name="Weight">Of each of these votes.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Style">Differences x of style; null without style control.</param>
public readonly record struct Comparison(int A, int B, Outcome Outcome, double Weight = 1, double Count = 1, double[]? Style = null);

/// <summary>The likeliest strengths and how sure they are.</summary>
public sealed class Fit
{
    internal Fit(SymmetricMatrix covariance, SymmetricMatrix bread) => (Covariance, Bread) = (covariance, bread);

    /// <summary>θ of each contestant; their mean is 0.</summary>
    public required IReadOnlyList<double> Strengths { get; init; }

    /// <summary>η.</summary>
    public required double TieStrength { get; init; }

    /// <summary>γ of each style.</summary>
    public required IReadOnlyList<double> Styles { get; init; }

    /// <summary>Newton steps that it took.</summary>
    public required int Steps { get; init; }

    /// <summary>The sandwich, of θ, η, γ in this order.</summary>
    internal SymmetricMatrix Covariance { get; }

    /// <summary>H⁻¹: how far a vote's score moves the parameters.</summary>
    internal SymmetricMatrix Bread { get; }

    internal double[] Parameters => [.. Strengths, TieStrength, .. Styles];

    /// <summary>Standard error of a contestant's strength.</summary>
    public double ErrorOf(int contestant) => Math.Sqrt(Covariance[contestant, contestant]);

    /// <summary>Standard error of a style's weight.</summary>
    public double ErrorOfStyle(int style) => Math.Sqrt(Covariance[Strengths.Count + 1 + style, Strengths.Count + 1 + style]);

    /// <summary>Variance of the difference of two strengths.</summary>
    public double VarianceBetween(int a, int b) => Covariance[a, a] + Covariance[b, b] - 2 * Covariance[a, b];
}

/// <summary>Finds strengths.</summary>
public static class Davidson
{
    /// <summary>Standard deviation of the prior of strengths; on the board 174 points.</summary>
    public const double PriorDeviation = 1;

    const double TiePriorDeviation = 3, StylePriorDeviation = 1, Tolerance = 1e-11;
    const int MostSteps = 200, MostHalvings = 40;

    /// <summary>How likely a, b and a tie are.</summary>
    /// <param name="difference">d of the head of this file.</param>
    /// <param name="tieStrength">η.</param>
    public static (double A, double B, double Tie) Chances(double difference, double tieStrength)
    {
        var top = Math.Max(Math.Abs(difference) / 2, tieStrength);
        double a = Math.Exp(difference / 2 - top), b = Math.Exp(-difference / 2 - top), tie = Math.Exp(tieStrength - top), all = a + b + tie;
        return (a / all, b / all, tie / all);
    }

    /// <summary>What one vote tells about d: the variance of its score.</summary>
    public static double Information(double difference, double tieStrength)
    {
        var (a, b, _) = Chances(difference, tieStrength);
        return (a + b - (a - b) * (a - b)) / 4;
    }

    /// <summary>The strengths under which the votes are likeliest, the prior counted in.</summary>
    /// <param name="contestants">How many there are.</param>
    /// <param name="styles">How many differences of style each comparison has.</param>
    /// <param name="priorDeviation">Of the strengths.</param>
    /// <param name="start">Where to begin; a fit of nearly the same votes saves steps.</param>
    /// <exception cref="ArgumentException">A comparison names nobody, or has another number of styles.</exception>
    public static Fit Solve(int contestants, IReadOnlyList<Comparison> votes, int styles = 0, double priorDeviation = PriorDeviation, Fit? start = null)
    {
        foreach (var vote in votes)
            if ((uint)vote.A >= contestants || (uint)vote.B >= contestants || vote.A == vote.B || (vote.Style?.Length ?? 0) != styles)
                throw new ArgumentException($"A vote is between {vote.A} and {vote.B} with {vote.Style?.Length ?? 0} styles: give two of {contestants} contestants, and {styles} styles.");
        double[] deviations = [.. Enumerable.Repeat(priorDeviation, contestants), TiePriorDeviation, .. Enumerable.Repeat(StylePriorDeviation, styles)];
        var likelihood = new Likelihood(contestants, votes, [.. deviations.Select(d => 1 / (d * d))]);

        var at = start?.Strengths.Count == contestants && start.Styles.Count == styles ? start.Parameters : new double[deviations.Length];
        var (value, steps, moved) = (likelihood.Value(at), 0, double.MaxValue);
        for (; moved > Tolerance && steps < MostSteps; steps++)
        {
            var (gradient, information) = likelihood.Slope(at);
            var step = SymmetricMatrix.Solve(information.Cholesky(), gradient);
            var (share, longest) = (1.0, step.Max(Math.Abs));
            for (var halvings = 0; ; halvings++, share /= 2)
            {
                double[] tried = [.. at.Select((x, i) => x + share * step[i])];
                var found = likelihood.Value(tried);
                // Near the top, rounding decides which of two values is larger; there the step is as good as any.
                if (found < value && share * longest > 1e-7 && halvings < MostHalvings) continue;
                (at, value, moved) = (tried, found, share * longest);
                break;
            }
        }
        return Finish(likelihood, at, contestants, styles, steps);
    }

    static Fit Finish(Likelihood likelihood, double[] at, int contestants, int styles, int steps)
    {
        if (contestants == 0) return new(new(styles + 1), new(styles + 1)) { Strengths = [], TieStrength = 0, Styles = new double[styles], Steps = 0 };
        var bread = likelihood.Slope(at).Information.Inverse();
        // Votes know differences alone: what rounding leaves of the mean is taken away, and what the prior alone says of it is no error.
        var mean = at.Take(contestants).Average();
        return new(bread.Around(likelihood.Filling(at, contestants + styles)).Centred(contestants), bread)
        {
            Strengths = [.. at.Take(contestants).Select(t => t - mean)],
            TieStrength = at[contestants],
            Styles = at[(contestants + 1)..],
            Steps = steps,
        };
    }
}
