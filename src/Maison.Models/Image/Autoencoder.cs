// Pictures to latents an eighth as high and wide, and back: residual convolutions at low resolutions between pixel shuffles, so that little
// is computed where pixels are many (after DC-AE, arXiv 2410.10733). Norms are over the channels of one position, so a picture never
// depends on its company.

using Maison.Models.Layers;
using Maison.Tensors;

namespace Maison.Models.Image;

/// <summary>Encoder and decoder of pictures.</summary>
public sealed class Autoencoder(AutoencoderConfig config) : ILayer
{
    public AutoencoderConfig Config { get; } = config.Validated();
    public PictureEncoder Encoder { get; } = new(config);
    public PictureDecoder Decoder { get; } = new(config);
}

/// <summary>Pixels to latents.</summary>
public sealed class PictureEncoder(AutoencoderConfig c) : ILayer
{
    public Weight Stem { get; set; } = new UnloadedWeight(c.Quarter, 9 * 48);
    public Weight StemBias { get; set; } = new UnloadedWeight(1, c.Quarter);
    public IReadOnlyList<ConvBlock> Fine { get; } = [.. Enumerable.Range(0, c.EncoderBlocks).Select(_ => new ConvBlock(c.Quarter))];
    public Weight Fold { get; set; } = new UnloadedWeight(c.Eighth, 4 * c.Quarter);
    public Weight FoldBias { get; set; } = new UnloadedWeight(1, c.Eighth);
    public IReadOnlyList<ConvBlock> Coarse { get; } = [.. Enumerable.Range(0, c.EncoderBlocks).Select(_ => new ConvBlock(c.Eighth))];
    public Weight Norm { get; set; } = new UnloadedWeight(1, c.Eighth);
    public Weight Out { get; set; } = new UnloadedWeight(c.Latent, 9 * c.Eighth);
    public Weight OutBias { get; set; } = new UnloadedWeight(1, c.Latent);

    /// <summary>Latents within ±range: (positions / 64, latent).</summary>
    /// <param name="pixels">Red, green and blue in [−1, 1], (positions of grid, 3).</param>
    /// <param name="grid">Sides are multiples of 8.</param>
    public Tensor Forward(Pass p, Tensor pixels, ImageGrid grid)
    {
        var quarter = new ImageGrid(grid.Images, grid.Height / 4, grid.Width / 4);
        var eighth = new ImageGrid(grid.Images, grid.Height / 8, grid.Width / 8);
        var x = p.Conv2d(p.PixelUnshuffle(pixels, grid, 4), quarter, Stem, StemBias, ConvBlock.Kernel);     // (quarter, fine)
        foreach (var block in Fine) x = block.Forward(p, x, quarter);
        x = p.PixelUnshuffle(x, quarter, 2);                                                               // (eighth, 4·fine)
        x = p.Linear(x, Fold, bias: FoldBias);                                                             // (eighth, coarse)
        foreach (var block in Coarse) x = block.Forward(p, x, eighth);
        x = p.Conv2d(p.Gelu(p.RmsNorm(x, Norm)), eighth, Out, OutBias, ConvBlock.Kernel);                  // (eighth, latent)
        return p.Scale(p.Tanh(p.Scale(x, 1 / c.Range)), c.Range);
    }
}

/// <summary>Latents to pixels.</summary>
public sealed class PictureDecoder(AutoencoderConfig c) : ILayer
{
    public Weight In { get; set; } = new UnloadedWeight(c.Eighth, 9 * c.Latent);
    public Weight InBias { get; set; } = new UnloadedWeight(1, c.Eighth);
    public IReadOnlyList<ConvBlock> Coarse { get; } = [.. Enumerable.Range(0, c.DecoderBlocks).Select(_ => new ConvBlock(c.Eighth))];
    public Weight Unfold { get; set; } = new UnloadedWeight(4 * c.Quarter, c.Eighth);
    public Weight UnfoldBias { get; set; } = new UnloadedWeight(1, 4 * c.Quarter);
    public IReadOnlyList<ConvBlock> Middle { get; } = [.. Enumerable.Range(0, c.DecoderBlocks).Select(_ => new ConvBlock(c.Quarter))];
    public Weight Spread { get; set; } = new UnloadedWeight(4 * c.Half, c.Quarter);
    public Weight SpreadBias { get; set; } = new UnloadedWeight(1, 4 * c.Half);
    public IReadOnlyList<ConvBlock> Fine { get; } = [.. Enumerable.Range(0, (c.DecoderBlocks + 1) / 2).Select(_ => new ConvBlock(c.Half))];
    public Weight Norm { get; set; } = new UnloadedWeight(1, c.Half);
    public Weight Out { get; set; } = new UnloadedWeight(12, 9 * c.Half);
    public Weight OutBias { get; set; } = new UnloadedWeight(1, 12);

    /// <summary>Red, green and blue, about [−1, 1]: (64 · positions of grid, 3).</summary>
    /// <param name="latents">(positions of grid, latent).</param>
    /// <param name="grid">Of the latents.</param>
    public Tensor Forward(Pass p, Tensor latents, ImageGrid grid)
    {
        ImageGrid quarter = Finer(grid, 2), half = Finer(grid, 4);
        var x = p.Conv2d(latents, grid, In, InBias, ConvBlock.Kernel);                                      // (eighth, coarse)
        foreach (var block in Coarse) x = block.Forward(p, x, grid);
        x = p.PixelShuffle(p.Linear(x, Unfold, bias: UnfoldBias), quarter, 2);                              // (quarter, middle)
        foreach (var block in Middle) x = block.Forward(p, x, quarter);
        x = p.PixelShuffle(p.Linear(x, Spread, bias: SpreadBias), half, 2);                                 // (half, fine)
        foreach (var block in Fine) x = block.Forward(p, x, half);
        x = p.Conv2d(p.Gelu(p.RmsNorm(x, Norm)), half, Out, OutBias, ConvBlock.Kernel);                     // (half, 12)
        return p.PixelShuffle(x, Finer(grid, 8), 2);                                                        // (pixels, 3)
    }

    static ImageGrid Finer(ImageGrid grid, int factor) => new(grid.Images, grid.Height * factor, grid.Width * factor);
}
