// Random starting values of the image models, by the names of their weights. Blocks start as the identity or close to it.

using Maison.Tensors;

namespace Maison.Models.Image;

/// <summary>Fills a model with trainable fp32 weights.</summary>
public static class ImageInit
{
    /// <summary>Makes every weight a <see cref="Param"/>; the same seed gives the same bits.</summary>
    public static void Initialise(object model, int seed)
    {
        var random = new Random(seed);
        ModelWeights.Map(model, (key, old) =>
        {
            var w = new Param(old.Rows, old.Cols);
            Fill(w, key[(key.LastIndexOf('.') + 1)..], model is FlowTransformer, random);
            w.Changed();
            return w;
        });
    }

    static void Fill(Param w, string name, bool flow, Random random)
    {
        var deviation = 1f / MathF.Sqrt(w.Cols);
        switch (name)
        {
            case "gain" or "norm" or "attnNorm" or "mlpNorm" or "qNorm" or "kNorm": w.Values.Fill(1f); break;
            case "enlarge":
                // Each pixel four times: a filter of 3 × 3 over three channels, its middle tap.
                w.Values.Clear();
                for (var o = 0; o < w.Rows; o++) w.Values[o * w.Cols + 4 * 3 + o % 3] = 1f;
                break;
            case "gather":
                // The mean over all positions, mixed.
                var channels = w.Rows;
                for (var o = 0; o < w.Rows; o++)
                {
                    var first = w.Values.Slice(o * w.Cols, channels);
                    Normal(first, deviation, random);
                    for (var at = channels; at < w.Cols; at += channels) first.CopyTo(w.Values[(o * w.Cols + at)..]);
                }
                break;
            case "embedding": Normal(w.Values, 0.5f, random); break;
            case "o" or "head" or "down" when flow: w.Values.Clear(); break;
            case "down": Normal(w.Values, 0.2f * deviation, random); break;
            case "gate" or "up" when flow: Normal(w.Values, 0.5f * deviation, random); break;
            default:
                if (name.EndsWith("Bias", StringComparison.Ordinal)) w.Values.Clear();
                else Normal(w.Values, deviation, random);
                break;
        }
    }

    static void Normal(Span<float> values, float deviation, Random random)
    {
        foreach (ref var value in values)
            value = deviation * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
    }
}
