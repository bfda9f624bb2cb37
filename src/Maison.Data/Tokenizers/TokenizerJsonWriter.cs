// Writes Hugging Face's tokenizer.json. Knows nothing about encoding. Merges are written in the older form "left right",
// which every version of tokenizers, transformers.js and llama.cpp's converter reads.
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Maison.Data.Tokenizers;

static class TokenizerJsonWriter
{
    public static void Save(BpeModel model, string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path;
        string whole = file + ".part";
        using (var stream = File.Create(whole))
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(json, model);
        File.Move(whole, file, overwrite: true);
    }

    static void Write(Utf8JsonWriter json, BpeModel model)
    {
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (var token in model.AddedTokens) WriteAddedToken(json, token);
        json.WriteEndArray();
        if (model.NormalizesToNfc)
        {
            json.WriteStartObject("normalizer");
            json.WriteString("type", "NFC");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("normalizer");
        }
        WritePreTokenizer(json, model);
        json.WritePropertyName("post_processor");
        WriteByteLevel(json, useRegex: false);
        json.WritePropertyName("decoder");
        WriteByteLevel(json, useRegex: false);
        WriteModel(json, model);
        json.WriteEndObject();
    }

    static void WriteAddedToken(Utf8JsonWriter json, AddedToken token)
    {
        json.WriteStartObject();
        json.WriteNumber("id", token.Id);
        json.WriteString("content", token.Content);
        json.WriteBoolean("single_word", false);
        json.WriteBoolean("lstrip", false);
        json.WriteBoolean("rstrip", false);
        json.WriteBoolean("normalized", token.Normalized);
        json.WriteBoolean("special", token.Special);
        json.WriteEndObject();
    }

    static void WritePreTokenizer(Utf8JsonWriter json, BpeModel model)
    {
        json.WritePropertyName("pre_tokenizer");
        if (model.SplitPattern is null || model.SplitsLikeGpt2)
        {
            WriteByteLevel(json, model.SplitsLikeGpt2);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", model.SplitPattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, useRegex: false);
        json.WriteEndArray();
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

    static void WriteModel(Utf8JsonWriter json, BpeModel model)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (string unset in (string[])["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"]) json.WriteNull(unset);
        foreach (string off in (string[])["fuse_unk", "byte_fallback", "ignore_merges"]) json.WriteBoolean(off, false);
        json.WriteStartObject("vocab");
        for (int id = 0; id < model.Tokens.Length; id++)
            if (model.Tokens[id] is { } bytes) json.WriteNumber(ByteAlphabet.ToText(bytes), id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in model.Merges)
            json.WriteStringValue(ByteAlphabet.ToText(model.Tokens[left]) + " " + ByteAlphabet.ToText(model.Tokens[right]));
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
