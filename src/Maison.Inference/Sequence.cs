// One request on its way through the model: its tokens, how many of them the cache holds, and which rows of logits it still wants.
// The step thread owns all of this; the caller's side only raises Cancelled and reads what Publish made visible.

using Maison.Tensors;

namespace Maison.Inference;

/// <summary>What the <see cref="Stepper"/> knows of a request, whether it generates, scores or embeds.</summary>
abstract class Sequence(int[] tokens, int length)
{
    volatile bool cancelled;

    /// <summary>Prompt and answer so far.</summary>
    public ReadOnlySpan<int> Tokens => tokens.AsSpan(0, Length);

    public int Length { get; private set; } = length;

    /// <summary>Tokens of the prompt.</summary>
    public abstract int PromptTokens { get; }

    /// <summary>Tokens that have to go through the model before the request has all logits it can now ask for.</summary>
    public abstract int Target { get; }

    /// <summary>The first position whose token's distribution is still wanted; the row before it gives the logits.</summary>
    public abstract int Wanted { get; }

    /// <summary>True when it wants the rows before the output matrix instead of logits.</summary>
    public virtual bool Embeds => false;

    /// <summary>Leading tokens whose keys and values are in <see cref="Pages"/>.</summary>
    public int Computed { get; set; }

    /// <summary>Leading pages that the prefix cache knows.</summary>
    public int Remembered { get; set; }

    public PageTable Pages { get; } = new();

    /// <summary>Prompt tokens that were found in the cache when the request first ran; null before that.</summary>
    public int? CachedPromptTokens { get; set; }

    public int Pending => Target - Computed;

    /// <summary>True when the last logits were taken.</summary>
    public bool Finished { get; protected set; }

    /// <summary>Set from any thread; the step thread then drops the request between two steps.</summary>
    public bool Cancelled
    {
        get => cancelled;
        protected set => cancelled = value;
    }

    /// <summary>Receives the logits for position <see cref="Wanted"/>, or the row before them; returns how many tokens that generated.</summary>
    public abstract int Take(ReadOnlySpan<float> row, Sampler sampler);

    /// <summary>Shows the caller what was taken; by then the pages of a finished request are back.</summary>
    public abstract void Publish();

    /// <summary>Ends the request with an error.</summary>
    public abstract void Fail(Exception error);

    protected void Append(int id) => tokens[Length++] = id;
}
