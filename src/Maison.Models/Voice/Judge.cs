// A judge tells what was made from what was recorded, in training only: a stack of convolutions that gives every place a score. VocoderJudge
// listens to sound, FrameJudge looks at spectra.

using Maison.Models.Layers;
using Maison.Tensors;

namespace Maison.Models.Voice;

/// <summary>What a judge says of every place, and what it noticed on the way, first to last layer.</summary>
public sealed record Verdict(Tensor Score, Tensor[] Noticed);

/// <summary>A convolution of a judge.</summary>
public sealed class JudgeLayer(int inputs, int outputs, Kernel2d kernel) : ILayer
{
    public Weight Taps2d { get; set; } = new UnloadedWeight(outputs, kernel.Height * kernel.Width * inputs);
    public Weight Taps2dBias { get; set; } = new UnloadedWeight(1, outputs);

    /// <summary>x (positions, inputs), and the grid it leaves.</summary>
    public Tensor Forward(Pass p, Tensor x, ref ImageGrid grid)
    {
        var y = p.Conv2d(x, grid, Taps2d, Taps2dBias, kernel);
        grid = grid.Strided(kernel.StrideDown, kernel.StrideAcross);
        return y;
    }
}

/// <summary>A stack of convolutions with a score for every place at its end.</summary>
public sealed class Judge(IReadOnlyList<JudgeLayer> layers) : ILayer
{
    const float Leak = 0.1f;

    public IReadOnlyList<JudgeLayer> Layers { get; } = layers;

    /// <summary>Images of one channel to scores (places, 1).</summary>
    public Verdict Forward(Pass p, Tensor x, ImageGrid grid)
    {
        var noticed = new Tensor[Layers.Count - 1];
        for (var i = 0; i < noticed.Length; i++) x = noticed[i] = p.LeakyRelu(Layers[i].Forward(p, x, ref grid), Leak);
        return new(Layers[^1].Forward(p, x, ref grid), noticed);
    }
}

/// <summary>Several judges who see the same pieces.</summary>
public interface IJudges : ILayer
{
    /// <summary>Verdicts on pieces of one length: x (rows, features) with as many rows for every piece.</summary>
    Verdict[] Forward(Pass p, Tensor x, int pieces);
}
