// Who tells a vocoder from a recording, in training only: small nets that look at the sound folded at several periods (HiFi-GAN's MPD, arXiv
// 2010.05646) and at magnitudes of its spectra (UnivNet's MRD, arXiv 2106.07889). An eighth of the published width: the phase of our voices comes
// from their source, so the judges need not teach it, and training costs a fiftieth.

using Maison.Tensors;

namespace Maison.Models.Voice;

/// <summary>All judges of sound.</summary>
public sealed class VocoderJudge : IJudges
{
    /// <summary>Magnitudes of speech are small under windows of energy 1.</summary>
    const float Loudness = 10f;

    static readonly int[] periods = [2, 3, 5, 7, 11];
    static readonly int[] widths = [1, 4, 16, 64, 128, 128];
    const int channels = 16;

    readonly FrameTransform[] transforms = [.. new[] { (1024, 256), (2048, 512), (512, 128) }.Select(t => new FrameTransform(t.Item1, t.Item1, t.Item2, unit: true))];

    /// <summary>One per period.</summary>
    public IReadOnlyList<Judge> Periods { get; } = [.. periods.Select(_ => OfPeriod())];

    /// <summary>One per transform.</summary>
    public IReadOnlyList<Judge> Spectra { get; } = [.. Enumerable.Range(0, 3).Select(_ => OfSpectra())];

    static Judge OfPeriod() => new([
        .. Enumerable.Range(0, 5).Select(i => new JudgeLayer(widths[i], widths[i + 1], new(5, 1, i < 4 ? 3 : 1))),
        new JudgeLayer(widths[^1], 1, new(3, 1))]);

    // Down is time, across is frequency.
    static Judge OfSpectra() => new([
        new JudgeLayer(1, channels, new(5, 7, 2, 2)), new JudgeLayer(channels, channels, new(3, 5, 1, 2)), new JudgeLayer(channels, channels, new(3, 5, 2, 2)),
        new JudgeLayer(channels, channels, new(3, 3, 1, 2)), new JudgeLayer(channels, channels, new(3, 3, 2, 2)), new JudgeLayer(channels, 1, new(3, 3))]);

    /// <summary>Verdicts on sounds of one length: x (rows, samples per row) in a pass with as many rows for every sound.</summary>
    public Verdict[] Forward(Pass p, Tensor x, int sounds)
    {
        var verdicts = new Verdict[periods.Length + transforms.Length];
        var samples = (int)(x.Count / sounds);
        for (var i = 0; i < periods.Length; i++)
        {
            var height = samples / periods[i];
            var folded = p.Columns(x.View(sounds, samples), 0, height * periods[i]);
            verdicts[i] = Periods[i].Forward(p, folded.View(sounds * height * periods[i], 1), new(sounds, height, periods[i]));
        }
        for (var i = 0; i < transforms.Length; i++)
        {
            var magnitudes = p.Scale(p.Magnitude(p.Stft(x, transforms[i])), Loudness);
            verdicts[periods.Length + i] = Spectra[i].Forward(p, magnitudes.View((int)magnitudes.Count, 1), new(sounds, magnitudes.Rows / sounds, magnitudes.Cols));
        }
        return verdicts;
    }
}
