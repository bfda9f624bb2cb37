// A ConvNeXt block along time (arXiv 2201.03545, in one dimension as in Vocos, arXiv 2306.00814): each feature looks at its neighbours in
// time, then each moment mixes its features.

using Maison.Tensors;

namespace Maison.Models.Layers;

/// <summary>x + down(gelu(up(norm(depthwise x)))).</summary>
public sealed class ConvNextBlock(int hidden, int inner, int kernel) : ILayer
{
    public Weight Taps { get; set; } = new UnloadedWeight(kernel, hidden);
    public Weight TapsBias { get; set; } = new UnloadedWeight(1, hidden);
    public Weight Gain { get; set; } = new UnloadedWeight(1, hidden);
    public Weight Shift { get; set; } = new UnloadedWeight(1, hidden);
    public Weight Up { get; set; } = new UnloadedWeight(inner, hidden);
    public Weight UpBias { get; set; } = new UnloadedWeight(1, inner);
    public Weight Down { get; set; } = new UnloadedWeight(hidden, inner);
    public Weight DownBias { get; set; } = new UnloadedWeight(1, hidden);

    /// <summary>x (rows, hidden): same shape; segments do not see each other.</summary>
    public Tensor Forward(Pass p, Tensor x)
    {
        var y = p.LayerNorm(p.DepthwiseConv1d(x, Taps, TapsBias), Gain, Shift);
        y = p.Gelu(p.Linear(y, Up, bias: UpBias));                                       // (rows, inner)
        return p.Linear(p.Dropout(y), Down, residual: x, bias: DownBias);
    }
}
