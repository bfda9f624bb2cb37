using System.Text;
using System.Text.Json.Nodes;
using Maison.Data.Tokenizers;

namespace Maison.Tests.Data.Tokenizers;

/// <summary>tokenizer.json: what is written reads back, both dialects read alike, and what cannot be honoured is refused by name.</summary>
public sealed class TokenizerJsonTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("maison-tokenizer-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Json => Path.Combine(folder, "tokenizer.json");

    JsonNode Saved()
    {
        SampleText.Tokenizer.Save(folder);
        return JsonNode.Parse(File.ReadAllText(Json))!;
    }

    BpeTokenizer Reload(JsonNode node)
    {
        File.WriteAllText(Json, node.ToJsonString());
        return BpeTokenizer.Load(Json);
    }

    [Fact]
    public void What_is_saved_loads_and_encodes_alike()
    {
        SampleText.Tokenizer.Save(folder);
        var loaded = BpeTokenizer.Load(folder);
        Assert.Equal(SampleText.Tokenizer.VocabSize, loaded.VocabSize);
        Assert.Equal(SampleText.Tokenizer.SpecialTokens, loaded.SpecialTokens);
        foreach (string text in SampleText.Documents(21, 100).Append("<think>a</think><|im_end|>"))
            Assert.Equal(SampleText.Tokenizer.Encode(text, true), loaded.Encode(text, true));
        string first = File.ReadAllText(Json);
        loaded.Save(Json);
        Assert.Equal(first, File.ReadAllText(Json));
        Assert.Single(Directory.GetFiles(folder));
    }

    [Fact]
    public void Merges_as_pairs_read_as_merges_as_strings()
    {
        var node = Saved();
        var merges = node["model"]!["merges"]!.AsArray();
        node["model"]!["merges"] = new JsonArray([.. merges.Select(m => new JsonArray([.. m!.GetValue<string>().Split(' ').Select(p => JsonValue.Create(p))]))]);
        Assert.Equal(SampleText.Tokenizer.Model.Merges, Reload(node).Model.Merges);
    }

    [Fact]
    public void Gpt2s_bare_byte_level_splits_by_its_own_pattern_and_saves_as_such()
    {
        var node = Saved();
        node["pre_tokenizer"] = JsonNode.Parse("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}""");
        var gpt2 = Reload(node);
        // GPT-2 keeps digits together and leaves the line break to the spaces; the bytes come back all the same.
        string text = "ba 123\n\n na'S 𝐀b";
        Assert.Equal(text, gpt2.Decode(gpt2.Encode(text)));
        gpt2.Save(folder);
        Assert.Equal(BpeModel.Gpt2Pattern, BpeTokenizer.Load(folder).Model.SplitPattern);
        Assert.True(JsonNode.Parse(File.ReadAllText(Json))!["pre_tokenizer"]!["use_regex"]!.GetValue<bool>());
    }

    [Fact]
    public void Another_regex_goes_through_dotnet_and_sees_code_points()
    {
        var splitter = new RegexSplitter(@"\p{L}+|\p{N}{1,2}");
        var ends = new List<int>();
        byte[] text = Encoding.UTF8.GetBytes("𝐀b.😀𝟗12 ");
        splitter.Split(text, ends);
        int start = 0;
        Assert.Equal(["𝐀b", ".😀", "𝟗1", "2", " "], ends.Select(e => { var piece = Encoding.UTF8.GetString(text, start, e - start); start = e; return piece; }));

        var node = Saved();
        node["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = @"\p{L}+|[^\p{L}]+";
        var loaded = Reload(node);
        Assert.Equal("bana 123 na", loaded.Decode(loaded.Encode("bana 123 na")));
    }

    [Fact]
    public void A_file_that_asks_for_nfc_gets_it()
    {
        var node = Saved();
        node["normalizer"] = JsonNode.Parse("""{"type":"NFC"}""");
        node["added_tokens"]![5]!["normalized"] = true;
        var loaded = Reload(node);
        Assert.Equal(loaded.Encode("é <tool_call>", true), loaded.Encode("e\u0301 <tool_call>", true));
        Assert.Contains(loaded.SpecialTokens["<tool_call>"], loaded.Encode("e\u0301 <tool_call>", true));
    }

    [Fact]
    public void Left_over_truncation_cuts_nothing()
    {
        var node = Saved();
        node["truncation"] = JsonNode.Parse("""{"direction":"Right","max_length":2,"strategy":"LongestFirst","stride":0}""");
        node["padding"] = JsonNode.Parse("""{"strategy":{"Fixed":99},"direction":"Right","pad_id":0}""");
        Assert.Equal(SampleText.Tokenizer.Encode("ba na the ing er"), Reload(node).Encode("ba na the ing er"));
    }

    [Fact]
    public void A_mark_that_is_in_the_vocabulary_too_is_one_token()
    {
        var node = Saved();
        foreach (var token in node["added_tokens"]!.AsArray())
            node["model"]!["vocab"]![token!["content"]!.GetValue<string>()] = token["id"]!.GetValue<int>();
        var loaded = Reload(node);
        Assert.Equal(SampleText.Tokenizer.VocabSize, loaded.VocabSize);
        Assert.Equal(SampleText.Tokenizer.Encode("ba<|im_end|>", true), loaded.Encode("ba<|im_end|>", true));
        loaded.Save(folder);
        Assert.NotNull(JsonNode.Parse(File.ReadAllText(Json))!["model"]!["vocab"]!["<|im_end|>"]);
    }

    [Theory]
    [InlineData("model.type", "\"WordPiece\"", "model is WordPiece")]
    [InlineData("model.dropout", "0.1", "model.dropout")]
    [InlineData("model.byte_fallback", "true", "model.byte_fallback")]
    [InlineData("model.ignore_merges", "true", "model.ignore_merges")]
    [InlineData("model.ignore_merges", "3", "model.ignore_merges must be true or false")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix")]
    [InlineData("model.vocab", "[]", "model.vocab is missing")]
    [InlineData("model.vocab", "{\"a\":0}", "model.merges[0] needs the token")]
    [InlineData("model.vocab", "{}", "model.merges[0] needs the token")]
    [InlineData("model.vocab.a", "-1", "model.vocab[\"a\"] must be an id")]
    [InlineData("model.vocab.a", "2000000000", "model.vocab[\"a\"] must be an id")]
    [InlineData("model.vocab.a", "1.5", "model.vocab[\"a\"] must be an id")]
    [InlineData("model.vocab.a", "98", "has the id 98, which another token has too")]
    [InlineData("model.vocab.日", "98", "not written in the byte-level alphabet")]
    [InlineData("model.merges", "null", "model.merges is missing")]
    [InlineData("model.merges", "[\"a\"]", "model.merges[0] must be")]
    [InlineData("model.merges", "[\"a b c\"]", "model.merges[0] must be")]
    [InlineData("model.merges", "[[\"a\",3]]", "model.merges[0] must be")]
    [InlineData("model.merges", "[\"z z\"]", "model.merges[0] needs the token \"zz\"")]
    [InlineData("model", "7", "model is missing")]
    [InlineData("added_tokens.0.content", "\"na\"", "added_tokens gives \"na\" the id")]
    [InlineData("normalizer", "{\"type\":\"NFKC\"}", "normalizer is NFKC")]
    [InlineData("pre_tokenizer", "null", "pre_tokenizer is null")]
    [InlineData("pre_tokenizer", "{\"type\":\"Metaspace\"}", "pre_tokenizer is Metaspace")]
    [InlineData("pre_tokenizer", "{\"type\":\"ByteLevel\",\"add_prefix_space\":true}", "add_prefix_space is true")]
    [InlineData("pre_tokenizer.pretokenizers", "[{\"type\":\"Digits\"},{\"type\":\"ByteLevel\"}]", "pre_tokenizer.pretokenizers")]
    [InlineData("pre_tokenizer.pretokenizers.0.behavior", "\"Removed\"", "behavior")]
    [InlineData("pre_tokenizer.pretokenizers.0.pattern", "{\"String\":\" \"}", "pattern must be an object with a Regex")]
    [InlineData("pre_tokenizer.pretokenizers.0.pattern.Regex", "\"(\"", "pattern.Regex cannot be read")]
    [InlineData("pre_tokenizer.pretokenizers.1.use_regex", "true", "use_regex is true")]
    [InlineData("post_processor", "{\"type\":\"TemplateProcessing\"}", "post_processor is TemplateProcessing")]
    [InlineData("decoder", "{\"type\":\"WordPiece\"}", "decoder is WordPiece")]
    [InlineData("added_tokens", "{}", "added_tokens must be an array")]
    [InlineData("added_tokens.0", "4", "added_tokens[0].content")]
    [InlineData("added_tokens.0.lstrip", "true", "added_tokens[0].lstrip")]
    [InlineData("added_tokens.0.id", "\"x\"", "added_tokens[0].id must be an id")]
    [InlineData("added_tokens.0.id", "97", "which another token has too")]
    [InlineData("added_tokens.0.content", "\"<think>\"", "holds \"<think>\" twice")]
    public void Refuses_by_name_what_cannot_be_honoured(string field, string value, string message)
    {
        var node = Saved();
        var parts = field.Split('.');
        var parent = node;
        foreach (string part in parts[..^1]) parent = int.TryParse(part, out int index) ? parent[index]! : parent[part]!;
        if (int.TryParse(parts[^1], out int at)) parent[at] = JsonNode.Parse(value);
        else parent[parts[^1]] = JsonNode.Parse(value);
        var error = Assert.Throws<InvalidDataException>(() => Reload(node));
        Assert.Contains(message, error.Message);
        Assert.StartsWith(Json, error.Message);
    }

    [Fact]
    public void A_vocabulary_without_every_byte_is_refused()
    {
        var node = Saved();
        node["model"]!["vocab"]!.AsObject().Remove("Ā");    // byte 0
        Assert.Contains("no entry for byte 0", Assert.Throws<InvalidDataException>(() => Reload(node)).Message);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_and_never_half_loaded()
    {
        SampleText.Tokenizer.Save(folder);
        byte[] whole = File.ReadAllBytes(Json);
        for (int length = 0; length < whole.Length - 2; length += 997)
        {
            File.WriteAllBytes(Json, whole[..length]);
            Assert.Contains("JSON", Assert.Throws<InvalidDataException>(() => BpeTokenizer.Load(folder)).Message);
        }
    }

    [Fact]
    public void A_damaged_file_loads_or_is_refused_but_never_crashes()
    {
        var random = new Random(9);
        SampleText.Train(["banana bandana"], 290).Save(folder);
        byte[] whole = File.ReadAllBytes(Json);
        for (int round = 0; round < 400; round++)
        {
            byte[] damaged = [.. whole];
            for (int i = random.Next(1, 4); i > 0; i--) damaged[random.Next(damaged.Length)] = (byte)(round % 2 == 0 ? random.Next(256) : "\"[]{},:0-nt\\"u8[random.Next(12)]);
            File.WriteAllBytes(Json, damaged);
            try
            {
                var loaded = BpeTokenizer.Load(folder);
                Assert.NotEmpty(loaded.Encode("banana", true));
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(Json, e.Message);
            }
        }
    }

    [Theory]
    [InlineData("\"b\": 98", "\"a\": 98", "holds \"a\" twice")]
    [InlineData("\"b\": 98", "\"\\ud800\": 98", "not valid Unicode")]
    public void A_doubled_or_broken_entry_is_refused(string entry, string instead, string message)
    {
        SampleText.Tokenizer.Save(folder);
        File.WriteAllText(Json, File.ReadAllText(Json).Replace(entry, instead));
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => BpeTokenizer.Load(folder)).Message);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("tokenizer.json", Assert.Throws<FileNotFoundException>(() => BpeTokenizer.Load(folder)).Message);
}
