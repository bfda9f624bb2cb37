// How a picture, its time and its caption lie in the rows of a pass: [picture tokens | time tokens | caption tokens]. The time is told to every
// token but those of the caption, as waves from one to many turns. t = 0 is the picture and t = 1 noise.

using Maison.Tensors;

namespace Maison.Models.Image;

/// <summary>Rows of sequences for a <see cref="FlowTransformer"/>; reused from step to step.</summary>
public sealed class FlowSequence(FlowConfig config)
{
    const double MostTurns = 100;

    readonly List<Segment> segments = [];
    readonly List<int> ids = [], outputs = [];
    float[] inputs = [];

    /// <summary>One segment per picture.</summary>
    public ReadOnlySpan<Segment> Segments => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(segments);

    /// <summary>Embedding rows.</summary>
    public ReadOnlySpan<int> Ids => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids);

    /// <summary>The rows of the pictures.</summary>
    public ReadOnlySpan<int> Outputs => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(outputs);

    /// <summary>(rows, inputValues).</summary>
    public ReadOnlySpan<float> Inputs => inputs.AsSpan(0, ids.Count * config.InputValues);

    /// <summary>Forgets all pictures.</summary>
    public void Clear()
    {
        segments.Clear();
        ids.Clear();
        outputs.Clear();
    }

    /// <summary>Adds a picture.</summary>
    /// <param name="patches">Noisy patches, (pictureTokens, patchValues).</param>
    /// <param name="time">In [0, 1].</param>
    /// <param name="caption">Token ids, empty for none; those past the most a caption has are left out.</param>
    public void Add(ReadOnlySpan<float> patches, float time, ReadOnlySpan<int> caption)
    {
        if (patches.Length != config.PictureTokens * config.PatchValues) throw new ArgumentException($"{patches.Length} values are not the {config.PictureTokens} patches of a picture.");
        caption = caption[..Math.Min(caption.Length, config.CaptionTokens)];
        int start = ids.Count, width = config.InputValues, told = config.PictureTokens + config.TimeTokens, length = told + caption.Length;
        segments.Add(new(start, length));
        for (var i = 0; i < config.PictureTokens; i++)
        {
            outputs.Add(start + i);
            ids.Add(config.Vocab + config.TimeTokens + i);
        }
        for (var i = 0; i < config.TimeTokens; i++) ids.Add(config.Vocab + i);
        foreach (var id in caption)
        {
            if ((uint)id >= (uint)config.Vocab) throw new ArgumentOutOfRangeException(nameof(caption), $"Caption id {id} is outside the vocabulary of {config.Vocab}.");
            ids.Add(id);
        }
        if (inputs.Length < ids.Count * width) Array.Resize(ref inputs, 2 * ids.Count * width);
        var rows = inputs.AsSpan(start * width, length * width);
        rows.Clear();
        Span<float> waves = stackalloc float[2 * config.TimeWaves];
        Waves(time, waves);
        for (var i = 0; i < told; i++)
        {
            var row = rows.Slice(i * width, width);
            if (i < config.PictureTokens) patches.Slice(i * config.PatchValues, config.PatchValues).CopyTo(row);
            waves.CopyTo(row[config.PatchValues..]);
        }
    }

    static void Waves(float time, Span<float> waves)
    {
        var half = waves.Length / 2;
        for (var i = 0; i < half; i++)
        {
            var angle = time * Math.PI * Math.Pow(MostTurns, (double)i / Math.Max(1, half - 1));
            waves[i] = (float)Math.Cos(angle);
            waves[half + i] = (float)Math.Sin(angle);
        }
    }
}
