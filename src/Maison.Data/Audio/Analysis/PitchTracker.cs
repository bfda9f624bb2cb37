// Fundamental frequency and voicing by a vote of two unlike estimators: SWIPE′ looks at spectra, YIN at the waveform. The candidates
// of both are judged by both, the likeliest path is taken, and the phases of the first harmonics refine it. The path of each
// estimator alone is told too: where they part, the track is not to be trusted. It knows nothing about speakers.

namespace Maison.Data.Audio.Analysis;

/// <summary>Where a voice's fundamental frequency may lie.</summary>
public readonly record struct PitchRange(double LowHz, double HighHz)
{
    /// <summary>Wide enough for every adult; a known speaker's own range makes fewer octave errors.</summary>
    public static readonly PitchRange Anyone = new(65, 420);

    /// <summary>A speaker's range from frequencies found in <see cref="Anyone"/>'s: ¾ of the lower quartile to 3/2 of the upper and 60 Hz more.</summary>
    public static PitchRange Of(IEnumerable<float> voicedHz)
    {
        float[] sorted = [.. voicedHz.Where(f => f > 0).Order()];
        if (sorted.Length < 100) return Anyone;
        return new(Math.Max(Anyone.LowHz, 0.75 * sorted[sorted.Length / 4]), Math.Min(500, 1.5 * sorted[sorted.Length * 3 / 4] + 60));
    }
}

/// <summary>A pitch track, a value per frame, 0 where unvoiced.</summary>
/// <param name="Hz">The vote of both estimators.</param>
/// <param name="SwipeHz">SWIPE′ alone.</param>
/// <param name="YinHz">YIN alone.</param>
public sealed record PitchTrack(float[] Hz, float[] SwipeHz, float[] YinHz)
{
    /// <summary>Frames that the vote and both estimators hold to be voiced, and in how many of them the estimators agree within so many cents.</summary>
    public (int Voiced, int Agreeing) Agreement(double cents = 20)
    {
        var (voiced, agreeing) = (0, 0);
        for (var t = 0; t < Hz.Length; t++)
        {
            if (Hz[t] == 0 || SwipeHz[t] == 0 || YinHz[t] == 0) continue;
            voiced++;
            if (Math.Abs(1200 * Math.Log2(SwipeHz[t] / YinHz[t])) <= cents) agreeing++;
        }
        return (voiced, agreeing);
    }
}

/// <summary>Tracks pitch on a time grid; one per thread.</summary>
public sealed class PitchTracker
{
    // Strengths of SWIPE′ reach about this in clear vowels; the unvoiced strength is the threshold of a vote.
    const float FullSwipe = 0.5f, UnvoicedStrength = 0.5f, SilenceBelowPeak = 0.01f;
    const int CandidatesEach = 5, ShortestVoicedFrames = 3;
    const double SameCents = 50;

    readonly int _sampleRateHz, _hopSamples;
    readonly PitchRange _range;
    readonly SwipeStrength _swipe;
    readonly YinDifference _yin;
    readonly PitchRefinement _refinement;

    public PitchTracker(PitchRange range, int sampleRateHz = VoiceFrames.SampleRateHz, int hopSamples = VoiceFrames.HopSamples)
    {
        if (!(range.LowHz >= 30 && range.HighHz > range.LowHz && range.HighHz < sampleRateHz / 8.0))
            throw new ArgumentException($"The pitch range is {range.LowHz} to {range.HighHz} Hz: give 30 Hz or more, rising, below {sampleRateHz / 8} Hz.", nameof(range));
        (_range, _sampleRateHz, _hopSamples) = (range, sampleRateHz, hopSamples);
        // A margin on both sides lets a maximum at the edge of the range be seen as one.
        _swipe = new(range.LowHz / 1.06, range.HighHz * 1.06, sampleRateHz, hopSamples);
        _yin = new(range.LowHz, sampleRateHz);
        _refinement = new(sampleRateHz);
    }

    /// <summary>The track of a sound.</summary>
    public PitchTrack Track(ReadOnlySpan<float> samples)
    {
        var frames = (samples.Length + _hopSamples - 1) / _hopSamples;
        var unvoiced = Unvoiced(samples, frames);
        var (both, swipeOnly, yinOnly) = (new PitchCandidate[frames][], new PitchCandidate[frames][], new PitchCandidate[frames][]);
        Span<float> strengths = new float[_swipe.CandidatesHz.Length];
        for (var t = 0; t < frames; t++)
        {
            if (t % RealFft.Lanes == 0) _swipe.Analyse(samples, t);
            for (var c = 0; c < strengths.Length; c++) strengths[c] = _swipe.Strengths[c * RealFft.Lanes + t % RealFft.Lanes];
            var difference = _yin.At(samples, Centre(t));
            swipeOnly[t] = SwipeCandidates(strengths);
            yinOnly[t] = YinCandidates(difference);
            both[t] = Vote(swipeOnly[t], yinOnly[t], strengths, difference);
        }

        return new(Finish(samples, both, unvoiced), Finish(samples, swipeOnly, unvoiced), Finish(samples, yinOnly, unvoiced));
    }

    float[] Finish(ReadOnlySpan<float> samples, PitchCandidate[][] candidates, ReadOnlySpan<float> unvoiced)
    {
        var hz = PitchPath.Best(candidates, unvoiced);
        DropShort(hz);
        for (var t = 0; t < hz.Length; t++)
            if (hz[t] > 0) hz[t] = (float)Math.Clamp(_refinement.Refine(samples, Centre(t), hz[t]), _range.LowHz, _range.HighHz);
        return hz;
    }

