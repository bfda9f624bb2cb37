// Finds out when each phone of a known text is spoken: phones and frames are brought into one space, where near means likely.
// Trained alone, by the sum over all alignments (arXiv 2108.10447); knows nothing of text, files or how its alignments are used.

using Maison.Tensors;

namespace Maison.Models.Voice;

/// <summary>Sizes of an aligner.</summary>
public sealed record AlignerConfig
{
    /// <summary>The phones it knows; an id is a place in this list.</summary>
    public required IReadOnlyList<string> Phones { get; init; }

    /// <summary>Bands of a frame.</summary>
    public int Mels { get; init; } = 80;

    /// <summary>Features of a phone before its neighbours are looked at.</summary>
    public int Embedding { get; init; } = 96;

    /// <summary>Inner features of both sides.</summary>
    public int Hidden { get; init; } = 160;

    /// <summary>Features of the common space.</summary>
    public int Features { get; init; } = 80;

    /// <summary>Log-likelihood per squared distance, negative.</summary>
    public float Scale { get; init; } = -0.005f;

    /// <summary>Refuses sizes that do not fit together.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public AlignerConfig Validated()
    {
        if (Phones.Count == 0) throw new ArgumentException("phones is empty: name at least one.");
        foreach (var (value, name) in new[] { (Mels, "mels"), (Embedding, "embedding"), (Hidden, "hidden"), (Features, "features") })
            if (value < 1) throw new ArgumentException($"{name} must be positive, not {value}.");
        if (!(Scale < 0)) throw new ArgumentException($"scale must be negative, not {Scale}: what is far is unlikely.");
        return this;
    }
}

/// <summary>Phones and frames to scores of each phone in each frame.</summary>
public sealed class Aligner(AlignerConfig config) : ILayer
{
    const int KeyKernel = 3, QueryKernel = 3;

    public AlignerConfig Config { get; } = config.Validated();
    public Weight Embedding { get; set; } = new UnloadedWeight(config.Phones.Count, config.Embedding);
    public Weight KeyIn { get; set; } = new UnloadedWeight(config.Hidden, KeyKernel * config.Embedding);
    public Weight KeyInBias { get; set; } = new UnloadedWeight(1, config.Hidden);
    public Weight KeyOut { get; set; } = new UnloadedWeight(config.Features, config.Hidden);
    public Weight KeyOutBias { get; set; } = new UnloadedWeight(1, config.Features);
    public Weight QueryIn { get; set; } = new UnloadedWeight(config.Hidden, QueryKernel * config.Mels);
    public Weight QueryInBias { get; set; } = new UnloadedWeight(1, config.Hidden);
    public Weight QueryMiddle { get; set; } = new UnloadedWeight(config.Features, config.Hidden);
    public Weight QueryMiddleBias { get; set; } = new UnloadedWeight(1, config.Features);
    public Weight QueryOut { get; set; } = new UnloadedWeight(config.Features, config.Features);
    public Weight QueryOutBias { get; set; } = new UnloadedWeight(1, config.Features);

    /// <summary>Where phones lie, in a pass with one row per phone: (phones, features).</summary>
    public Tensor Keys(Pass p, ReadOnlySpan<int> phones)
    {
        var x = p.Gelu(p.Conv1d(p.Embed(phones, Embedding), KeyIn, KeyInBias, KeyKernel));          // (phones, hidden)
        return p.Linear(x, KeyOut, bias: KeyOutBias);
    }

    /// <summary>Where frames lie, in a pass with one row per frame: (frames, features).</summary>
    /// <param name="mel">Normalised log-mel frames, (frames, mels).</param>
    public Tensor Queries(Pass p, Tensor mel)
    {
        var x = p.Gelu(p.Conv1d(mel, QueryIn, QueryInBias, QueryKernel));                            // (frames, hidden)
        x = p.Gelu(p.Linear(x, QueryMiddle, bias: QueryMiddleBias));                                 // (frames, features)
        return p.Linear(x, QueryOut, bias: QueryOutBias);
    }

    /// <summary>Unnormalised log-probability of each phone in each frame: (frames, phones).</summary>
    /// <param name="prior">What is known before, as <see cref="Alignment.LogPrior"/> tells it; none for a flat one.</param>
    public Tensor Scores(Pass p, Tensor queries, Tensor keys, Tensor prior = default) => p.SquaredDistance(queries, keys, Config.Scale, prior);
}
