// A tokenizer and a chat template as the shards need them: functions and a digest, so that any vocabulary and template will do.

using System.Security.Cryptography;
using Maison.Data.Chat;
using Maison.Data.Tokenizers;

namespace Maison.Data.Preparation;

/// <summary>Appends the ids of UTF-8 text to a list; must be callable from several threads.</summary>
public delegate void EncodeText(ReadOnlySpan<byte> utf8, List<int> ids);

/// <summary>What encodes documents and conversations.</summary>
/// <param name="VocabSize">Number of ids.</param>
/// <param name="StartId">Id that begins every document, &lt;|endoftext|&gt;.</param>
/// <param name="Sha256">Digest of the tokenizer, 32 bytes: stands in every shard.</param>
/// <param name="Encode">Encodes text; words that look like special tokens must be encoded as text.</param>
/// <param name="Chat">Renders conversations, callable from several threads; null makes no chat shards.</param>
public sealed record ShardTokenizer(int VocabSize, int StartId, byte[] Sha256, EncodeText Encode, Func<IReadOnlyList<ChatMessage>, ChatTokens>? Chat = null)
{
    /// <summary>The tokenizer in a tokenizer.json, with the house's chat template if it has the marks for it; its digest is the file's.</summary>
    /// <exception cref="InvalidDataException">The file is no tokenizer, or has no &lt;|endoftext|&gt;.</exception>
    public static ShardTokenizer Load(string path)
    {
        var tokenizer = BpeTokenizer.Load(path);
        if (!tokenizer.SpecialTokens.TryGetValue(MarkNames.EndOfText, out var start))
            throw new InvalidDataException($"{path} has no {MarkNames.EndOfText} among its added_tokens; documents cannot be told apart without it.");
        var chats = tokenizer.SpecialTokens.ContainsKey(MarkNames.MessageStart) && tokenizer.SpecialTokens.ContainsKey(MarkNames.MessageEnd);
        var format = chats ? new ChatFormat(tokenizer) : null;
        return new(tokenizer.VocabSize, start, SHA256.HashData(File.ReadAllBytes(path)),
            (utf8, ids) => tokenizer.Encode(utf8, allowSpecial: false, ids), format is null ? null : messages => format.Render(messages));
    }
}