    int Centre(int frame) => frame * _hopSamples + _hopSamples / 2;

    // Frames 40 dB below the loudest are held to be silent, whatever hum they carry.
    float[] Unvoiced(ReadOnlySpan<float> samples, int frames)
    {
        var loudness = new float[frames];
        for (var t = 0; t < frames; t++)
        {
            var (from, to) = (Math.Max(0, Centre(t) - 2 * _hopSamples), Math.Min(samples.Length, Centre(t) + 2 * _hopSamples));
            var sum = 0.0;
            foreach (var x in samples[from..to]) sum += (double)x * x;
            loudness[t] = (float)Math.Sqrt(sum / (4 * _hopSamples));
        }
        var peak = loudness.DefaultIfEmpty().Max();
        return [.. loudness.Select(l => UnvoicedStrength + Math.Max(0, 2 - l / (SilenceBelowPeak / (1 + UnvoicedStrength) * (peak + 1e-9f))))];
    }

    PitchCandidate[] SwipeCandidates(ReadOnlySpan<float> strengths)
    {
        List<PitchCandidate> found = [];
        for (var c = 1; c < strengths.Length - 1; c++)
        {
            if (strengths[c] < 0.05f || strengths[c] < strengths[c - 1] || strengths[c] <= strengths[c + 1]) continue;
            var (shift, top) = Parabola(strengths[c - 1], strengths[c], strengths[c + 1]);
            Add(found, _swipe.CandidatesHz[c] * Math.Pow(2, shift / SwipeStrength.StepsPerOctave), Math.Clamp(top / FullSwipe, 0, 1));
        }
        return Strongest(found);
    }

    PitchCandidate[] YinCandidates(ReadOnlySpan<float> difference)
    {
        List<PitchCandidate> found = [];
        for (var lag = Math.Max(2, (int)(_sampleRateHz / _range.HighHz)); lag < difference.Length - 1; lag++)
        {
            if (difference[lag] > 0.6f || difference[lag] > difference[lag - 1] || difference[lag] >= difference[lag + 1]) continue;
            var (shift, bottom) = Parabola(difference[lag - 1], difference[lag], difference[lag + 1]);
            Add(found, _sampleRateHz / (lag + shift), Math.Clamp(1 - bottom, 0, 1));
        }
        return Strongest(found);
    }

    void Add(List<PitchCandidate> to, double hz, double strength)
    {
        if (hz >= _range.LowHz && hz <= _range.HighHz) to.Add(new((float)hz, (float)strength));
    }

    static PitchCandidate[] Strongest(List<PitchCandidate> found) => [.. found.OrderByDescending(c => c.Strength).Take(CandidatesEach)];

    // YIN's frequencies are the finer ones, so a SWIPE′ candidate beside one of them only lends its strength.
    PitchCandidate[] Vote(PitchCandidate[] swipe, PitchCandidate[] yin, ReadOnlySpan<float> strengths, ReadOnlySpan<float> difference)
    {
        List<PitchCandidate> voted = [];
        foreach (var one in yin.Concat(swipe))
        {
            if (voted.Any(v => Math.Abs(1200 * Math.Log2(v.Hz / one.Hz)) < SameCents)) continue;
            var bySwipe = swipe.Where(s => Math.Abs(1200 * Math.Log2(s.Hz / one.Hz)) < SameCents).Select(s => s.Strength).DefaultIfEmpty(SwipeAt(strengths, one.Hz)).Max();
            var byYin = yin.Where(y => y.Hz == one.Hz).Select(y => y.Strength).DefaultIfEmpty(YinAt(difference, one.Hz)).Max();
            voted.Add(one with { Strength = (bySwipe + byYin) / 2 });
        }
        return [.. voted];
    }

    float SwipeAt(ReadOnlySpan<float> strengths, float hz)
    {
        var at = Math.Clamp(Math.Log2(hz / _swipe.CandidatesHz[0]) * SwipeStrength.StepsPerOctave, 0, strengths.Length - 1.001);
        var c = (int)at;
        return Math.Clamp((float)(strengths[c] + (strengths[c + 1] - strengths[c]) * (at - c)) / FullSwipe, 0, 1);
    }

    float YinAt(ReadOnlySpan<float> difference, float hz)
    {
        var at = Math.Clamp(_sampleRateHz / (double)hz, 1, difference.Length - 1.001);
        var lag = (int)at;
        return Math.Clamp((float)(1 - (difference[lag] + (difference[lag + 1] - difference[lag]) * (at - lag))), 0, 1);
    }

    static (double Shift, double Value) Parabola(double left, double mid, double right)
    {
        var bend = left - 2 * mid + right;
        if (Math.Abs(bend) < 1e-12) return (0, mid);
        var shift = Math.Clamp(0.5 * (left - right) / bend, -0.5, 0.5);
        return (shift, mid - 0.25 * (left - right) * shift);
    }

    static void DropShort(Span<float> hz)
    {
        for (int t = 0, end; t < hz.Length; t = Math.Max(end, t + 1))
        {
            for (end = t; end < hz.Length && hz[end] > 0;) end++;
            if (end > t && end - t < ShortestVoicedFrames) hz[t..end].Clear();
        }
    }
}
