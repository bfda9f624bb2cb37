// Questions whose answers can be checked by rule, which is all that tuning to rewards needs: no example answers and no judge.

using Maison.Data.Corpora;
using Maison.Training.Evaluations;

namespace Maison.Training.Text;

/// <summary>A kind of question.</summary>
/// <param name="Draw">A question by lot, and what an answer to it is worth, 0 to 1.</param>
public sealed record RewardTask(string Name, Func<Random, (string Question, Func<string, double> Reward)> Draw)
{
    /// <summary>Additions, subtractions, small products and short stories; an answer is worth 1 when the number it ends on is right.</summary>
    public static RewardTask Sums { get; } = new("sums", random =>
    {
        var (question, answer) = SumProblems.Question(random);
        return (question, text => FinalNumber.Of(text) == answer ? 1 : 0);
    });

    public static IReadOnlyList<RewardTask> All { get; } = [Sums];
}
