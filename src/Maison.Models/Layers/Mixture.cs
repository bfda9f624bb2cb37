// The mixture-of-experts feed-forward layer of Qwen3-MoE: a router chooses a few SwiGLU experts per token. Dropless.

using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Models.Layers;

/// <summary>The matrices of all experts of a block, one each.</summary>
public sealed class Experts(TextConfig c) : ILayer
{
    public Weight[] Gate { get; } = Matrices(c.Experts, c.ExpertIntermediate, c.Hidden);
    public Weight[] Up { get; } = Matrices(c.Experts, c.ExpertIntermediate, c.Hidden);
    public Weight[] Down { get; } = Matrices(c.Experts, c.Hidden, c.ExpertIntermediate);

    static Weight[] Matrices(int count, int rows, int cols) => [.. Enumerable.Range(0, count).Select(_ => new UnloadedWeight(rows, cols))];
}

/// <summary>Σ over the chosen experts of their weight times down(silu(gate x) ∘ up x).</summary>
public sealed class Mixture(TextConfig c) : ILayer
{
    public Weight Router { get; set; } = new UnloadedWeight(c.Experts, c.Hidden);

    /// <summary>Added to the probabilities for the choice only; balances the experts while training.</summary>
    public Weight? RouterBias { get; set; } = c.RouterBias ? new UnloadedWeight(1, c.Experts) : null;
    public Experts Experts { get; } = new(c);

    /// <summary>How often each expert was chosen.</summary>
    public ExpertLoad Load { get; } = new(c.Experts);

    /// <summary>x + the layer's answer to the normalised x: (rows, hidden).</summary>
    public Tensor Forward(Pass p, Tensor x, Tensor normed)
    {
        var routing = p.Route(p.Linear(normed, Router), RouterBias, c.ExpertsPerToken, c.NormaliseExperts, Load);   // (rows, k)
        var xs = p.Dispatch(normed, routing);                                                                       // (rows·k, hidden)
        var h = p.SwiGlu(p.LinearByExpert(xs, Experts.Gate, routing), p.LinearByExpert(xs, Experts.Up, routing));   // (rows·k, inner)
        return p.Combine(p.LinearByExpert(h, Experts.Down, routing), routing, residual: x);
    }
}
