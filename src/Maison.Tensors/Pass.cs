// One walk through a model: where its tensors live, whether it is recorded, which rows belong to which sequence, which cache they
// read. Everything that is not the model itself is here, so that a model's Forward has no branch on training or serving.

namespace Maison.Tensors;

/// <summary>A run of rows that form one sequence: rows [Start, Start+Length) at positions [Past, Past+Length).</summary>
/// <param name="Pages">The cache pages of the sequence, or null where the pass has no cache (then Past is 0).</param>
public readonly record struct Segment(int Start, int Length, int Past = 0, PageTable? Pages = null);

/// <summary>The context of one forward (and backward) walk; reused from step to step. Ops are methods of this class, one file each.</summary>
public sealed unsafe partial class Pass : IDisposable
{
    readonly Tape? tape;
    Arena.Mark mark;
    Segment[] segments = new Segment[16];
    int segmentCount;
    int[] hostPositions = [];
    int* positions, segmentStarts, segmentEnds, segmentPages, outputRows;
    int[] hostPages = [], hostIds = [];
    int* stepIds;
    nint read, readBytes;
    int outputCount;

    /// <param name="record">Record ops for <see cref="Backward"/>.</param>
    /// <param name="cache">Keys and values of earlier steps; null for whole sequences.</param>
    public Pass(Arena arena, Gang gang, bool record = false, KvCache? cache = null)
    {
        if (record && cache is not null) throw new ArgumentException("A recorded pass has no cache: backward needs whole sequences.");
        Arena = arena;
        Gang = gang;
        Cache = cache;
        if (record) tape = new Tape();
        mark = arena.Here();
    }

    internal Arena Arena { get; }
    internal Gang Gang { get; }
    internal KvCache? Cache { get; }
    internal Tape Tape => tape ?? throw new InvalidOperationException("This pass is not recorded.");
    internal bool Recording => tape is not null;
    internal ReadOnlySpan<Segment> Segments => segments.AsSpan(0, segmentCount);

    /// <summary>Rows of this step: the sum of its segments' lengths.</summary>
    public int Rows { get; private set; }

    /// <summary>Starts a step: releases the last one's tensors and lays out the rows. Segments must be contiguous from row 0.</summary>
    public void Begin(ReadOnlySpan<Segment> layout)
    {
        Arena.Release(mark);
        tape?.Clear();
        if (segments.Length < layout.Length) segments = new Segment[layout.Length * 2];
        var rows = 0;
        for (var i = 0; i < layout.Length; i++)
        {
            var s = layout[i];
            if (s.Start != rows || s.Length <= 0) throw new ArgumentException($"Segment {i} must start at row {rows} and have at least one row.");
            if (Cache is null && s.Past != 0) throw new ArgumentException($"Segment {i} has {s.Past} past rows but the pass has no cache.");
            if (Cache is not null && (s.Pages is null || (long)s.Pages.Count * KvCache.PageTokens < s.Past + s.Length))
                throw new ArgumentException($"Segment {i} has too few cache pages for {s.Past + s.Length} tokens.");
            rows += s.Length;
            segments[i] = s;
        }
        segmentCount = layout.Length;
        Rows = rows;
        outputRows = null;
        stepIds = null;
        positions = (int*)Arena.Take((nint)rows * sizeof(int));
        if (hostPositions.Length < rows) hostPositions = new int[Math.Max(rows, 2 * hostPositions.Length)];
        for (var i = 0; i < segmentCount; i++)
            for (var t = 0; t < segments[i].Length; t++)
                hostPositions[segments[i].Start + t] = segments[i].Past + t;
        NativeFloats.Put<int>(positions, hostPositions.AsSpan(0, rows));
        if (Cuda.Device.Current is null) return;
        if (Cache is not null)
        {
            PutPages(rows);
            return;
        }
        // A kernel has no list of segments: each row knows where its own one starts and ends.
        segmentStarts = (int*)Arena.Take((nint)rows * sizeof(int));
        for (var i = 0; i < segmentCount; i++) hostPositions.AsSpan(segments[i].Start, segments[i].Length).Fill(segments[i].Start);
        NativeFloats.Put<int>(segmentStarts, hostPositions.AsSpan(0, rows));
        segmentEnds = (int*)Arena.Take((nint)rows * sizeof(int));
        for (var i = 0; i < segmentCount; i++) hostPositions.AsSpan(segments[i].Start, segments[i].Length).Fill(segments[i].Start + segments[i].Length);
        NativeFloats.Put<int>(segmentEnds, hostPositions.AsSpan(0, rows));
    }

