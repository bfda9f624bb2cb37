// Everything kept so far, across corpora, as far as later documents must be compared with it: digests, signatures, and which
// of them are held out. It can be filled again from the signature files of finished corpora, which is what makes a stopped
// preparation resumable without reading their text.

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Maison.Data.Corpora;

namespace Maison.Data.Preparation;

static class SignatureFileEntry
{
    public const int HashBytes = 16;
    public const int Bytes = HashBytes + MinHash.Length * sizeof(ushort);
}

sealed class CleanIndex
{
    readonly HashSet<UInt128> _exact = [];
    readonly NearDuplicates _near = new();
    readonly List<UInt128> _hashes = [];
    readonly List<int> _heldOut = [];

    public int Count => _near.Count;

    public bool Holds(UInt128 hash) => _exact.Contains(hash);
    public bool HoldsNear(ReadOnlySpan<ushort> signature, double similarity) => _near.Find(signature, similarity) >= 0;
    public bool HoldsHeldOutNear(ReadOnlySpan<ushort> signature, double similarity) => _near.AnyLike(signature, _heldOut, similarity);
    public List<int>? Family(int index, double similarity, int most) => _near.Family(index, similarity, most);
    public UInt128 HashAt(int index) => _hashes[index];

    public void Add(UInt128 hash, ReadOnlySpan<ushort> signature)
    {
        _exact.Add(hash);
        _hashes.Add(hash);
        _near.Add(signature);
    }

    public void HoldOut(int first, IReadOnlyList<int> numbers) => _heldOut.AddRange(numbers.Select(n => first + n));

    /// <summary>Writes the entries from <paramref name="first"/> on.</summary>
    public void Save(Stream into, int first)
    {
        Span<byte> hash = stackalloc byte[SignatureFileEntry.HashBytes];
        for (var i = first; i < Count; i++)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(hash, _hashes[i]);
            into.Write(hash);
            into.Write(MemoryMarshal.AsBytes(_near.At(i)));
        }
    }

    /// <summary>Adds the entries that <see cref="Save"/> wrote.</summary>
    public void Load(Stream from, int count)
    {
        var entry = new byte[SignatureFileEntry.Bytes];
        for (var i = 0; i < count; i++)
        {
            from.ReadExactly(entry);
            Add(BinaryPrimitives.ReadUInt128LittleEndian(entry), MemoryMarshal.Cast<byte, ushort>(entry.AsSpan(SignatureFileEntry.HashBytes)));
        }
    }
}
