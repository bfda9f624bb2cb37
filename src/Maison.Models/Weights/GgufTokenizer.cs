// A byte-level BPE tokenizer.json to and from GGUF's tokenizer.ggml.* keys. It maps tables and encodes nothing.
// The keys cannot say everything that tokenizer.json says (normaliser, exact flags), so the whole file travels along under the
// specification's own key tokenizer.huggingface.json and is preferred on the way back; files from elsewhere are rebuilt from the tables.

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Maison.Models.Weights;

/// <summary>Maps tokenizers between tokenizer.json and GGUF metadata.</summary>
public static class GgufTokenizer
{
    const string ModelKey = "tokenizer.ggml.model", PreKey = "tokenizer.ggml.pre", TokensKey = "tokenizer.ggml.tokens", TypesKey = "tokenizer.ggml.token_type";
    const string MergesKey = "tokenizer.ggml.merges", AddBosKey = "tokenizer.ggml.add_bos_token", WholeKey = "tokenizer.huggingface.json";
    const string EndKey = "tokenizer.ggml.eos_token_id", BosKey = "tokenizer.ggml.bos_token_id", PadKey = "tokenizer.ggml.padding_token_id", TemplateKey = "tokenizer.chat_template";

    /// <summary>Qwen's pre-tokenizer, llama.cpp's "qwen2".</summary>
    const string QwenPattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    const int Normal = 1, Control = 3, UserDefined = 4, Unused = 5;

    /// <summary>The keys for the tokenizer files of a folder, at most <paramref name="vocab"/> ids; ids without a token become unused ones.</summary>
    /// <exception cref="CheckpointFormatException">A file is malformed, or splits text in a way that GGUF engines have no name for.</exception>
    public static IReadOnlyList<KeyValuePair<string, object>> Write(string folder, int vocab)
    {
        var settings = TokenizerSettings.Read(folder);
        var path = Path.Combine(folder, TokenizerSettings.TokenizerName);
        var bytes = File.ReadAllBytes(path);
        var tokenizer = JsonFields.Open(path);
        var model = tokenizer.Object("model") ?? throw tokenizer.Missing("model");
        if ((model.Text("type") ?? "BPE") != "BPE") throw tokenizer.Refused("model.type", $"'{model.Text("type")}' is not BPE", "Only byte-level BPE is exported to GGUF");
        var pre = PreTokenizerName(tokenizer);

        var tokens = new string?[vocab];
        var types = new int[vocab];
        foreach (var entry in (model.Find("vocab") ?? throw model.Missing("model.vocab")).EnumerateObject())
            Put(entry.Name, entry.Value.TryGetInt32(out var id) ? id : -1, Normal, $"model.vocab[{entry.Name}]");
        foreach (var added in tokenizer.List("added_tokens"))
        {
            var token = new JsonFields(path, added);
            var content = token.Text("content") ?? throw token.Missing("added_tokens.content");
            var special = token.Truth("special", false) || (content.StartsWith("<|", StringComparison.Ordinal) && content.EndsWith("|>", StringComparison.Ordinal));
            Put(content, token.Integer("id"), special ? Control : UserDefined, $"added_tokens[{content}]");
        }
        for (var id = 0; id < vocab; id++)
            if (tokens[id] is null) (tokens[id], types[id]) = ($"[PAD{id}]", Unused);

        var keys = new List<KeyValuePair<string, object>>
        {
            new(ModelKey, "gpt2"), new(PreKey, pre), new(TokensKey, tokens!), new(TypesKey, types),
            new(MergesKey, model.List("merges").Select(merge => Merge(merge, model)).ToArray()),
        };
        if (settings.EndId is { } end) keys.Add(new(EndKey, (uint)end));
        if ((settings.StartId ?? settings.EndOfTextId ?? settings.EndId) is { } start) keys.Add(new(BosKey, (uint)start));   // llama.cpp's default would be token 11
        if (settings.PadId is { } pad) keys.Add(new(PadKey, (uint)pad));
        if (settings.ChatTemplate is { } template) keys.Add(new(TemplateKey, template));
        keys.Add(new(AddBosKey, settings.StartId is not null));
        keys.Add(new(WholeKey, Encoding.UTF8.GetString(bytes)));
        return keys;

        void Put(string token, int id, int type, string field)
        {
            if ((uint)id >= (uint)vocab) throw tokenizer.Refused(field, $"the id {id} lies outside the model's {vocab} embeddings", "Tokenizer and model do not belong together");
            if (tokens[id] is { } other && other != token) throw tokenizer.Refused(field, $"the id {id} also means '{other}'", "Restore the file");
            (tokens[id], types[id]) = (token, type);
        }
    }

    static string PreTokenizerName(JsonFields tokenizer)
    {
        var step = tokenizer.Object("pre_tokenizer") ?? throw tokenizer.Missing("pre_tokenizer");
        if (step.Text("type") == "ByteLevel" && step.Truth("use_regex", true) && !step.Truth("add_prefix_space", true)) return "gpt-2";
        if (step.Text("type") == "Sequence" && step.List("pretokenizers") is [{ ValueKind: JsonValueKind.Object } split, { ValueKind: JsonValueKind.Object } last]
            && split.TryGetProperty("pattern", out var pattern) && pattern.ValueKind == JsonValueKind.Object
            && pattern.TryGetProperty("Regex", out var regex) && regex.ValueEquals(QwenPattern)
            && last.TryGetProperty("type", out var type) && type.ValueEquals("ByteLevel")) return "qwen2";
        throw tokenizer.Refused("pre_tokenizer", "it splits text in a way that GGUF engines have no name for", "Export to safetensors instead");
    }

