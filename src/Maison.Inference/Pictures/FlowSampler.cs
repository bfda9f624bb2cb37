// The Euler step of the flow, once: painting takes it for pictures that are all at one time, distillation for many at times of their own. Guidance
// (arXiv 2207.12598) doubles the work of a step, so it is used only while it decides what is seen (arXiv 2404.07724): a small model needs it from
// the first step on, and no more when only edges are left.

using Maison.Models.Image;
using Maison.Tensors;

namespace Maison.Inference.Pictures;

/// <summary>Steps noisy latents towards pictures.</summary>
/// <param name="range">Most that a latent of the autoencoder can be, on either side of 0.</param>
public sealed class FlowSampler(FlowTransformer flow, float range)
{
    /// <summary>Times below this are not divided by: the same in training.</summary>
    public const float LeastTime = 0.05f;

    readonly FlowConfig config = flow.Config;
    readonly List<int> guided = [];

    /// <summary>The sequences of the last step: pictures with their captions, then those that are guided without.</summary>
    public FlowSequence Sequence { get; } = new(flow.Config);

    /// <summary>What went into the last step, (rows, inputValues), and the clean patches that came out, (pictureTokens of every sequence, patchValues).</summary>
    public (Tensor Inputs, Tensor Clean) Last { get; private set; }

    /// <summary>Steps pictures from their times to others.</summary>
    /// <param name="captions">Token ids of each picture.</param>
    /// <param name="times">Of each picture, from 0 (clean) to 1 (noise).</param>
    /// <param name="next">Times to step to.</param>
    /// <param name="z">Noisy patches (pictures, pictureTokens, patchValues); stepped in place.</param>
    /// <param name="guess">Takes the clean patches that the step went towards.</param>
    public void Step(Pass pass, IReadOnlyList<int[]> captions, ReadOnlySpan<float> times, ReadOnlySpan<float> next, PaintingOptions options, Span<float> z, Span<float> guess)
    {
        int values = config.PictureTokens * config.PatchValues, count = captions.Count;
        Sequence.Clear();
        guided.Clear();
        for (var i = 0; i < count; i++) Sequence.Add(z.Slice(i * values, values), times[i], captions[i]);
        for (var i = 0; i < count; i++)
        {
            if (!(options.Guidance > 1) || times[i] < options.GuidanceFrom || times[i] > options.GuidanceTo) continue;
            guided.Add(i);
            Sequence.Add(z.Slice(i * values, values), times[i], []);
        }
        pass.Begin(Sequence.Segments, Sequence.Outputs);
        var inputs = pass.Input(Sequence.Inputs, Sequence.Ids.Length, config.InputValues);
        Last = (inputs, flow.Forward(pass, Sequence.Ids, inputs));
        var clean = pass.Read(Last.Clean);
        clean[..guess.Length].CopyTo(guess);
        for (var g = 0; g < guided.Count; g++)
        {
            var with = guess.Slice(guided[g] * values, values);
            var without = clean.Slice((count + g) * values, values);
            for (var k = 0; k < values; k++) with[k] = without[k] + options.Guidance * (with[k] - without[k]);
        }
        for (var i = 0; i < count; i++)
        {
            var share = (next[i] - times[i]) / MathF.Max(times[i], LeastTime);
            for (var k = i * values; k < (i + 1) * values; k++)
            {
                guess[k] = Within(guess[k], k % config.Latent);
                z[k] += share * (z[k] - guess[k]);
            }
        }
    }

    /// <summary>A clean latent as the encoder could have made it.</summary>
    float Within(float x, int channel)
        => config.Mean.Count == 0 ? x : Math.Clamp(x, (-range - config.Mean[channel]) / config.Deviation[channel], (range - config.Mean[channel]) / config.Deviation[channel]);
}
