// Frames in blocks of sixteen, one per lane: cut out of signals and windowed, and put together again by overlap and add. A block lies
// within one segment, so a segment's frames have the bits they have alone. What Stft, InverseStft and SpectralError are made of.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

/// <summary>Up to sixteen neighbouring frames of a segment; on a device all of them.</summary>
struct FrameBlock
{
    /// <summary>First sample of the segment in the signal, and how many it has.</summary>
    public nint Signal;
    public int Samples;

    /// <summary>First frame within the segment, and how many.</summary>
    public int Frame, Count;

    /// <summary>Row of the first frame among the frames of all segments.</summary>
    public int Row;
}

/// <summary>The frames of all segments of a pass under one transform.</summary>
unsafe struct FrameLayout
{
    public const int Lanes = 16;

    public FrameBlock* Blocks;
    public int Count, Rows;

    /// <summary>Of the transform.</summary>
    public float* Turns, Window;
    public int Length, Samples, Hop, Bins;

    /// <summary>A block per frame, with two buffers of half as many complex numbers as a frame has samples, and so many floats more.</summary>
    public readonly Launch PerFrame(string kernel, int rows, int more = 0) => new(kernel, rows, Math.Clamp(Length / 8, 32, Launch.BlockThreads), (2 * Length + more) * sizeof(float));

    /// <summary>Floats of scratch per thread: a signal and its twin, a spectrum, the stretch of sound that a block sees.</summary>
    public readonly nint ScratchFloats => 2 * Lanes * Length + 2 * Spectrum + Stretch;

    /// <summary>Floats of one part of a spectrum, whole blocks of bins.</summary>
    public readonly nint Spectrum => Lanes * ((Bins + 15) & ~15);
    readonly nint Stretch => 15 * Hop + Length + Lanes;

    public readonly float* Re(float* scratch) => scratch + 2 * Lanes * Length;
    public readonly float* Im(float* scratch) => Re(scratch) + Spectrum;

    /// <summary>Spectra of a block of frames, bins × lanes, in <see cref="Re"/> and <see cref="Im"/>.</summary>
    public readonly void Analyse(in FrameBlock block, float* signal, float* scratch)
    {
        // The stretch of sound under all frames, silence outside, so that no frame need look out for ends.
        float* stretch = Im(scratch) + Spectrum, x = signal + block.Signal;
        int start = block.Frame * Hop + Hop / 2 - Samples / 2, length = (int)Stretch;
        int before = Math.Clamp(-start, 0, length), end = Math.Clamp(block.Samples - start, before, length);
        new Span<float>(stretch, before).Clear();
        new ReadOnlySpan<float>(x + start + before, end - before).CopyTo(new Span<float>(stretch + before, end - before));
        new Span<float>(stretch + end, length - end).Clear();
        var n = 0;
        for (; n < Samples; n += Lanes)
        {
            var to = scratch + n * Lanes;
            Transpose.Square(stretch + n, Hop, to, Lanes);
            for (var i = 0; i < Lanes; i++) Vector512.Store(Vector512.Load(to + i * Lanes) * Vector512.Create(Window[n + i]), to + i * Lanes);
        }
        if (n < Length) new Span<float>(scratch + n * Lanes, (Length - n) * Lanes).Clear();
        FourierLanes.Forward(scratch, scratch + Lanes * Length, Re(scratch), Im(scratch), Length, Turns);
    }

