// What the record is measured against: the dense decoder of GPT-2, nothing added and nothing left out but its dropout. It is trained to be compared
// and is never served.

using Maison.Models;
using Maison.Tensors;

namespace Maison.Training.Baseline;

/// <summary>A GPT-2 decoder (Radford et al. 2019): learned positions, layer norm, biases, GELU of four times the width, the embedding as the output matrix.</summary>
public sealed class Gpt2(int vocab, int context, int layers, int hidden) : ILayer
{
    const int HeadDim = 64;

    public Weight Embedding { get; set; } = new UnloadedWeight(vocab, hidden);
    public Weight Positions { get; set; } = new UnloadedWeight(context, hidden);
    public IReadOnlyList<Block> Blocks { get; } = [.. Enumerable.Range(0, layers).Select(i => new Block(hidden, i))];
    public Weight Gain { get; set; } = new UnloadedWeight(1, hidden);
    public Weight Shift { get; set; } = new UnloadedWeight(1, hidden);

    /// <summary>Ids and their places in their documents, one per row of the pass: logits (rows, vocab).</summary>
    public Tensor Forward(Pass p, ReadOnlySpan<int> ids, ReadOnlySpan<int> places)
    {
        var x = p.Add(p.Embed(ids, Embedding), p.Embed(places, Positions));              // (rows, hidden)
        foreach (var block in Blocks) x = block.Forward(p, x);
        return p.Linear(p.LayerNorm(x, Gain, Shift, 1e-5f), Embedding);                  // (rows, vocab)
    }

    /// <summary>Multiply-adds per token of the forward matrix products times two.</summary>
    /// <param name="attended">Tokens that each one attends to.</param>
    public double ForwardFlopsPerToken(double attended) => layers * (2.0 * 12 * hidden * hidden + 4.0 * hidden * attended) + 2.0 * hidden * vocab;

    /// <summary>Fills the weights as GPT-2 does: deviation 0.02, what ends in the residual stream less by the root of how often it does.</summary>
    public void Initialise(int seed)
    {
        var random = new Random(seed);
        ModelWeights.Map(this, (key, old) =>
        {
            var weight = new Param(old.Rows, old.Cols);
            var name = key[(key.LastIndexOf('.') + 1)..];
            if (name.EndsWith("gain", StringComparison.OrdinalIgnoreCase)) weight.Values.Fill(1);
            else if (weight.Rows == 1) weight.Values.Clear();
            else Normal(weight, name is "o" or "down" ? 0.02 / Math.Sqrt(2 * layers) : 0.02, random);
            weight.Changed();
            return weight;
        });
    }

    static void Normal(Param weight, double deviation, Random random)
    {
        foreach (ref var value in weight.Values) value = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
    }

    /// <summary>Attention, then feed-forward, each after a layer norm.</summary>
    public sealed class Block(int hidden, int index) : ILayer
    {
        public Weight AttnGain { get; set; } = new UnloadedWeight(1, hidden);
        public Weight AttnShift { get; set; } = new UnloadedWeight(1, hidden);
        public Weight Q { get; set; } = new UnloadedWeight(hidden, hidden);
        public Weight QBias { get; set; } = new UnloadedWeight(1, hidden);
        public Weight K { get; set; } = new UnloadedWeight(hidden, hidden);
        public Weight KBias { get; set; } = new UnloadedWeight(1, hidden);
        public Weight V { get; set; } = new UnloadedWeight(hidden, hidden);
        public Weight VBias { get; set; } = new UnloadedWeight(1, hidden);
        public Weight O { get; set; } = new UnloadedWeight(hidden, hidden);
        public Weight OBias { get; set; } = new UnloadedWeight(1, hidden);
        public Weight MlpGain { get; set; } = new UnloadedWeight(1, hidden);
        public Weight MlpShift { get; set; } = new UnloadedWeight(1, hidden);
        public Weight Up { get; set; } = new UnloadedWeight(4 * hidden, hidden);
        public Weight UpBias { get; set; } = new UnloadedWeight(1, 4 * hidden);
        public Weight Down { get; set; } = new UnloadedWeight(hidden, 4 * hidden);
        public Weight DownBias { get; set; } = new UnloadedWeight(1, hidden);

        internal Tensor Forward(Pass p, Tensor x)
        {
            var normed = p.LayerNorm(x, AttnGain, AttnShift, 1e-5f);
            var attended = p.Attend(p.Linear(normed, Q, bias: QBias), p.Linear(normed, K, bias: KBias), p.Linear(normed, V, bias: VBias), index, HeadDim);
            x = p.Linear(attended, O, residual: x, bias: OBias);
            return p.Linear(p.Gelu(p.Linear(p.LayerNorm(x, MlpGain, MlpShift, 1e-5f), Up, bias: UpBias)), Down, residual: x, bias: DownBias);
        }
    }
}
