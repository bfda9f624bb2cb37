// Log probabilities as JSON can hold them.

using System.Text;
using Maison.Data.Tokenizers;

namespace Maison.Api.Generation;

/// <summary>Numbers and names of tokens in log probabilities.</summary>
static class Probability
{
    /// <summary>What stands for impossible, as in OpenAI's answers: JSON has no infinity.</summary>
    const float Impossible = -9999;

    public static float Finite(float logprob) => logprob > Impossible ? logprob : Impossible;

    public static int[] Bytes(BpeTokenizer tokenizer, int id)
    {
        var bytes = tokenizer.TokenBytes(id);
        var numbers = new int[bytes.Length];
        for (var i = 0; i < bytes.Length; i++) numbers[i] = bytes[i];
        return numbers;
    }

    /// <summary>A name that no two tokens share: the text, or "bytes:\xe2\x82" where the bytes are no whole character.</summary>
    public static string UniqueName(BpeTokenizer tokenizer, int id)
    {
        var bytes = tokenizer.TokenBytes(id);
        if (System.Text.Unicode.Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        var name = new StringBuilder("bytes:");
        foreach (var b in bytes) name.Append($"\\x{b:x2}");
        return name.ToString();
    }
}
