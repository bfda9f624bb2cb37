// Guesses clean latents from noisy ones and a caption (x-prediction, arXiv 2511.13720): one sequence per picture, [picture | time | caption],
// in which every token sees every other. Time and caption are tokens like those of the picture, so the blocks are those of the text
// model without the mask. A caption that is left out is a shorter sequence.

using Maison.Tensors;

namespace Maison.Models.Image;

/// <summary>The velocity field of pictures, told by where it leads.</summary>
public sealed class FlowTransformer : ILayer
{
    readonly RopeTable rope;

    public FlowTransformer(FlowConfig config)
    {
        Config = config.Validated();
        rope = RopeTable.Grid(config.Hidden / config.Heads, config.RopeTheta, config.Side, config.Side, config.MostTokens);
        Embedding = new UnloadedWeight(config.EmbeddingRows, config.Hidden);
        Input = new UnloadedWeight(config.Hidden, config.InputValues);
        Blocks = [.. Enumerable.Range(0, config.Blocks).Select(i => new FlowBlock(config, i))];
        Norm = new UnloadedWeight(1, config.Hidden);
        Head = new UnloadedWeight(config.PatchValues, config.Hidden);
    }

    public FlowConfig Config { get; }

    /// <summary>Caption ids, then time tokens, then places of the picture.</summary>
    public Weight Embedding { get; set; }

    /// <summary>Noisy patch and waves of the time into a token.</summary>
    public Weight Input { get; set; }
    public IReadOnlyList<FlowBlock> Blocks { get; }
    public Weight Norm { get; set; }
    public Weight Head { get; set; }

    /// <summary>Clean patches for the rows the pass was asked for: (outputs, patchValues).</summary>
    /// <param name="ids">Embedding rows, one per row of the pass.</param>
    /// <param name="inputs">(rows, inputValues), see <see cref="FlowSequence"/>.</param>
    public Tensor Forward(Pass p, ReadOnlySpan<int> ids, Tensor inputs)
    {
        var x = p.Linear(inputs, Input, residual: p.Embed(ids, Embedding));              // (rows, hidden)
        var entered = p.Enter();
        foreach (var block in Blocks)
        {
            x = block.Forward(p, x, rope);
            p.Leave(entered, ref x);
        }
        return p.Linear(p.RmsNorm(p.Outputs(x), Norm, Config.NormEps), Head);            // (outputs, patchValues)
    }
}

/// <summary>Attention both ways, then SwiGLU.</summary>
public sealed class FlowBlock(FlowConfig c, int index) : ILayer
{
    public Weight AttnNorm { get; set; } = new UnloadedWeight(1, c.Hidden);
    public Weight Q { get; set; } = new UnloadedWeight(c.Hidden, c.Hidden);
    public Weight K { get; set; } = new UnloadedWeight(c.Hidden, c.Hidden);
    public Weight V { get; set; } = new UnloadedWeight(c.Hidden, c.Hidden);
    public Weight O { get; set; } = new UnloadedWeight(c.Hidden, c.Hidden);
    public Weight QNorm { get; set; } = new UnloadedWeight(1, c.Hidden / c.Heads);
    public Weight KNorm { get; set; } = new UnloadedWeight(1, c.Hidden / c.Heads);
    public Weight MlpNorm { get; set; } = new UnloadedWeight(1, c.Hidden);
    public Weight Gate { get; set; } = new UnloadedWeight(c.Inner, c.Hidden);
    public Weight Up { get; set; } = new UnloadedWeight(c.Inner, c.Hidden);
    public Weight Down { get; set; } = new UnloadedWeight(c.Hidden, c.Inner);

    /// <summary>x (rows, hidden): same shape.</summary>
    public Tensor Forward(Pass p, Tensor x, RopeTable rope)
    {
        var normed = p.RmsNorm(x, AttnNorm, c.NormEps);
        var (q, k, v) = p.Linear(normed, Q, K, V);
        var o = p.Attend(q, k, v, QNorm, KNorm, c.NormEps, rope, index, causal: false);
        x = p.Linear(p.Dropout(o), O, residual: x);
        normed = p.RmsNorm(x, MlpNorm, c.NormEps);
        var (gate, up) = p.Linear(normed, Gate, Up);
        return p.GatedLinear(gate, up, Down, residual: x);
    }
}
