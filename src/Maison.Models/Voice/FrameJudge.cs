// Who tells predicted frames from measured ones, in training only (GANSpeech, arXiv 2106.15153): one small net sees spectra as pictures, wherever in
// them a thing may be, another sees whole spectra go by. So predictions get the edges that a mean over all ways of speaking does not have.

using Maison.Tensors;

namespace Maison.Models.Voice;

/// <summary>All judges of frames.</summary>
/// <param name="mels">Bands of a spectrum.</param>
public sealed class FrameJudge(int mels) : IJudges
{
    const int channels = 32, wide = 128;

    /// <summary>Sees spectra as pictures: down is time, across is frequency.</summary>
    public Judge Pictures { get; } = new([
        new(1, channels, new(3, 7, 1, 2)), new(channels, channels, new(3, 5, 2, 2)), new(channels, channels, new(3, 5, 1, 2)),
        new(channels, channels, new(3, 3, 2, 2)), new(channels, channels, new(3, 3)), new(channels, 1, new(3, 3))]);

    /// <summary>Sees spectra as rows of a sequence.</summary>
    public Judge Sequence { get; } = new([
        new(mels, wide, new(3, 1)), new(wide, wide, new(5, 1, 2)), new(wide, wide, new(5, 1, 2)), new(wide, wide, new(3, 1)), new(wide, 1, new(3, 1))]);

    /// <summary>Verdicts on pieces of one length: x (frames, mels) with as many frames for every piece.</summary>
    public Verdict[] Forward(Pass p, Tensor x, int pieces)
        => [Pictures.Forward(p, x.View((int)x.Count, 1), new(pieces, x.Rows / pieces, x.Cols)), Sequence.Forward(p, x, new(pieces, x.Rows / pieces, 1))];
}
