// The layout of a packed shard, shared by its writer and reader. It knows nothing about where tokens come from.
//
//   header   64 bytes   magic "MAISONSH", version u32, flags u32, vocab u32, document-start id u32, tokenizer SHA-256 (32), 8 spare
//   tokens   2 or 4 bytes each (4 when the vocabulary exceeds 65,536 ids), padded to 8
//   documents 16 bytes each: first token u64, raw UTF-8 bytes u32, corpus u32
//   mask     1 bit per token, lowest bit first, padded to 8 (only with the mask flag)
//   corpora  their names, UTF-8, one per line
//   footer   96 bytes: tokens, documents, offsets of documents, mask and corpora, bytes of corpora, 0 (u64 each),
//            magic "MAISONED", SHA-256 of everything before it
//
// All counts stand in the footer, so that writing needs one pass and a file that was cut short has no footer at all.

namespace Maison.Data.Shards;

static class ShardFormat
{
    public const int Version = 1;
    public const int HeaderBytes = 64;
    public const int DocumentBytes = 16;
    public const int HashBytes = 32;
    public const int FooterBytes = 64 + HashBytes;
    public const uint FlagMask = 1;
    public const uint FlagWide = 2;
    public static ReadOnlySpan<byte> Magic => "MAISONSH"u8;
    public static ReadOnlySpan<byte> EndMagic => "MAISONED"u8;

    public static long Padded(long bytes) => (bytes + 7) & ~7L;
}

/// <summary>One document inside a shard.</summary>
/// <param name="Start">Its first token, the document-start mark.</param>
/// <param name="Tokens">How many tokens it has, the mark included.</param>
/// <param name="TextBytes">Length of its raw UTF-8 text, for bits per byte; of a conversation, of the words that are predicted.</param>
/// <param name="Corpus">Index into <see cref="ShardReader.Corpora"/>.</param>
public readonly record struct ShardDocument(long Start, int Tokens, int TextBytes, int Corpus);
