// Writes one packed shard (layout: ShardFormat.cs) in a single pass. It knows nothing about text: tokens come in as ids.
// It writes beside the target and renames at the end, so that the target is always either the old file or a whole new one.

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Maison.Data.Shards;

/// <summary>Writes documents of token ids into one shard file; call <see cref="Complete"/>, or nothing is left behind.</summary>
public sealed class ShardWriter : IDisposable
{
    readonly string _path, _partial;
    readonly FileStream _file;
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly int _vocab, _startId;
    readonly bool _wide, _masked;
    readonly List<(long Start, int Bytes, int Corpus)> _documents = [];
    readonly List<string> _corpora = [];
    byte[] _scratch = new byte[1 << 16];
    byte[] _mask = [];
    long _written;
    bool _complete;

    /// <summary>Opens a shard for writing.</summary>
    /// <param name="path">The file to make; it appears only with <see cref="Complete"/>.</param>
    /// <param name="vocab">Vocabulary size: every id must be below it.</param>
    /// <param name="startId">Id put before every document, e.g. &lt;|endoftext|&gt;.</param>
    /// <param name="tokenizerHash">SHA-256 of the tokenizer (32 bytes): reading with another one can then be refused.</param>
    /// <param name="masked">Whether documents come with a loss mask, as chat does.</param>
    public ShardWriter(string path, int vocab, int startId, ReadOnlySpan<byte> tokenizerHash, bool masked = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocab, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(startId);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(startId, vocab);
        if (tokenizerHash.Length != ShardFormat.HashBytes) throw new ArgumentException($"A tokenizer hash has {ShardFormat.HashBytes} bytes (SHA-256), not {tokenizerHash.Length}.", nameof(tokenizerHash));
        (_path, _partial, _vocab, _startId, _masked, _wide) = (path, path + ".partial", vocab, startId, masked, vocab > 65_536);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        _file = new FileStream(_partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);

        Span<byte> header = stackalloc byte[ShardFormat.HeaderBytes];
        header.Clear();
        ShardFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], ShardFormat.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (masked ? ShardFormat.FlagMask : 0) | (_wide ? ShardFormat.FlagWide : 0));
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], (uint)vocab);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], (uint)startId);
        tokenizerHash.CopyTo(header[24..]);
        Put(header);
    }

    /// <summary>Tokens written so far, document-start marks included.</summary>
    public long Tokens { get; private set; }
    /// <summary>Documents written so far.</summary>
    public int Documents => _documents.Count;
    /// <summary>Raw UTF-8 bytes of the documents written so far.</summary>
    public long TextBytes { get; private set; }

    /// <summary>Adds a document; the document-start mark is put before <paramref name="ids"/>.</summary>
    /// <param name="ids">Token ids, without the start mark; may be empty.</param>
    /// <param name="textBytes">Length of the raw UTF-8 text they stand for.</param>
    /// <param name="corpus">Name of its corpus.</param>
    /// <param name="mask">For a masked shard one entry per id: true where predicting this id counts in the loss.</param>
    public void Add(ReadOnlySpan<int> ids, int textBytes, string corpus, ReadOnlySpan<bool> mask = default)
    {
        ObjectDisposedException.ThrowIf(_complete, this);
        ArgumentOutOfRangeException.ThrowIfNegative(textBytes);
        if (mask.Length != (_masked ? ids.Length : 0))
            throw new ArgumentException(_masked ? $"A masked shard needs one mask entry per id: {ids.Length}, not {mask.Length}." : "This shard was opened without a mask.", nameof(mask));
        foreach (var id in ids)
            if ((uint)id >= (uint)_vocab) throw new ArgumentOutOfRangeException(nameof(ids), $"Token {id} is outside the vocabulary of {_vocab}: the encoder and the vocabulary size differ.");

        var at = _corpora.IndexOf(corpus);
        if (at < 0)
        {
            if (corpus.Length == 0 || corpus.Contains('\n')) throw new ArgumentException("A corpus needs a name of one line.", nameof(corpus));
            at = _corpora.Count;
            _corpora.Add(corpus);
        }
        _documents.Add((Tokens, textBytes, at));

        var size = _wide ? 4 : 2;
        var bytes = (ids.Length + 1) * size;
        if (_scratch.Length < bytes) _scratch = new byte[Math.Max(bytes, _scratch.Length * 2)];
        if (_wide)
        {
            var wide = MemoryMarshal.Cast<byte, int>(_scratch.AsSpan(0, bytes));
            wide[0] = _startId;
            ids.CopyTo(wide[1..]);
        }
        else
        {
            var narrow = MemoryMarshal.Cast<byte, ushort>(_scratch.AsSpan(0, bytes));
            narrow[0] = (ushort)_startId;
            for (var i = 0; i < ids.Length; i++) narrow[i + 1] = (ushort)ids[i];
        }
        Put(_scratch.AsSpan(0, bytes));

        if (_masked)
        {
            var need = (int)((Tokens + ids.Length + 8) / 8);
            if (_mask.Length < need) Array.Resize(ref _mask, Math.Max(need, _mask.Length * 2));
            for (var i = 0; i < mask.Length; i++)
                if (mask[i]) _mask[(Tokens + 1 + i) >> 3] |= (byte)(1 << (int)((Tokens + 1 + i) & 7));
        }
        Tokens += ids.Length + 1;
        TextBytes += textBytes;
    }

    /// <summary>Writes the tables and the footer, moves the file to its place and returns its SHA-256 in hexadecimal.</summary>
    public string Complete()
    {
        Pad();
        var documentsAt = _written;
        Span<byte> entry = stackalloc byte[ShardFormat.DocumentBytes];
        foreach (var (start, bytes, corpus) in _documents)
        {
            BinaryPrimitives.WriteInt64LittleEndian(entry, start);
            BinaryPrimitives.WriteInt32LittleEndian(entry[8..], bytes);
            BinaryPrimitives.WriteInt32LittleEndian(entry[12..], corpus);
            Put(entry);
        }
        var maskAt = _written;
        if (_masked)
        {
            var need = (int)((Tokens + 7) / 8);
            if (_mask.Length < need) Array.Resize(ref _mask, need);
            Put(_mask.AsSpan(0, need));
            Pad();
        }
        var corporaAt = _written;
        var names = Encoding.UTF8.GetBytes(string.Join('\n', _corpora));
        Put(names);
        Pad();

        Span<byte> footer = stackalloc byte[ShardFormat.FooterBytes - ShardFormat.HashBytes];
        BinaryPrimitives.WriteInt64LittleEndian(footer, Tokens);
        BinaryPrimitives.WriteInt64LittleEndian(footer[8..], _documents.Count);
        BinaryPrimitives.WriteInt64LittleEndian(footer[16..], documentsAt);
        BinaryPrimitives.WriteInt64LittleEndian(footer[24..], maskAt);
        BinaryPrimitives.WriteInt64LittleEndian(footer[32..], corporaAt);
        BinaryPrimitives.WriteInt64LittleEndian(footer[40..], names.Length);
        footer[48..56].Clear();
        ShardFormat.EndMagic.CopyTo(footer[56..]);
        Put(footer);
        var hash = _hash.GetHashAndReset();
        _file.Write(hash);
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        File.Move(_partial, _path, overwrite: true);
        _complete = true;
        return Convert.ToHexStringLower(hash);
    }

    void Put(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes);
        _hash.AppendData(bytes);
        _written += bytes.Length;
    }

    void Pad()
    {
        Span<byte> zeros = stackalloc byte[8];
        zeros.Clear();
        Put(zeros[..(int)(ShardFormat.Padded(_written) - _written)]);
    }

    /// <summary>Closes the writer; without <see cref="Complete"/> the unfinished file is removed.</summary>
    public void Dispose()
    {
        _hash.Dispose();
        _file.Dispose();
        if (!_complete) File.Delete(_partial);
    }
}
