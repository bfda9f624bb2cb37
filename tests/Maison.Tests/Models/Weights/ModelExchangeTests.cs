// Export to and import from other engines' files. What llama.cpp itself makes of such a file was compared once by hand; here the
// names, shapes and bytes are held.

using System.Text.Json.Nodes;
using Maison.Data.Tokenizers;
using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;

namespace Maison.Tests.Models.Weights;

public sealed class ModelExchangeTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Checkpoint(TextConfig config, ElementType type = ElementType.F32)
    {
        TinyModel.Save(_folder.File("ours"), TinyModel.Random(config, 5), type);
        return _folder.File("ours");
    }

    static void AssertSameValues(string expected, string actual)
    {
        var (left, right) = (TinyModel.Values(expected), TinyModel.Values(actual));
        Assert.Equal(left.Keys.Order(), right.Keys.Order());
        Assert.All(left, pair => Assert.Equal(pair.Value, right[pair.Key]));
    }

    static CheckpointFormatException Refused(Action action) => Assert.Throws<CheckpointFormatException>(action);

    void AssertNothingLeft() => Assert.DoesNotContain(Directory.GetFileSystemEntries(_folder.Path), path => path.EndsWith(".tmp"));

    [Theory]
    [InlineData(true, ElementType.F32)]
    [InlineData(false, ElementType.BF16)]
    [InlineData(false, ElementType.F16)]
    public void HuggingFaceFolderAndBackIsTheSameModel(bool tied, ElementType type)
    {
        var ours = Checkpoint(TinyModel.Config with { TieEmbeddings = tied }, type);
        var (theirs, again) = (_folder.File("hf"), _folder.File("again"));
        ModelExport.ToHuggingFace(ours, theirs);
        using (var file = SafetensorsFile.Open(theirs))
        {
            Assert.Equal([64, 64], file.Find("model.layers.1.self_attn.q_proj.weight")!.Shape.ToArray());
            Assert.Equal([16], file.Find("model.layers.1.self_attn.q_norm.weight")!.Shape.ToArray());
            Assert.Equal(type, file.Find("model.embed_tokens.weight")!.Type);
            Assert.Equal(tied, file.Find("lm_head.weight") is null);
            Assert.Equal("pt", file.Metadata["format"]);
        }
        var end = BpeTokenizer.Load(ours).SpecialTokens;
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(theirs, "config.json")))!;
        Assert.Equal(end["<|im_end|>"], (int)config["eos_token_id"]!);
        var generation = JsonNode.Parse(File.ReadAllText(Path.Combine(theirs, "generation_config.json")))!;
        Assert.Equal([end["<|im_end|>"], end["<|endoftext|>"]], generation["eos_token_id"]!.AsArray().Select(n => (int)n!));
        Assert.Equal("# tiny", File.ReadAllText(Path.Combine(theirs, "README.md")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(ours, "tokenizer.json")), File.ReadAllBytes(Path.Combine(theirs, "tokenizer.json")));

        ModelImport.Run(theirs, again);
        Assert.Equal(File.ReadAllText(Path.Combine(ours, "config.json")), File.ReadAllText(Path.Combine(again, "config.json")));
        AssertSameValues(ours, again);
        Assert.Equal(["card.md", "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"], Directory.GetFiles(again).Select(Path.GetFileName).Order());
        AssertNothingLeft();
    }

    [Fact]
    public void AdviceOnSamplingGoesOutAndComesBack()
    {
        var ours = Checkpoint(TinyModel.Config);
        var (theirs, again) = (_folder.File("hf"), _folder.File("again"));
        var advice = new GenerationSettings(Sample: true, Temperature: 0.4f, TopK: 20, TopP: 0.95f, RepetitionPenalty: 1.15f);
        advice.Save(ours);
        ModelExport.ToHuggingFace(ours, theirs);
        ModelImport.Run(theirs, again);
        Assert.Equal(advice, GenerationSettings.Read(again));
        Assert.Null(GenerationSettings.Read(_folder.Path));
    }

    [Theory]
    [InlineData("""{"temperature": "hot"}""", "temperature")]
    [InlineData("""{"temperature": -1}""", "temperature")]
    [InlineData("""{"top_p": 1.5}""", "top_p")]
    [InlineData("""{"top_k": -3}""", "top_k")]
    [InlineData("""{"repetition_penalty": 0}""", "repetition_penalty")]
    [InlineData("""{"do_sample": 1}""", "do_sample")]
    [InlineData("""{"temperature": 1""", "JSON")]
    public void AdviceThatCannotBeFollowedIsRefusedByName(string written, string field)
    {
        var theirs = _folder.File("hf");
        ModelExport.ToHuggingFace(Checkpoint(TinyModel.Config), theirs);
        File.WriteAllText(Path.Combine(theirs, GenerationSettings.FileName), written);
        Assert.Equal(field, Refused(() => ModelImport.Run(theirs, _folder.File("again"))).Field);
        AssertNothingLeft();
    }

    [Theory]
    [InlineData(true, ElementType.F32, 0f)]
    [InlineData(false, ElementType.F16, 1 / 2048f)]
    [InlineData(false, ElementType.BF16, 1 / 256f)]
    [InlineData(true, ElementType.Q8_0, 1 / 200f)]
    public void GgufFileAndBackIsTheSameModel(bool tied, ElementType type, float error)
    {
        var ours = Checkpoint(TinyModel.Config with { TieEmbeddings = tied });
        var (theirs, again) = (_folder.File("tiny.gguf"), _folder.File("again"));
        var shares = new List<double>();
        ModelExport.ToGguf(ours, theirs, type, progress: new Listener(shares));
        Assert.True(shares.Count > 20 && shares.Zip(shares.Skip(1)).All(p => p.First <= p.Second) && shares[^1] is > 0.5 and <= 1);
        using (var file = GgufFile.Open(theirs))
        {
            Assert.Equal(type, file.Find("blk.1.ffn_down.weight")!.Type);
            Assert.Equal(ElementType.F32, file.Find("blk.1.attn_k_norm.weight")!.Type);
            Assert.Equal([32, 64], file.Find("blk.0.attn_v.weight")!.Shape.ToArray());
            Assert.Equal(tied, file.Find("output.weight") is null);
            Assert.Equal(("qwen3", "gpt2", "qwen2"), (file.Metadata.GetString("general.architecture"), file.Metadata.GetString("tokenizer.ggml.model"), file.Metadata.GetString("tokenizer.ggml.pre")));
            Assert.Equal(320, file.Metadata.GetStrings("tokenizer.ggml.tokens").Length);
            Assert.Contains("<|im_start|>", file.Metadata.GetString("tokenizer.chat_template"));
        }
        var config = ModelImport.Run(theirs, again);
        Assert.Equal(TinyModel.Config.Context, config.Context);
        Assert.Equal(File.ReadAllText(Path.Combine(ours, "config.json")), File.ReadAllText(Path.Combine(again, "config.json")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(ours, "tokenizer.json")), File.ReadAllBytes(Path.Combine(again, "tokenizer.json")));
        var (left, right) = (TinyModel.Values(ours), TinyModel.Values(again));
        Assert.Equal(left.Keys.Order(), right.Keys.Order());
        foreach (var (key, values) in left)
        {
            var scale = values.Max(MathF.Abs) * (key.Contains("orm") ? 0 : error);
            Assert.All(values.Zip(right[key]), pair => Assert.True(MathF.Abs(pair.First - pair.Second) <= scale, key));
        }
        using (var file = SafetensorsFile.Open(again)) Assert.Equal(type, file.Find("blocks.1.mlp.down")!.Type);   // kept, not blown up

        ModelExport.ToGguf(again, _folder.File("second.gguf"), name: "ours");   // the same file, to the last byte
        Assert.Equal(File.ReadAllBytes(theirs), File.ReadAllBytes(_folder.File("second.gguf")));
        AssertNothingLeft();
    }

    [Fact]
    public void AMixtureGoesToBothFormatsAndBack()
    {
        var ours = Checkpoint(TinyModel.Mixture);
        ModelExport.ToHuggingFace(ours, _folder.File("hf"));
        ModelExport.ToGguf(ours, _folder.File("x.gguf"));
        using (var theirs = SafetensorsFile.Open(_folder.File("hf")))
        using (var gguf = GgufFile.Open(_folder.File("x.gguf")))
        {
            Assert.Equal([4, 64], theirs.Find("model.layers.1.mlp.gate.weight")!.Shape.ToArray());
            Assert.Equal([64, 32], theirs.Find("model.layers.1.mlp.experts.2.down_proj.weight")!.Shape.ToArray());
            Assert.Equal([4, 64, 32], gguf.Find("blk.1.ffn_down_exps.weight")!.Shape.ToArray());
            Assert.Equal(theirs.Find("model.layers.1.mlp.experts.2.down_proj.weight")!.ReadAll(), gguf.Find("blk.1.ffn_down_exps.weight")!.ReadAll()[(2 * 64 * 32)..(3 * 64 * 32)]);
            Assert.Equal((4, 2, 32), (gguf.Metadata.GetInteger("qwen3moe.expert_count"), gguf.Metadata.GetInteger("qwen3moe.expert_used_count"), gguf.Metadata.GetInteger("qwen3moe.expert_feed_forward_length")));
        }
        foreach (var source in (string[])["hf", "x.gguf"])
        {
            ModelImport.Run(_folder.File(source), _folder.File("again"));
            Assert.Equal(File.ReadAllText(Path.Combine(ours, "config.json")), File.ReadAllText(_folder.File("again/config.json")));
            AssertSameValues(ours, _folder.File("again"));
            Directory.Delete(_folder.File("again"), recursive: true);
        }
        ModelExport.ToGguf(ours, _folder.File("q8.gguf"), ElementType.Q8_0);
        using var small = GgufFile.Open(_folder.File("q8.gguf"));
        Assert.Equal((ElementType.Q8_0, ElementType.F32), (small.Find("blk.0.ffn_up_exps.weight")!.Type, small.Find("blk.0.ffn_gate_inp.weight")!.Type));
    }

    [Fact]
    public void WhatGgufMixturesCannotSayIsRefusedAndSafetensorsTakesIt()
    {
        var ours = Checkpoint(TinyModel.Mixture with { NormaliseExperts = false });
        Assert.Contains("normaliseExperts", Refused(() => ModelExport.ToGguf(ours, _folder.File("x.gguf"))).Message);
        Directory.Delete(ours, recursive: true);
        Checkpoint(TinyModel.Mixture with { DenseBlocks = [1] });
        Assert.Contains("denseBlocks", Refused(() => ModelExport.ToGguf(ours, _folder.File("x.gguf"))).Message);
        ModelExport.ToHuggingFace(ours, _folder.File("hf"));
        ModelImport.Run(_folder.File("hf"), _folder.File("again"));
        AssertSameValues(ours, _folder.File("again"));
        Directory.Delete(ours, recursive: true);
        Checkpoint(TinyModel.Mixture with { RouterBias = true });
        Assert.Contains("routerBias", Refused(() => ModelExport.ToHuggingFace(ours, _folder.File("other"))).Message);
    }

    sealed class Listener(List<double> shares) : IProgress<double>
    {
        public void Report(double value) => shares.Add(value);
    }

    [Fact]
    public void ExtrasAreRefusedByName()
    {
        var ours = Checkpoint(TinyModel.Config with { InputSkip = true, ValueEmbeddings = true, LogitSoftcap = 15 });
        foreach (var action in (Action[])[() => ModelExport.ToHuggingFace(ours, _folder.File("hf")), () => ModelExport.ToGguf(ours, _folder.File("x.gguf"))])
            Assert.Contains("inputSkip, valueEmbeddings, logitSoftcap", Refused(action).Message);
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void OurOwnFolderIsAddedWithItsExtras()
    {
        var ours = Checkpoint(TinyModel.Config with { InputSkip = true, ValueEmbeddings = true }, ElementType.Q8_0);
        ModelImport.Run(ours, _folder.File("copy"));
        foreach (var name in (string[])["config.json", "tokenizer.json", "tokenizer_config.json", "card.md"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(ours, name)), File.ReadAllBytes(_folder.File($"copy/{name}")));
        AssertSameValues(ours, _folder.File("copy"));
    }

    [Fact]
    public void ExistingTargetsAreNeverOverwritten()
    {
        var ours = Checkpoint(TinyModel.Config);
        Directory.CreateDirectory(_folder.File("hf"));
        var file = _folder.Write("x.gguf", [1]);
        Assert.Contains("exists already", Refused(() => ModelExport.ToHuggingFace(ours, _folder.File("hf"))).Message);
        Assert.Contains("exists already", Refused(() => ModelExport.ToGguf(ours, file)).Message);
        Assert.Contains("exists already", Refused(() => ModelImport.Run(ours, _folder.File("hf"))).Message);
        Assert.Equal([1], File.ReadAllBytes(file));
    }

    [Fact]
    public void CancellingLeavesNothingBehind()
    {
        var ours = Checkpoint(TinyModel.Config);
        var cancelled = new CancellationToken(true);
        Assert.Throws<OperationCanceledException>(() => ModelExport.ToHuggingFace(ours, _folder.File("hf"), cancel: cancelled));
        Assert.Throws<OperationCanceledException>(() => ModelExport.ToGguf(ours, _folder.File("x.gguf"), cancel: cancelled));
        Assert.Throws<OperationCanceledException>(() => ModelImport.Run(ours, _folder.File("copy"), cancel: cancelled));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    /// <summary>Writes the exported tensors again with a change.</summary>
    void Rewrite(string folder, Func<StoredTensor, TensorSpec?> change, params TensorSpec[] more)
    {
        var changed = _folder.File("changed.safetensors");
        using (var file = SafetensorsFile.Open(folder))
        {
            var kept = file.Tensors.Select(t => (Old: t, New: change(t))).Where(p => p.New is not null).ToArray();
            using var writer = SafetensorsWriter.Create(changed, [.. kept.Select(p => p.New!), .. more]);
            foreach (var (old, spec) in kept) writer.Write(spec!.Name, old.Bytes);
            foreach (var spec in more) writer.Write(spec.Name, new byte[spec.Type.ByteCount(spec.Shape.Aggregate(1L, (a, b) => a * b))]);
            writer.Commit();
        }
        File.Move(changed, Path.Combine(folder, "model.safetensors"), overwrite: true);
    }

    static TensorSpec Same(StoredTensor t) => new(t.Name, t.Type, t.Shape.ToArray());

    [Fact]
    public void ImportHoldsEveryTensorToItsPlaceAndShape()
    {
        var ours = Checkpoint(TinyModel.Config);
        var theirs = _folder.File("hf");
        string Import() => Refused(() => ModelImport.Run(theirs, _folder.File("again"))).Message;
        void Fresh()
        {
            if (Directory.Exists(theirs)) Directory.Delete(theirs, true);
            ModelExport.ToHuggingFace(ours, theirs);
        }
        Fresh();
        Rewrite(theirs, t => t.Name.Contains("1.mlp.up_proj") ? null : Same(t));
        Assert.Contains("model.layers.1.mlp.up_proj.weight: the tensor is missing", Import());
        Fresh();
        Rewrite(theirs, t => t.Name.Contains("1.mlp.up_proj") ? Same(t) with { Shape = [64, 96] } : Same(t));
        Assert.Contains("asks for [96, 64]", Import());
        Fresh();
        Rewrite(theirs, t => t.Name.Contains("1.mlp.up_proj") ? Same(t) with { Type = ElementType.I32 } : Same(t));
        Assert.Contains("type I32", Import());
        Fresh();
        Rewrite(theirs, Same, new TensorSpec("model.layers.0.self_attn.q_proj.bias", ElementType.F32, 64));
        Assert.Contains("q_proj.bias: this tensor", Import());
        Fresh();
        File.Delete(Path.Combine(theirs, "tokenizer.json"));
        Assert.Contains("tokenizer.json: the file is missing", Import());
        Assert.False(Directory.Exists(_folder.File("again")));
        AssertNothingLeft();
    }

    [Fact]
    public void ATiedModelMayRepeatItsHeadAndComputedTablesArePassedOver()
    {
        var ours = Checkpoint(TinyModel.Config);
        ModelExport.ToHuggingFace(ours, _folder.File("hf"));
        Rewrite(_folder.File("hf"), Same, new TensorSpec("lm_head.weight", ElementType.F32, 320, 64), new TensorSpec("model.layers.0.self_attn.rotary_emb.inv_freq", ElementType.F32, 8));
        ModelImport.Run(_folder.File("hf"), _folder.File("again"));
        AssertSameValues(ours, _folder.File("again"));
    }

    [Fact]
    public void GgufOfOtherKindsIsRefusedByKey()
    {
        var ours = Checkpoint(TinyModel.Config);
        ModelExport.ToGguf(ours, _folder.File("good.gguf"), ElementType.F32);
        using var good = GgufFile.Open(_folder.File("good.gguf"));
        string With(string key, object? value)
        {
            var metadata = good.Metadata.Values.Where(p => p.Key != key).ToList();
            if (value is not null) metadata.Add(new(key, value));
            using (var writer = GgufWriter.Create(_folder.File("bad.gguf"), metadata, good.Tensors.Select(Same)))
            {
                foreach (var tensor in good.Tensors) writer.Write(tensor.Name, tensor.Bytes);
                writer.Commit();
            }
            var error = Refused(() => ModelImport.Run(_folder.File("bad.gguf"), _folder.File("again")));
            Assert.Equal(key, error.Field);
            return error.Message;
        }
        Assert.Contains("'llama' is not run", With("general.architecture", "llama"));
        Assert.Contains("missing", With("qwen3.block_count", null));
        Assert.Contains("out of range", With("qwen3.block_count", -1));
        Assert.Contains("yarn", With("qwen3.rope.scaling.type", "yarn"));
        Assert.Contains("window", With("qwen3.attention.sliding_window", 512u));
        Assert.Contains("differs", With("qwen3.attention.value_length", 8u));
        Assert.Contains("one part", With("split.count", (ushort)2));
        Assert.Contains("'llama' is not byte-level", With("tokenizer.ggml.model", "llama"));
        Assert.Contains("outside the vocabulary", With("tokenizer.ggml.bos_token_id", 320u));
        Assert.Contains("outside the vocabulary", With("tokenizer.ggml.eos_token_id", 320u));
        Assert.Contains("JSON", With("tokenizer.huggingface.json", "{"));
        Assert.False(Directory.Exists(_folder.File("again")));
    }

    [Fact]
    public void HalvesThatWouldOverflowAreRefusedByTensor()
    {
        var model = TinyModel.Random(TinyModel.Config, 5);
        ((Maison.Tensors.Param)model.Blocks[1].Mlp!.Down).Values[7] = 70000;
        TinyModel.Save(_folder.File("ours"), model, ElementType.F32);
        Assert.Contains("blocks.1.mlp.down: the value 70000 is beyond F16", Refused(() => ModelExport.ToGguf(_folder.File("ours"), _folder.File("x.gguf"), ElementType.F16)).Message);
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }
}
