// Pitch strength by SWIPE′: the normalised correlation of a loudness spectrum, on an ERB scale, with a kernel that is positive at
// the first and the prime harmonics and negative between them. Each candidate is seen through the two window lengths nearest to
// eight of its periods. Source: Camacho and Harris 2008, JASA 124, "A sawtooth waveform inspired pitch estimator".
// It knows nothing about paths through time; sixteen frames are worked on at once.

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Maison.Data.Audio.Analysis;

sealed class SwipeStrength
{
    public const int StepsPerOctave = 48;
    const double ErbStep = 0.1, PeriodsPerWindow = 8;

    readonly int _sampleRateHz;
    readonly float[] _erbHz;
    readonly (float[] Kernel, int First)[] _kernels;
    readonly (ShortTimeFourier Spectrum, int[] Candidates, float[] Shares)[] _windows;
    readonly Vector512<float>[] _loudness, _power, _strength;

    /// <param name="lowHz">The lowest candidate.</param>
    /// <param name="highHz">The highest candidate, at most.</param>
    /// <param name="sampleRateHz">Samples per second.</param>
    /// <param name="hopSamples">Samples from frame to frame.</param>
    public SwipeStrength(double lowHz, double highHz, int sampleRateHz, int hopSamples)
    {
        _sampleRateHz = sampleRateHz;
        var count = (int)Math.Floor(Math.Log2(highHz / lowHz) * StepsPerOctave) + 1;
        CandidatesHz = [.. Enumerable.Range(0, count).Select(i => (float)(lowHz * Math.Pow(2, i / (double)StepsPerOctave)))];
        var (first, last) = (ToErb(lowHz / 4), ToErb(sampleRateHz / 2.0));
        _erbHz = [.. Enumerable.Range(0, (int)((last - first) / ErbStep)).Select(i => (float)FromErb(first + i * ErbStep))];
        _kernels = [.. CandidatesHz.Select(Kernel)];

        var ideal = CandidatesHz.Select(f => Math.Log2(PeriodsPerWindow * sampleRateHz / f)).ToArray();
        var (shortest, longest) = ((int)Math.Round(ideal[^1]), (int)Math.Round(ideal[0]));
        _windows = [.. Enumerable.Range(shortest, longest - shortest + 1).Select(exponent =>
        {
            // A candidate beyond the outermost window is seen through that one alone.
            var shares = ideal.Select(i => Math.Max(0, 1 - Math.Abs(Math.Clamp(i, shortest, longest) - exponent))).ToArray();
            int[] candidates = [.. Enumerable.Range(0, count).Where(i => shares[i] > 0)];
            return (new ShortTimeFourier(1 << exponent, 1 << exponent, hopSamples), candidates, candidates.Select(i => (float)shares[i]).ToArray());
        })];
        (_loudness, _power, _strength) = (new Vector512<float>[_erbHz.Length], new Vector512<float>[_erbHz.Length + 1], new Vector512<float>[count]);
    }

    /// <summary>Frequencies asked about, a 48th of an octave apart.</summary>
    public float[] CandidatesHz { get; }

    /// <summary>Of the sixteen frames analysed last: the strength of every candidate, from -1 to 1. // (candidates, 16)</summary>
    public ReadOnlySpan<float> Strengths => MemoryMarshal.Cast<Vector512<float>, float>(_strength);

    /// <summary>Looks at sixteen frames from <paramref name="firstFrame"/> on.</summary>
    public void Analyse(ReadOnlySpan<float> samples, int firstFrame)
    {
        _strength.AsSpan().Clear();
        foreach (var (spectrum, candidates, shares) in _windows)
        {
            spectrum.Forward(samples, firstFrame);
            Loudness(spectrum);
            for (var i = 0; i < candidates.Length; i++)
            {
                var (kernel, first) = _kernels[candidates[i]];
                var sum = Vector512<float>.Zero;
                for (var j = first; j < kernel.Length; j++) sum += Vector512.Create(kernel[j]) * _loudness[j];
                _strength[candidates[i]] += Vector512.Create(shares[i]) * sum / Vector512.Sqrt(_power[first] + Vector512.Create(1e-20f));
            }
        }
    }

    // Loudness is the square root of the magnitude; _power[j] is the sum of its squares from j on.
    void Loudness(ShortTimeFourier spectrum)
    {
        ReadOnlySpan<Vector512<float>> re = spectrum.Re, im = spectrum.Im;
        var binsPerHz = (re.Length - 1) * 2.0 / _sampleRateHz;
        _power[^1] = Vector512<float>.Zero;
        for (var j = _erbHz.Length - 1; j >= 0; j--)
        {
            var at = _erbHz[j] * binsPerHz;
            var k = Math.Min((int)at, re.Length - 2);
            var share = Vector512.Create((float)(at - k));
            var (low, high) = (Magnitude(re, im, k), Magnitude(re, im, k + 1));
            var magnitude = low + (high - low) * share;
            _loudness[j] = Vector512.Sqrt(magnitude);
            _power[j] = _power[j + 1] + magnitude;
        }
    }

    static Vector512<float> Magnitude(ReadOnlySpan<Vector512<float>> re, ReadOnlySpan<Vector512<float>> im, int k) => Vector512.Sqrt(re[k] * re[k] + im[k] * im[k]);

    (float[], int) Kernel(float candidateHz)
    {
        var first = Array.FindIndex(_erbHz, hz => hz >= candidateHz / 4);
        var harmonics = (int)(_erbHz[^1] / candidateHz - 0.75);
        var kernel = new double[_erbHz.Length];
        for (var harmonic = 1; harmonic <= harmonics; harmonic++)
        {
            if (harmonic > 1 && !IsPrime(harmonic)) continue;
            for (var j = first; j < kernel.Length; j++)
            {
                var ratio = _erbHz[j] / candidateHz;
                var distance = Math.Abs(ratio - harmonic);
                if (distance < 0.25) kernel[j] = Math.Cos(2 * Math.PI * ratio);
                else if (distance < 0.75) kernel[j] += Math.Cos(2 * Math.PI * ratio) / 2;
            }
        }
        for (var j = first; j < kernel.Length; j++) kernel[j] *= Math.Sqrt(1 / _erbHz[j]);
        var norm = Math.Sqrt(kernel.Where(k => k > 0).Sum(k => k * k));
        return ([.. kernel.Select(k => (float)(k / norm))], first);
    }

    static bool IsPrime(int n)
    {
        for (var d = 2; d * d <= n; d++)
            if (n % d == 0) return false;
        return n > 1;
    }

    static double ToErb(double hz) => 21.4 * Math.Log10(1 + hz / 229);
    static double FromErb(double erb) => (Math.Pow(10, erb / 21.4) - 1) * 229;
}
