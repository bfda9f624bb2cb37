// How far two signals lie apart in their spectra under one window (Parallel WaveGAN, arXiv 1910.11480):
//   ‖T − X‖ / ‖T‖ + mean |ln T − ln X|,   X = sqrt(|Stft x|² + ε), T likewise, norms and mean over all frames and bins.
// dStft x = (A (X − T) / X + B sign(X − T) / X²) · Stft x with A = 1 / (‖T − X‖ ‖T‖), B = 1 / count; then as backward of Stft.
// Spectra stay as bins × lanes from forward to backward. Every block sums in order; the blocks' sums are added in order.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    /// <summary>Power below which spectra count as silent: 80 dB under a full-scale noise, in windows of energy 1.</summary>
    const float SilentPower = 1e-8f;

    struct SpectralErrorJob
    {
        public FrameLayout Layout;
        public float* X, Target, Partial, Spectra, Frames;
        public nint* Scratch;
        public float Convergence, Logarithm;

        /// <summary>On a device: A and B over the gradient of the error, that gradient, and the error.</summary>
        public float* Factors, Scale, Y;
    }

    /// <summary>Spectral convergence plus mean log-magnitude error of signals x (rows, samples per row) against a target of as many samples: (1, 1).</summary>
    public Tensor SpectralError(Tensor x, ReadOnlySpan<float> target, FrameTransform transform)
    {
        if (x.Rows != Rows) throw new ArgumentException($"SpectralError needs one row per row of the pass; got {x.Rows} for {Rows}.");
        if (target.Length != x.Count) throw new ArgumentException($"{target.Length} target samples do not fit {x.Rows}×{x.Cols}.");
        var y = New(1, 1);
        var layout = Frames(transform, x.Cols);
        var device = Device.Current;
        var sums = (float*)Arena.Take((nint)3 * (layout.Count + 1) * sizeof(float));
        // Real and imaginary parts and the target's magnitudes of every block, or every frame on a device, for the way back.
        var floats = device is null ? layout.Count * 3 * layout.Spectrum : (nint)layout.Rows * 3 * layout.Bins;
        var spectra = Recording ? (float*)Arena.Take(floats * sizeof(float)) : null;
        var mark = Arena.Here();
        var job = new SpectralErrorJob { Layout = layout, X = x.Pointer, Target = Keep(target), Partial = sums, Spectra = spectra };
        if (device is not null) SpectralErrorOnDevice(device, job, sums, y);
        else OverBlocks(job, &SpectralErrorTask);
        Arena.Release(mark);
        if (Recording) Tape.Add(new TapeEntry { Backward = &SpectralErrorBackward, Y = y, A = x, State = transform, Memory = spectra, Memory2 = sums });
        if (device is not null) return y;
        double difference = 0, power = 0, logarithm = 0;
        for (var i = 0; i < layout.Count; i++)
        {
            difference += sums[3 * i];
            power += sums[3 * i + 1];
            logarithm += sums[3 * i + 2];
        }
        var count = Math.Max(1.0, (double)layout.Rows * layout.Bins);
        double distance = Math.Sqrt(difference), size = Math.Sqrt(power);
        *y.Pointer = layout.Rows == 0 ? 0f : (float)(distance / size + logarithm / count);
        sums[0] = (float)(1 / Math.Max(distance * size, 1e-12));
        sums[1] = (float)(1 / count);
        return y;
    }

    /// <summary>Every frame's sums, their sums, and what becomes of them; factors receives what the way back multiplies by.</summary>
    void SpectralErrorOnDevice(Device device, SpectralErrorJob job, float* factors, Tensor y)
    {
        int rows = job.Layout.Rows;
        job.Partial = (float*)Arena.Take((nint)3 * (rows + 1) * sizeof(float));
        job.Factors = factors;
        job.Y = y.Pointer;
        device.Run(job.Layout.PerFrame("spectral_error", rows, more: job.Layout.Bins), &job);
        device.Fold(job.Partial, rows, 3, job.Partial + 3 * (nint)rows, fresh: true);
        device.Run(new Launch("spectral_error_total", 1, 32), &job);
    }

    void OverBlocks(SpectralErrorJob job, delegate*<void*, int, int, void> task)
    {
        var scratch = stackalloc nint[Gang.Threads];
        lock (Gang.Turn)
        {
            for (var i = 0; i < Gang.Threads; i++) scratch[i] = (nint)Gang.Scratch(i, job.Layout.ScratchFloats + job.Layout.Spectrum);
            job.Scratch = scratch;
            Gang.For(job.Layout.Count, task, &job);
        }
    }

    static void SpectralErrorTask(void* context, int task, int thread)
    {
        var j = (SpectralErrorJob*)context;
        ref readonly var l = ref j->Layout;
        var block = l.Blocks[task];
        var scratch = (float*)j->Scratch[thread];
        float* re = l.Re(scratch), im = l.Im(scratch), kept = scratch + l.ScratchFloats;
        var bins = l.Bins * FrameLayout.Lanes;
        var silent = Vector512.Create(SilentPower);
        l.Analyse(block, j->Target, scratch);
        for (var i = 0; i < bins; i += FrameLayout.Lanes)
        {
            Vector512<float> a = Vector512.Load(re + i), b = Vector512.Load(im + i);
            Vector512.Store(Vector512.Sqrt(a * a + b * b + silent), kept + i);
        }
        l.Analyse(block, j->X, scratch);
        var used = Vector512.LessThan(Vector512.Create(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f, 10f, 11f, 12f, 13f, 14f, 15f), Vector512.Create((float)block.Count));
        Vector512<float> difference = default, power = default, logarithm = default;
        for (var i = 0; i < bins; i += FrameLayout.Lanes)
        {
            Vector512<float> a = Vector512.Load(re + i), b = Vector512.Load(im + i), t = Vector512.Load(kept + i);
            var x = Vector512.Sqrt(a * a + b * b + silent);
            difference += (x - t) * (x - t) & used;
            power += t * t & used;
            logarithm += Vector512.Abs(VectorMath.Log(x / t)) & used;
        }
        j->Partial[3 * task] = VectorMath.Sum(difference);
        j->Partial[3 * task + 1] = VectorMath.Sum(power);
        j->Partial[3 * task + 2] = VectorMath.Sum(logarithm);
        if (j->Spectra == null) return;
        var to = j->Spectra + task * 3 * l.Spectrum;
        new ReadOnlySpan<float>(re, bins).CopyTo(new Span<float>(to, bins));
        new ReadOnlySpan<float>(im, bins).CopyTo(new Span<float>(to + l.Spectrum, bins));
        new ReadOnlySpan<float>(kept, bins).CopyTo(new Span<float>(to + 2 * l.Spectrum, bins));
    }

    static void SpectralErrorBackward(Pass p, in TapeEntry e)
    {
        var t = (FrameTransform)e.State!;
        var mark = p.Arena.Here();
        var layout = p.Frames(t, e.A.Cols);
        var factors = (float*)e.Memory2;
        var scale = p.Tape.Gradient(e.Y);
        var frames = (float*)p.Arena.Take((nint)layout.Rows * layout.Padded * sizeof(float));
        var job = new SpectralErrorJob { Layout = layout, Spectra = (float*)e.Memory, Frames = frames, Factors = factors, Scale = scale };
        if (Device.Current is { } device) device.Run(layout.PerFrame("spectral_error_backward", layout.Rows), &job);
        else
        {
            (job.Convergence, job.Logarithm) = (factors[0] * *scale, factors[1] * *scale);
            p.OverBlocks(job, &SpectralErrorBackwardTask);
        }
        var dx = p.Tape.Gradient(e.A, out var fresh);
        p.Overlap(layout, t, frames, dx, e.A.Cols, normalise: false, fresh);
        p.Arena.Release(mark);
    }

    static void SpectralErrorBackwardTask(void* context, int task, int thread)
    {
        var j = (SpectralErrorJob*)context;
        ref readonly var l = ref j->Layout;
        var scratch = (float*)j->Scratch[thread];
        float* from = j->Spectra + task * 3 * l.Spectrum, re = l.Re(scratch), im = l.Im(scratch);
        Vector512<float> silent = Vector512.Create(SilentPower), one = Vector512<float>.One, zero = Vector512<float>.Zero;
        Vector512<float> convergence = Vector512.Create(j->Convergence), logarithm = Vector512.Create(j->Logarithm);
        for (var i = 0; i < l.Bins * FrameLayout.Lanes; i += FrameLayout.Lanes)
        {
            Vector512<float> a = Vector512.Load(from + i), b = Vector512.Load(from + l.Spectrum + i), t = Vector512.Load(from + 2 * l.Spectrum + i);
            var x = Vector512.Sqrt(a * a + b * b + silent);
            var d = x - t;
            var sign = Vector512.ConditionalSelect(Vector512.GreaterThan(d, zero), one, Vector512.ConditionalSelect(Vector512.LessThan(d, zero), -one, zero));
            var factor = (convergence * d + logarithm * sign / x) / x;
            Vector512.Store(a * factor, re + i);
            Vector512.Store(b * factor, im + i);
        }
        l.Synthesise(l.Blocks[task], scratch, j->Frames, 1f, 1f);
    }
}
