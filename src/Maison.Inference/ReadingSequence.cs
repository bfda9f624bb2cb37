// A request that only reads: it ends with one result, or with an error, and its caller can leave before.

namespace Maison.Inference;

/// <summary>A request whose caller waits for a single <typeparamref name="TResult"/>.</summary>
abstract class ReadingSequence<TResult>(int[] tokens, CancellationToken cancellation) : Sequence(tokens, tokens.Length)
{
    readonly TaskCompletionSource<TResult> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    CancellationTokenRegistration registration;

    public Task<TResult> Start(Scheduler scheduler)
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

    /// <summary>What was read, once all of it was taken; may throw what the caller shall see.</summary>
    protected abstract TResult Result();

    public override void Publish()
    {
        if (!Finished) return;
        registration.Unregister();
        try
        {
            done.TrySetResult(Result());
        }
        catch (GenerationFailedException e)
        {
            done.TrySetException(e);
        }
    }

    public override void Fail(Exception error)
    {
        registration.Unregister();
        done.TrySetException(error);
    }
}
