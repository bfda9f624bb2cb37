// Byte-level byte-pair tokenizer: text or bytes to ids and back, without loss for any bytes when there is no normalizer.
// Knows nothing about files (TokenizerJson), training (BpeTrainer) or conversations (Chat/ChatFormat).
// The way of a text: added tokens are cut out, the rest is normalized if the file asks, split into pieces, and each piece is
// found in a small cache or merged. Nothing is allocated per piece. Any number of threads may share one tokenizer: what an
// encoding writes to is rented from a pool.
using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Text;

namespace Maison.Data.Tokenizers;

/// <summary>A byte-level BPE tokenizer, compatible with Hugging Face's tokenizer.json.</summary>
public sealed class BpeTokenizer
{
    sealed class Scratch
    {
        public readonly PieceCache Cache = new();
        public readonly List<int> PieceEnds = [];
        public int[] Ids = new int[256];
    }

    readonly BpeMerger merger;
    readonly RegexSplitter? splitter;
    readonly int scannerDigits;         // digits a piece when QwenScanner knows the pattern, else 0
    readonly AddedTokenMatcher beforeNormalizing, afterNormalizing;
    readonly byte[] tokenBytes;
    readonly int[] tokenStarts;
    readonly HashSet<int> specialIds;
    readonly ConcurrentBag<Scratch> scratches = [];

    internal BpeTokenizer(BpeModel model)
    {
        Model = model;
        VocabSize = Math.Max(model.Tokens.Length, model.AddedTokens.Count == 0 ? 0 : model.AddedTokens.Max(t => t.Id) + 1);
        var byteIds = new int[256];
        Array.Fill(byteIds, -1);
        for (int id = 0; id < model.Tokens.Length; id++)
            if (model.Tokens[id] is [var single]) byteIds[single] = id;
        if (Array.IndexOf(byteIds, -1) is var missing and >= 0)
            throw new InvalidDataException($"model.vocab has no entry for byte {missing} (\"{ByteAlphabet.ToText([(byte)missing])}\"); "
                + "a byte-level vocabulary needs all 256, so that no text is ever unknown.");
        merger = new BpeMerger(byteIds, model.Merges, model.MergedIds);
        if (!QwenScanner.Knows(model.SplitPattern, out scannerDigits) && model.SplitPattern is { } pattern) splitter = new RegexSplitter(pattern);
        bool normalizes = model.NormalizesToNfc;
        beforeNormalizing = new AddedTokenMatcher(model.AddedTokens.Where(t => !t.Normalized || !normalizes));
        afterNormalizing = new AddedTokenMatcher(model.AddedTokens.Where(t => t.Normalized && normalizes));
        specialIds = [.. model.AddedTokens.Select(t => t.Id)];
        SpecialTokens = new ReadOnlyDictionary<string, int>(model.AddedTokens.ToDictionary(t => t.Content, t => t.Id));

        var added = model.AddedTokens.ToDictionary(t => t.Id, t => Encoding.UTF8.GetBytes(t.Content));
        var all = Enumerable.Range(0, VocabSize).Select(id => added.GetValueOrDefault(id)
            ?? (id < model.Tokens.Length ? model.Tokens[id] : null) ?? []).ToArray();
        tokenStarts = new int[VocabSize + 1];
        for (int id = 0; id < VocabSize; id++) tokenStarts[id + 1] = tokenStarts[id] + all[id].Length;
        tokenBytes = new byte[tokenStarts[VocabSize]];
        for (int id = 0; id < VocabSize; id++) all[id].CopyTo(tokenBytes, tokenStarts[id]);
    }

    internal BpeModel Model { get; }

    /// <summary>One more than the highest id; a model's embedding has at least this many rows.</summary>
    public int VocabSize { get; }

    /// <summary>Every added token (control marks as well as marks such as &lt;think&gt;) and its id.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>The added tokens in full, ordered by id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => Model.AddedTokens;

    /// <summary>Reads a tokenizer.json, or the one in a folder.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is malformed or asks for what is not supported; the message names the field.</exception>
    public static BpeTokenizer Load(string path) => TokenizerJsonReader.Load(path);

    /// <summary>Writes a tokenizer.json (into the folder when <paramref name="path"/> is one), replacing an old one in one step.</summary>
    public void Save(string path) => TokenizerJsonWriter.Save(Model, path);

