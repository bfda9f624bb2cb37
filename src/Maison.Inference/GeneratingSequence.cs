// A request that samples. It is also the caller's enumerator and needs no queue between the two threads: the tokens lie in one array, the
// step thread raises a counter, the reader follows it. A reader that waits is woken through the thread pool with this object as the
// work item, so a token costs the step thread no allocation and no caller's code ever runs on it.

using System.Threading.Tasks.Sources;
using Maison.Inference.Grammar;

namespace Maison.Inference;

sealed class GeneratingSequence : Sequence, IAsyncEnumerator<GeneratedToken>, IValueTaskSource<bool>, IThreadPoolWorkItem
{
    readonly Scheduler scheduler;
    readonly SamplingPlan plan;
    readonly int[] stopIds;
    readonly int maxTokens;
    readonly GrammarCursor? cursor;
    readonly float[]? logprobs;
    readonly TokenLogprob[][]? tops;
    readonly CancellationToken first, second;
    CancellationTokenRegistration firstRegistration, secondRegistration;

    ManualResetValueTaskSourceCore<bool> wake;
    int waiting;                                   // 1 while the reader waits; whoever swaps it back to 0 resumes the reader
    int generated, read;
    int finishAt = -1;
    FinishReason finish;
    volatile int published;
    volatile Exception? failure;
    bool entered;

    public GeneratingSequence(Scheduler scheduler, GenerationRequest request, SamplingPlan plan, int maxTokens, CancellationToken first, CancellationToken second)
        : base(Room(request.Prompt, maxTokens), request.Prompt.Length)
    {
        this.scheduler = scheduler;
        this.plan = plan;
        this.maxTokens = maxTokens;
        this.first = first;
        this.second = second;
        PromptTokens = request.Prompt.Length;
        stopIds = [.. request.StopIds];
        if (request.Grammar is { } grammar) cursor = new(grammar, request.Prompt.AsSpan()[^request.Begun..]);
        if (plan.Options.TopLogprobs is null) return;
        logprobs = new float[maxTokens];
        tops = new TokenLogprob[maxTokens][];
    }

    public override int PromptTokens { get; }
    public override int Target => Length;
    public override int Wanted => Length;

    public GeneratedToken Current { get; private set; }

    public override int Take(ReadOnlySpan<float> row, Sampler sampler)
    {
        var id = cursor is null
            ? sampler.Choose(row, plan, Tokens, PromptTokens)
            : cursor.Choose(row, sampler, plan, Tokens, PromptTokens, maxTokens - generated - 1);
        if (plan.Options.TopLogprobs is { } alternatives)
        {
            var logSum = RowMath.LogSumExp(row);
            logprobs![generated] = (float)(row[id] - logSum);
            tops![generated] = sampler.Top(row, alternatives, logSum);
        }
        Append(id);
        var stopped = Array.IndexOf(stopIds, id) >= 0 || cursor is { Done: true };
        if (stopped || generated + 1 == maxTokens)
        {
            finish = stopped && cursor is not { Shortened: true } ? FinishReason.Stop : FinishReason.Length;
            finishAt = generated;
            Finished = true;
        }
        generated++;
        return 1;
    }

    public override void Publish()
    {
        if (published == generated) return;
        published = generated;
        WakeReader();
    }

    public override void Fail(Exception error)
    {
        failure = error;
        WakeReader();
    }

    public ValueTask<bool> MoveNextAsync()
    {
        if (!entered)
        {
            entered = true;
            firstRegistration = first.UnsafeRegister(static s => ((GeneratingSequence)s!).Cancel(), this);
            secondRegistration = second.UnsafeRegister(static s => ((GeneratingSequence)s!).Cancel(), this);
            if (!Cancelled) scheduler.Enter(this);
        }
        if (HasNews) return new(Advance());
        wake.Reset();
        Interlocked.Exchange(ref waiting, 1);
        // What was published before the flag went up would wake nobody.
        if (HasNews && Interlocked.Exchange(ref waiting, 0) == 1) return new(Advance());
        return new(this, wake.Version);
    }

    public ValueTask DisposeAsync()
    {
        firstRegistration.Dispose();
        secondRegistration.Dispose();
        Cancelled = true;
        scheduler.Nudge();
        return default;
    }

    void Cancel()
    {
        Cancelled = true;
        WakeReader();
        scheduler.Nudge();
    }

    bool HasNews => read < published || Cancelled || failure is not null || Ended;

    bool Ended => finishAt >= 0 && read > finishAt;

    bool Advance()
    {
        if (Cancelled) throw new OperationCanceledException(first.IsCancellationRequested ? first : second);
        if (read < published)
        {
            Current = new(
                Tokens[PromptTokens + read],
                logprobs is null ? 0 : logprobs[read],
                tops?[read],
                read == finishAt ? finish : null,
                CachedPromptTokens ?? 0);
            read++;
            return true;
        }
        if (failure is not null) throw failure;
        return false;
    }

    void WakeReader()
    {
        if (Interlocked.Exchange(ref waiting, 0) == 1) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => wake.SetResult(true);

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        wake.GetResult(token);
        return Advance();
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => wake.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => wake.OnCompleted(continuation, state, token, flags);

    static int[] Room(int[] prompt, int maxTokens)
    {
        var tokens = new int[prompt.Length + maxTokens];
        prompt.CopyTo(tokens, 0);
        return tokens;
    }
}
