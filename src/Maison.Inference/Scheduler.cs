// Continuous batching over a paged KV cache: one thread steps the model, requests join and leave between steps. This class owns that
// thread and the door to it; what a step does is written in Stepper. Callers' threads only check requests, put them into the inbox
// and read tokens; the step thread never waits for a caller and never runs a caller's code.

using System.Diagnostics;
using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Inference;

/// <summary>Runs one model for many concurrent requests. The model's weights must not change while it lives: cached keys would be stale.</summary>
public sealed class Scheduler : IDisposable
{
    readonly int vocab;
    readonly Stepper stepper;
    readonly Thread thread;
    readonly AutoResetEvent wake = new(false);
    readonly Lock door = new();
    readonly List<Sequence> inbox = [];
    volatile int arrivals;
    volatile bool closing;
    long requests, busyTicks;

    /// <param name="model">Weights of any kind; they stay the caller's.</param>
    /// <param name="gang">The threads that compute; they stay the caller's.</param>
    /// <exception cref="ArgumentException">A limit does not fit the model; the message names it.</exception>
    public Scheduler(Decoder model, Gang gang, SchedulerOptions? options = null)
    {
        options ??= new();
        options.Validate(model.Config);
        var pages = options.PagesFor(model.Config);
        vocab = model.Config.Vocab;
        ContextLength = (int)Math.Min(options.ContextLength ?? model.Config.Context, (long)pages * KvCache.PageTokens);
        stepper = new Stepper(model, gang, pages, options.MaxRunning, options.MaxBatchTokens);
        thread = new Thread(Run) { IsBackground = true, Name = "scheduler" };
        thread.Start();
    }

    /// <summary>Tokens that prompt and answer may have together: the model's or the chosen context, or the whole cache where that is less.</summary>
    public int ContextLength { get; }

    /// <summary>Native memory that keys and values take.</summary>
    public long CacheBytes => stepper.CacheBytes;

    /// <summary>A snapshot of the counters; safe from any thread.</summary>
    public SchedulerStats Stats => new(
        stepper.Running, stepper.Waiting + arrivals, stepper.PagesUsed, stepper.PagesTotal,
        stepper.PromptTokens, stepper.CachedPromptTokens, stepper.GeneratedTokens,
        Volatile.Read(ref requests), Volatile.Read(ref busyTicks) / (double)Stopwatch.Frequency);

    internal long Preemptions => stepper.Preemptions;

    /// <summary>Generates tokens as they are sampled; cancelling or abandoning the enumeration frees the slot.</summary>
    /// <exception cref="ContextOverflowException">Prompt plus MaxTokens exceed <see cref="ContextLength"/>; thrown before the first token.</exception>
    /// <exception cref="ArgumentException">A field of the request is out of range; the message names it.</exception>
    /// <exception cref="GenerationFailedException">Thrown by the enumeration when the model fails on this request.</exception>
    public IAsyncEnumerable<GeneratedToken> Generate(GenerationRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Check(request.Prompt, nameof(request.Prompt));
        ArgumentNullException.ThrowIfNull(request.StopIds, nameof(request.StopIds));
        if (request.MaxTokens < 1) throw new ArgumentException($"{nameof(request.MaxTokens)} must be at least 1, not {request.MaxTokens}.", nameof(request));
        if (request.Begun < 0 || request.Begun > request.Prompt.Length) throw new ArgumentException($"{nameof(request.Begun)} must lie between 0 and the prompt's {request.Prompt.Length} tokens, not at {request.Begun}.", nameof(request));
        if (request.Grammar is { } grammar && !grammar.Allows(request.Prompt.AsSpan()[^request.Begun..]))
            throw new ArgumentException($"{nameof(request.Prompt)} ends with a text that {nameof(request.Grammar)} does not allow.", nameof(request));
        var plan = new SamplingPlan(request.Sampling, vocab);
        var maxTokens = request.MaxTokens ?? Math.Max(1, ContextLength - request.Prompt.Length);
        Fit(request.Prompt.Length, maxTokens);
        return new Answer(this, request, plan, maxTokens, cancellation);
    }

