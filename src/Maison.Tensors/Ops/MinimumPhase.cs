// The phase of the causal filter of least delay that has a given log-gain: its Hilbert transform (Oppenheim and Schafer, ch. 13).
//   θ = Im F (s ∘ F⁻¹ g),   s = +1 over the first half of quefrencies, −1 over the second, 0 at both middles.
// It is linear: dg = (F⁻¹)ᵀ (s ∘ Fᵀ (i dθ)). What a vocal tract does to a pulse, so that voices do not buzz as zero-phase pulses do.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct PhaseJob
    {
        public FrameLayout Layout;
        public float* From, To;
        public int Rows;
        public nint* Scratch;
        public bool Back, Fresh;
    }

    /// <summary>Log-gains g (rows, bins) of filters as long as the transform: phases in radians (rows, bins).</summary>
    public Tensor MinimumPhase(Tensor g, FrameTransform transform)
    {
        if (g.Cols != transform.Bins) throw new ArgumentException($"MinimumPhase needs {transform.Bins} bins, got {g.Cols}.");
        var y = New(g.Rows, g.Cols);
        RunPhase(transform, g.Pointer, y.Pointer, g.Rows, back: false, fresh: true);
        if (Recording) Tape.Add(new TapeEntry { Backward = &MinimumPhaseBackward, Y = y, A = g, State = transform });
        return y;
    }

    static void MinimumPhaseBackward(Pass p, in TapeEntry e)
    {
        var dy = p.Tape.Gradient(e.Y);
        var dg = p.Tape.Gradient(e.A, out var fresh);
        p.RunPhase((FrameTransform)e.State!, dy, dg, e.A.Rows, back: true, fresh);
    }

    void RunPhase(FrameTransform t, float* from, float* to, int rows, bool back, bool fresh)
    {
        var layout = new FrameLayout { Turns = t.Turns, Length = t.Length, Samples = t.Samples, Hop = t.Hop, Bins = t.Bins };
        var job = new PhaseJob { Layout = layout, From = from, To = to, Rows = rows, Back = back, Fresh = fresh };
        if (Device.Current is { } device)
        {
            device.Run(layout.PerFrame("minimum_phase", rows), &job);
            return;
        }
        var scratch = stackalloc nint[Gang.Threads];
        lock (Gang.Turn)
        {
            for (var i = 0; i < Gang.Threads; i++) scratch[i] = (nint)Gang.Scratch(i, layout.ScratchFloats);
            job.Scratch = scratch;
            Gang.For((rows + FrameLayout.Lanes - 1) / FrameLayout.Lanes, &PhaseTask, &job);
        }
    }

    static void PhaseTask(void* context, int task, int thread)
    {
        var j = (PhaseJob*)context;
        ref readonly var l = ref j->Layout;
        var scratch = (float*)j->Scratch[thread];
        int row = task * FrameLayout.Lanes, count = Math.Min(FrameLayout.Lanes, j->Rows - row), length = l.Length, half = length / 2;
        float* re = l.Re(scratch), im = l.Im(scratch), other = scratch + FrameLayout.Lanes * length;
        // Forward: the real cepstrum of g. Backward: Fᵀ of an imaginary dθ.
        l.FromRows(j->From + (nint)row * l.Bins, l.Bins, count, j->Back ? im : re);
        new Span<float>(j->Back ? re : im, l.Bins * FrameLayout.Lanes).Clear();
        var signal = FourierLanes.Backward(re, im, scratch, other, length, l.Turns, j->Back ? 1f : 1f / length, j->Back ? 1f : 2f / length);
        new Span<float>(signal, FrameLayout.Lanes).Clear();
        new Span<float>(signal + half * FrameLayout.Lanes, FrameLayout.Lanes).Clear();
        for (var n = half + 1; n < length; n++) Vector512.Store(-Vector512.Load(signal + n * FrameLayout.Lanes), signal + n * FrameLayout.Lanes);
        FourierLanes.Forward(signal, signal == scratch ? other : scratch, re, im, length, l.Turns);
        if (j->Back) ScaleBins(re, im, l.Bins, 1f / length, 2f / length);
        var result = j->Back ? re : im;
        var to = j->To + (nint)row * l.Bins;
        if (j->Fresh)
        {
            l.ToRows(result, to, l.Bins, count);
            return;
        }
        for (var f = 0; f < count; f++)
            for (var k = 0; k < l.Bins; k++) to[(nint)f * l.Bins + k] += result[k * FrameLayout.Lanes + f];
    }
}
