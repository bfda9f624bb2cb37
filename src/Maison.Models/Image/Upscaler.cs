// Pictures to twice their sides: residual convolutions on the small picture, whose last one tells four pixels for each (arXiv 1609.05158),
// added to a linear enlargement that is learned with them. Like the autoencoder's, its norms are over one position, so it takes any size.

using Maison.Models.Layers;
using Maison.Tensors;

namespace Maison.Models.Image;

/// <summary>Sizes of an upscaler.</summary>
public sealed record UpscalerConfig
{
    /// <summary>How much larger, down and across.</summary>
    public const int Factor = 2;

    public int Channels { get; init; } = 48;
    public int Blocks { get; init; } = 4;

    /// <summary>Refuses sizes that do not fit together.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public UpscalerConfig Validated()
    {
        if (Channels < 1 || Blocks < 0) throw new ArgumentException($"channels must be positive and blocks 0 or more, not {Channels} and {Blocks}.");
        return this;
    }
}

/// <summary>Doubles the sides of pictures.</summary>
public sealed class Upscaler(UpscalerConfig config) : ILayer
{
    const int Pixels = 3 * UpscalerConfig.Factor * UpscalerConfig.Factor;

    public UpscalerConfig Config { get; } = config.Validated();

    /// <summary>The linear enlargement.</summary>
    public Weight Enlarge { get; set; } = new UnloadedWeight(Pixels, 9 * 3);
    public Weight Stem { get; set; } = new UnloadedWeight(config.Channels, 9 * 3);
    public Weight StemBias { get; set; } = new UnloadedWeight(1, config.Channels);
    public IReadOnlyList<ConvBlock> Body { get; } = [.. Enumerable.Range(0, config.Blocks).Select(_ => new ConvBlock(config.Channels))];
    public Weight Norm { get; set; } = new UnloadedWeight(1, config.Channels);
    public Weight Down { get; set; } = new UnloadedWeight(Pixels, 9 * config.Channels);
    public Weight DownBias { get; set; } = new UnloadedWeight(1, Pixels);

    /// <summary>Red, green and blue, about [−1, 1]: (4 · positions of grid, 3).</summary>
    /// <param name="pixels">Of the small pictures, (positions of grid, 3).</param>
    public Tensor Forward(Pass p, Tensor pixels, ImageGrid grid)
    {
        var x = p.Conv2d(pixels, grid, Stem, StemBias, ConvBlock.Kernel);                                   // (small, channels)
        foreach (var block in Body) x = block.Forward(p, x, grid);
        x = p.Conv2d(p.Gelu(p.RmsNorm(x, Norm)), grid, Down, DownBias, ConvBlock.Kernel);                   // (small, 12)
        x = p.Add(x, p.Conv2d(pixels, grid, Enlarge, null, ConvBlock.Kernel));
        return p.PixelShuffle(x, new(grid.Images, grid.Height * UpscalerConfig.Factor, grid.Width * UpscalerConfig.Factor), UpscalerConfig.Factor);
    }
}
