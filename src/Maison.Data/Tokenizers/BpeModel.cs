// What a byte-level tokenizer.json says, checked and in plain arrays: the one thing that reader, writer, trainer and
// tokenizer share. Knows nothing about JSON.
namespace Maison.Data.Tokenizers;

sealed class BpeModel
{
    /// <summary>Bytes by id; null where the vocabulary has no entry.</summary>
    public required byte[]?[] Tokens { get; init; }

    /// <summary>Left and right id by rank.</summary>
    public required (int Left, int Right)[] Merges { get; init; }

    /// <summary>The id that each merge produces, by rank.</summary>
    public required int[] MergedIds { get; init; }

    /// <summary>Ordered by id.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>The pre-tokenizer's regular expression; null when a text is one piece.</summary>
    public required string? SplitPattern { get; init; }

    /// <summary>Whether the pre-tokenizer is the bare ByteLevel step with GPT-2's built-in pattern.</summary>
    public bool SplitsLikeGpt2 { get; init; }

    public bool NormalizesToNfc { get; init; }

    /// <summary>GPT-2's pattern, which ByteLevel applies when use_regex is true.</summary>
    public const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
}
