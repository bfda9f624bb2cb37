// TextConfig to and from Hugging Face's config.json of model_type qwen3 and qwen3_moe (transformers, Qwen3Config and Qwen3MoeConfig).
// A field that would change the computation and is not run here is refused by name; fields that describe training or
// generation only are passed over. Defaults of absent fields are transformers' own.

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Models.Text;

namespace Maison.Models.Weights;

/// <summary>Reads and writes Hugging Face's description of a Qwen3 model.</summary>
public static class HuggingFaceConfig
{
    const string Dense = "qwen3", Mixture = "qwen3_moe";
    const string DenseClass = "Qwen3ForCausalLM", MixtureClass = "Qwen3MoeForCausalLM";
    const string PlainOnly = "Only plain Qwen3 and Qwen3-MoE language models run here";

    static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a config.json.</summary>
    /// <exception cref="CheckpointFormatException">A field is missing, malformed, or asks for something that is not run here.</exception>
    public static TextConfig Read(string path)
    {
        var fields = JsonFields.Open(path);
        var type = fields.Text("model_type") ?? throw fields.Missing("model_type");
        if (type is not (Dense or Mixture)) throw fields.Refused("model_type", $"'{type}' is not run here", PlainOnly);
        var mixture = type == Mixture;
        RefuseWhatIsNotRun(fields, mixture ? MixtureClass : DenseClass);

        var layers = fields.Integer("num_hidden_layers");
        var config = new TextConfig
        {
            Vocab = fields.Integer("vocab_size"),
            Hidden = fields.Integer("hidden_size"),
            Layers = layers,
            Heads = fields.Integer("num_attention_heads"),
            KvHeads = fields.Integer("num_key_value_heads"),
            HeadDim = fields.Integer("head_dim"),
            Intermediate = fields.Integer("intermediate_size"),
            Context = fields.Integer("max_position_embeddings"),
            NormEps = (float)fields.Real("rms_norm_eps", 1e-6),
            RopeTheta = (float)(fields.Object("rope_parameters") ?? fields).Real("rope_theta", 10_000),
            TieEmbeddings = fields.Truth("tie_word_embeddings", false),
        };
        if (mixture)
        {
            var step = fields.Integer("decoder_sparse_step", 1);
            if (step < 1) throw fields.Refused("decoder_sparse_step", $"{step} is not positive", "Correct the value");
            var plain = fields.Integers("mlp_only_layers");
            config = config with
            {
                Experts = fields.Integer("num_experts"),
                ExpertsPerToken = fields.Integer("num_experts_per_tok"),
                ExpertIntermediate = fields.Integer("moe_intermediate_size"),
                NormaliseExperts = fields.Truth("norm_topk_prob", false),
                DenseBlocks = [.. Enumerable.Range(0, Math.Max(0, layers)).Where(i => plain.Contains(i) || (i + 1) % step != 0)],
            };
        }
        try
        {
            return config.Validated();
        }
        catch (ArgumentException e)
        {
            throw new CheckpointFormatException(path, "config", e.Message.TrimEnd('.'), "Correct the value", e);
        }
    }

    static void RefuseWhatIsNotRun(JsonFields fields, string expectedClass)
    {
        foreach (var architecture in fields.List("architectures"))
            if (architecture.ValueKind != JsonValueKind.String || architecture.GetString() != expectedClass)
                throw fields.Refused("architectures", $"{architecture.GetRawText()} is not {expectedClass}", PlainOnly);
        if (fields.Text("hidden_act") is { } act and not "silu") throw fields.Refused("hidden_act", $"'{act}' is not run here", PlainOnly);
        if (fields.Truth("attention_bias", false)) throw fields.Refused("attention_bias", "projections with a bias are not run here", PlainOnly);
        if (fields.Truth("use_sliding_window", false)) throw fields.Refused("use_sliding_window", "attention in a sliding window is not run here", PlainOnly);
        foreach (var kind in fields.List("layer_types"))
            if (kind.ValueKind != JsonValueKind.String || kind.GetString() != "full_attention")
                throw fields.Refused("layer_types", $"{kind.GetRawText()} layers are not run here", PlainOnly);
        if (fields.Has("quantization_config")) throw fields.Refused("quantization_config", "quantised safetensors are not read here", "Take the unquantised checkpoint, or a GGUF file with Q8_0");
        foreach (var name in (string[])["rope_scaling", "rope_parameters"])
            if (fields.Object(name) is { } rope && (rope.Text("rope_type") ?? rope.Text("type") ?? "default") is var kind and not "default")
                throw fields.Refused(name, $"scaled rotary positions of type '{kind}' are not run here", "Remove the field to run the model at its trained length");
    }

    /// <summary>The config.json of a plain model whose matrices are stored as <paramref name="type"/>.</summary>
    /// <param name="config">A model without extras.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="endIds">Ids that end a text, the first being the usual one; may be empty.</param>
    /// <param name="padId">The id that fills batches, or null.</param>
    public static byte[] Write(TextConfig config, ElementType type, IReadOnlyList<int> endIds, int? padId)
    {
        var mixture = config.Experts > 0;
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(mixture ? MixtureClass : DenseClass),
            ["model_type"] = mixture ? Mixture : Dense,
            ["attention_bias"] = false,
            ["attention_dropout"] = 0.0,
            ["bos_token_id"] = null,
            ["eos_token_id"] = endIds.Count > 0 ? endIds[0] : null,
            ["pad_token_id"] = padId,
            ["head_dim"] = config.HeadDim,
            ["hidden_act"] = "silu",
            ["hidden_size"] = config.Hidden,
            ["initializer_range"] = 0.02,
            ["intermediate_size"] = config.Intermediate > 0 ? config.Intermediate : config.ExpertIntermediate * config.ExpertsPerToken,
            ["max_position_embeddings"] = config.Context,
            ["max_window_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["num_hidden_layers"] = config.Layers,
            ["num_key_value_heads"] = config.KvHeads,
            ["rms_norm_eps"] = config.NormEps,
            ["rope_scaling"] = null,
            ["rope_theta"] = config.RopeTheta,
            ["sliding_window"] = null,
            ["tie_word_embeddings"] = config.TieEmbeddings,
            ["torch_dtype"] = type switch
            {
                ElementType.F32 => "float32",
                ElementType.F16 => "float16",
                ElementType.BF16 => "bfloat16",
                _ => throw new ArgumentException($"Hugging Face checkpoints hold F32, F16 or BF16, not {type}.", nameof(type)),
            },
            ["use_cache"] = true,
            ["use_sliding_window"] = false,
            ["vocab_size"] = config.Vocab,
        };
        if (mixture)
        {
            json["decoder_sparse_step"] = 1;
            json["mlp_only_layers"] = new JsonArray([.. config.DenseBlocks.Select(i => JsonValue.Create(i))]);
            json["moe_intermediate_size"] = config.ExpertIntermediate;
            json["norm_topk_prob"] = config.NormaliseExperts;
            json["num_experts"] = config.Experts;
            json["num_experts_per_tok"] = config.ExpertsPerToken;
            json["output_router_logits"] = false;
        }
        return JsonSerializer.SerializeToUtf8Bytes(json, Layout);
    }
}
