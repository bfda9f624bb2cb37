// Continuous batching over a paged KV cache: one thread steps the model, requests join and leave between steps.

namespace Maison.Inference;

/// <summary>Runs one model for many concurrent requests.</summary>
public sealed class Scheduler
{
    /// <summary>Tokens that prompt and answer may have together.</summary>
    public int ContextLength => throw new NotImplementedException();

    /// <summary>A snapshot of the counters; safe from any thread.</summary>
    public SchedulerStats Stats => throw new NotImplementedException();

    /// <summary>Generates tokens as they are sampled; cancelling or abandoning the enumeration frees the slot.</summary>
    /// <exception cref="ContextOverflowException">Prompt plus MaxTokens exceed <see cref="ContextLength"/>; thrown before the first token.</exception>
    /// <exception cref="ArgumentException">A field of the request is out of range; the message names it.</exception>
    public IAsyncEnumerable<GeneratedToken> Generate(GenerationRequest request, CancellationToken cancellation = default)
        => throw new NotImplementedException();
}
