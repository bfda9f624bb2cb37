// AdamW (arXiv 1711.05101) over all weights of a model at one rate: what the voice models train with. Gains, biases and tables are not
// decayed. State lies beside the weights in the order of their keys, so that a checkpoint can name every buffer.

using Maison.Models;
using Maison.Tensors;
using Maison.Tensors.Kernels;

namespace Maison.Training.Optimisers;

/// <summary>Rate, moments and decay of <see cref="AdamW"/>.</summary>
/// <param name="ClipNorm">Largest global gradient norm; 0 is no clipping.</param>
public sealed record AdamWOptions(double Rate = 1e-3, double Beta1 = 0.9, double Beta2 = 0.99, double Decay = 0.01, double ClipNorm = 1.0);

/// <summary>AdamW over a model's trainable weights.</summary>
public sealed class AdamW : IDisposable
{
    const float Epsilon = 1e-8f;

    readonly Gang gang;
    readonly AdamWOptions options;
    readonly List<(string Key, Param Weight, FloatBuffer First, FloatBuffer Second)> slots = [];
    readonly Param[] weights;

    public AdamW(object model, Gang gang, AdamWOptions options)
    {
        (this.gang, this.options) = (gang, options);
        foreach (var slot in ModelWeights.Slots(model))
        {
            var weight = slot.Weight as Param ?? throw new ArgumentException($"{slot.Key} is not trainable; load the model in fp32.");
            slots.Add((slot.Key, weight, new FloatBuffer(weight.Count), new FloatBuffer(weight.Count)));
        }
        weights = [.. slots.Select(s => s.Weight)];
    }

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    /// <summary>Updates every weight and clears the gradients.</summary>
    /// <param name="factor">The schedule's, multiplies the rate.</param>
    /// <returns>The global gradient norm before clipping; when it is not finite nothing was updated.</returns>
    public double Step(double factor)
    {
        var norm = Math.Sqrt(Updates.GradientSquares(gang, weights));
        if (!double.IsFinite(norm)) return norm;
        Steps++;
        var clip = options.ClipNorm > 0 && norm > options.ClipNorm ? (float)(options.ClipNorm / norm) : 1f;
        foreach (var (key, weight, first, second) in slots)
        {
            var decayed = weight.Rows > 1 && !key.EndsWith("embedding", StringComparison.Ordinal);
            Updates.AdamW(gang, weight, first, second, Steps, (float)(options.Rate * factor), (float)options.Beta1, (float)options.Beta2, Epsilon, decayed ? (float)options.Decay : 0f, clip);
        }
        return norm;
    }

    /// <summary>Every state buffer under a name, for checkpoints.</summary>
    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State()
    {
        foreach (var (key, weight, first, second) in slots)
        {
            yield return ($"{key}.first", weight, first);
            yield return ($"{key}.second", weight, second);
        }
    }

    /// <summary>Tells how many steps the restored state has seen.</summary>
    public void Restore(int steps) => Steps = steps;

    public void Dispose()
    {
        foreach (var (_, _, first, second) in slots)
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
