// What a flow's stages have in common: weights in training, their moving average, which is what paints, and how both lie in a checkpoint.

using Maison.Data.Pictures;
using Maison.Data.Tokenizers;
using Maison.Inference.Pictures;
using Maison.Models;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Tensors.Kernels;
using Maison.Training.Optimisers;

namespace Maison.Training.Image;

/// <summary>A flow in training.</summary>
/// <param name="begin">The weights to begin with.</param>
/// <param name="options">Rates of the optimiser.</param>
/// <param name="averageRate">Share of the newest weights in the moving average, once that has begun.</param>
sealed class FlowWeights(FlowTransformer begin, OptimiserOptions options, float averageRate, Autoencoder autoencoder, BpeTokenizer tokenizer, Gang gang) : IDisposable
{
    const string RawName = "training.safetensors", TokenizerName = "tokenizer.json";

    Optimiser optimiser = new(begin, gang, options);

    /// <summary>Usual rates: Muon's for matrices, and those of AdamW that go with it.</summary>
    public static OptimiserOptions Rates(double rate, double decay) => new(Matrix: rate, Embedding: 3 * rate, Head: 0.25 * rate, Scalar: 0.25 * rate, Decay: decay, Beta1: 0.9, Beta2: 0.98);

    /// <summary>What learns.</summary>
    public FlowTransformer Model { get; private set; } = begin;

    /// <summary>The moving average, with which pictures are made.</summary>
    public FlowTransformer Average { get; private set; } = Twin(begin, begin.Config);

    /// <summary>A copy of a flow's weights under a config of the same shape.</summary>
    public static FlowTransformer Twin(FlowTransformer of, FlowConfig config)
    {
        var twin = new FlowTransformer(config);
        var values = ModelWeights.Slots(of).ToDictionary(s => s.Key, s => s.Weight);
        ModelWeights.Map(twin, (key, old) =>
        {
            var w = new Param(old.Rows, old.Cols);
            values[key].ToArray().CopyTo(w.Values);
            w.Changed();
            return w;
        });
        return twin;
    }

    /// <summary>The mean of two flows' weights, which keeps most of what the second has learned and loses little of what the first was (arXiv 2109.01903).</summary>
    /// <param name="share">Share of the second.</param>
    public static FlowTransformer Mean(FlowTransformer first, FlowTransformer second, float share, Gang gang)
    {
        var mean = Twin(first, second.Config);
        foreach (var (m, w) in ModelWeights.Slots(mean).Zip(ModelWeights.Slots(second))) Updates.Average(gang, (Param)m.Weight, (Param)w.Weight, share);
        return mean;
    }

    /// <summary>Steps the weights along the gradients they were given, and the average after them.</summary>
    /// <returns>The global norm of the gradients.</returns>
    public double Step(int step, double rate)
    {
        var norm = optimiser.Step(rate);
        var share = MathF.Max(averageRate, 1f / (step + 10));
        foreach (var (a, w) in ModelWeights.Slots(Average).Zip(ModelWeights.Slots(Model))) Updates.Average(gang, (Param)a.Weight, (Param)w.Weight, share);
        return norm;
    }

    /// <summary>Writes a checkpoint, with what the average paints.</summary>
    /// <param name="prompts">What it paints.</param>
    public void Save(string folder, IReadOnlyList<string> prompts)
    {
        Whole(folder, Average, ElementType.F32);
        ModelFile.Save(Model, Path.Combine(folder, RawName), ElementType.F32);
        using var painter = new Painter(Average, autoencoder, gang);
        var painted = painter.Paint([.. prompts.Select((p, i) => new Painting(tokenizer.Encode(p), (ulong)i))], PaintingOptions.Usual(Average.Config));
        PngFile.Write(Path.Combine(folder, "samples.png"), ContactSheet.Of([.. painted.Select(p => p.Pixels)], painter.Side, 8));
        File.WriteAllLines(Path.Combine(folder, "samples.txt"), prompts);
    }

    /// <summary>Writes a finished flow, ready for use: the average, or one that was made of it.</summary>
    public void Export(string folder, FlowTransformer? finished = null) => Whole(folder, finished ?? Average, ElementType.BF16);

    void Whole(string folder, FlowTransformer flow, ElementType type)
    {
        ImageCheckpoint.Save(folder, flow, type);
        ImageCheckpoint.Save(Path.Combine(folder, ImageCheckpoint.AutoencoderFolder), autoencoder, type);
        tokenizer.Save(Path.Combine(folder, TokenizerName));
    }

    /// <summary>The optimiser's buffers.</summary>
    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => optimiser.State();

    /// <summary>Takes up a checkpoint.</summary>
    public void Restore(string folder, int steps)
    {
        optimiser.Dispose();
        Average = ImageCheckpoint.LoadFlow(folder);
        ModelFile.LoadTrainable(Model = new FlowTransformer(Average.Config), Path.Combine(folder, RawName));
        optimiser = new(Model, gang, options);
        optimiser.Restore(steps);
    }

    public void Dispose() => optimiser.Dispose();
}
