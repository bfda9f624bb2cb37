// A small decoder that turns one sequence of ids into another, such as letters into phones: greedy, many at once, through the scheduler that serves
// text. What the ids mean is the caller's.

using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Inference;

/// <summary>Continues prompts up to and with a stop id; safe from any thread.</summary>
public sealed class Transducer : IDisposable
{
    static readonly SamplingOptions Greedy = new(Temperature: 0);

    readonly Decoder model;
    readonly Scheduler scheduler;
    readonly int stop, maxTokens;

    /// <param name="model">Its weights become the transducer's, which disposes of them.</param>
    /// <param name="gang">The threads that compute; they stay the caller's.</param>
    /// <param name="stop">The id that ends an answer.</param>
    /// <param name="maxTokens">An answer without the stop id ends after so many ids.</param>
    public Transducer(Decoder model, Gang gang, int stop, int maxTokens)
    {
        (this.model, this.stop, this.maxTokens) = (model, stop, maxTokens);
        scheduler = new Scheduler(model, gang, new() { MaxRunning = 64 });
    }

    /// <summary>The answer to each prompt, the stop id included; blocks until all are there.</summary>
    /// <exception cref="ContextOverflowException">A prompt and its answer do not fit the model's context.</exception>
    public IReadOnlyList<int[]> Run(IReadOnlyList<int[]> prompts)
        => scheduler.GenerateAll(prompts.Select(p => new GenerationRequest(p, Greedy, Math.Min(maxTokens, scheduler.ContextLength - p.Length), [stop]))).GetAwaiter().GetResult();

    public void Dispose()
    {
        scheduler.Dispose();
        foreach (var slot in Models.ModelWeights.Slots(model)) (slot.Weight as IDisposable)?.Dispose();
    }
}
