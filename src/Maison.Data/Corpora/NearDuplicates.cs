// Remembers signatures and finds those that nearly agree with a new one. It knows nothing about documents.
// Banded locality-sensitive hashing (Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4): 16 bands of 8 numbers let
// a pair of Jaccard 0.8 meet with 95 %, one of 0.5 with 6 %; whoever meets is compared by the whole signature.
// Memory: about 0.8 kB per document kept, so some ten million documents fit where 8 GB are free.

using System.Runtime.InteropServices;

namespace Maison.Data.Corpora;

sealed class NearDuplicates
{
    const int Bands = 16;
    const int Rows = MinHash.Whole / Bands;
    // Boilerplate can make one bucket very full; the earliest entries are looked at, the rest can only repeat them.
    const int LongestChain = 256;

    readonly Dictionary<ulong, (int First, int Last)> _buckets = [];
    readonly List<int> _next = [];
    readonly List<ushort> _signatures = [];

    public int Count { get; private set; }

    public ReadOnlySpan<ushort> At(int index) => CollectionsMarshal.AsSpan(_signatures).Slice(index * MinHash.Length, MinHash.Length);

    /// <summary>Remembers a signature; the first has index 0.</summary>
    public int Add(ReadOnlySpan<ushort> signature)
    {
        _signatures.AddRange(signature);
        for (var band = 0; band < Bands; band++)
        {
            ref var bucket = ref CollectionsMarshal.GetValueRefOrAddDefault(_buckets, Key(signature, band), out var exists);
            var entry = _next.Count;
            _next.Add(-1);
            if (exists) _next[bucket.Last] = entry;
            bucket = (exists ? bucket.First : entry, entry);
        }
        return Count++;
    }

    /// <summary>Index of a remembered signature that agrees by at least <paramref name="similarity"/>, in its answers too, or -1.</summary>
    public int Find(ReadOnlySpan<ushort> signature, double similarity)
    {
        for (var band = 0; band < Bands; band++)
        {
            if (!_buckets.TryGetValue(Key(signature, band), out var bucket)) continue;
            var entry = bucket.First;
            for (var i = 0; i < LongestChain && entry >= 0; i++, entry = _next[entry])
                if (MinHash.Similarity(At(entry / Bands), signature) >= similarity && MinHash.AnswerSimilarity(At(entry / Bands), signature) >= similarity)
                    return entry / Bands;
        }
        return -1;
    }

    /// <summary>The document <paramref name="index"/> with all remembered ones whose whole agrees by at least <paramref name="similarity"/>,
    /// and theirs in turn; null when they are more than <paramref name="most"/>. Compares with all, so nothing slips through the bands.</summary>
    public List<int>? Family(int index, double similarity, int most)
    {
        List<int> family = [index];
        for (var member = 0; member < family.Count; member++)
        {
            var own = At(family[member]);
            for (var i = 0; i < Count; i++)
                if (MinHash.Similarity(At(i), own) >= similarity && !family.Contains(i))
                {
                    if (family.Count == most) return null;
                    family.Add(i);
                }
        }
        return family;
    }

    /// <summary>Whether the whole of any of <paramref name="indices"/> agrees with <paramref name="signature"/> by at least <paramref name="similarity"/>.</summary>
    public bool AnyLike(ReadOnlySpan<ushort> signature, List<int> indices, double similarity)
    {
        foreach (var index in indices)
            if (MinHash.Similarity(At(index), signature) >= similarity) return true;
        return false;
    }

    static ulong Key(ReadOnlySpan<ushort> signature, int band)
    {
        var words = MemoryMarshal.Cast<ushort, ulong>(signature.Slice(band * Rows, Rows));
        var key = (ulong)band + 1;
        foreach (var word in words) key = new Shards.SplitMix64(key ^ word).Next();
        return key;
    }
}