    /// <summary>The ids of a text. A lone surrogate counts as U+FFFD, as UTF-8 has no other way to write it.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="allowSpecial">Whether added tokens written out in the text become their ids; never for text from outside.</param>
    public int[] Encode(string text, bool allowSpecial = false)
    {
        var ids = new List<int>(text.Length / 3 + 8);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        int length = Encoding.UTF8.GetBytes(text, bytes);
        Encode(bytes.AsSpan(0, length), allowSpecial, ids);
        ArrayPool<byte>.Shared.Return(bytes);
        return [.. ids];
    }

    /// <summary>Appends the ids of UTF-8 text, or of any bytes, to a list.</summary>
    public void Encode(ReadOnlySpan<byte> utf8, bool allowSpecial, List<int> ids)
    {
        if (!scratches.TryTake(out var scratch)) scratch = new Scratch();
        for (int from = 0; from < utf8.Length;)
        {
            int at = utf8.Length, length = 0, id = -1;
            if (allowSpecial) beforeNormalizing.TryFind(utf8, from, out at, out length, out id);
            if (at > from) EncodeNormalized(utf8[from..at], allowSpecial, scratch, ids);
            if (id >= 0) ids.Add(id);
            from = at + length;
        }
        scratches.Add(scratch);
    }

    void EncodeNormalized(ReadOnlySpan<byte> text, bool allowSpecial, Scratch scratch, List<int> ids)
    {
        if (!Model.NormalizesToNfc)
        {
            EncodePlain(text, scratch, ids);
            return;
        }
        var normalized = Nfc.Normalize(text);
        for (int from = 0; from < normalized.Length;)
        {
            int at = normalized.Length, length = 0, id = -1;
            if (allowSpecial) afterNormalizing.TryFind(normalized, from, out at, out length, out id);
            if (at > from) EncodePlain(normalized[from..at], scratch, ids);
            if (id >= 0) ids.Add(id);
            from = at + length;
        }
    }

    void EncodePlain(ReadOnlySpan<byte> text, Scratch scratch, List<int> ids)
    {
        if (scannerDigits > 0)
        {
            for (int start = 0; start < text.Length;)
            {
                int end = QwenScanner.PieceEnd(text, start, scannerDigits);
                EncodePiece(text, start, end, scratch, ids);
                start = end;
            }
        }
        else if (splitter is null)
        {
            EncodePiece(text, 0, text.Length, scratch, ids);
        }
        else
        {
            splitter.Split(text, scratch.PieceEnds);
            int start = 0;
            foreach (int end in scratch.PieceEnds)
            {
                EncodePiece(text, start, end, scratch, ids);
                start = end;
            }
        }
    }

    void EncodePiece(ReadOnlySpan<byte> text, int start, int end, Scratch scratch, List<int> ids)
    {
        int length = end - start;
        if (length > PieceCache.MaxBytes)
        {
            if (scratch.Ids.Length < length) scratch.Ids = new int[length];
            ids.AddRange(scratch.Ids.AsSpan(0, merger.Merge(text[start..end], scratch.Ids)));
            return;
        }
        var (low, high) = PieceCache.Key(text, start, end);
        var known = scratch.Cache.Find(low, high);
        if (known.IsEmpty)
        {
            var merged = scratch.Ids.AsSpan(0, merger.Merge(text[start..end], scratch.Ids));
            if (merged.Length <= PieceCache.MaxIds) scratch.Cache.Add(low, high, merged);
            ids.AddRange(merged);
            return;
        }
        foreach (int id in known) ids.Add(id);
    }

    /// <summary>The bytes that a token stands for; of an added token, its text. Empty for an id that the vocabulary leaves out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative or at least <see cref="VocabSize"/>.</exception>
    public ReadOnlySpan<byte> TokenBytes(int id)
    {
        if ((uint)id >= (uint)VocabSize)
            throw new ArgumentOutOfRangeException(nameof(id), id, $"A token id lies between 0 and {VocabSize - 1}.");
        return tokenBytes.AsSpan(tokenStarts[id], tokenStarts[id + 1] - tokenStarts[id]);
    }

    /// <summary>Appends a token's bytes and returns their number.</summary>
    public int AppendBytes(int id, IBufferWriter<byte> output)
    {
        var bytes = TokenBytes(id);
        output.Write(bytes);
        return bytes.Length;
    }

    /// <summary>A token as text to show; bytes that are no whole character show as U+FFFD.</summary>
    public string TokenText(int id) => Encoding.UTF8.GetString(TokenBytes(id));

    /// <summary>Whether the id is an added token, which text from outside never produces.</summary>
    public bool IsSpecial(int id) => specialIds.Contains(id);

    /// <summary>The text of ids, added tokens included; bytes that form no character become U+FFFD.</summary>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(16, ids.Length * 4));
        foreach (int id in ids) AppendBytes(id, bytes);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
