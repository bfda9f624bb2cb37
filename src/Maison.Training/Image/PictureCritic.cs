// Learns beside a flow to tell what it paints from real pictures of the same style (arXiv 1406.2661), so that a judge's taste does not lead it away from how
// pictures look. It begins as the judge, which knows what to look at, with one name in place of many, real, to which each style adds its own part; real pictures
// have gone through the autoencoder too, whose marks tell nothing then.

using Maison.Models;
using Maison.Models.Image;
using Maison.Tensors;
using Maison.Tensors.Cuda;
using Maison.Training.Optimisers;

namespace Maison.Training.Image;

/// <summary>Tells painted pictures from real ones.</summary>
public sealed class PictureCritic : IDisposable
{
    readonly OptimiserOptions options;
    readonly Gang gang;
    readonly Arena arena = new(Device.Current is null ? 64 << 20 : 1 << 30);
    readonly Pass pass;
    PictureJudge model;
    Optimiser optimiser;

    /// <param name="judge">What it begins as; its weights are copied.</param>
    public PictureCritic(PictureJudge judge, double rate, Gang gang)
    {
        (this.gang, options) = (gang, new(Matrix: rate, Head: 0.2 * rate, Scalar: 0.1 * rate, Decay: 0, Beta1: 0.9, Beta2: 0.98));
        model = new(judge.Config with { Names = ["real"] });
        var begin = ModelWeights.Slots(judge).ToDictionary(s => s.Key, s => s.Weight);
        var heads = ModelWeights.Slots(model.Styles).Concat(ModelWeights.Slots(model.Names)).Select(s => s.Weight).ToHashSet();
        ModelWeights.Map(model, (key, old) =>
        {
            var weight = new Param(old.Rows, old.Cols);
            // What it is to tell is new to it.
            if (heads.Contains(old)) weight.Values.Clear();
            else begin[key].ToArray().CopyTo(weight.Values);
            weight.Changed();
            return weight;
        });
        optimiser = new(model, gang, options);
        pass = new(arena, gang, record: true);
    }

    /// <summary>One contest: it learns from both, and says in which direction what was painted looks more real.</summary>
    /// <param name="painted">Pixels in [−1, 1]. // (pictures, side², 3)</param>
    /// <param name="real">As many real ones. // (pictures, side², 3)</param>
    /// <param name="styles">The style of each, the same in both.</param>
    /// <param name="gradient">Receives the gradient of −ln(how likely the painted are real), a mean over pictures. // (pictures, side², 3)</param>
    /// <returns>Its error in nats, ln 4 where it tells nothing; and how likely it takes the painted for real.</returns>
    public (double Error, double Taken) Contest(ReadOnlySpan<float> painted, ReadOnlySpan<float> real, ReadOnlySpan<int> styles, double rate, Span<float> gradient)
    {
        var (count, size) = (styles.Length, painted.Length / styles.Length);
        float[] both = [.. painted, .. real];
        pass.Begin(2 * count);
        var seen = pass.Input(both, both.Length / 3, 3);
        var features = model.Features(pass, seen);
        Tensor all = model.Names.Forward(pass, features), each = model.Styles.Forward(pass, features);
        float[] logits = [.. pass.Read(all)], parts = [.. pass.Read(each)];
        var (error, taken) = (0.0, 0.0);
        float[] seed = new float[logits.Length], seeds = new float[parts.Length], likely = new float[count];
        for (var i = 0; i < 2 * count; i++)
        {
            var at = i * each.Cols + styles[i % count];
            var chance = 1 / (1 + Math.Exp(-logits[i] - parts[at]));
            error -= Math.Log(Math.Max(1e-12, i < count ? 1 - chance : chance)) / count;
            seed[i] = seeds[at] = (float)((i < count ? chance : chance - 1) / count);
            if (i < count) (likely[i], taken) = ((float)chance, taken + chance / count);
        }
        pass.Seed(all, seed);
        pass.Seed(each, seeds);
        pass.Backward();
        // What makes it sure that a picture is painted is, turned round, what makes the picture more real; weighed as −ln is, not as its own error.
        var back = pass.GradientOf(seen);
        for (var i = 0; i < count; i++)
        {
            var weight = -(1 - likely[i]) / Math.Max(1e-12f, likely[i]);
            for (var k = i * size; k < (i + 1) * size; k++) gradient[k] = weight * back[k];
        }
        optimiser.Step(rate);
        return (error, taken);
    }

    /// <summary>The optimiser's buffers.</summary>
    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => optimiser.State().Select(s => ($"critic.{s.Key}", s.Weight, s.State));

    /// <summary>Writes it beside a checkpoint.</summary>
    public void Save(string folder) => ImageCheckpoint.Save(folder, model);

    /// <summary>Takes up a checkpoint.</summary>
    public void Restore(string folder, int steps)
    {
        optimiser.Dispose();
        model = ImageCheckpoint.LoadJudge(folder);
        optimiser = new(model, gang, options);
        optimiser.Restore(steps);
    }

    public void Dispose()
    {
        pass.Dispose();
        arena.Dispose();
        optimiser.Dispose();
    }
}
