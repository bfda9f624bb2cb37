// Tells what a picture shows and in which style: residual convolutions at four resolutions, then one vector of features, which also measures how far
// pictures are from each other. It is no part of what paints: it learned from pictures that no model painted and shares no weight with a generator.

using Maison.Models.Layers;
using Maison.Tensors;

namespace Maison.Models.Image;

/// <summary>Sizes of a judge of pictures, and the names it knows.</summary>
public sealed record JudgeConfig
{
    /// <summary>Pixels of a picture that one position of the last resolution stands for, down and across.</summary>
    public const int Factor = 16;

    /// <summary>Pixels of a picture, down and across.</summary>
    public int Side { get; init; } = 64;

    /// <summary>Channels at a quarter of the resolution; half as many before, twice and three times as many after.</summary>
    public int Channels { get; init; } = 64;

    /// <summary>Residual blocks of each resolution.</summary>
    public int Blocks { get; init; } = 1;

    /// <summary>Whether its names tell colours and numbers too, as a judge needs that teaches a painter; one that scores leaves them to pixels.</summary>
    public bool Colours { get; init; }

    /// <summary>Styles it can tell apart.</summary>
    public IReadOnlyList<string> Styles { get; init; } = [];

    /// <summary>What it can recognise: things, solids, materials.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Values that tell a picture.</summary>
    public int Features => 3 * Channels;

    /// <summary>Refuses sizes that do not fit together.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public JudgeConfig Validated()
    {
        if (Side < Factor || Side % Factor != 0) throw new ArgumentException($"side must be a multiple of {Factor}, not {Side}.");
        if (Channels < 2 || Channels % 2 != 0 || Blocks < 1) throw new ArgumentException($"channels must be even and blocks positive, not {Channels} and {Blocks}.");
        if (Styles.Count == 0 || Names.Count == 0) throw new ArgumentException("styles and names must say what the judge knows.");
        return this;
    }
}

/// <summary>Logits over names.</summary>
public sealed class NameHead(int features, int names) : ILayer
{
    public Weight Head { get; set; } = new UnloadedWeight(names, features);
    public Weight HeadBias { get; set; } = new UnloadedWeight(1, names);

    /// <summary>features (pictures, features): (pictures, names).</summary>
    public Tensor Forward(Pass p, Tensor features) => p.Linear(features, Head, bias: HeadBias);
}

/// <summary>Residual blocks of one resolution, and the way to it.</summary>
public sealed class JudgeLevel(int from, int channels, int blocks) : ILayer
{
    public Weight Fold { get; set; } = new UnloadedWeight(channels, 4 * from);
    public Weight FoldBias { get; set; } = new UnloadedWeight(1, channels);
    public IReadOnlyList<ConvBlock> Body { get; } = [.. Enumerable.Range(0, blocks).Select(_ => new ConvBlock(channels))];

    /// <summary>x (positions of grid, from): (positions / 4, channels).</summary>
    public Tensor Forward(Pass p, Tensor x, ImageGrid grid)
    {
        x = p.Linear(p.PixelUnshuffle(x, grid, 2), Fold, bias: FoldBias);
        foreach (var block in Body) x = block.Forward(p, x, new(grid.Images, grid.Height / 2, grid.Width / 2));
        return x;
    }
}

/// <summary>Pixels to features, style and names.</summary>
public sealed class PictureJudge(JudgeConfig c) : ILayer
{
    const int End = JudgeConfig.Factor;

    public JudgeConfig Config { get; } = c.Validated();
    public Weight Stem { get; set; } = new UnloadedWeight(c.Channels / 2, 9 * 12);
    public Weight StemBias { get; set; } = new UnloadedWeight(1, c.Channels / 2);
    public IReadOnlyList<JudgeLevel> Levels { get; } = [new(c.Channels / 2, c.Channels, c.Blocks), new(c.Channels, 2 * c.Channels, c.Blocks), new(2 * c.Channels, c.Features, c.Blocks)];
    public Weight Norm { get; set; } = new UnloadedWeight(1, c.Features);

    /// <summary>All positions of a picture to its features; it starts as their mean.</summary>
    public Weight Gather { get; set; } = new UnloadedWeight(c.Features, c.Side / End * (c.Side / End) * c.Features);
    public Weight GatherBias { get; set; } = new UnloadedWeight(1, c.Features);
    public Weight Gain { get; set; } = new UnloadedWeight(1, c.Features);
    public NameHead Styles { get; } = new(c.Features, c.Styles.Count);
    public NameHead Names { get; } = new(c.Features, c.Names.Count);

    /// <summary>Features of length √features: (pictures, features).</summary>
    /// <param name="pixels">Red, green and blue in [−1, 1], (pictures · side², 3).</param>
    public Tensor Features(Pass p, Tensor pixels)
    {
        int side = c.Side, pictures = pixels.Rows / (side * side);
        var grid = new ImageGrid(pictures, side, side);
        var x = p.PixelUnshuffle(pixels, grid, 2);                                                          // (half, 12)
        grid = new(pictures, side / 2, side / 2);
        x = p.Gelu(p.Conv2d(x, grid, Stem, StemBias, ConvBlock.Kernel));                                    // (half, channels / 2)
        foreach (var level in Levels)
        {
            x = level.Forward(p, x, grid);                                                                  // a quarter, an eighth, a sixteenth
            grid = new(pictures, grid.Height / 2, grid.Width / 2);
        }
        x = p.Gelu(p.RmsNorm(x, Norm));                                                                     // (sixteenth, features)
        return p.RmsNorm(p.Linear(x.View(pictures, x.Rows / pictures * x.Cols), Gather, bias: GatherBias), Gain);   // (pictures, features)
    }
}
