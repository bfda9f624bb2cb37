// The shape of an autoencoder of pictures.

namespace Maison.Models.Image;

/// <summary>Sizes of an autoencoder: 8 × 8 pixels become one latent.</summary>
public sealed record AutoencoderConfig
{
    /// <summary>Pixels per latent, down and across.</summary>
    public const int Factor = 8;

    /// <summary>Channels of a latent.</summary>
    public int Latent { get; init; } = 16;

    /// <summary>Channels at half, a quarter and an eighth of the resolution.</summary>
    public int Half { get; init; } = 64;
    public int Quarter { get; init; } = 128;
    public int Eighth { get; init; } = 192;

    /// <summary>Residual blocks of each resolution, on the way in and out.</summary>
    public int EncoderBlocks { get; init; } = 2;
    public int DecoderBlocks { get; init; } = 3;

    /// <summary>Largest latent value: they are squeezed into ±this.</summary>
    public float Range { get; init; } = 3f;

    /// <summary>Refuses sizes that do not fit together.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public AutoencoderConfig Validated()
    {
        foreach (var (value, name) in new[] { (Latent, "latent"), (Half, "half"), (Quarter, "quarter"), (Eighth, "eighth") })
            if (value < 1) throw new ArgumentException($"{name} must be positive, not {value}.");
        if (EncoderBlocks < 0 || DecoderBlocks < 0) throw new ArgumentException($"encoderBlocks and decoderBlocks must be 0 or more, not {EncoderBlocks} and {DecoderBlocks}.");
        if (!(Range > 0)) throw new ArgumentException($"range must be positive, not {Range}.");
        return this;
    }
}
