// Keys and values of earlier tokens, in pages of 64. A page is the unit of allocation and of sharing; who owns which page is the
// scheduler's business. Keys lie transposed, (headDim, 64) per head, so that scores come out 64 keys at a time.

namespace Maison.Tensors;

/// <summary>The ordered pages of one sequence; grown by the scheduler before a pass that needs them.</summary>
public sealed class PageTable
{
    int[] pages = new int[8];

    /// <summary>Pages in use by this sequence.</summary>
    public int Count { get; private set; }

    /// <summary>The page that holds tokens [64·i, 64·i + 64).</summary>
    public int this[int i] => pages[i];

    /// <summary>Adds a page at the end.</summary>
    public void Add(int page)
    {
        if (Count == pages.Length) Array.Resize(ref pages, Count * 2);
        pages[Count++] = page;
    }

    /// <summary>Swaps a page for one with the same content.</summary>
    public void Replace(int index, int page) => pages[index] = page;

    /// <summary>Forgets all pages.</summary>
    public void Clear() => Count = 0;
}

/// <summary>Native memory for the keys and values of all layers, (layer, page, kvHead) blocks of fp32.</summary>
public sealed unsafe class KvCache : IDisposable
{
    /// <summary>Tokens per page.</summary>
    public const int PageTokens = 64;

    float* memory;
    readonly nint blockFloats;

    public KvCache(int layers, int kvHeads, int headDim, int pages)
    {
        Layers = layers;
        KvHeads = kvHeads;
        HeadDim = headDim;
        Pages = pages;
        // A value block is padded to whole panels of 64 columns.
        blockFloats = PageTokens * (nint)headDim + PageTokens * (nint)PaddedDim(headDim);
        Bytes = (long)blockFloats * layers * kvHeads * pages * sizeof(float);
        memory = (float*)NativeFloats.Take((nint)Bytes);
    }

    public int Layers { get; }
    public int KvHeads { get; }
    public int HeadDim { get; }
    public int Pages { get; }

    /// <summary>Native bytes held.</summary>
    public long Bytes { get; }

    /// <summary>Bytes one page takes over all layers and heads.</summary>
    public static long PageBytes(int layers, int kvHeads, int headDim)
        => (long)layers * kvHeads * PageTokens * (headDim + PaddedDim(headDim)) * sizeof(float);

    internal static int PaddedDim(int headDim) => (headDim + 63) & ~63;

    /// <summary>Keys of one page and head: (headDim, 64).</summary>
    internal float* Keys(int layer, int page, int kvHead) => memory + (((nint)layer * Pages + page) * KvHeads + kvHead) * blockFloats;

    /// <summary>Values of one page and head: (panels, 64 tokens, 64 columns).</summary>
    internal float* Values(int layer, int page, int kvHead) => Keys(layer, page, kvHead) + PageTokens * (nint)HeadDim;

    public void Dispose()
    {
        NativeFloats.Free(memory);
        memory = null;
        GC.SuppressFinalize(this);
    }

    ~KvCache() => NativeFloats.Free(memory);
}
