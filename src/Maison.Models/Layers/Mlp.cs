// The dense feed-forward layer of Qwen3: SwiGLU.

using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Models.Layers;

/// <summary>down(silu(gate x) ∘ up x).</summary>
public sealed class Mlp(TextConfig c) : ILayer
{
    public Weight Gate { get; set; } = new UnloadedWeight(c.Intermediate, c.Hidden);
    public Weight Up { get; set; } = new UnloadedWeight(c.Intermediate, c.Hidden);
    public Weight Down { get; set; } = new UnloadedWeight(c.Hidden, c.Intermediate);

    /// <summary>x + the layer's answer to x normalised with a gain: (rows, hidden).</summary>
    public Tensor Forward(Pass p, Tensor x, Weight gain)
    {
        var (gate, up) = p.NormedLinear(x, gain, c.NormEps, Gate, Up);
        return p.GatedLinear(gate, up, Down, residual: x);
    }
}
