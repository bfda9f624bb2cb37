// Direct preference optimisation (arXiv 2305.18290). With the log probabilities of two answers under the model and under the one it started from,
//
//     h = β ((log π(chosen) − log π₀(chosen)) − (log π(rejected) − log π₀(rejected)))      loss = −log σ(h)
//     d loss = β σ(−h) (d log π(rejected) − d log π(chosen))
//
// The starting model is needed only for its log probabilities, so they are taken once, before the first step, and no second model is kept.

using Maison.Data.Chat;
using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Training.Text;

/// <summary>One answer behind its question, as ids.</summary>
/// <param name="Targets">Per row the id that follows; -1 where it is not the answer's.</param>
public sealed record PreferenceText(int[] Ids, int[] Targets)
{
    /// <summary>An answer as the model reads it.</summary>
    /// <param name="start">The id that begins a document; null for none.</param>
    public static PreferenceText Of(ChatFormat format, int? start, string prompt, string answer)
    {
        var tokens = format.Render([new("user", prompt), new("assistant", answer)]);
        int[] ids = start is { } id ? [id, .. tokens.Ids] : tokens.Ids;
        var targets = new int[ids.Length];
        for (var i = 0; i < ids.Length; i++) targets[i] = i + 1 < ids.Length && tokens.Loss[i + 1 - (ids.Length - tokens.Ids.Length)] ? ids[i + 1] : -1;
        return new(ids, targets);
    }
}

/// <summary>A pair, and by how much the starting model preferred the chosen one: log π₀(chosen) − log π₀(rejected).</summary>
public sealed record PreferenceExample(PreferenceText Chosen, PreferenceText Rejected, double Reference)
{
    public int Tokens => Chosen.Ids.Length + Rejected.Ids.Length;
}

/// <summary>Computes the loss of pairs and its gradient.</summary>
/// <param name="beta">How much it costs to leave the starting model.</param>
public sealed class PreferenceLoss(Decoder model, Gang gang, double beta) : IDisposable
{
    readonly Arena arena = new();
    Pass? scoring, recording;

    /// <summary>The example of two texts, with the model as it is now as the one to start from.</summary>
    public PreferenceExample Begin(PreferenceText chosen, PreferenceText rejected) => new(chosen, rejected, LogProbability(chosen) - LogProbability(rejected));

    /// <summary>log π of an answer, in nats.</summary>
    public double LogProbability(PreferenceText text)
    {
        scoring ??= new(arena, gang);
        scoring.Begin([new Segment(0, text.Ids.Length)]);
        return -scoring.CrossEntropy(model.Forward(scoring, text.Ids), text.Targets).Value;
    }

    /// <summary>h of the head of this file: above 0 the model prefers the chosen answer more than it did at the start.</summary>
    public double Margin(PreferenceExample example) => beta * (LogProbability(example.Chosen) - LogProbability(example.Rejected) - example.Reference);

    /// <summary>−log σ(h).</summary>
    public static double Of(double margin) => margin > 0 ? Math.Log(1 + Math.Exp(-margin)) : Math.Log(1 + Math.Exp(margin)) - margin;

    /// <summary>Adds the gradient of a pair's loss, times a share, to the model's; returns h before it.</summary>
    public double Accumulate(PreferenceExample example, double share)
    {
        var margin = Margin(example);
        var slope = (float)(share * beta / (1 + Math.Exp(margin)));
        Backward(example.Chosen, slope);
        Backward(example.Rejected, -slope);
        return margin;
    }

    void Backward(PreferenceText text, float slope)
    {
        recording ??= new(arena, gang, record: true);
        recording.Begin([new Segment(0, text.Ids.Length)]);
        recording.Backward(recording.CrossEntropy(model.Forward(recording, text.Ids), text.Targets), slope);
    }

    public void Dispose()
    {
        scoring?.Dispose();
        recording?.Dispose();
        arena.Dispose();
    }
}