    /// <summary>For kernels that read a cache: the pages of all segments, and for each row where those of its segment begin.</summary>
    void PutPages(int rows)
    {
        var count = 0;
        for (var i = 0; i < segmentCount; i++)
        {
            var pages = segments[i].Pages!;
            if (hostPages.Length < count + pages.Count) Array.Resize(ref hostPages, 2 * (count + pages.Count));
            for (var p = 0; p < pages.Count; p++) hostPages[count + p] = pages[p];
            hostPositions.AsSpan(segments[i].Start, segments[i].Length).Fill(count);
            count += pages.Count;
        }
        segmentPages = (int*)Arena.Take((nint)count * sizeof(int));
        NativeFloats.Put<int>(segmentPages, hostPages.AsSpan(0, count));
        segmentStarts = (int*)Arena.Take((nint)rows * sizeof(int));
        NativeFloats.Put<int>(segmentStarts, hostPositions.AsSpan(0, rows));
    }

    /// <summary>Bytes that are made ready at least: making them anew takes longer than reading them.</summary>
    const nint leastRead = 1 << 18;

    /// <summary>The values of a tensor where the host reads them fast: a copy where there is a device, the tensor itself where there is none; valid until the next call.</summary>
    public ReadOnlySpan<float> Read(Tensor t) => Read(t.Pointer, t.Count);

    ReadOnlySpan<float> Read(float* from, nint count)
    {
        if (Cuda.Device.Current is not { } device) return new ReadOnlySpan<float>(from, checked((int)count));
        var bytes = count * sizeof(float);
        if (readBytes < bytes)
        {
            device.FreeHost(read);
            readBytes = Math.Max(bytes * 3 / 2, leastRead);
            read = device.TakeHost(readBytes);
        }
        device.Copy((void*)read, from, bytes);
        device.Wait();
        return new ReadOnlySpan<float>((void*)read, checked((int)count));
    }

    /// <summary>Starts a step of which only the given rows are looked at in the end (see <see cref="Outputs"/>).</summary>
    public void Begin(ReadOnlySpan<Segment> layout, ReadOnlySpan<int> outputs)
    {
        Begin(layout);
        outputCount = outputs.Length;
        outputRows = (int*)Arena.Take((nint)outputs.Length * sizeof(int));
        foreach (var row in outputs)
            if ((uint)row >= (uint)Rows) throw new ArgumentOutOfRangeException(nameof(outputs), $"Output row {row} is outside the step's {Rows} rows.");
        NativeFloats.Put(outputRows, outputs);
    }

    /// <summary>The same for a step whose rows are looked up by these ids, which are put where kernels read them before any does.</summary>
    public void Begin(ReadOnlySpan<Segment> layout, ReadOnlySpan<int> outputs, ReadOnlySpan<int> ids)
    {
        Begin(layout, outputs);
        if (Cuda.Device.Current is null) return;
        if (hostIds.Length < ids.Length) hostIds = new int[2 * ids.Length];
        ids.CopyTo(hostIds);
        stepIds = (int*)Arena.Take((nint)ids.Length * sizeof(int));
        NativeFloats.Put(stepIds, ids);
    }

    /// <summary>Where kernels read ids: where Begin put them, if they are the step's.</summary>
    int* Ids(ReadOnlySpan<int> ids)
    {
        if (stepIds != null && ids.Length == Rows && ids.SequenceEqual(hostIds.AsSpan(0, Rows))) return stepIds;
        var kept = (int*)Arena.Take((nint)ids.Length * sizeof(int));
        NativeFloats.Put(kept, ids);
        return kept;
    }

    /// <summary>Starts a step of one sequence without a cache.</summary>
    public void Begin(int rows) => Begin([new Segment(0, rows)]);

