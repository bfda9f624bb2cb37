// A request that only reads: it runs prompt and continuation through the model and looks at the row before each token of the continuation.

namespace Maison.Inference;

sealed class ScoringSequence(int[] tokens, int promptTokens, CancellationToken cancellation) : ReadingSequence<Score>(tokens, cancellation)
{
    int scored;
    double logprob;
    bool greedy = true;

    public override int PromptTokens => promptTokens;

    // Nobody asks what follows the last token.
    public override int Target => Length - 1;
    public override int Wanted => promptTokens + scored;

    public override int Take(ReadOnlySpan<float> row, Sampler sampler)
    {
        var id = Tokens[Wanted];
        var max = RowMath.Max(row);
        if (!float.IsFinite(max)) throw new ArithmeticException($"The model's largest logit is {max}: its weights or this text overflow.");
        logprob += row[id] - RowMath.LogSumExp(row);
        greedy &= row.IndexOf(max) == id;
        scored++;
        Finished = promptTokens + scored == Length;
        return 0;
    }

    protected override Score Result() => new(logprob, greedy, scored);
}
