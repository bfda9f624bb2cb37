// Tokens and their log probabilities as JSON can hold them.

using System.Text;
using System.Text.Unicode;
using Maison.Data.Tokenizers;
using Maison.Inference;
using Maison.Wire;

namespace Maison.Api.Generation;

/// <summary>Numbers and names of tokens in log probabilities.</summary>
static class Probability
{
    /// <summary>What stands for impossible, as in OpenAI's answers: JSON has no infinity.</summary>
    const float Impossible = -9999;

    public static float Finite(float logprob) => logprob > Impossible ? logprob : Impossible;

    /// <summary>What an id stands for; nothing for the ids that a model's padded output has above its vocabulary.</summary>
    public static ReadOnlySpan<byte> Text(BpeTokenizer tokenizer, int id) => id < tokenizer.VocabSize ? tokenizer.TokenBytes(id) : [];

    /// <summary>The token's text and bytes; bytes that are no whole character show as U+FFFD.</summary>
    public static (string Text, int[] Bytes) Token(BpeTokenizer tokenizer, int id)
    {
        var bytes = Text(tokenizer, id);
        var numbers = new int[bytes.Length];
        for (var i = 0; i < bytes.Length; i++) numbers[i] = bytes[i];
        return (Encoding.UTF8.GetString(bytes), numbers);
    }

    /// <summary>A token with its alternatives on the wire.</summary>
    public static TokenProbability Written(BpeTokenizer tokenizer, GeneratedToken token)
    {
        var (text, bytes) = Token(tokenizer, token.Id);
        return new() { Token = text, Logprob = Finite(token.Logprob), Bytes = bytes, TopLogprobs = [.. (token.Top ?? []).Select(Alternative)] };

        TopProbability Alternative(TokenLogprob top)
        {
            var (text, bytes) = Token(tokenizer, top.Id);
            return new() { Token = text, Logprob = Finite(top.Logprob), Bytes = bytes };
        }
    }

    /// <summary>A name that no two tokens share: the text, or "bytes:\xe2\x82" where the bytes are no whole character.</summary>
    public static string UniqueName(BpeTokenizer tokenizer, int id)
    {
        var bytes = Text(tokenizer, id);
        if (Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        var name = new StringBuilder("bytes:");
        foreach (var b in bytes) name.Append($"\\x{b:x2}");
        return name.ToString();
    }
}
