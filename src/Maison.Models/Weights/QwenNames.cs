// The three names of one weight: our property path, Hugging Face's Qwen3 / Qwen3-MoE name, and GGUF's. Knows nothing of files.
// GGUF stacks the matrices of all experts of a block into one tensor; the expert's number says which slice is meant.

namespace Maison.Models.Weights;

/// <summary>Where a weight lies in other engines' files.</summary>
/// <param name="HuggingFace">Tensor name in a safetensors checkpoint.</param>
/// <param name="Gguf">Tensor name in a GGUF file.</param>
/// <param name="Expert">Index into the stacked GGUF tensor, or -1 when the tensor is the weight's alone.</param>
public readonly record struct QwenName(string HuggingFace, string Gguf, int Expert = -1);

/// <summary>The map from property paths to other engines' names.</summary>
public static class QwenNames
{
    /// <summary>The output matrix, which tied models may repeat or leave out.</summary>
    public const string HuggingFaceHead = "lm_head.weight";
    public const string GgufHead = "output.weight";
    public const string GgufEmbedding = "token_embd.weight";

    const string Blocks = "blocks.", Experts = "experts.";

    static readonly Dictionary<string, QwenName> Whole = new(StringComparer.Ordinal)
    {
        ["embedding"] = new("model.embed_tokens", "token_embd"),
        ["norm"] = new("model.norm", "output_norm"),
        ["head"] = new("lm_head", "output"),
    };

    static readonly Dictionary<string, QwenName> PerBlock = new(StringComparer.Ordinal)
    {
        ["attnNorm"] = new("input_layernorm", "attn_norm"),
        ["attn.q"] = new("self_attn.q_proj", "attn_q"),
        ["attn.k"] = new("self_attn.k_proj", "attn_k"),
        ["attn.v"] = new("self_attn.v_proj", "attn_v"),
        ["attn.o"] = new("self_attn.o_proj", "attn_output"),
        ["attn.qNorm"] = new("self_attn.q_norm", "attn_q_norm"),
        ["attn.kNorm"] = new("self_attn.k_norm", "attn_k_norm"),
        ["mlpNorm"] = new("post_attention_layernorm", "ffn_norm"),
        ["mlp.gate"] = new("mlp.gate_proj", "ffn_gate"),
        ["mlp.up"] = new("mlp.up_proj", "ffn_up"),
        ["mlp.down"] = new("mlp.down_proj", "ffn_down"),
    };

    /// <summary>The names of a property path such as "blocks.3.attn.q"; null for a weight that Qwen3 does not have.</summary>
    public static QwenName? Find(string key)
    {
        if (Whole.TryGetValue(key, out var whole)) return Weight(whole);
        if (!key.StartsWith(Blocks, StringComparison.Ordinal)) return null;
        var dot = key.IndexOf('.', Blocks.Length);
        if (dot < 0 || !int.TryParse(key.AsSpan(Blocks.Length, dot - Blocks.Length), out var block)) return null;
        var part = key[(dot + 1)..];
        var name = PerBlock.TryGetValue(part, out var plain) ? plain : FindExpert(part);
        return name is { } found
            ? Weight(found with { HuggingFace = $"model.layers.{block}.{found.HuggingFace}", Gguf = $"blk.{block}.{found.Gguf}" })
            : null;
    }

    static QwenName? FindExpert(string part)
    {
        if (part.EndsWith(".router", StringComparison.Ordinal)) return new("mlp.gate", "ffn_gate_inp");
        var at = part.IndexOf(Experts, StringComparison.Ordinal);
        if (at < 0 || part[(at + Experts.Length)..].Split('.') is not [("gate" or "up" or "down") and var matrix, var number] || !int.TryParse(number, out var expert)) return null;
        return new($"mlp.experts.{expert}.{matrix}_proj", $"ffn_{matrix}_exps", expert);
    }

    static QwenName Weight(QwenName name) => name with { HuggingFace = name.HuggingFace + ".weight", Gguf = name.Gguf + ".weight" };
}
