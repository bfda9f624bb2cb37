// What a checkpoint folder's tokenizer files say beyond the vocabulary: where a text ends, what fills batches, the chat template.
// Knows nothing of encoding; ids come from tokenizer.json's added tokens, names from Hugging Face's tokenizer_config.json.

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Maison.Models.Weights;

/// <summary>End marks, padding and chat template of a tokenizer; each null when the files do not say.</summary>
/// <param name="StartId">The mark that every text begins with; null for none. Without a tokenizer_config.json the model was trained here, where documents begin with one.</param>
public sealed record TokenizerSettings(int? StartId, int? EndId, int? EndOfTextId, int? PadId, string? ChatTemplate)
{
    public const string TokenizerName = "tokenizer.json", ConfigName = "tokenizer_config.json", TemplateName = "chat_template.jinja";
    const string EndOfText = "<|endoftext|>";

    static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The ids at which generation stops, the usual one first.</summary>
    public IReadOnlyList<int> EndIds => [.. new[] { EndId, EndOfTextId }.OfType<int>().Distinct()];

    /// <summary>Reads a folder that has a tokenizer.json and perhaps the other files.</summary>
    /// <exception cref="CheckpointFormatException">tokenizer.json is missing, a file is malformed, or a named token does not exist.</exception>
    public static TokenizerSettings Read(string folder)
    {
        var path = Path.Combine(folder, TokenizerName);
        if (!File.Exists(path)) throw new CheckpointFormatException(folder, TokenizerName, "the file is missing", "Put the model's tokenizer beside its config.json");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var added in JsonFields.Open(path).List("added_tokens"))
        {
            var token = new JsonFields(path, added);
            ids[token.Text("content") ?? throw token.Missing("added_tokens.content")] = token.Integer("id");
        }
        return Read(folder, ids);
    }

    /// <summary>Reads a folder whose tokenizer.json is read already.</summary>
    /// <param name="ids">Ids of the tokenizer's added tokens.</param>
    /// <exception cref="CheckpointFormatException">A file is malformed, or a named token does not exist.</exception>
    public static TokenizerSettings Read(string folder, IReadOnlyDictionary<string, int> ids)
    {
        int? endOfText = ids.TryGetValue(EndOfText, out var id) ? id : null;
        var configPath = Path.Combine(folder, ConfigName);
        var config = File.Exists(configPath) ? JsonFields.Open(configPath) : null;
        var templatePath = Path.Combine(folder, TemplateName);
        var template = File.Exists(templatePath) ? File.ReadAllText(templatePath) : null;
        if (config?.Find("chat_template") is { ValueKind: JsonValueKind.String } inside) template ??= inside.GetString();
        var start = config is null ? endOfText : config.Truth("add_bos_token", false) ? Named("bos_token") : null;
        return new(start, Named("eos_token") ?? endOfText, endOfText, Named("pad_token") ?? endOfText, template);

        int? Named(string field)
        {
            if (config?.Find(field) is not { } value) return null;
            var content = value.ValueKind == JsonValueKind.Object ? config.Object(field)!.Text("content") : config.Text(field);
            if (content is null) return null;
            return ids.TryGetValue(content, out var known) ? known : throw config.Refused(field, $"tokenizer.json has no added token '{content}'", "Tokenizer files of different models were mixed; restore them");
        }
    }

    /// <summary>A tokenizer_config.json that says the same.</summary>
    /// <param name="token">The text of an added token.</param>
    /// <param name="contextLength">Longest sequence in tokens.</param>
    public byte[] WriteConfig(Func<int, string> token, int contextLength)
    {
        var json = new JsonObject
        {
            ["add_bos_token"] = StartId is not null,
            ["add_prefix_space"] = false,
            ["bos_token"] = StartId is { } start ? token(start) : null,
            ["clean_up_tokenization_spaces"] = false,
            ["eos_token"] = EndId is { } end ? token(end) : null,
            ["model_max_length"] = contextLength,
            ["pad_token"] = PadId is { } pad ? token(pad) : null,
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["unk_token"] = null,
        };
        if (ChatTemplate is not null) json["chat_template"] = ChatTemplate;
        return JsonSerializer.SerializeToUtf8Bytes(json, Layout);
    }
}
