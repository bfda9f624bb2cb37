// TextConfig to and from the metadata keys of a GGUF file whose general.architecture is qwen3 or qwen3moe.
// llama.cpp fixes two choices that Hugging Face leaves open: weights of the chosen experts always sum to 1, and every block of a
// mixture is a mixture; a model that chose otherwise cannot be written.

using Maison.Models.Text;

namespace Maison.Models.Weights;

/// <summary>Reads and writes GGUF's description of a Qwen3 model.</summary>
public static class GgufConfig
{
    const string Dense = "qwen3", Mixture = "qwen3moe";
    const string PlainOnly = "Only plain Qwen3 and Qwen3-MoE language models run here";

    /// <summary>Reads the sizes; the vocabulary and the tied head follow from the tensors.</summary>
    /// <exception cref="CheckpointFormatException">A key is missing, malformed, or asks for something that is not run here.</exception>
    public static TextConfig Read(GgufFile file)
    {
        var metadata = file.Metadata;
        var family = metadata.GetString("general.architecture");
        CheckpointFormatException Refused(string key, string problem) => new(file.Path, key, problem, PlainOnly);
        if (family is not (Dense or Mixture)) throw Refused("general.architecture", $"'{family}' is not run here");
        if (metadata.GetInteger("split.count", 1) > 1)
            throw new CheckpointFormatException(file.Path, "split.count", "this is one part of a split file", "Join the parts first (llama-gguf-split --merge)");
        string Key(string name) => $"{family}.{name}";
        int Integer(string name)
        {
            var value = metadata.GetInteger(Key(name));
            return value is >= 0 and <= int.MaxValue ? (int)value : throw Refused(Key(name), $"{value} is out of range");
        }

        if (metadata.GetString(Key("rope.scaling.type"), "none") is var scaling and not "none") throw Refused(Key("rope.scaling.type"), $"scaled rotary positions of type '{scaling}' are not run here");
        if (metadata.GetInteger(Key("attention.sliding_window"), 0) != 0) throw Refused(Key("attention.sliding_window"), "attention in a sliding window is not run here");
        if (metadata.GetInteger(Key("expert_shared_count"), 0) != 0) throw Refused(Key("expert_shared_count"), "shared experts are not run here");
        var headDim = Integer("attention.key_length");
        foreach (var name in (string[])["attention.value_length", "rope.dimension_count"])
            if (metadata.GetInteger(Key(name), headDim) is var other && other != headDim) throw Refused(Key(name), $"{other} differs from attention.key_length {headDim}");

        var embedding = file.Find(QwenNames.GgufEmbedding) ?? throw Refused(QwenNames.GgufEmbedding, "the tensor is missing");
        if (embedding.Shape.Length != 2 || embedding.Shape[0] > int.MaxValue) throw Refused(QwenNames.GgufEmbedding, $"{embedding} is not a table of embeddings");
        var mixture = family == Mixture;
        var config = new TextConfig
        {
            Vocab = (int)embedding.Shape[0],
            Hidden = Integer("embedding_length"),
            Layers = Integer("block_count"),
            Heads = Integer("attention.head_count"),
            KvHeads = Integer("attention.head_count_kv"),
            HeadDim = headDim,
            Intermediate = mixture && !metadata.Contains(Key("feed_forward_length")) ? 0 : Integer("feed_forward_length"),
            Context = Integer("context_length"),
            NormEps = (float)metadata.GetReal(Key("attention.layer_norm_rms_epsilon")),
            RopeTheta = (float)metadata.GetReal(Key("rope.freq_base"), 10_000),
            TieEmbeddings = file.Find(QwenNames.GgufHead) is null,
        };
        if (mixture)
            config = config with
            {
                Experts = Integer("expert_count"),
                ExpertsPerToken = Integer("expert_used_count"),
                ExpertIntermediate = Integer("expert_feed_forward_length"),
                NormaliseExperts = true,
            };
        try
        {
            return config.Validated();
        }
        catch (ArgumentException e)
        {
            throw new CheckpointFormatException(file.Path, "metadata", e.Message.TrimEnd('.'), "Convert the model again", e);
        }
    }

    /// <summary>The metadata that describes a plain model, without its tokenizer.</summary>
    /// <exception cref="NotSupportedException">GGUF's qwen3moe cannot express a choice of this model; the message names it.</exception>
    public static IEnumerable<KeyValuePair<string, object>> Write(TextConfig config, string name, ElementType type)
    {
        var mixture = config.Experts > 0;
        if (mixture && config.DenseBlocks.Count > 0) throw new NotSupportedException("denseBlocks: GGUF's qwen3moe makes every block a mixture. Export to safetensors instead.");
        if (mixture && !config.NormaliseExperts) throw new NotSupportedException("normaliseExperts: GGUF's qwen3moe always scales the chosen experts' weights to sum to 1. Export to safetensors instead.");
        var family = mixture ? Mixture : Dense;
        yield return new("general.architecture", family);
        yield return new("general.type", "model");
        yield return new("general.name", name);
        yield return new("general.file_type", type switch   // llama.cpp's numbers for "mostly this type"
        {
            ElementType.F32 => 0u,
            ElementType.F16 => 1u,
            ElementType.Q8_0 => 7u,
            ElementType.BF16 => 32u,
            _ => throw new ArgumentException($"GGUF files are written as F32, F16, BF16 or Q8_0, not {type}.", nameof(type)),
        });
        yield return new("general.quantization_version", 2u);
        yield return new($"{family}.block_count", (uint)config.Layers);
        yield return new($"{family}.context_length", (uint)config.Context);
        yield return new($"{family}.embedding_length", (uint)config.Hidden);
        if (config.Intermediate > 0) yield return new($"{family}.feed_forward_length", (uint)config.Intermediate);
        yield return new($"{family}.attention.head_count", (uint)config.Heads);
        yield return new($"{family}.attention.head_count_kv", (uint)config.KvHeads);
        yield return new($"{family}.attention.key_length", (uint)config.HeadDim);
        yield return new($"{family}.attention.value_length", (uint)config.HeadDim);
        yield return new($"{family}.attention.layer_norm_rms_epsilon", config.NormEps);
        yield return new($"{family}.rope.freq_base", config.RopeTheta);
        yield return new($"{family}.vocab_size", (uint)config.Vocab);
        if (!mixture) yield break;
        yield return new($"{family}.expert_count", (uint)config.Experts);
        yield return new($"{family}.expert_used_count", (uint)config.ExpertsPerToken);
        yield return new($"{family}.expert_feed_forward_length", (uint)config.ExpertIntermediate);
    }
}
