// Native memory for tensors: bump allocation, one mark to release a whole pass. Chunks are kept, so a steady step allocates nothing.

namespace Maison.Tensors;

/// <summary>A stack of native memory; allocations are 64-byte aligned and live until a <see cref="Release"/> of an earlier mark.</summary>
public sealed unsafe class Arena(nint chunkBytes = 64 << 20) : IDisposable
{
    const nint alignment = 64;
    readonly List<(nint Start, nint Bytes)> chunks = [];
    int chunk = -1;
    nint used;

    /// <summary>A point in the stack to release to.</summary>
    public readonly record struct Mark(int Chunk, nint Used);

    /// <summary>Counts releases, so that debug builds can tell a stale handle.</summary>
    public int Generation { get; private set; }

    /// <summary>Bytes of native memory held, used or not.</summary>
    public long BytesHeld { get; private set; }

    /// <summary>Bytes allocated since the arena was empty.</summary>
    public long BytesUsed
    {
        get
        {
            long sum = used;
            for (var i = 0; i < chunk; i++) sum += chunks[i].Bytes;
            return chunk < 0 ? 0 : sum;
        }
    }

    /// <summary>Bytes left untouched on both sides of every allocation, so that tests see stray writes; an odd number of floats also unaligns.</summary>
    internal nint Guard { get; init; }

    /// <summary>Takes <paramref name="bytes"/> of uninitialised memory.</summary>
    public void* Take(nint bytes)
    {
        bytes = (bytes + 2 * Guard + alignment - 1) & -alignment;
        while (chunk < 0 || used + bytes > chunks[chunk].Bytes)
        {
            if (chunk + 1 == chunks.Count)
            {
                var size = Math.Max(bytes, chunkBytes);
                var start = NativeFloats.Take(size, 2 << 20);
                chunks.Add(((nint)start, size));
                BytesHeld += size;
            }
            chunk++;
            used = 0;
        }
        var at = (byte*)chunks[chunk].Start + used + Guard;
        used += bytes;
        return at;
    }

    /// <summary>Remembers the current height of the stack.</summary>
    public Mark Here() => new(chunk, used);

    /// <summary>Gives back everything taken since the mark.</summary>
    public void Release(Mark mark)
    {
        chunk = mark.Chunk;
        used = mark.Used;
        Generation++;
    }

    internal bool Holds(void* at)
    {
        for (var i = 0; i <= chunk; i++)
        {
            var (start, bytes) = chunks[i];
            if ((nint)at >= start && (nint)at < start + (i == chunk ? used : bytes)) return true;
        }
        return false;
    }

    public void Dispose()
    {
        foreach (var (start, _) in chunks) NativeFloats.Free((void*)start);
        chunks.Clear();
        chunk = -1;
        used = 0;
        BytesHeld = 0;
        GC.SuppressFinalize(this);
    }

    ~Arena()
    {
        foreach (var (start, _) in chunks) NativeFloats.Free((void*)start);
    }
}