    static string Merge(JsonElement merge, JsonFields model)
    {
        if (merge.ValueKind == JsonValueKind.String) return merge.GetString()!;
        if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2 && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String)
            return $"{merge[0].GetString()} {merge[1].GetString()}";
        throw model.Refused("model.merges", $"{merge.GetRawText()} is not a pair of tokens", "Restore the file");
    }

    /// <summary>The tokenizer.json that a GGUF file's keys describe.</summary>
    /// <exception cref="CheckpointFormatException">A key is missing, malformed, or names a kind of tokenizer that is not run here.</exception>
    public static byte[] Read(GgufFile file)
    {
        var metadata = file.Metadata;
        CheckpointFormatException Bad(string key, string problem, string remedy = "Only byte-level BPE with Qwen's or GPT-2's pre-tokenizer runs here") => new(file.Path, key, problem, remedy);
        if (metadata.GetString(ModelKey) is var model and not "gpt2") throw Bad(ModelKey, $"'{model}' is not byte-level BPE");
        if (metadata.GetString(WholeKey, null) is { } whole) return Whole(whole);

        var pre = metadata.GetString(PreKey);
        if (pre is not ("qwen2" or "gpt-2")) throw Bad(PreKey, $"the pre-tokenizer '{pre}' is not known here");
        var tokens = metadata.GetStrings(TokensKey);
        var types = metadata.GetIntegers(TypesKey);
        if (types.Length != tokens.Length) throw Bad(TypesKey, $"{types.Length} types are given for {tokens.Length} tokens", "Convert the model again");
        for (var id = 0; id < tokens.Length; id++)
            if (types[id] is not (Normal or Control or UserDefined or Unused)) throw Bad(TypesKey, $"token {id} '{tokens[id]}' has type {types[id]}, which byte-level BPE does not have");
        return Build(tokens, types, metadata.GetStrings(MergesKey), pre == "qwen2");

        byte[] Whole(string text)
        {
            try
            {
                using var json = JsonDocument.Parse(text);
                return Encoding.UTF8.GetBytes(text);
            }
            catch (JsonException e)
            {
                throw Bad(WholeKey, e.Message.TrimEnd('.'), "Convert the model again");
            }
        }
    }

    /// <summary>The tokenizer_config.json that a GGUF file's keys describe.</summary>
    /// <exception cref="CheckpointFormatException">An end mark lies outside the vocabulary.</exception>
    public static byte[] ReadConfig(GgufFile file, int contextLength)
    {
        var tokens = file.Metadata.GetStrings(TokensKey);
        int? start = file.Metadata.GetBool(AddBosKey, false)
            ? Id(BosKey) ?? throw new CheckpointFormatException(file.Path, BosKey, $"it is missing, but {AddBosKey} asks for it", "Convert the model again")
            : null;
        return new TokenizerSettings(start, Id(EndKey), null, Id(PadKey), file.Metadata.GetString(TemplateKey, null)).WriteConfig(id => tokens[id], contextLength);

        int? Id(string key)
        {
            if (!file.Metadata.Contains(key)) return null;
            var id = file.Metadata.GetInteger(key);
            return id >= 0 && id < tokens.Length ? (int)id : throw new CheckpointFormatException(file.Path, key, $"{id} is outside the vocabulary of {tokens.Length}", "Convert the model again");
        }
    }

    static byte[] Build(string[] tokens, long[] types, string[] merges, bool qwen)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            json.WriteStartArray("added_tokens");
            for (var id = 0; id < tokens.Length; id++)
                if (types[id] is Control or UserDefined) WriteAdded(json, id, tokens[id], types[id] == Control);
            json.WriteEndArray();
            if (qwen) WriteTyped(json, "normalizer", "NFC");
            else json.WriteNull("normalizer");
            WritePreTokenizer(json, qwen);
            json.WritePropertyName("post_processor");
            WriteByteLevel(json, useRegex: false);
            json.WritePropertyName("decoder");
            WriteByteLevel(json, useRegex: false);
            json.WriteStartObject("model");
            json.WriteString("type", "BPE");
            json.WriteStartObject("vocab");
            for (var id = 0; id < tokens.Length; id++)
                if (types[id] == Normal) json.WriteNumber(tokens[id], id);
            json.WriteEndObject();
            json.WriteStartArray("merges");
            foreach (var merge in merges) json.WriteStringValue(merge);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    static void WriteAdded(Utf8JsonWriter json, int id, string content, bool special)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", content);
        foreach (var off in (string[])["single_word", "lstrip", "rstrip", "normalized"]) json.WriteBoolean(off, false);
        json.WriteBoolean("special", special);
        json.WriteEndObject();
    }

    static void WritePreTokenizer(Utf8JsonWriter json, bool qwen)
    {
        json.WritePropertyName("pre_tokenizer");
        if (!qwen)
        {
            WriteByteLevel(json, useRegex: true);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", QwenPattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, useRegex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteTyped(Utf8JsonWriter json, string name, string type)
    {
        json.WriteStartObject(name);
        json.WriteString("type", type);
        json.WriteEndObject();
    }

    static void WriteByteLevel(Utf8JsonWriter json, bool useRegex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", false);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }
}