    /// <summary>An uninitialised tensor of this step.</summary>
    internal Tensor New(int rows, int cols)
        => new(Arena, (float*)Arena.Take((nint)rows * cols * sizeof(float)), rows, cols, tape?.NewTensor((nint)rows * cols) ?? -1);

    /// <summary>Memory of this step for values of eight bytes: a device reads them at whole multiples only.</summary>
    void* TakeAligned(nint bytes) => (void*)((nint)Arena.Take(bytes + sizeof(double)) + sizeof(double) - 1 & -sizeof(double));

    /// <summary>Where a part of a model begins that leaves one tensor behind; see <see cref="Leave"/>.</summary>
    public Arena.Mark Enter() => Arena.Here();

    /// <summary>Values that are not worth moving down on a device.</summary>
    const int fewKept = 1 << 16;

    /// <summary>Ends the part: where no backward needs them, all its tensors but y are given back, so that a deep model takes the scratch of one block.</summary>
    /// <param name="y">Moves down to where the part began.</param>
    public void Leave(Arena.Mark entered, ref Tensor y)
    {
        // Few rows on a device cost more time to move than memory to keep.
        if (Recording || Cuda.Device.Current is not null && y.Count <= fewKept) return;
        Arena.Release(entered);
        var kept = New(y.Rows, y.Cols);
        // y's memory is still as it was; the two may overlap, which this copy allows.
        NativeFloats.Copy(y.data, kept.data, y.Count);
        y = kept;
    }

    /// <summary>A tensor with the given values; when recording its gradient can be read after <see cref="Backward"/>.</summary>
    public Tensor Input(ReadOnlySpan<float> values, int rows, int cols)
    {
        if (values.Length != (long)rows * cols) throw new ArgumentException($"{values.Length} values do not fill {rows}×{cols}.");
        var t = New(rows, cols);
        NativeFloats.Put(t.Pointer, values);
        return t;
    }

    /// <summary>The gradient that reached an input of this step, or an empty span when none did; read as <see cref="Read(Tensor)"/> does.</summary>
    public ReadOnlySpan<float> GradientOf(Tensor t)
    {
        var dx = Tape.Gradient(in t);
        return dx == null ? default : Read(dx, t.Count);
    }

    /// <summary>Walks the tape back from a (1,1) loss, adding into the gradients of all trainable weights.</summary>
    /// <param name="scale">The gradient of the loss itself, such as 1 / (tokens in the batch).</param>
    public void Backward(Tensor loss, float scale = 1f)
    {
        if (loss.Rows != 1 || loss.Cols != 1) throw new ArgumentException($"Backward starts from a 1×1 loss, not {loss.Rows}×{loss.Cols}.");
        Backward(loss, [scale]);
    }

    /// <summary>Starts the backward walk from any tensor with a given gradient; for a tensor that another pass went on with, and for tests.</summary>
    public void Backward(Tensor y, ReadOnlySpan<float> dy)
    {
        Seed(y, dy);
        Backward();
    }

    /// <summary>Adds to the gradient from which <see cref="Backward()"/> will start: once per loss of a sum of losses.</summary>
    public void Seed(Tensor y, params ReadOnlySpan<float> dy)
    {
        if (dy.Length != y.Count) throw new ArgumentException($"{dy.Length} values are no gradient of {y.Rows}×{y.Cols}.");
        var to = Tape.Gradient(in y, out var fresh);
        if (fresh)
        {
            NativeFloats.Put(to, dy);
            return;
        }
        NativeFloats.Wait();
        fixed (float* from = dy) Kernels.Elementwise.AddInto(to, from, dy.Length);
    }

    /// <summary>Walks the tape back from every tensor that was given a gradient by <see cref="Seed"/>.</summary>
    public void Backward() => Tape.Run(this);

    /// <summary>Gives back this pass's tensors; the arena and the gang belong to the caller.</summary>
    public void Dispose()
    {
        Arena.Release(mark);
        tape?.Dispose();
        if (Cuda.Device.Current is not { } device) return;
        if (replays is not null) ForgetReplays(device);
        device.FreeHost(read);
        read = readBytes = 0;
    }
}
