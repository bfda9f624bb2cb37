using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;

namespace Maison.Tests.Models.Weights;

public sealed class QwenNamesTests
{
    [Theory]
    [InlineData("embedding", "model.embed_tokens.weight", "token_embd.weight")]
    [InlineData("norm", "model.norm.weight", "output_norm.weight")]
    [InlineData("head", "lm_head.weight", "output.weight")]
    [InlineData("blocks.0.attnNorm", "model.layers.0.input_layernorm.weight", "blk.0.attn_norm.weight")]
    [InlineData("blocks.3.attn.q", "model.layers.3.self_attn.q_proj.weight", "blk.3.attn_q.weight")]
    [InlineData("blocks.3.attn.k", "model.layers.3.self_attn.k_proj.weight", "blk.3.attn_k.weight")]
    [InlineData("blocks.3.attn.v", "model.layers.3.self_attn.v_proj.weight", "blk.3.attn_v.weight")]
    [InlineData("blocks.12.attn.o", "model.layers.12.self_attn.o_proj.weight", "blk.12.attn_output.weight")]
    [InlineData("blocks.3.attn.qNorm", "model.layers.3.self_attn.q_norm.weight", "blk.3.attn_q_norm.weight")]
    [InlineData("blocks.3.attn.kNorm", "model.layers.3.self_attn.k_norm.weight", "blk.3.attn_k_norm.weight")]
    [InlineData("blocks.3.mlpNorm", "model.layers.3.post_attention_layernorm.weight", "blk.3.ffn_norm.weight")]
    [InlineData("blocks.3.mlp.gate", "model.layers.3.mlp.gate_proj.weight", "blk.3.ffn_gate.weight")]
    [InlineData("blocks.3.mlp.up", "model.layers.3.mlp.up_proj.weight", "blk.3.ffn_up.weight")]
    [InlineData("blocks.3.mlp.down", "model.layers.3.mlp.down_proj.weight", "blk.3.ffn_down.weight")]
    [InlineData("blocks.3.mixture.router", "model.layers.3.mlp.gate.weight", "blk.3.ffn_gate_inp.weight")]
    [InlineData("blocks.3.mixture.experts.gate.17", "model.layers.3.mlp.experts.17.gate_proj.weight", "blk.3.ffn_gate_exps.weight", 17)]
    [InlineData("blocks.3.mixture.experts.up.0", "model.layers.3.mlp.experts.0.up_proj.weight", "blk.3.ffn_up_exps.weight", 0)]
    [InlineData("blocks.3.mixture.experts.down.127", "model.layers.3.mlp.experts.127.down_proj.weight", "blk.3.ffn_down_exps.weight", 127)]
    public void EveryWeightHasItsNames(string key, string huggingFace, string gguf, int expert = -1)
    {
        Assert.Equal(new QwenName(huggingFace, gguf, expert), QwenNames.Find(key));
    }

    [Theory]
    [InlineData("blocks.0.inputMix")]
    [InlineData("blocks.1.attn.valueTable")]
    [InlineData("blocks.1.mixture.routerBias")]
    [InlineData("blocks.x.attn.q")]
    [InlineData("blocks.1")]
    [InlineData("blocks.1.mixture.experts.gate")]
    [InlineData("other")]
    public void ExtrasHaveNoName(string key) => Assert.Null(QwenNames.Find(key));

    [Fact]
    public void PlainModelsAreNamedWhollyAndUniquely()
    {
        var dense = ModelWeights.Slots(new Decoder(TinyModel.Config with { TieEmbeddings = false }));
        Assert.Equal(3 + 2 * 11, dense.Count);
        Assert.Equal(dense.Count, dense.Select(s => QwenNames.Find(s.Key)!.Value.HuggingFace).Distinct().Count());
        Assert.Equal(dense.Count, dense.Select(s => QwenNames.Find(s.Key)!.Value.Gguf).Distinct().Count());
        var mixture = ModelWeights.Slots(new Decoder(TinyModel.Mixture));
        Assert.Equal(3 + 2 * (9 + 4 * 3), mixture.Count);
        Assert.Equal(mixture.Count, mixture.Select(s => QwenNames.Find(s.Key)!.Value.HuggingFace).Distinct().Count());
        Assert.Equal(3 + 2 * 12, mixture.Select(s => QwenNames.Find(s.Key)!.Value.Gguf).Distinct().Count());   // experts are stacked
    }
}
