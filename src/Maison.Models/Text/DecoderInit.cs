// Random starting values of a decoder. Output projections start at zero, so every block starts as the identity and a mixture's
// router starts on clean inputs (arXiv 2203.03466's spirit; the zero projection also keeps routers from collapsing).

using Maison.Tensors;

namespace Maison.Models.Text;

/// <summary>Fills a decoder with trainable fp32 weights.</summary>
public static class DecoderInit
{
    /// <summary>Makes every weight a <see cref="Param"/>; the same seed gives the same bits.</summary>
    public static void Initialise(Decoder model, int seed)
    {
        var random = new Random(seed);
        ModelWeights.Map(model, (key, old) =>
        {
            var w = new Param(old.Rows, old.Cols);
            Fill(w, key, random);
            w.Changed();
            return w;
        });
    }

    static void Fill(Param w, string key, Random random)
    {
        var name = key[(key.LastIndexOf('.') + 1)..];
        var deviation = 1f / MathF.Sqrt(w.Cols);
        switch (name)
        {
            case "norm" or "attnNorm" or "mlpNorm" or "qNorm" or "kNorm": w.Values.Fill(1f); break;
            case "inputMix": w.Values[0] = 1f; w.Values[1] = 0f; break;
            case "valueMix": w.Values.Fill(0.5f); break;
            case "routerBias": w.Values.Clear(); break;
            case "o" or "down": w.Values.Clear(); break;
            case "embedding": Normal(w, 0.8f, random); break;
            case "valueTable": Normal(w, 0.8f, random); break;
            case "head": Normal(w, 0.001f, random); break;
            case "router": Normal(w, 0.02f, random); break;
            case "gate" or "up": Normal(w, 0.4f * deviation, random); break;
            default:
                if (key.Contains(".experts.down")) w.Values.Clear();
                else if (key.Contains(".experts.")) Normal(w, 0.4f * deviation, random);
                else Normal(w, deviation, random);
                break;
        }
    }

    static void Normal(Param w, float deviation, Random random)
    {
        var values = w.Values;
        for (var i = 0; i < values.Length; i += 2)
        {
            // Box-Muller, two values at a time.
            var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            var angle = 2 * Math.PI * random.NextDouble();
            values[i] = deviation * (float)(radius * Math.Cos(angle));
            if (i + 1 < values.Length) values[i + 1] = deviation * (float)(radius * Math.Sin(angle));
        }
    }
}
