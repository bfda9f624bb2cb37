// How far one utterance is from another of the same text: timbre, pitch, voicing, periodicity. Silent margins count for neither. It
// knows nothing about who made them; figures of many utterances are pooled by their frames.

namespace Maison.Data.Audio.Measures;

/// <summary>Sums over aligned frames of utterances, from which the usual figures follow.</summary>
public sealed class VoiceComparison
{
    const int Bands = VoiceFrames.PeriodicityBands, Cepstra = MelCepstrum.Coefficients;

    double _distortion, _hzSquares, _logX, _logY, _logXX, _logYY, _logXY, _periodicitySquares;
    long _frames, _voiced, _voicingErrors;
    readonly double[] _varianceA = new double[Cepstra], _varianceB = new double[Cepstra];

    /// <summary>Utterance pairs compared.</summary>
    public int Utterances { get; private set; }
    /// <summary>Mel-cepstral distortion of c1 to c24 in dB.</summary>
    public double DistortionDb => _distortion / _frames;
    /// <summary>Root mean square difference of pitch in Hz where both are voiced.</summary>
    public double PitchErrorHz => Math.Sqrt(_hzSquares / _voiced);
    /// <summary>Root mean square difference of the logarithm of pitch there, in semitones.</summary>
    public double PitchErrorSemitones => 12 / Math.Log(2) * Math.Sqrt(Math.Max(0, _logXX - 2 * _logXY + _logYY) / _voiced);
    /// <summary>Correlation of the logarithm of pitch there.</summary>
    public double PitchCorrelation => (_voiced * _logXY - _logX * _logY) / Math.Sqrt((_voiced * _logXX - _logX * _logX) * (_voiced * _logYY - _logY * _logY));
    /// <summary>Share of frames that are voiced in one and not in the other.</summary>
    public double VoicingError => (double)_voicingErrors / _frames;
    /// <summary>Root mean square difference of periodicity where both are voiced, over all bands.</summary>
    public double PeriodicityError => Math.Sqrt(_periodicitySquares / (_voiced * Bands));
    /// <summary>Mean over c1 to c24 of the ratio of standard deviations, the other by the reference: below 0.8 sounds dull.</summary>
    public double VarianceRatio => Enumerable.Range(0, Cepstra).Average(k => Math.Sqrt(_varianceB[k] / _varianceA[k]));

    /// <summary>Adds a pair.</summary>
    /// <param name="reference">The natural one.</param>
    /// <param name="other">The one to judge.</param>
    /// <param name="warp">Whether to align them in time; without it frames belong together as they stand.</param>
    public void Add(VoiceFeatures reference, VoiceFeatures other, bool warp)
    {
        var (a, b) = (Spoken(reference), Spoken(other));
        if (a.Frames == 0 || b.Frames == 0) return;
        if (!warp) a = b = new(Math.Max(a.First, b.First), Math.Max(0, Math.Min(a.End, b.End) - Math.Max(a.First, b.First)));
        var (cepstraA, cepstraB) = (Cut(MelCepstrum.Of(reference.LogMel), a), Cut(MelCepstrum.Of(other.LogMel), b));
        var path = warp ? TimeWarp.Align(cepstraA, cepstraB) : [.. Enumerable.Range(0, a.Frames).Select(t => (t, t))];
        if (path.Length == 0) return;
        Utterances++;
        foreach (var (i, j) in path)
        {
            _frames++;
            _distortion += MelCepstrum.DistortionDb(cepstraA.AsSpan(i * Cepstra), cepstraB.AsSpan(j * Cepstra));
            double x = reference.Hz[a.First + i], y = other.Hz[b.First + j];
            if (x > 0 != y > 0) _voicingErrors++;
            if (x == 0 || y == 0) continue;
            _voiced++;
            _hzSquares += (x - y) * (x - y);
            (x, y) = (Math.Log(x), Math.Log(y));
            (_logX, _logY, _logXX, _logYY, _logXY) = (_logX + x, _logY + y, _logXX + x * x, _logYY + y * y, _logXY + x * y);
            for (var band = 0; band < Bands; band++)
            {
                double p = reference.Periodicity[(a.First + i) * Bands + band] - other.Periodicity[(b.First + j) * Bands + band];
                _periodicitySquares += p * p;
            }
        }
        Variances(cepstraA, _varianceA);
        Variances(cepstraB, _varianceB);
    }

    /// <summary>The frames between the first and the last within 40 dB of the loudest.</summary>
    internal static FrameSpan Spoken(VoiceFeatures voice)
    {
        const float range = 40 / 8.685889638f;
        if (voice.Frames == 0) return new(0, 0);
        var gate = voice.Energy.Max() - range;
        var first = Array.FindIndex(voice.Energy, e => e > gate);
        return first < 0 ? new(0, 0) : new(first, Array.FindLastIndex(voice.Energy, e => e > gate) + 1 - first);
    }

    static float[] Cut(float[] cepstra, FrameSpan span) => cepstra[(span.First * Cepstra)..(span.End * Cepstra)];

    static void Variances(ReadOnlySpan<float> cepstra, double[] into)
    {
        var frames = cepstra.Length / Cepstra;
        for (var k = 0; k < Cepstra; k++)
        {
            double sum = 0, squares = 0;
            for (var t = 0; t < frames; t++)
            {
                double c = cepstra[t * Cepstra + k];
                (sum, squares) = (sum + c, squares + c * c);
            }
            into[k] += squares / frames - sum / frames * (sum / frames);
        }
    }
}
