using System.Text.Json.Nodes;
using Maison.Data.Tokenizers;
using Maison.Models.Weights;

namespace Maison.Tests.Models.Weights;

public sealed class GgufTokenizerTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    GgufFile Make(IEnumerable<KeyValuePair<string, object>> keys)
    {
        using (var writer = GgufWriter.Create(_folder.File("t.gguf"), keys, [])) writer.Commit();
        return GgufFile.Open(_folder.File("t.gguf"));
    }

    IReadOnlyList<KeyValuePair<string, object>> Keys(int vocab = 320)
    {
        TinyModel.Tokenizer().Save(_folder.File("tokenizer.json"));
        return GgufTokenizer.Write(_folder.Path, vocab);
    }

    [Fact]
    public void TablesAloneRebuildTheSameEncoding()
    {
        var tokenizer = TinyModel.Tokenizer();
        using var file = Make(Keys().Where(k => k.Key != "tokenizer.huggingface.json"));
        var tokens = file.Metadata.GetStrings("tokenizer.ggml.tokens");
        var types = file.Metadata.GetIntegers("tokenizer.ggml.token_type");
        Assert.Equal(("[PAD319]", 5L), (tokens[319], types[319]));
        Assert.Equal(3, types[tokenizer.SpecialTokens["<|im_end|>"]]);
        Assert.Equal(4, types[tokenizer.SpecialTokens["<think>"]]);
        Assert.Equal(1, types[65]);
        var again = BpeTokenizer.Load(_folder.Write("tokenizer.json", GgufTokenizer.Read(file)));
        Assert.Equal(tokenizer.VocabSize, again.VocabSize);
        Assert.Equal(tokenizer.SpecialTokens, again.SpecialTokens);
        foreach (var text in (string[])[TinyModel.Text, "<|im_start|>user\nIt's 2026!<|im_end|>\n<think>\n", "🙂 naïve"])
            Assert.Equal(tokenizer.Encode(text, allowSpecial: true), again.Encode(text, allowSpecial: true));
    }

    [Fact]
    public void Gpt2SplittingHasItsOwnName()
    {
        TinyModel.Tokenizer().Save(_folder.File("tokenizer.json"));
        var json = JsonNode.Parse(File.ReadAllText(_folder.File("tokenizer.json")))!;
        json["pre_tokenizer"] = JsonNode.Parse("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}""");
        File.WriteAllText(_folder.File("tokenizer.json"), json.ToJsonString());
        var keys = GgufTokenizer.Write(_folder.Path, 320);
        Assert.Equal("gpt-2", keys.Single(k => k.Key == "tokenizer.ggml.pre").Value);
        var original = BpeTokenizer.Load(_folder.Path);
        using var file = Make(keys.Where(k => k.Key != "tokenizer.huggingface.json"));
        var again = BpeTokenizer.Load(_folder.Write("tokenizer.json", GgufTokenizer.Read(file)));
        Assert.Equal(original.Encode(TinyModel.Text), again.Encode(TinyModel.Text));
    }

    [Fact]
    public void WhatGgufCannotSayIsRefused()
    {
        Assert.Contains("outside the model's 250 embeddings", Assert.Throws<CheckpointFormatException>(() => Keys(250)).Message);
        var json = JsonNode.Parse(File.ReadAllText(_folder.File("tokenizer.json")))!;
        json["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = @"\s+";
        File.WriteAllText(_folder.File("tokenizer.json"), json.ToJsonString());
        Assert.Equal("pre_tokenizer", Assert.Throws<CheckpointFormatException>(() => GgufTokenizer.Write(_folder.Path, 320)).Field);
        json["model"]!["type"] = "Unigram";
        File.WriteAllText(_folder.File("tokenizer.json"), json.ToJsonString());
        Assert.Equal("model.type", Assert.Throws<CheckpointFormatException>(() => GgufTokenizer.Write(_folder.Path, 320)).Field);
        File.WriteAllText(_folder.File("tokenizer_config.json"), """{"eos_token":{"content":"</s>"}}""");
        Assert.Equal("eos_token", Assert.Throws<CheckpointFormatException>(() => GgufTokenizer.Write(_folder.Path, 320)).Field);
    }

    [Fact]
    public void MalformedTablesAreRefused()
    {
        var keys = Keys().Where(k => k.Key != "tokenizer.huggingface.json").ToDictionary();
        CheckpointFormatException Refused(string key, object value)
        {
            using var file = Make(new Dictionary<string, object>(keys) { [key] = value });
            return Assert.Throws<CheckpointFormatException>(() => GgufTokenizer.Read(file));
        }
        Assert.Contains("2 types are given for 320", Refused("tokenizer.ggml.token_type", new[] { 1, 1 }).Message);
        Assert.Contains("type 6", Refused("tokenizer.ggml.token_type", Enumerable.Repeat(6, 320).ToArray()).Message);
        Assert.Contains("'llama-bpe'", Refused("tokenizer.ggml.pre", "llama-bpe").Message);
        Assert.Contains("array of strings", Refused("tokenizer.ggml.merges", 5).Message);
    }
}
