// Which weight is updated how: Muon for the matrices inside blocks, AdamW for tables, heads, routers, gains and scalars.
// State lives beside the weights in the order of their keys, so that a checkpoint can name every buffer.

using Maison.Models;
using Maison.Tensors;
using Maison.Tensors.Kernels;

namespace Maison.Training.Optimisers;

/// <summary>Learning rates and decay; the factor of the schedule multiplies all rates.</summary>
/// <param name="Matrix">Muon's rate for matrices inside blocks, in spectral-norm units.</param>
/// <param name="Embedding">AdamW's rate for token tables.</param>
/// <param name="Head">AdamW's rate for the output matrix.</param>
/// <param name="Scalar">AdamW's rate for gains, mixing scalars and routers.</param>
/// <param name="Decay">Weight decay of the matrices (cautious).</param>
/// <param name="Momentum">Muon's momentum after its warm-up from 0.85.</param>
/// <param name="ClipNorm">Largest global gradient norm; 0 is no clipping.</param>
/// <param name="Muon">False leaves the matrices to AdamW too, at the rate <paramref name="Matrix"/>, as a baseline.</param>
public sealed record OptimiserOptions(
    double Matrix = 0.025, double Embedding = 0.25, double Head = 0.0075, double Scalar = 0.0125,
    double Decay = 0.02, double Momentum = 0.95, double Beta1 = 0.85, double Beta2 = 0.99, double ClipNorm = 1.0, bool Muon = true);

/// <summary>Muon and AdamW over a model's trainable weights.</summary>
public sealed class Optimiser : IDisposable
{
    const int MomentumWarmupSteps = 300;
    const float Epsilon = 1e-10f;

    enum Rule { Muon, Matrix, Embedding, Head, Scalar }

    sealed record Slot(string Key, Param Weight, Rule Rule, FloatBuffer First, FloatBuffer? Second);

    readonly OptimiserOptions options;
    readonly Gang gang;
    readonly List<Slot> slots = [];
    readonly Param[] weights;
    readonly (Param Weight, FloatBuffer Momentum)[][] matrices;
    readonly FloatBuffer scratch;

    public Optimiser(object model, Gang gang, OptimiserOptions options)
    {
        (this.gang, this.options) = (gang, options);
        foreach (var slot in ModelWeights.Slots(model))
        {
            var weight = slot.Weight as Param ?? throw new ArgumentException($"{slot.Key} is not trainable; load the model in fp32.");
            var rule = RuleOf(slot.Key, weight);
            if (rule == Rule.Muon && !options.Muon) rule = Rule.Matrix;
            slots.Add(new Slot(slot.Key, weight, rule, new FloatBuffer(weight.Count), rule == Rule.Muon ? null : new FloatBuffer(weight.Count)));
        }
        weights = [.. slots.Select(s => s.Weight)];
        matrices = [.. slots.Where(s => s.Rule == Rule.Muon).GroupBy(s => (s.Weight.Rows, s.Weight.Cols)).SelectMany(g => g.Select(s => (s.Weight, s.First)).Chunk(Updates.MuonTogether))];
        scratch = new FloatBuffer(matrices.Select(m => Updates.MuonScratch(m[0].Weight.Rows, m[0].Weight.Cols, m.Length)).Append(1).Max());
    }

    /// <summary>Work of a step's matrix products: Muon's five rounds of three.</summary>
    public double MatrixFlops => slots.Where(s => s.Rule == Rule.Muon).Sum(s =>
    {
        double small = Math.Min(s.Weight.Rows, s.Weight.Cols), large = Math.Max(s.Weight.Rows, s.Weight.Cols);
        return 5 * (4 * small * small * large + 2 * small * small * small);
    });

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    static Rule RuleOf(string key, Param weight)
    {
        var name = key[(key.LastIndexOf('.') + 1)..];
        if (name is "embedding" or "valueTable") return Rule.Embedding;
        if (name == "head") return Rule.Head;
        return weight.Rows == 1 || name == "router" ? Rule.Scalar : Rule.Muon;
    }

    /// <summary>Updates every weight and clears the gradients.</summary>
    /// <returns>The global gradient norm before clipping; when it is not finite nothing was updated.</returns>
    public double Step(double factor)
    {
        var norm = Math.Sqrt(Updates.GradientSquares(gang, weights));
        if (!double.IsFinite(norm)) return norm;
        Steps++;
        var clip = options.ClipNorm > 0 && norm > options.ClipNorm ? (float)(options.ClipNorm / norm) : 1f;
        var momentum = (float)(0.85 + (options.Momentum - 0.85) * Math.Min(1.0, Steps / (double)MomentumWarmupSteps));
        foreach (var together in matrices) Updates.Muon(gang, together, scratch, (float)(options.Matrix * factor), momentum, (float)options.Decay, clip);
        foreach (var (_, weight, rule, first, second) in slots)
        {
            if (rule == Rule.Muon) continue;
            var rate = rule switch { Rule.Matrix => options.Matrix, Rule.Embedding => options.Embedding, Rule.Head => options.Head, _ => options.Scalar };
            Updates.AdamW(gang, weight, first, second!, Steps, (float)(rate * factor), (float)options.Beta1, (float)options.Beta2, Epsilon, rule == Rule.Matrix ? (float)options.Decay : 0f, clip);
        }
        return norm;
    }

    /// <summary>Every state buffer under a name, for checkpoints.</summary>
    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State()
    {
        foreach (var slot in slots)
        {
            yield return ($"{slot.Key}.first", slot.Weight, slot.First);
            if (slot.Second is not null) yield return ($"{slot.Key}.second", slot.Weight, slot.Second);
        }
    }

    /// <summary>Tells how many steps the restored state has seen.</summary>
    public void Restore(int steps) => Steps = steps;

    public void Dispose()
    {
        foreach (var slot in slots)
        {
            slot.First.Dispose();
            slot.Second?.Dispose();
        }
        scratch.Dispose();
    }
}
