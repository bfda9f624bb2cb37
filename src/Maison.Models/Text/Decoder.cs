// The text family: one decoder for training and serving, dense or mixture of experts by config.

using Maison.Models.Layers;
using Maison.Tensors;

namespace Maison.Models.Text;

/// <summary>One pre-norm block: attention, then feed-forward.</summary>
public sealed class DecoderBlock(TextConfig c, int index) : ILayer
{
    public Weight? InputMix { get; set; } = c.InputSkip ? new UnloadedWeight(1, 2) : null;
    public Weight AttnNorm { get; set; } = new UnloadedWeight(1, c.Hidden);
    public Attention Attn { get; } = new(c, index);
    public Weight MlpNorm { get; set; } = new UnloadedWeight(1, c.Hidden);
    public Mlp? Mlp { get; } = c.IsMixture(index) ? null : new Mlp(c);
    public Mixture? Mixture { get; } = c.IsMixture(index) ? new Mixture(c) : null;

    /// <summary>x and the embedding x0, both (rows, hidden): (rows, hidden).</summary>
    public Tensor Forward(Pass p, Tensor x, Tensor x0, ReadOnlySpan<int> ids, RopeTable rope)
    {
        if (InputMix is not null) x = p.Mix(x, x0, InputMix);
        x = Attn.Forward(p, x, AttnNorm, ids, rope);
        return Mixture?.Forward(p, x, p.RmsNorm(x, MlpNorm, c.NormEps)) ?? Mlp!.Forward(p, x, MlpNorm);
    }
}

/// <summary>Token ids to logits.</summary>
public sealed class Decoder(TextConfig config) : ILayer
{
    readonly RopeTable rope = new(config.HeadDim, config.RopeTheta, config.Context);

    public TextConfig Config { get; } = config.Validated();
    public Weight Embedding { get; set; } = new UnloadedWeight(config.Vocab, config.Hidden);
    public IReadOnlyList<DecoderBlock> Blocks { get; } = [.. Enumerable.Range(0, config.Layers).Select(i => new DecoderBlock(config, i))];
    public Weight Norm { get; set; } = new UnloadedWeight(1, config.Hidden);

    /// <summary>The output matrix; null when it is the embedding.</summary>
    public Weight? Head { get; set; } = config.TieEmbeddings ? null : new UnloadedWeight(config.Vocab, config.Hidden);

    /// <summary>One id per row of the pass: logits (rows asked for, vocab).</summary>
    public Tensor Forward(Pass p, ReadOnlySpan<int> ids) => Logits(p, Hidden(p, ids));

    /// <summary>One id per row of the pass: what the last norm makes of the rows asked for (rows, hidden).</summary>
    public Tensor Hidden(Pass p, ReadOnlySpan<int> ids)
    {
        var x0 = p.Dropout(p.Embed(ids, Embedding));                                     // (rows, hidden)
        var x = x0;
        var entered = p.Enter();
        // By index: an enumerator of the list would cost every step an allocation.
        for (var i = 0; i < Blocks.Count; i++)
        {
            x = Blocks[i].Forward(p, x, x0, ids, rope);
            p.Leave(entered, ref x);
        }
        return p.RmsNorm(p.Outputs(x), Norm, Config.NormEps);                            // (outputs, hidden)
    }

    /// <summary>What <see cref="Hidden"/> gave, to logits (rows, vocab).</summary>
    public Tensor Logits(Pass p, Tensor hidden)
    {
        var logits = p.Linear(hidden, Head ?? Embedding);                                // (outputs, vocab)
        return Config.LogitSoftcap == 0 ? logits : p.Softcap(logits, Config.LogitSoftcap);
    }
}
