// Random starting values of the voice models. Blocks start close to the identity: their last products are small.

using Maison.Tensors;

namespace Maison.Models.Voice;

/// <summary>Fills a model with trainable fp32 weights by the names of its weights.</summary>
public static class VoiceInit
{
    /// <summary>Makes every weight a <see cref="Param"/>; the same seed gives the same bits.</summary>
    public static void Initialise(object model, int seed)
    {
        var random = new Random(seed);
        ModelWeights.Map(model, (key, old) =>
        {
            var w = new Param(old.Rows, old.Cols);
            Fill(w, key[(key.LastIndexOf('.') + 1)..], random);
            w.Changed();
            return w;
        });
    }

    static void Fill(Param w, string name, Random random)
    {
        if (name.EndsWith("Bias", StringComparison.Ordinal) || name.EndsWith("Shift", StringComparison.Ordinal) || name is "shift" or "means") w.Values.Clear();
        else if (name.EndsWith("Gain", StringComparison.Ordinal) || name == "gain") w.Values.Fill(1f);
        else if (name == "embedding") Normal(w, 0.5f, random);
        else if (name == "taps") Normal(w, 1f / MathF.Sqrt(w.Rows), random);
        else if (name == "down") Normal(w, 0.1f / MathF.Sqrt(w.Cols), random);
        else Normal(w, 1f / MathF.Sqrt(w.Cols), random);
    }

    static void Normal(Param w, float deviation, Random random)
    {
        var values = w.Values;
        for (var i = 0; i < values.Length; i++)
            values[i] = deviation * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
    }
}
