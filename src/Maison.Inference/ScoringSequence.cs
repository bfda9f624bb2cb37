// A request that only reads: it runs prompt and continuation through the model and looks at the row before each token of the continuation.

namespace Maison.Inference;

sealed class ScoringSequence(int[] tokens, int promptTokens, CancellationToken cancellation) : Sequence(tokens, tokens.Length)
{
    readonly TaskCompletionSource<Score> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    CancellationTokenRegistration registration;
    int scored;
    double logprob;
    bool greedy = true;

    public override int PromptTokens => promptTokens;

    // Nobody asks what follows the last token.
    public override int Target => Length - 1;
    public override int Wanted => promptTokens + scored;

    public Task<Score> Start(Scheduler scheduler)
    {
        registration = cancellation.UnsafeRegister(_ =>
        {
            Cancelled = true;
            done.TrySetCanceled(cancellation);
            scheduler.Nudge();
        }, null);
        if (!Cancelled) scheduler.Enter(this);
        return done.Task;
    }

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

    public override void Publish()
    {
        if (!Finished) return;
        registration.Unregister();
        done.TrySetResult(new Score(logprob, greedy, scored));
    }

    public override void Fail(Exception error)
    {
        registration.Unregister();
        done.TrySetException(error);
    }
}
