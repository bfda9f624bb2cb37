// Sharpens a pitch by instantaneous frequency: each of the first four harmonics is shifted to 0 Hz, and how its phase turns over two
// milliseconds tells how far the guess is off. Harmonics count by their power and, since an error grows with their number, by it.
// Source of the idea: Flanagan and Golden 1966, "Phase vocoder".

namespace Maison.Data.Audio.Analysis;

sealed class PitchRefinement(int sampleRateHz)
{
    const int Harmonics = 4;
    const double PeriodsPerWindow = 4, LargestChange = 0.03, ApartSeconds = 0.002;

    /// <summary>The frequency near <paramref name="hz"/> at a sample, or the guess itself when the phases contradict it by over 3 %.</summary>
    public double Refine(ReadOnlySpan<float> samples, int centre, double hz)
    {
        var length = (int)(PeriodsPerWindow * sampleRateHz / hz);
        var apart = (int)(ApartSeconds * sampleRateHz);
        var start = centre - (length + apart) / 2;
        double top = 0, bottom = 0;
        for (var harmonic = 1; harmonic <= Harmonics; harmonic++)
        {
            var angle = -2 * Math.PI * hz * harmonic / sampleRateHz;
            var (stepSin, stepCos) = Math.SinCos(angle);
            var (windowSin, windowCos) = Math.SinCos(2 * Math.PI / length);
            double re1 = 0, im1 = 0, re2 = 0, im2 = 0, c = 1, s = 0;
            // Cosines of both windows run along by rotation; the second window is the first one, later.
            double w1c = 1, w1s = 0, w2c = 1, w2s = 0;
            for (var n = 0; n < length + apart; n++)
            {
                var x = (uint)(start + n) < (uint)samples.Length ? samples[start + n] : 0f;
                var (xr, xi) = (x * c, x * s);
                if (n < length)
                {
                    var w = 0.5 - 0.5 * w1c;
                    re1 += w * xr;
                    im1 += w * xi;
                    (w1c, w1s) = (w1c * windowCos - w1s * windowSin, w1s * windowCos + w1c * windowSin);
                }
                if (n >= apart)
                {
                    var w = 0.5 - 0.5 * w2c;
                    re2 += w * xr;
                    im2 += w * xi;
                    (w2c, w2s) = (w2c * windowCos - w2s * windowSin, w2s * windowCos + w2c * windowSin);
                }
                (c, s) = (c * stepCos - s * stepSin, s * stepCos + c * stepSin);
            }
            var turned = Math.Atan2(im2 * re1 - re2 * im1, re2 * re1 + im2 * im1);
            var power = Math.Sqrt((re1 * re1 + im1 * im1) * (re2 * re2 + im2 * im2));
            top += power * harmonic * turned * sampleRateHz / (2 * Math.PI * apart);
            bottom += power * harmonic * harmonic;
        }
        var off = bottom > 0 ? top / bottom : 0;
        return Math.Abs(off) <= LargestChange * hz ? hz + off : hz;
    }
}