    /// <summary>Signals of the spectra in <see cref="Re"/> and <see cref="Im"/>, windowed, one frame per row of <see cref="Padded"/> samples from <paramref name="frames"/> on.</summary>
    public readonly void Synthesise(in FrameBlock block, float* scratch, float* frames, float edge, float inner)
    {
        var signal = FourierLanes.Backward(Re(scratch), Im(scratch), scratch, scratch + Lanes * Length, Length, Turns, edge, inner);
        var square = stackalloc float[Lanes * Lanes];
        for (var n = 0; n < Samples; n += Lanes)
        {
            var from = signal + n * Lanes;
            for (var i = 0; i < Lanes; i++) Vector512.Store(Vector512.Load(from + i * Lanes) * Vector512.Create(Window[n + i]), from + i * Lanes);
            Transpose.Square(from, Lanes, square, Lanes);
            for (var f = 0; f < block.Count; f++) Vector512.Store(Vector512.Load(square + f * Lanes), frames + (nint)(block.Row + f) * Padded + n);
        }
    }

    /// <summary>Samples of a windowed frame, in whole blocks.</summary>
    public readonly int Padded => (Samples + Lanes - 1) & ~(Lanes - 1);

    /// <summary>Bins × lanes to rows of a matrix.</summary>
    public readonly void ToRows(float* part, float* rows, nint cols, int count)
    {
        var square = stackalloc float[Lanes * Lanes];
        for (var k = 0; k < Bins; k += Lanes)
        {
            if (count == Lanes && k + Lanes <= Bins)
            {
                Transpose.Square(part + k * Lanes, Lanes, rows + k, cols);
                continue;
            }
            Transpose.Square(part + k * Lanes, Lanes, square, Lanes);
            var width = Math.Min(Lanes, Bins - k);
            for (var f = 0; f < count; f++) new ReadOnlySpan<float>(square + f * Lanes, width).CopyTo(new Span<float>(rows + f * cols + k, width));
        }
    }

    /// <summary>Rows of a matrix to bins × lanes; lanes past the rows are silent.</summary>
    public readonly void FromRows(float* rows, nint cols, int count, float* part)
    {
        var square = stackalloc float[Lanes * Lanes];
        for (var k = 0; k < Bins; k += Lanes)
        {
            if (count == Lanes && k + Lanes <= Bins)
            {
                Transpose.Square(rows + k, cols, part + k * Lanes, Lanes);
                continue;
            }
            new Span<float>(square, Lanes * Lanes).Clear();
            var width = Math.Min(Lanes, Bins - k);
            for (var f = 0; f < count; f++) new ReadOnlySpan<float>(rows + f * cols + k, width).CopyTo(new Span<float>(square + f * Lanes, width));
            Transpose.Square(square, Lanes, part + k * Lanes, Lanes);
        }
    }
}

public sealed unsafe partial class Pass
{
    /// <summary>The frames of this step's segments, of <paramref name="rowSamples"/> samples per row, in memory the caller may release.</summary>
    FrameLayout Frames(FrameTransform t, int rowSamples)
    {
        int blocks = 0, rows = 0, most = Device.Current is null ? FrameLayout.Lanes : int.MaxValue;
        foreach (var s in Segments) blocks += Device.Current is null ? (t.Frames(s.Length * rowSamples) + FrameLayout.Lanes - 1) / FrameLayout.Lanes : 1;
        if (frameBlocks.Length < blocks) frameBlocks = new FrameBlock[2 * blocks];
        var layout = new FrameLayout { Blocks = (FrameBlock*)TakeAligned((nint)(blocks + 1) * sizeof(FrameBlock)), Turns = t.Turns, Window = t.Window, Length = t.Length, Samples = t.Samples, Hop = t.Hop, Bins = t.Bins };
        foreach (var s in Segments)
        {
            var samples = s.Length * rowSamples;
            for (int frame = 0, all = t.Frames(samples), count; frame < all; frame += count)
            {
                count = Math.Min(most, all - frame);
                frameBlocks[layout.Count++] = new FrameBlock { Signal = (nint)s.Start * rowSamples, Samples = samples, Frame = frame, Count = count, Row = rows };
                rows += count;
            }
        }
        layout.Rows = rows;
        NativeFloats.Put<FrameBlock>(layout.Blocks, frameBlocks.AsSpan(0, layout.Count));
        return layout;
    }