    /// <summary>Generates a whole answer: all its ids, the stop id included.</summary>
    public async Task<int[]> GenerateAll(GenerationRequest request, CancellationToken cancellation = default)
    {
        var ids = new List<int>();
        await foreach (var token in Generate(request, cancellation).ConfigureAwait(false)) ids.Add(token.Id);
        return [.. ids];
    }

    /// <summary>Generates many answers at once, in the order of the requests.</summary>
    public Task<int[][]> GenerateAll(IEnumerable<GenerationRequest> requests, CancellationToken cancellation = default)
        => Task.WhenAll(requests.Select(r => GenerateAll(r, cancellation)));

    /// <summary>How likely the model finds a continuation of a prompt; runs beside whatever else is asked.</summary>
    /// <param name="prompt">At least one id.</param>
    /// <param name="continuation">At least one id.</param>
    /// <exception cref="ContextOverflowException">Both together exceed <see cref="ContextLength"/>.</exception>
    public Task<Score> Score(ReadOnlySpan<int> prompt, ReadOnlySpan<int> continuation, CancellationToken cancellation = default)
    {
        Check(prompt, nameof(prompt));
        Check(continuation, nameof(continuation));
        Fit(prompt.Length, continuation.Length);
        return new ScoringSequence([.. prompt, .. continuation], prompt.Length, cancellation).Start(this);
    }

    /// <summary>A text as one vector of length 1: the mean of its tokens' rows before the output matrix; runs beside whatever else is asked.</summary>
    /// <param name="text">At least one id.</param>
    /// <exception cref="ContextOverflowException">The text exceeds <see cref="ContextLength"/>.</exception>
    public Task<float[]> Embed(ReadOnlySpan<int> text, CancellationToken cancellation = default)
    {
        Check(text, nameof(text));
        Fit(text.Length, 0);
        return new EmbeddingSequence(text.ToArray(), cancellation).Start(this);
    }

    /// <summary>Lets a request in; from here on the step thread owns it.</summary>
    internal void Enter(Sequence s)
    {
        lock (door)
        {
            ObjectDisposedException.ThrowIf(closing, this);
            inbox.Add(s);
            arrivals = inbox.Count;
            requests++;
        }
        wake.Set();
    }

    /// <summary>Makes the step thread look for cancelled requests.</summary>
    internal void Nudge()
    {
        if (!closing) wake.Set();
    }

    void Run()
    {
        while (!closing)
        {
            var start = Stopwatch.GetTimestamp();
            bool worked;
            try
            {
                if (arrivals > 0) Welcome();
                worked = stepper.Step();
            }
            catch (Exception error)
            {
                stepper.Fail(error);
                worked = true;
            }
            if (worked) busyTicks += Stopwatch.GetTimestamp() - start;
            else wake.WaitOne();
        }
        Welcome();
        stepper.Close(() => new ObjectDisposedException(nameof(Scheduler), "The scheduler was shut down before this request ended."));
    }

    void Welcome()
    {
        lock (door)
        {
            foreach (var s in inbox) stepper.Add(s);
            inbox.Clear();
            arrivals = 0;
        }
    }

    void Check(ReadOnlySpan<int> ids, string name)
    {
        if (ids.IsEmpty) throw new ArgumentException($"{name} must have at least one token.", name);
        for (var i = 0; i < ids.Length; i++)
            if ((uint)ids[i] >= (uint)vocab) throw new ArgumentException($"{name} has token {ids[i]} at position {i}, but ids go from 0 to {vocab - 1}.", name);
    }

    void Fit(int promptTokens, int maxTokens)
    {
        if ((long)promptTokens + maxTokens > ContextLength) throw new ContextOverflowException(promptTokens, maxTokens, ContextLength);
    }

    /// <summary>Ends the thread after the step in progress; requests under way end with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        lock (door)
        {
            if (closing) return;
            closing = true;
        }
        wake.Set();
        thread.Join();
        stepper.Dispose();
    }

    sealed class Answer(Scheduler scheduler, GenerationRequest request, SamplingPlan plan, int maxTokens, CancellationToken cancellation) : IAsyncEnumerable<GeneratedToken>
    {
        public IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken enumerationCancellation = default)
            => new GeneratingSequence(scheduler, request, plan, maxTokens, cancellation, enumerationCancellation);
    }
}
