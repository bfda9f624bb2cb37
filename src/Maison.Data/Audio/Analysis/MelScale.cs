// The mel scale of Slaney's Auditory Toolbox (linear below 1 kHz, logarithmic above) and triangular bands of equal area on it: the
// definition most vocoders use, so that figures compare.

namespace Maison.Data.Audio.Analysis;

/// <summary>Frequencies in mel, and bands of triangles.</summary>
public sealed class MelScale
{
    const double LinearHzPerMel = 200.0 / 3, BreakHz = 1000, BreakMel = BreakHz / LinearHzPerMel;
    static readonly double LogStep = Math.Log(6.4) / 27;

    readonly (int First, float[] Weights)[] _bands;

    /// <param name="bands">How many triangles from 0 Hz to half the rate.</param>
    /// <param name="bins">Frequencies of the spectra they weigh, 0 Hz and half the rate included.</param>
    /// <param name="sampleRateHz">Samples per second.</param>
    public MelScale(int bands, int bins, int sampleRateHz)
    {
        var edges = Enumerable.Range(0, bands + 2).Select(i => ToHz(ToMel(sampleRateHz / 2.0) * i / (bands + 1))).ToArray();
        var hzPerBin = sampleRateHz / 2.0 / (bins - 1);
        _bands = new (int, float[])[bands];
        for (var b = 0; b < bands; b++)
        {
            var (low, mid, high) = (edges[b], edges[b + 1], edges[b + 2]);
            var weights = Enumerable.Range(0, bins).Select(k => Math.Max(0, Math.Min((k * hzPerBin - low) / (mid - low), (high - k * hzPerBin) / (high - mid))) * 2 / (high - low)).ToArray();
            var first = Array.FindIndex(weights, w => w > 0);
            if (first < 0) throw new ArgumentException($"{bands} bands are too many for {bins} frequencies: band {b} is empty.", nameof(bands));
            _bands[b] = (first, [.. weights.Skip(first).TakeWhile(w => w > 0).Select(w => (float)w)]);
        }
    }

    /// <summary>How many bands there are.</summary>
    public int Bands => _bands.Length;

    /// <summary>Mel of a frequency.</summary>
    public static double ToMel(double hz) => hz < BreakHz ? hz / LinearHzPerMel : BreakMel + Math.Log(hz / BreakHz) / LogStep;

    /// <summary>Frequency of a mel.</summary>
    public static double ToHz(double mel) => mel < BreakMel ? mel * LinearHzPerMel : BreakHz * Math.Exp((mel - BreakMel) * LogStep);

    /// <summary>ln max(floor, Σ weight · magnitude) of each band.</summary>
    public void Log(ReadOnlySpan<float> magnitudes, Span<float> bands)
    {
        for (var b = 0; b < _bands.Length; b++)
        {
            var (first, weights) = _bands[b];
            var sum = 0f;
            for (var i = 0; i < weights.Length; i++) sum += weights[i] * magnitudes[first + i];
            bands[b] = MathF.Log(Math.Max(sum, VoiceFrames.Floor));
        }
    }
}
