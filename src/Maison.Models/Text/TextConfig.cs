// The shape of a text model. With all extras off it is Qwen3 (or Qwen3-MoE when it has experts), which other engines run.

namespace Maison.Models.Text;

/// <summary>Sizes and choices of a decoder; the plain form is Qwen3 / Qwen3-MoE (arXiv 2505.09388).</summary>
public sealed record TextConfig
{
    /// <summary>Token ids, special ones included.</summary>
    public required int Vocab { get; init; }

    /// <summary>Features of the residual stream.</summary>
    public required int Hidden { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; divides <see cref="Heads"/>.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Features per head; even.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Inner features of a dense feed-forward layer.</summary>
    public required int Intermediate { get; init; }

    /// <summary>Tokens a sequence may have.</summary>
    public required int Context { get; init; }

    public float NormEps { get; init; } = 1e-6f;
    public float RopeTheta { get; init; } = 10_000f;

    /// <summary>The output head is the embedding table.</summary>
    public bool TieEmbeddings { get; init; }

    /// <summary>Experts per mixture layer; 0 for a dense model.</summary>
    public int Experts { get; init; }

    /// <summary>Experts that work on each token.</summary>
    public int ExpertsPerToken { get; init; }

    /// <summary>Inner features of one expert.</summary>
    public int ExpertIntermediate { get; init; }

    /// <summary>Weights of the chosen experts are scaled to sum to 1.</summary>
    public bool NormaliseExperts { get; init; } = true;

    /// <summary>Blocks that stay dense in a mixture model.</summary>
    public IReadOnlyList<int> DenseBlocks { get; init; } = [];

    /// <summary>Extra: each block first mixes the embedding back in, x ← λ₀x + λ₁x₀, two learned scalars per block.</summary>
    public bool InputSkip { get; init; }

    /// <summary>Extra: every second block adds a token's own value embedding to its attention values, v ← λ₀v + λ₁E[token].</summary>
    public bool ValueEmbeddings { get; init; }

    /// <summary>Extra: logits are bounded to ±cap by cap·tanh(z/cap); 0 is off.</summary>
    public float LogitSoftcap { get; init; }

    /// <summary>Extra: a balancing bias per expert takes part in the choice of experts (arXiv 2408.15664).</summary>
    public bool RouterBias { get; init; }

    /// <summary>Names of the extras in use, which other engines do not know; empty for the plain form.</summary>
    public IReadOnlyList<string> Extras()
    {
        var names = new List<string>();
        if (InputSkip) names.Add("inputSkip");
        if (ValueEmbeddings) names.Add("valueEmbeddings");
        if (LogitSoftcap != 0) names.Add("logitSoftcap");
        if (RouterBias && Experts > 0) names.Add("routerBias");
        return names;
    }

    /// <summary>True for blocks whose feed-forward layer is a mixture of experts.</summary>
    public bool IsMixture(int block) => Experts > 0 && !DenseBlocks.Contains(block);

    /// <summary>True for blocks that have a value embedding: every second one, the last included.</summary>
    public bool HasValueEmbedding(int block) => ValueEmbeddings && (Layers - 1 - block) % 2 == 0;

    /// <summary>Refuses sizes that do not fit together.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public TextConfig Validated()
    {
        Positive(Vocab, nameof(Vocab));
        Positive(Hidden, nameof(Hidden));
        Positive(Layers, nameof(Layers));
        Positive(Heads, nameof(Heads));
        Positive(KvHeads, nameof(KvHeads));
        Positive(HeadDim, nameof(HeadDim));
        Positive(Context, nameof(Context));
        if (Heads % KvHeads != 0) throw new ArgumentException($"heads ({Heads}) must be a multiple of kvHeads ({KvHeads}).");
        if (HeadDim % 2 != 0) throw new ArgumentException($"headDim ({HeadDim}) must be even.");
        if (Experts == 0 || DenseBlocks.Count > 0) Positive(Intermediate, nameof(Intermediate));
        if (Experts > 0)
        {
            Positive(ExpertIntermediate, nameof(ExpertIntermediate));
            if (ExpertsPerToken < 1 || ExpertsPerToken > Experts) throw new ArgumentException($"expertsPerToken ({ExpertsPerToken}) must be between 1 and experts ({Experts}).");
        }
        if (!(NormEps > 0) || !(RopeTheta > 0) || !(LogitSoftcap >= 0)) throw new ArgumentException("normEps and ropeTheta must be positive, logitSoftcap 0 or more.");
        return this;

        static void Positive(int value, string name)
        {
            if (value <= 0) throw new ArgumentException($"{char.ToLowerInvariant(name[0])}{name[1..]} must be positive, not {value}.");
        }
    }

    /// <summary>Multiply-adds per token of the forward matrix products (attention scores left out), times two.</summary>
    public double ForwardFlopsPerToken(int attended = 0)
    {
        double block = 0;
        for (var i = 0; i < Layers; i++)
        {
            block += 2.0 * Hidden * HeadDim * (2 * Heads + 2 * KvHeads);
            block += IsMixture(i) ? 2.0 * 3 * Hidden * ExpertIntermediate * ExpertsPerToken + 2.0 * Hidden * Experts : 2.0 * 3 * Hidden * Intermediate;
            block += 4.0 * Heads * HeadDim * attended;
        }
        return block + 2.0 * Hidden * Vocab;
    }
}
