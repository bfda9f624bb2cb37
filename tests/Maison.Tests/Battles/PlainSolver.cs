// The same maximum by other means, to hold the fit against: one parameter at a time is moved to where its own slope is zero, by bisection, in the
// textbook's form of the model, P(i) = πi / (πi + πj + ν √(πi πj)), until nothing moves. No Newton, no matrix, no logarithm of a likelihood.

using Maison.Battles;

namespace Maison.Tests.Battles;

static class PlainSolver
{
    /// <param name="priorDeviation">Of the strengths; that of the tie's strength is 3.</param>
    public static (double[] Strengths, double TieStrength) Solve(int count, IReadOnlyList<Comparison> votes, double priorDeviation)
    {
        var (battles, won) = (new double[count, count], new double[count, count]);    // won: a tie is half a win
        var ties = 0.0;
        foreach (var vote in votes)
        {
            var n = vote.Weight * vote.Count;
            battles[vote.A, vote.B] += n;
            battles[vote.B, vote.A] += n;
            var tie = vote.Outcome is Outcome.Tie or Outcome.BothBad;
            if (tie) ties += n;
            won[vote.A, vote.B] += vote.Outcome == Outcome.A ? n : tie ? n / 2 : 0;
            won[vote.B, vote.A] += vote.Outcome == Outcome.B ? n : tie ? n / 2 : 0;
        }
        var (strengths, tieStrength) = (new double[count], 0.0);
        for (var moved = 1.0; moved > 1e-11;)
        {
            moved = 0;
            for (var i = 0; i < count; i++)
            {
                var me = i;
                Move(ref strengths[i], Zero(at => -at / (priorDeviation * priorDeviation) + Enumerable.Range(0, count).Where(j => j != me && battles[me, j] > 0).Sum(j => won[me, j] - battles[me, j] * Score(at, strengths[j], tieStrength))));
            }
            Move(ref tieStrength, Zero(at => -at / 9 + ties - Pairs(count).Sum(p => battles[p.I, p.J] * TieShare(strengths[p.I], strengths[p.J], at))));
            // The likelihood does not know the mean and the prior wants it at 0: moving all of them there is a step uphill, too.
            var mean = strengths.Average();
            for (var i = 0; i < count; i++) strengths[i] -= mean;

            void Move(ref double parameter, double to)
            {
                moved = Math.Max(moved, Math.Abs(parameter - to));
                parameter = to;
            }
        }
        return (strengths, tieStrength);
    }

    static double TieShare(double i, double j, double tie)
    {
        double a = Math.Exp(i), b = Math.Exp(j), t = Math.Exp(tie) * Math.Sqrt(a * b);
        return t / (a + b + t);
    }

    static double Score(double i, double j, double tie)
    {
        double a = Math.Exp(i), b = Math.Exp(j), t = Math.Exp(tie) * Math.Sqrt(a * b);
        return (a + t / 2) / (a + b + t);
    }

    static IEnumerable<(int I, int J)> Pairs(int count) => from i in Enumerable.Range(0, count) from j in Enumerable.Range(i + 1, count - i - 1) select (i, j);

    /// <summary>Where a falling slope is zero.</summary>
    static double Zero(Func<double, double> slope)
    {
        double low = -20, high = 20;
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            if (slope(middle) > 0) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }
}
