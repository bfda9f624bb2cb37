// From frames to sound: pulses at the pitch and noise, each filtered as a small ConvNeXt net asks, frame by frame (source and filter; DDSP
// vocoder, arXiv 2401.10460; Wavehax, arXiv 2411.06807; trunk as in Vocos, arXiv 2306.00814). The phase comes from the pulses and from a
// filter of minimum phase, which the net only turns, so that little training makes a voice that does not ring. The speaker is heard in
// the mel spectrum; a voice has no number here, so that new and mixed ones need none.

using Maison.Models.Layers;
using Maison.Tensors;

namespace Maison.Models.Voice;

/// <summary>Frames to samples.</summary>
public sealed class Vocoder(VocoderConfig config) : ILayer
{
    readonly FrameTransform transform = new(config.Transform, config.Window, config.Hop);

    public VocoderConfig Config { get; } = config.Validated();
    public Weight Input { get; set; } = new UnloadedWeight(config.Hidden, config.Kernel * config.Features);
    public Weight InputBias { get; set; } = new UnloadedWeight(1, config.Hidden);
    public Weight InputGain { get; set; } = new UnloadedWeight(1, config.Hidden);
    public Weight InputShift { get; set; } = new UnloadedWeight(1, config.Hidden);
    public IReadOnlyList<ConvNextBlock> Blocks { get; } = [.. Enumerable.Range(0, config.Blocks).Select(_ => new ConvNextBlock(config.Hidden, config.Inner, config.Kernel))];
    public Weight Gain { get; set; } = new UnloadedWeight(1, config.Hidden);
    public Weight Shift { get; set; } = new UnloadedWeight(1, config.Hidden);

    /// <summary>Log-gain of the pulses, turn of their phase, log-gain of the noise, per bin.</summary>
    public Weight Head { get; set; } = new UnloadedWeight(3 * config.Bins, config.Hidden);
    public Weight HeadBias { get; set; } = new UnloadedWeight(1, 3 * config.Bins);

    /// <summary>From the frame itself to its filters: starts as the mel spectrum read between its bands.</summary>
    public Weight Envelope { get; set; } = new UnloadedWeight(3 * config.Bins, config.Features);

    /// <summary>Samples of frames, in a pass with one row per frame: (frames, hop).</summary>
    /// <param name="features">(frames, features), see <see cref="VocoderInputs"/>.</param>
    /// <param name="periodicity">Frames × bands.</param>
    /// <param name="source">What the sources do in each frame.</param>
    public Tensor Forward(Pass p, Tensor features, ReadOnlySpan<float> periodicity, ReadOnlySpan<PitchFrame> source)
    {
        var x = p.LayerNorm(p.Conv1d(features, Input, InputBias, Config.Kernel), InputGain, InputShift);     // (frames, hidden)
        var entered = p.Enter();
        for (var i = 0; i < Blocks.Count; i++)
        {
            x = Blocks[i].Forward(p, x);
            p.Leave(entered, ref x);
        }
        var y = p.Linear(p.LayerNorm(x, Gain, Shift), Head, residual: p.Linear(features, Envelope), bias: HeadBias);
        var gain = p.Columns(y, 0, Config.Bins);                                                            // (frames, bins)
        var turn = p.Add(p.Columns(y, Config.Bins, Config.Bins), p.MinimumPhase(gain, transform));
        var (pulses, noise) = p.Excite(source, Config.Hop, Config.SampleRateHz);                            // (frames, hop)
        var spectra = p.SourceFilter(gain, turn, p.Columns(y, 2 * Config.Bins, Config.Bins), p.Stft(pulses, transform), p.Stft(noise, transform), periodicity);
        return p.InverseStft(spectra, transform);
    }
}
