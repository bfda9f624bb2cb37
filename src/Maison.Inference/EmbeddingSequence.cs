// A request that only reads and wants no logits: it adds up what the last norm makes of each token, and ends with their mean at length 1.
// Sums are fp64 and in the order of the tokens, so that the vector does not depend on how the text was chunked or batched.

namespace Maison.Inference;

sealed class EmbeddingSequence(int[] tokens, CancellationToken cancellation) : ReadingSequence<float[]>(tokens, cancellation)
{
    double[] sum = [];
    int taken;

    public override bool Embeds => true;
    public override int PromptTokens => Length;
    public override int Target => Length;

    // The row of a token gives that token's share, so the first one is wanted too.
    public override int Wanted => 1 + taken;

    public override int Take(ReadOnlySpan<float> row, Sampler sampler)
    {
        if (taken == 0) sum = new double[row.Length];
        for (var i = 0; i < row.Length; i++) sum[i] += row[i];
        Finished = ++taken == Length;
        return 0;
    }

    protected override float[] Result()
    {
        var length = Math.Sqrt(sum.Sum(x => x * x));
        if (!(length > 0 && double.IsFinite(length))) throw new GenerationFailedException(new ArithmeticException($"The text's vector has length {length}: the model's weights overflow."));
        return [.. sum.Select(x => (float)(x / length))];
    }
}
