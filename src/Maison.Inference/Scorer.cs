// Log-likelihoods for evaluations: multiple choice compares continuations, last-word tests ask whether greedy decoding would say it.
// Items run through the scheduler like any request, so they are batched, chunked, and share the pages of a common prompt.

namespace Maison.Inference;

/// <summary>What the model thinks of a continuation.</summary>
/// <param name="Logprob">Sum of natural-log probabilities of its tokens.</param>
/// <param name="Greedy">True when each of its tokens is the model's first choice.</param>
/// <param name="Tokens">Its length, for means per token.</param>
public readonly record struct Score(double Logprob, bool Greedy, int Tokens);

/// <summary>Scores continuations in bulk.</summary>
public sealed class Scorer(Scheduler scheduler)
{
    /// <summary>Scores all items, in their order; returns when the last is done.</summary>
    public Score[] Score(IEnumerable<(int[] Prompt, int[] Continuation)> items, CancellationToken cancellation = default)
        => Task.WhenAll(items.Select(i => scheduler.Score(i.Prompt, i.Continuation, cancellation))).GetAwaiter().GetResult();

    /// <summary>Scores one continuation.</summary>
    public Score Score(ReadOnlySpan<int> prompt, ReadOnlySpan<int> continuation, CancellationToken cancellation = default)
        => scheduler.Score(prompt, continuation, cancellation).GetAwaiter().GetResult();
}
