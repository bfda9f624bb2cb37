// Grouped-query attention with per-head normalisation of queries and keys, as in Qwen3.

using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Models.Layers;

/// <summary>q, k, v projections, QK-norm, rotary positions, causal attention, output projection.</summary>
public sealed class Attention(TextConfig c, int block) : ILayer
{
    public Weight Q { get; set; } = new UnloadedWeight(c.Heads * c.HeadDim, c.Hidden);
    public Weight K { get; set; } = new UnloadedWeight(c.KvHeads * c.HeadDim, c.Hidden);
    public Weight V { get; set; } = new UnloadedWeight(c.KvHeads * c.HeadDim, c.Hidden);
    public Weight O { get; set; } = new UnloadedWeight(c.Hidden, c.Heads * c.HeadDim);
    public Weight QNorm { get; set; } = new UnloadedWeight(1, c.HeadDim);
    public Weight KNorm { get; set; } = new UnloadedWeight(1, c.HeadDim);

    /// <summary>The token's own values, where the model has them.</summary>
    public Weight? ValueTable { get; set; } = c.HasValueEmbedding(block) ? new UnloadedWeight(c.Vocab, c.KvHeads * c.HeadDim) : null;
    public Weight? ValueMix { get; set; } = c.HasValueEmbedding(block) ? new UnloadedWeight(1, 2) : null;

    /// <summary>x + attention of x normalised with a gain: (rows, hidden).</summary>
    public Tensor Forward(Pass p, Tensor x, Weight gain, ReadOnlySpan<int> ids, RopeTable rope)
    {
        var (q, k, v) = p.NormedLinear(x, gain, c.NormEps, Q, K, V);                      // (rows, heads·headDim), (rows, kvHeads·headDim) twice
        if (ValueTable is not null) v = p.Mix(v, p.Embed(ids, ValueTable), ValueMix!);
        var o = p.Attend(q, k, v, QNorm, KNorm, c.NormEps, rope, block);                       // (rows, heads·headDim)
        return p.Linear(p.Dropout(o), O, residual: x);
    }
}
