// A flow that shows a copy of itself where it gets in several guided steps, so that the copy learns to get there in one: progressive distillation
// (arXiv 2202.00512) of guidance and steps at once (arXiv 2210.03142). The teacher walks from a noised training picture; the clean picture that
// would lead the copy to the same place in one step is the copy's target.

using Maison.Inference.Pictures;
using Maison.Models.Image;
using Maison.Tensors;

namespace Maison.Training.Image;

/// <summary>Targets for a flow that is to paint in few steps without guidance.</summary>
/// <param name="range">Most that a latent of the autoencoder can be, on either side of 0.</param>
/// <param name="fewSteps">Steps of the copy; a divisor of <see cref="Steps"/>.</param>
public sealed class FlowTeacher(FlowTransformer flow, float range, int fewSteps)
{
    static readonly PaintingOptions options = new();

    /// <summary>Steps in which the teacher paints.</summary>
    public static readonly int Steps = options.Steps;

    readonly FlowSampler sampler = new(flow, range);

    /// <summary>The teacher.</summary>
    public FlowTransformer Flow => flow;

    /// <summary>The copy's config.</summary>
    public FlowConfig Student => flow.Config with { Steps = fewSteps, Guidance = options.Guidance };

    /// <summary>A time at which the copy takes a step: one of 1/fewSteps … 1.</summary>
    public float Time(double share) => (float)(Math.Floor(Math.Clamp(share, 0, 1 - 1e-9) * fewSteps) + 1) / fewSteps;

    /// <summary>Clean patches that lead from z in one step to where the teacher gets in several.</summary>
    /// <param name="z">Noisy patches of all pictures.</param>
    /// <param name="clean">Takes the targets; as long as z.</param>
    public void Teach(Pass pass, IReadOnlyList<int[]> captions, ReadOnlySpan<float> times, ReadOnlySpan<float> z, Span<float> clean)
    {
        float[] walked = z.ToArray(), guess = new float[z.Length], now = times.ToArray(), next = new float[now.Length];
        for (var step = 0; step < Steps / fewSteps; step++)
        {
            for (var i = 0; i < now.Length; i++) next[i] = MathF.Max(0, now[i] - 1f / Steps);
            sampler.Step(pass, captions, now, next, options, walked, guess);
            next.CopyTo(now, 0);
        }
        var values = z.Length / now.Length;
        for (var i = 0; i < z.Length; i++)
        {
            var t = times[i / values];
            clean[i] = z[i] - (walked[i] - z[i]) * MathF.Max(t, FlowSampler.LeastTime) / (now[i / values] - t);
        }
    }
}
