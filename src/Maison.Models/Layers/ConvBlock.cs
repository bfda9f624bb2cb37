// A residual block of two 3 × 3 convolutions over pictures. The last product starts small, so a deep stack starts close to the identity.

using Maison.Tensors;

namespace Maison.Models.Layers;

/// <summary>x + out(gelu(up(norm x))).</summary>
public sealed class ConvBlock(int channels) : ILayer
{
    /// <summary>3 × 3, stride 1.</summary>
    public static readonly Kernel2d Kernel = new(3, 3);

    public Weight Gain { get; set; } = new UnloadedWeight(1, channels);
    public Weight Up { get; set; } = new UnloadedWeight(channels, 9 * channels);
    public Weight UpBias { get; set; } = new UnloadedWeight(1, channels);
    public Weight Down { get; set; } = new UnloadedWeight(channels, 9 * channels);
    public Weight DownBias { get; set; } = new UnloadedWeight(1, channels);

    /// <summary>x (positions of grid, channels): same shape.</summary>
    public Tensor Forward(Pass p, Tensor x, ImageGrid grid)
    {
        var y = p.Gelu(p.Conv2d(p.RmsNorm(x, Gain), grid, Up, UpBias, Kernel));
        return p.Add(x, p.Conv2d(y, grid, Down, DownBias, Kernel));
    }
}
