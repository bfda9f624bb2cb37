// Reads one packed shard (layout: ShardFormat.cs) through a memory map, so that many shards cost address space and not memory.
// It knows nothing about batches. Everything is checked at opening, the hash too (about a second per gigabyte): after that,
// reading cannot fail on the file's contents.

using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Maison.Data.Shards;

/// <summary>A shard opened for reading; safe for use from several threads.</summary>
public sealed class ShardReader : IDisposable
{
    readonly MemoryMappedFile _map;
    readonly MemoryMappedViewAccessor _view;
    readonly SafeBuffer _bytes;
    readonly ShardDocument[] _documents;
    readonly long _maskAt;
    readonly bool _wide;

    /// <summary>Opens and checks a shard.</summary>
    /// <param name="path">The shard file.</param>
    /// <param name="tokenizerHash">When given, a shard made with another tokenizer is refused.</param>
    /// <exception cref="InvalidDataException">The file is no shard, cut short, damaged, or of another tokenizer; the message says which.</exception>
    public ShardReader(string path, ReadOnlySpan<byte> tokenizerHash = default)
    {
        Path = path;
        var length = new FileInfo(path).Length;
        if (length < ShardFormat.HeaderBytes + ShardFormat.FooterBytes) throw Bad($"it has {length} bytes, less than an empty shard");
        _map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _bytes = _view.SafeMemoryMappedViewHandle;
        try
        {
            Span<byte> header = stackalloc byte[ShardFormat.HeaderBytes];
            _bytes.ReadSpan(0, header);
            if (!header.StartsWith(ShardFormat.Magic)) throw Bad("it does not begin as a shard does");
            var version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
            if (version != ShardFormat.Version) throw Bad($"it has format version {version}, this program reads {ShardFormat.Version}");

            Span<byte> footer = stackalloc byte[ShardFormat.FooterBytes];
            _bytes.ReadSpan((ulong)(length - ShardFormat.FooterBytes), footer);
            if (!footer[56..].StartsWith(ShardFormat.EndMagic)) throw Bad("it was cut short or is still being written: the footer is missing");
            Hash = Convert.ToHexStringLower(footer[64..]);
            if (HashOfContent(length - ShardFormat.HashBytes) != Hash) throw Bad("its contents differ from its SHA-256");

            var flags = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
            _wide = (flags & ShardFormat.FlagWide) != 0;
            Vocab = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
            StartId = BinaryPrimitives.ReadInt32LittleEndian(header[20..]);
            TokenizerHash = header.Slice(24, ShardFormat.HashBytes).ToArray();
            if (!tokenizerHash.IsEmpty && !tokenizerHash.SequenceEqual(TokenizerHash))
                throw new InvalidDataException($"{path} was made with another tokenizer ({Short(TokenizerHash)}, not {Short(tokenizerHash)}). Prepare the data again with this tokenizer, or load that one.");

            Tokens = BinaryPrimitives.ReadInt64LittleEndian(footer);
            var documents = BinaryPrimitives.ReadInt64LittleEndian(footer[8..]);
            var documentsAt = BinaryPrimitives.ReadInt64LittleEndian(footer[16..]);
            var maskAt = BinaryPrimitives.ReadInt64LittleEndian(footer[24..]);
            var corporaAt = BinaryPrimitives.ReadInt64LittleEndian(footer[32..]);
            var corporaBytes = BinaryPrimitives.ReadInt64LittleEndian(footer[40..]);
            _maskAt = (flags & ShardFormat.FlagMask) != 0 ? maskAt : -1;

            var names = new byte[corporaBytes];
            _bytes.ReadSpan((ulong)corporaAt, names.AsSpan());
            Corpora = Encoding.UTF8.GetString(names).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            _documents = ReadDocuments(documentsAt, (int)documents);
        }
        catch (Exception e)
        {
            Dispose();
            // With a true hash, impossible offsets can only come from a faulty writer.
            if (e is ArgumentException or OverflowException) throw Bad("its tables contradict each other");
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }
    /// <summary>Every id is below this.</summary>
    public int Vocab { get; }
    /// <summary>The id that begins every document.</summary>
    public int StartId { get; }
    /// <summary>SHA-256 of the tokenizer the ids belong to.</summary>
    public byte[] TokenizerHash { get; }
    /// <summary>SHA-256 of the shard's contents, in hexadecimal.</summary>
    public string Hash { get; }
    /// <summary>All tokens, document-start marks included.</summary>
    public long Tokens { get; }
    /// <summary>Whether tokens carry a loss mask.</summary>
    public bool HasMask => _maskAt >= 0;
    /// <summary>Names of the corpora in it.</summary>
    public IReadOnlyList<string> Corpora { get; }
    /// <summary>All documents in order.</summary>
    public ReadOnlySpan<ShardDocument> Documents => _documents;
    /// <summary>Raw UTF-8 bytes of all documents together.</summary>
    public long TextBytes
    {
        get
        {
            long sum = 0;
            foreach (var document in _documents) sum += document.TextBytes;
            return sum;
        }
    }

    /// <summary>Copies tokens from <paramref name="start"/> on into <paramref name="into"/>.</summary>
    public void ReadTokens(long start, Span<int> into)
    {
        if (start < 0 || start + into.Length > Tokens) throw new ArgumentOutOfRangeException(nameof(start), $"Tokens {start} to {start + into.Length} of {Tokens} in {Path}.");
        if (_wide)
        {
            _bytes.ReadSpan((ulong)(ShardFormat.HeaderBytes + start * 4), into);
            return;
        }
        Span<ushort> narrow = stackalloc ushort[512];
        while (into.Length > 0)
        {
            var piece = narrow[..Math.Min(narrow.Length, into.Length)];
            _bytes.ReadSpan((ulong)(ShardFormat.HeaderBytes + start * 2), piece);
            for (var i = 0; i < piece.Length; i++) into[i] = piece[i];
            into = into[piece.Length..];
            start += piece.Length;
        }
    }

    /// <summary>Whether predicting the tokens from <paramref name="start"/> on counts in the loss; all true without a mask.</summary>
    public void ReadMask(long start, Span<bool> into)
    {
        if (start < 0 || start + into.Length > Tokens) throw new ArgumentOutOfRangeException(nameof(start), $"Tokens {start} to {start + into.Length} of {Tokens} in {Path}.");
        if (!HasMask)
        {
            into.Fill(true);
            return;
        }
        for (var i = 0; i < into.Length; i++)
        {
            var at = start + i;
            into[i] = (_view.ReadByte(_maskAt + (at >> 3)) >> (int)(at & 7) & 1) != 0;
        }
    }

    ShardDocument[] ReadDocuments(long at, int count)
    {
        var documents = new ShardDocument[count];
        var raw = new byte[count * ShardFormat.DocumentBytes];
        _bytes.ReadSpan((ulong)at, raw.AsSpan());
        var end = Tokens;
        for (var i = count - 1; i >= 0; i--)
        {
            var entry = raw.AsSpan(i * ShardFormat.DocumentBytes);
            var start = BinaryPrimitives.ReadInt64LittleEndian(entry);
            documents[i] = new(start, checked((int)(end - start)), BinaryPrimitives.ReadInt32LittleEndian(entry[8..]), BinaryPrimitives.ReadInt32LittleEndian(entry[12..]));
            end = start;
        }
        return documents;
    }

    string HashOfContent(long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[1 << 20];
        for (long at = 0; at < length; at += block.Length)
        {
            var piece = block.AsSpan(0, (int)Math.Min(block.Length, length - at));
            _bytes.ReadSpan((ulong)at, piece);
            hash.AppendData(piece);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    InvalidDataException Bad(string why) => new($"{Path} is no usable shard: {why}. Delete it and prepare the data again.");
    static string Short(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash[..6]);

    public void Dispose()
    {
        _view?.Dispose();
        _map?.Dispose();
    }
}
