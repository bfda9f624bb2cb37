using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Models.Text;
using Maison.Models.Weights;

namespace Maison.Tests.Models.Weights;

public sealed class HuggingFaceConfigTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // As published with Qwen3-0.6B and Qwen3-30B-A3B.
    const string Small = """
        {"architectures":["Qwen3ForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"bos_token_id":151643,"eos_token_id":151645,"head_dim":128,
        "hidden_act":"silu","hidden_size":1024,"initializer_range":0.02,"intermediate_size":3072,"max_position_embeddings":40960,"max_window_layers":28,
        "model_type":"qwen3","num_attention_heads":16,"num_hidden_layers":28,"num_key_value_heads":8,"rms_norm_eps":1e-06,"rope_scaling":null,
        "rope_theta":1000000,"sliding_window":null,"tie_word_embeddings":true,"torch_dtype":"bfloat16","transformers_version":"4.51.0","use_cache":true,
        "use_sliding_window":false,"vocab_size":151936}
        """;

    const string Mixture = """
        {"architectures":["Qwen3MoeForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"bos_token_id":151643,"decoder_sparse_step":1,"eos_token_id":151645,
        "head_dim":128,"hidden_act":"silu","hidden_size":2048,"initializer_range":0.02,"intermediate_size":6144,"max_position_embeddings":40960,"max_window_layers":48,
        "mlp_only_layers":[],"model_type":"qwen3_moe","moe_intermediate_size":768,"norm_topk_prob":true,"num_attention_heads":32,"num_experts":128,
        "num_experts_per_tok":8,"num_hidden_layers":48,"num_key_value_heads":4,"output_router_logits":false,"rms_norm_eps":1e-06,"rope_scaling":null,
        "rope_theta":1000000.0,"router_aux_loss_coef":0.001,"sliding_window":null,"tie_word_embeddings":false,"torch_dtype":"bfloat16",
        "transformers_version":"4.51.0","use_cache":true,"use_sliding_window":false,"vocab_size":151936}
        """;

    TextConfig Read(string json) => HuggingFaceConfig.Read(_folder.Write("config.json", Encoding.UTF8.GetBytes(json)));

    static string Same(TextConfig config) => JsonSerializer.Serialize(config);   // records compare lists by reference

    static string With(string json, string field, string? value)
    {
        var fields = JsonNode.Parse(json)!.AsObject();
        fields.Remove(field);
        if (value is not null) fields[field] = JsonNode.Parse(value);
        return fields.ToJsonString();
    }

    [Fact]
    public void PublishedConfigurationsAreRead()
    {
        Assert.Equal(Same(new TextConfig
        {
            Vocab = 151936,
            Hidden = 1024,
            Layers = 28,
            Heads = 16,
            KvHeads = 8,
            HeadDim = 128,
            Intermediate = 3072,
            Context = 40960,
            NormEps = 1e-6f,
            RopeTheta = 1e6f,
            TieEmbeddings = true,
        }), Same(Read(Small)));
        Assert.Equal(Same(new TextConfig
        {
            Vocab = 151936,
            Hidden = 2048,
            Layers = 48,
            Heads = 32,
            KvHeads = 4,
            HeadDim = 128,
            Intermediate = 6144,
            Context = 40960,
            NormEps = 1e-6f,
            RopeTheta = 1e6f,
            Experts = 128,
            ExpertsPerToken = 8,
            ExpertIntermediate = 768,
            NormaliseExperts = true,
        }), Same(Read(Mixture)));
    }

    [Fact]
    public void WhatIsWrittenReadsBackTheSame()
    {
        TextConfig[] configs =
        [
            Read(Small) with { NormEps = 3.3e-7f, RopeTheta = 12345.678f },
            Read(Mixture) with { NormaliseExperts = false, DenseBlocks = [0, 7] },
        ];
        foreach (var config in configs)
        {
            var path = _folder.Write("config.json", HuggingFaceConfig.Write(config, ElementType.BF16, [1, 2], null));
            Assert.Equal(Same(config), Same(HuggingFaceConfig.Read(path)));
        }
    }

    [Fact]
    public void NewerSpellingsAndDefaultsAreUnderstood()
    {
        var newer = With(With(With(Small, "rope_theta", null), "rope_scaling", null), "rope_parameters", """{"rope_type":"default","rope_theta":500000.0}""");
        Assert.Equal(500_000f, Read(newer).RopeTheta);
        Assert.Equal(10_000f, Read(With(Small, "rope_theta", null)).RopeTheta);
        Assert.False(Read(With(Mixture, "norm_topk_prob", null)).NormaliseExperts);   // transformers' default, not ours
        Assert.Equal([0, 2, 4], Read(With(With(Mixture, "decoder_sparse_step", "2"), "num_hidden_layers", "6")).DenseBlocks);
        Assert.Equal([1, 3], Read(With(With(Mixture, "mlp_only_layers", "[3,1]"), "num_hidden_layers", "6")).DenseBlocks);
    }

    [Theory]
    [InlineData("model_type", "\"llama\"")]
    [InlineData("model_type", null)]
    [InlineData("architectures", """["Qwen3ForSequenceClassification"]""")]
    [InlineData("attention_bias", "true")]
    [InlineData("use_sliding_window", "true")]
    [InlineData("layer_types", """["full_attention","sliding_attention"]""")]
    [InlineData("rope_scaling", """{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":32768}""")]
    [InlineData("rope_scaling", """{"type":"linear","factor":2}""")]
    [InlineData("rope_parameters", """{"rope_type":"llama3"}""")]
    [InlineData("hidden_act", "\"gelu\"")]
    [InlineData("quantization_config", """{"quant_method":"fp8"}""")]
    [InlineData("hidden_size", null)]
    [InlineData("hidden_size", "\"1024\"")]
    [InlineData("hidden_size", "10.5")]
    [InlineData("head_dim", null)]
    [InlineData("rms_norm_eps", "\"small\"")]
    [InlineData("tie_word_embeddings", "1")]
    public void WhatIsNotRunIsRefusedByName(string field, string? value)
    {
        Assert.Equal(field, Assert.Throws<CheckpointFormatException>(() => Read(With(Small, field, value))).Field);
    }

    [Fact]
    public void MalformedFilesAndSizesAreRefused()
    {
        for (var length = 0; length < 120; length++) Assert.Throws<CheckpointFormatException>(() => Read(Small[..length]));
        Assert.Contains("positive", Assert.Throws<CheckpointFormatException>(() => Read(With(Small, "num_hidden_layers", "0"))).Message);
        Assert.Contains("multiple", Assert.Throws<CheckpointFormatException>(() => Read(With(Small, "num_key_value_heads", "3"))).Message);
        Assert.Contains("expertsPerToken", Assert.Throws<CheckpointFormatException>(() => Read(With(Mixture, "num_experts_per_tok", "129"))).Message);
        Assert.Contains("decoder_sparse_step", Assert.Throws<CheckpointFormatException>(() => Read(With(Mixture, "decoder_sparse_step", "0"))).Message);
    }
}
