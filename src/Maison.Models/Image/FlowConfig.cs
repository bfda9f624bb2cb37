// The shape of the transformer that makes latents from noise, and what its latents are.

namespace Maison.Models.Image;

/// <summary>Sizes of a flow transformer.</summary>
public sealed record FlowConfig
{
    /// <summary>Latents down and across, and their channels.</summary>
    public int Grid { get; init; } = 16;
    public int Latent { get; init; } = 16;

    /// <summary>Latents down and across that one token holds.</summary>
    public int Patch { get; init; } = 2;
    public int Hidden { get; init; } = 384;
    public int Heads { get; init; } = 6;
    public int Blocks { get; init; } = 10;
    public int Inner { get; init; } = 1024;

    /// <summary>Token ids a caption may hold, and how many of them a caption has at most.</summary>
    public int Vocab { get; init; } = 8192;
    public int CaptionTokens { get; init; } = 48;

    /// <summary>Tokens that tell the time, and the waves that tell it.</summary>
    public int TimeTokens { get; init; } = 4;
    public int TimeWaves { get; init; } = 32;
    public float RopeTheta { get; init; } = 100f;
    public float NormEps { get; init; } = 1e-6f;

    /// <summary>Mean and deviation of each latent channel over the training pictures: the model sees (latent − mean) / deviation.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [];
    public IReadOnlyList<float> Deviation { get; init; } = [];

    /// <summary>Euler steps in which it was distilled to paint; 0 for any number of them.</summary>
    public int Steps { get; init; }

    /// <summary>Guidance that its weights have learned to give by themselves; 1 for none. Files that do not say it read as 0.</summary>
    public float Guidance { get; init => field = value == 0 ? 1 : value; } = 1;

    /// <summary>Guidance on top of that with which it paints when nobody says otherwise; 1 for none, and so where files do not say it.</summary>
    public float FurtherGuidance { get; init => field = value == 0 ? 1 : value; } = 1;

    /// <summary>Picture tokens down and across, and in all.</summary>
    public int Side => Grid / Patch;
    public int PictureTokens => Side * Side;

    /// <summary>Values of a picture token.</summary>
    public int PatchValues => Patch * Patch * Latent;

    /// <summary>What a row of the input holds: a patch of noisy latents, then the waves of the time.</summary>
    public int InputValues => PatchValues + 2 * TimeWaves;

    /// <summary>Places of a sequence.</summary>
    public int MostTokens => PictureTokens + TimeTokens + CaptionTokens;

    /// <summary>Rows of the embedding: caption ids, then time tokens, then the places of picture tokens.</summary>
    public int EmbeddingRows => Vocab + TimeTokens + PictureTokens;

    /// <summary>Refuses sizes that do not fit together.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public FlowConfig Validated()
    {
        foreach (var (value, name) in new[] { (Grid, "grid"), (Latent, "latent"), (Patch, "patch"), (Hidden, "hidden"), (Heads, "heads"), (Inner, "inner"), (Vocab, "vocab"), (TimeTokens, "timeTokens"), (TimeWaves, "timeWaves") })
            if (value < 1) throw new ArgumentException($"{name} must be positive, not {value}.");
        if (Blocks < 0 || CaptionTokens < 0) throw new ArgumentException($"blocks and captionTokens must be 0 or more, not {Blocks} and {CaptionTokens}.");
        if (Steps < 0 || !(Guidance >= 1) || !(FurtherGuidance >= 1)) throw new ArgumentException($"steps must be 0 or more, guidance and furtherGuidance 1 or more, not {Steps}, {Guidance} and {FurtherGuidance}.");
        if (Grid % Patch != 0) throw new ArgumentException($"grid ({Grid}) must be a multiple of patch ({Patch}).");
        if (Hidden % Heads != 0 || Hidden / Heads % 4 != 0) throw new ArgumentException($"hidden ({Hidden}) must be heads ({Heads}) times a multiple of 4.");
        if (Mean.Count != Deviation.Count || Mean.Count != 0 && Mean.Count != Latent || Deviation.Any(d => !(d > 0))) throw new ArgumentException($"mean and deviation must give a number per latent channel ({Latent}), deviations positive.");
        return this;
    }
}
