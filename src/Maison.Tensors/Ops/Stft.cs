// X = F (w ∘ frames of x), real parts beside imaginary parts, and back: x = Σ w ∘ F⁻¹ X / Σ w² by overlap and add (Griffin and Lim 1984).
// Backward of Stft: dx = Σ w ∘ Fᵀ dX.   Backward of InverseStft: dX = (c/N) F (w ∘ frames of dx / Σ w²), c = 1 at both ends, 2 between.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct SpectrumJob
    {
        public FrameLayout Layout;
        public float* Signal, Spectra, Frames;
        public nint* Scratch;
        public float Edge, Inner;
        public bool Fresh;
    }

    /// <summary>Short-time spectra of signals x (rows, samples per row), each segment one signal: (frames, 2·bins).</summary>
    public Tensor Stft(Tensor x, FrameTransform transform)
    {
        if (x.Rows != Rows) throw new ArgumentException($"Stft needs one row per row of the pass; got {x.Rows} for {Rows}.");
        var layout = Frames(transform, x.Cols);
        var y = New(layout.Rows, 2 * transform.Bins);
        Analyse(layout, x.Pointer, y.Pointer, 1f, 1f, fresh: true);
        if (Recording) Tape.Add(new TapeEntry { Backward = &StftBackward, Y = y, A = x, State = transform });
        return y;
    }

    static void StftBackward(Pass p, in TapeEntry e)
    {
        var t = (FrameTransform)e.State!;
        var mark = p.Arena.Here();
        var layout = p.Frames(t, e.A.Cols);
        var dy = p.Tape.Gradient(e.Y);
        var dx = p.Tape.Gradient(e.A, out var fresh);
        p.Synthesise(layout, t, dy, dx, e.A.Cols, 1f, 1f, normalise: false, fresh);
        p.Arena.Release(mark);
    }

    /// <summary>The signals of spectra y (rows, 2·bins), one frame per row: (rows, hop).</summary>
    public Tensor InverseStft(Tensor y, FrameTransform transform)
    {
        if (y.Rows != Rows || y.Cols != 2 * transform.Bins) throw new ArgumentException($"InverseStft needs one spectrum of {transform.Bins} bins per row of the pass; got {y.Rows}×{y.Cols} for {Rows}.");
        var x = New(y.Rows, transform.Hop);
        var mark = Arena.Here();
        Synthesise(Frames(transform, transform.Hop), transform, y.Pointer, x.Pointer, transform.Hop, 1f / transform.Length, 2f / transform.Length, normalise: true, fresh: true);
        Arena.Release(mark);
        if (Recording) Tape.Add(new TapeEntry { Backward = &InverseStftBackward, Y = x, A = y, State = transform });
        return x;
    }

    static void InverseStftBackward(Pass p, in TapeEntry e)
    {
        var t = (FrameTransform)e.State!;
        var mark = p.Arena.Here();
        var layout = p.Frames(t, t.Hop);
        // dx divided by the sum of the squared windows: what overlap and add makes of frames of ones, times dx.
        var scaled = (float*)p.Arena.Take(e.Y.Count * sizeof(float));
        NativeFloats.Copy(p.Tape.Gradient(e.Y), scaled, e.Y.Count);
        var job = p.Overlaps(layout, t, t.Hop);
        job.Y = scaled;
        p.Gang.For((p.Rows + 15) / 16, &DivideByWindowsTask, &job, Launch.Elements("divide_by_windows", e.Y.Count));
        var dy = p.Tape.Gradient(e.A, out var fresh);
        p.Analyse(layout, scaled, dy, 1f / t.Length, 2f / t.Length, fresh);
        p.Arena.Release(mark);
    }

    static void DivideByWindowsTask(void* context, int task, int thread)
    {
        var j = (OverlapJob*)context;
        ref readonly var l = ref j->Layout;
        int samples = j->RowSamples, segment = 0, shift = l.Hop / 2 - l.Samples / 2;
        for (var row = task * 16; row < Math.Min(j->AllRows, task * 16 + 16); row++)
        {
            while ((nint)row * samples >= j->Signal[segment] + j->Samples[segment]) segment++;
            var first = (int)((nint)row * samples - j->Signal[segment]);
            var frames = (j->Samples[segment] + l.Hop - 1) / l.Hop;
            for (var n = 0; n < samples; n++)
            {
                var weight = 0f;
                for (var frame = Math.Max(0, (first - shift - l.Samples) / l.Hop); frame < frames && frame * l.Hop + shift <= first + n; frame++)
                    if (first + n - frame * l.Hop - shift is var at && at < l.Samples) weight += l.Window[at] * l.Window[at];
                j->Y[(nint)row * samples + n] /= weight;
            }
        }
    }

    /// <summary>Spectra of signals times (edge, inner, …, inner, edge) into rows of re | im.</summary>
    void Analyse(FrameLayout layout, float* signal, float* spectra, float edge, float inner, bool fresh)
        => OverBlocks(new SpectrumJob { Layout = layout, Signal = signal, Spectra = spectra, Edge = edge, Inner = inner, Fresh = fresh }, &AnalyseTask, "analyse");

    /// <summary>Runs a job over all blocks, each thread with its scratch; on a device over all frames.</summary>
    void OverBlocks(SpectrumJob job, delegate*<void*, int, int, void> task, string kernel)
    {
        if (Device.Current is { } device)
        {
            device.Run(job.Layout.PerFrame(kernel, job.Layout.Rows), &job);
            return;
        }
        var scratch = stackalloc nint[Gang.Threads];
        lock (Gang.Turn)
        {
            for (var i = 0; i < Gang.Threads; i++) scratch[i] = (nint)Gang.Scratch(i, job.Layout.ScratchFloats);
            job.Scratch = scratch;
            Gang.For(job.Layout.Count, task, &job);
        }
    }

    static void AnalyseTask(void* context, int task, int thread)
    {
        var j = (SpectrumJob*)context;
        ref readonly var l = ref j->Layout;
        var block = l.Blocks[task];
        var scratch = (float*)j->Scratch[thread];
        l.Analyse(block, j->Signal, scratch);
        ScaleBins(l.Re(scratch), l.Im(scratch), l.Bins, j->Edge, j->Inner);
        var cols = 2 * l.Bins;
        var rows = j->Spectra + (nint)block.Row * cols;
        if (j->Fresh)
        {
            l.ToRows(l.Re(scratch), rows, cols, block.Count);
            l.ToRows(l.Im(scratch), rows + l.Bins, cols, block.Count);
            return;
        }
        for (var f = 0; f < block.Count; f++)
            for (var k = 0; k < l.Bins; k++)
            {
                rows[(nint)f * cols + k] += l.Re(scratch)[k * FrameLayout.Lanes + f];
                rows[(nint)f * cols + l.Bins + k] += l.Im(scratch)[k * FrameLayout.Lanes + f];
            }
    }

    static void ScaleBins(float* re, float* im, int bins, float edge, float inner)
    {
        if (edge == 1f && inner == 1f) return;
        for (var k = 0; k < bins; k++)
        {
            var scale = Vector512.Create(k == 0 || k == bins - 1 ? edge : inner);
            Vector512.Store(Vector512.Load(re + k * FrameLayout.Lanes) * scale, re + k * FrameLayout.Lanes);
            Vector512.Store(Vector512.Load(im + k * FrameLayout.Lanes) * scale, im + k * FrameLayout.Lanes);
        }
    }

    /// <summary>Signals of rows of re | im by overlap and add.</summary>
    void Synthesise(FrameLayout layout, FrameTransform t, float* spectra, float* signal, int rowSamples, float edge, float inner, bool normalise, bool fresh)
    {
        var frames = (float*)Arena.Take((nint)layout.Rows * layout.Padded * sizeof(float));
        OverBlocks(new SpectrumJob { Layout = layout, Spectra = spectra, Frames = frames, Edge = edge, Inner = inner }, &SynthesiseTask, "synthesise");
        Overlap(layout, t, frames, signal, rowSamples, normalise, fresh);
    }

    static void SynthesiseTask(void* context, int task, int thread)
    {
        var j = (SpectrumJob*)context;
        ref readonly var l = ref j->Layout;
        var block = l.Blocks[task];
        var scratch = (float*)j->Scratch[thread];
        var cols = 2 * l.Bins;
        var rows = j->Spectra + (nint)block.Row * cols;
        l.FromRows(rows, cols, block.Count, l.Re(scratch));
        l.FromRows(rows + l.Bins, cols, block.Count, l.Im(scratch));
        l.Synthesise(block, scratch, j->Frames, j->Edge, j->Inner);
    }
}
