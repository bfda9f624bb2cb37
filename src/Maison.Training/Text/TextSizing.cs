// One dial: from a time budget and a measured rate to a model size and a number of steps.
// Compute-optimal for small models: about 10.5 tokens per matrix parameter (karpathy/nanochat's fit), so C ≈ 63 N².

using Maison.Models.Text;

namespace Maison.Training.Text;

/// <summary>Chooses sizes for a budget.</summary>
public static class TextSizing
{
    /// <summary>Training reaches about this share of the matrix-product rate, attention and updates included.</summary>
    public const double ExpectedShare = 0.55;

    const double FlopsPerSquaredParameter = 63;

    /// <summary>Depth and width of the ladder, thin and deep: heads of 64, a third as many key heads, SwiGLU of 8/3.</summary>
    public static readonly IReadOnlyList<(int Layers, int Hidden)> Ladder = [(3, 128), (4, 192), (6, 256), (7, 320), (8, 384), (8, 512), (10, 640), (12, 768), (16, 1024)];

    /// <summary>The largest rung whose compute-optimal training fits the budget.</summary>
    /// <param name="flops">Training FLOP the budget buys.</param>
    public static TextConfig Choose(double flops, int vocab, int context)
    {
        var wanted = Math.Sqrt(flops / FlopsPerSquaredParameter);
        var best = Shape(Ladder[0], vocab, context);
        foreach (var rung in Ladder)
        {
            var shape = Shape(rung, vocab, context);
            if (shape.ForwardFlopsPerToken() / 2 > wanted * 1.25) break;
            best = shape;
        }
        return best;
    }

    /// <summary>A rung of the ladder.</summary>
    public static TextConfig Shape((int Layers, int Hidden) rung, int vocab, int context) => new()
    {
        Vocab = vocab,
        Hidden = rung.Hidden,
        Layers = rung.Layers,
        Heads = rung.Hidden / 64,
        KvHeads = KeyHeads(rung.Hidden / 64),
        HeadDim = 64,
        Intermediate = (rung.Hidden * 8 / 3 + 63) / 64 * 64,
        Context = context,
    };

    /// <summary>The same work per token as a mixture: the dense layer's inner features are shared out among the active experts.</summary>
    public static TextConfig AsMixture(TextConfig dense, int experts, int perToken) => dense with
    {
        Experts = experts,
        ExpertsPerToken = perToken,
        ExpertIntermediate = Math.Max(64, dense.Intermediate / perToken / 64 * 64),
        DenseBlocks = [0],
        RouterBias = true,
    };

    /// <summary>The most key heads up to a third of the heads that divide them, at least two where there are two.</summary>
    static int KeyHeads(int heads)
    {
        for (var n = Math.Max(1, heads / 2); n > 1; n--)
            if (heads % n == 0) return n;
        return 1;
    }

    /// <summary>Steps that the budget buys for a model.</summary>
    public static int Steps(double flops, TextConfig model, int batchTokens, int rowTokens)
        => Math.Max(20, (int)(flops / (3 * model.ForwardFlopsPerToken(rowTokens / 3) * batchTokens)));
}