    FrameBlock[] frameBlocks = [];

    struct OverlapJob
    {
        public FrameLayout Layout;
        public float* Frames, Y;

        /// <summary>First sample, first frame row and samples of each segment; a device reads them from the layout's blocks.</summary>
        public int* Rows, Samples;
        public nint* Signal;
        public int Segments, RowSamples, AllRows;

        /// <summary>Divide by the sum of the squared windows.</summary>
        public bool Normalise;
        public bool Fresh;
    }

    /// <summary>Adds up windowed frames into a signal of rows × rowSamples; every sample sums its frames in order.</summary>
    void Overlap(FrameLayout layout, FrameTransform t, float* frames, float* y, int rowSamples, bool normalise, bool fresh)
    {
        var mark = Arena.Here();
        var job = Overlaps(layout, t, rowSamples);
        job.Frames = frames;
        job.Y = y;
        job.Normalise = normalise;
        job.Fresh = fresh;
        Gang.For((Rows + 15) / 16, &OverlapTask, &job, Launch.Elements("overlap", (nint)Rows * rowSamples));
        Arena.Release(mark);
    }

    OverlapJob Overlaps(FrameLayout layout, FrameTransform t, int rowSamples)
    {
        if (Device.Current is not null) return new OverlapJob { Layout = layout, RowSamples = rowSamples, AllRows = Rows };
        var job = new OverlapJob
        {
            Layout = layout,
            Rows = (int*)Arena.Take((nint)(segmentCount + 1) * sizeof(int)),
            Samples = (int*)Arena.Take((nint)(segmentCount + 1) * sizeof(int)),
            Signal = (nint*)Arena.Take((nint)(segmentCount + 1) * sizeof(nint)),
            Segments = segmentCount,
            RowSamples = rowSamples,
            AllRows = Rows,
        };
        var rows = 0;
        for (var i = 0; i < segmentCount; i++)
        {
            job.Rows[i] = rows;
            job.Samples[i] = segments[i].Length * rowSamples;
            job.Signal[i] = (nint)segments[i].Start * rowSamples;
            rows += t.Frames(job.Samples[i]);
        }
        return job;
    }

    static void OverlapTask(void* context, int task, int thread)
    {
        var j = (OverlapJob*)context;
        ref readonly var l = ref j->Layout;
        int samples = j->RowSamples, segment = 0;
        var sum = stackalloc float[samples + 16];
        var weight = stackalloc float[samples + 16];
        for (var row = task * 16; row < Math.Min(j->AllRows, task * 16 + 16); row++)
        {
            while ((nint)row * samples >= j->Signal[segment] + j->Samples[segment]) segment++;
            var first = (int)((nint)row * samples - j->Signal[segment]);
            new Span<float>(sum, samples).Clear();
            new Span<float>(weight, samples).Clear();
            // Frames whose windows reach into [first, first + samples).
            int shift = l.Hop / 2 - l.Samples / 2, frames = (j->Samples[segment] + l.Hop - 1) / l.Hop;
            var frame = Math.Max(0, (first - shift - l.Samples) / l.Hop);
            for (; frame < frames && frame * l.Hop + shift < first + samples; frame++)
            {
                var start = frame * l.Hop + shift - first;
                int low = Math.Max(0, start), high = Math.Min(samples, start + l.Samples);
                if (high <= low) continue;
                Elementwise.AddInto(sum + low, j->Frames + (nint)(j->Rows[segment] + frame) * l.Padded + low - start, high - low);
                if (!j->Normalise) continue;
                for (var n = low; n < high; n++) weight[n] += l.Window[n - start] * l.Window[n - start];
            }
            var y = j->Y + (nint)row * samples;
            for (var n = 0; n < samples; n++)
            {
                var v = j->Normalise ? sum[n] / weight[n] : sum[n];
                y[n] = j->Fresh ? v : y[n] + v;
            }
        }
    }
}
