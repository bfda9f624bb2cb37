// A voice from its sources: Y = √p H e^(g + iθ) + √(1 − p) N e^n, with spectra H of pulses and N of noise, and the share p of power
// that is periodic, known by band and read between their middles on straight lines (source-filter: Fant 1960; DDSP, arXiv 2001.04643).
// With A the first term and B the second: dg = Re(dY A*), dθ = Re(dY (iA)*), dn = Re(dY B*). Sources and p are plain numbers.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct FilterJob
    {
        public float* Gain, Turn, NoiseGain, Pulses, Noise, Periodicity, Y, Dy, DGain, DTurn, DNoise;
        public int Rows, Bins, Bands;
        public bool FreshGain, FreshTurn, FreshNoise;
    }

    /// <summary>Filters pulses and noise: log-gain, phase in radians and log-gain of the noise, each (rows, bins), to spectra (rows, 2·bins).</summary>
    /// <param name="pulses">Spectra of the pulses (rows, 2·bins).</param>
    /// <param name="noise">Spectra of the noise, likewise.</param>
    /// <param name="periodicity">Rows × bands values in [0, 1]; bands divide the spectrum evenly.</param>
    public Tensor SourceFilter(Tensor gain, Tensor turn, Tensor noiseGain, Tensor pulses, Tensor noise, ReadOnlySpan<float> periodicity)
    {
        int rows = gain.Rows, bins = gain.Cols;
        if (turn.Rows != rows || noiseGain.Rows != rows || turn.Cols != bins || noiseGain.Cols != bins) throw new ArgumentException("SourceFilter needs gain, phase and noise gain of one shape.");
        if (pulses.Count != 2 * gain.Count || noise.Count != pulses.Count) throw new ArgumentException($"SourceFilter needs {2 * gain.Count} values of each source, got {pulses.Count} and {noise.Count}.");
        if (rows > 0 && (periodicity.Length == 0 || periodicity.Length % rows != 0)) throw new ArgumentException($"{periodicity.Length} periodicities are not the same number for each of {rows} rows.");
        var y = New(rows, 2 * bins);
        var job = new FilterJob
        {
            Gain = gain.Pointer,
            Turn = turn.Pointer,
            NoiseGain = noiseGain.Pointer,
            Pulses = pulses.Pointer,
            Noise = noise.Pointer,
            Periodicity = Keep(periodicity),
            Y = y.Pointer,
            Rows = rows,
            Bins = bins,
            Bands = rows == 0 ? 1 : periodicity.Length / rows,
        };
        Gang.For((rows + 7) / 8, &FilterTask, &job, Launch.Elements("filter_forward", gain.Count));
        if (Recording) Tape.Add(new TapeEntry { Backward = &SourceFilterBackward, Y = y, A = gain, B = turn, C = noiseGain, Memory = job.Pulses, Memory2 = job.Noise, Memory3 = job.Periodicity, I0 = job.Bands });
        return y;
    }

    static void SourceFilterBackward(Pass p, in TapeEntry e)
    {
        var job = new FilterJob
        {
            Gain = e.A.Pointer,
            Turn = e.B.Pointer,
            NoiseGain = e.C.Pointer,
            Pulses = (float*)e.Memory,
            Noise = (float*)e.Memory2,
            Periodicity = (float*)e.Memory3,
            Dy = p.Tape.Gradient(e.Y),
            Rows = e.A.Rows,
            Bins = e.A.Cols,
            Bands = e.I0,
        };
        job.DGain = p.Tape.Gradient(e.A, out job.FreshGain);
        job.DTurn = p.Tape.Gradient(e.B, out job.FreshTurn);
        job.DNoise = p.Tape.Gradient(e.C, out job.FreshNoise);
        p.Gang.For((job.Rows + 7) / 8, &FilterTask, &job, Launch.Elements("filter_backward", e.A.Count));
    }

    static void FilterTask(void* context, int task, int thread)
    {
        var j = (FilterJob*)context;
        int bins = j->Bins, bands = j->Bands;
        var shares = stackalloc float[bins + 16];
        for (var r = task * 8; r < Math.Min(j->Rows, task * 8 + 8); r++)
        {
            var p = j->Periodicity + (nint)r * bands;
            for (var k = 0; k < bins; k++)
            {
                var at = Math.Clamp((float)k / Math.Max(1, bins - 1) * bands - 0.5f, 0f, bands - 1f);
                var low = Math.Min((int)at, Math.Max(0, bands - 2));
                shares[k] = Math.Clamp(p[low] + (at - low) * (p[Math.Min(low + 1, bands - 1)] - p[low]), 0f, 1f);
            }
            nint one = (nint)r * bins, two = 2 * one;
            for (var k = 0; k < bins; k += 16)
            {
                var count = Math.Min(16, bins - k);
                var share = Lanes(shares + k, count);
                var harmonic = Vector512.Sqrt(share) * VectorMath.Exp(Lanes(j->Gain + one + k, count));
                var random = Vector512.Sqrt(Vector512<float>.One - share) * VectorMath.Exp(Lanes(j->NoiseGain + one + k, count));
                var (sin, cos) = VectorMath.SinCos(Lanes(j->Turn + one + k, count));
                Vector512<float> hr = Lanes(j->Pulses + two + k, count), hi = Lanes(j->Pulses + two + bins + k, count);
                Vector512<float> ar = harmonic * (hr * cos - hi * sin), ai = harmonic * (hr * sin + hi * cos);
                Vector512<float> br = random * Lanes(j->Noise + two + k, count), bi = random * Lanes(j->Noise + two + bins + k, count);
                if (j->Dy == null)
                {
                    Put(j->Y + two + k, ar + br, count, fresh: true);
                    Put(j->Y + two + bins + k, ai + bi, count, fresh: true);
                    continue;
                }
                Vector512<float> dr = Lanes(j->Dy + two + k, count), di = Lanes(j->Dy + two + bins + k, count);
                Put(j->DGain + one + k, dr * ar + di * ai, count, j->FreshGain);
                Put(j->DTurn + one + k, di * ar - dr * ai, count, j->FreshTurn);
                Put(j->DNoise + one + k, dr * br + di * bi, count, j->FreshNoise);
            }
        }
    }
}
