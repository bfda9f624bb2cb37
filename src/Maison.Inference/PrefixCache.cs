// Finds the page that holds the keys and values of 64 given tokens after a given page. Since the page before stands for everything
// before, a chain of lookups matches a whole prefix, and comparing the 64 ids makes it exact: a hash only picks the bucket.
// Tables are sized once for all pages, so remembering and forgetting allocate nothing.

using System.Numerics;
using Maison.Tensors;

namespace Maison.Inference;

/// <summary>Full cache pages by the tokens they hold and the page they continue.</summary>
sealed class PrefixCache
{
    /// <summary>What the first page of a sequence continues.</summary>
    public const int Root = -1;

    const int none = -1, absent = -2;

    readonly int[] ids, parents, next, buckets;

    public PrefixCache(int pages)
    {
        ids = new int[pages * KvCache.PageTokens];
        parents = new int[pages];
        next = new int[pages];
        buckets = new int[(int)BitOperations.RoundUpToPowerOf2((uint)pages)];
        Array.Fill(parents, absent);
        Array.Fill(buckets, none);
    }

    /// <summary>True when the page's content can be found.</summary>
    public bool Holds(int page) => parents[page] != absent;

    /// <summary>The page that holds these 64 ids after <paramref name="parent"/>, or -1.</summary>
    public int Find(int parent, ReadOnlySpan<int> tokens)
    {
        var page = buckets[Bucket(parent, tokens)];
        while (page != none && (parents[page] != parent || !tokens.SequenceEqual(Ids(page)))) page = next[page];
        return page;
    }

    /// <summary>Remembers that <paramref name="page"/> holds these 64 ids after <paramref name="parent"/>, which is <see cref="Root"/> or remembered too.</summary>
    public void Add(int parent, ReadOnlySpan<int> tokens, int page)
    {
        tokens.CopyTo(Ids(page));
        parents[page] = parent;
        ref var bucket = ref buckets[Bucket(parent, tokens)];
        next[page] = bucket;
        bucket = page;
    }

    /// <summary>Forgets a page that no remembered page continues.</summary>
    public void Forget(int page)
    {
        ref var at = ref buckets[Bucket(parents[page], Ids(page))];
        while (at != page) at = ref next[at];
        at = next[page];
        parents[page] = absent;
    }

    Span<int> Ids(int page) => ids.AsSpan(page * KvCache.PageTokens, KvCache.PageTokens);

    int Bucket(int parent, ReadOnlySpan<int> tokens)
    {
        var hash = (ulong)parent;
        foreach (var id in tokens) hash = BitOperations.RotateLeft((hash ^ (uint)id) * 0x9E3779B97F4A7C15, 29);
        return (int)(hash >> 32) & (buckets.Length - 1);
    }
}
