// Reads Hugging Face's tokenizer.json for byte-level BPE, and refuses by name what it cannot honour: a tokenizer that is
// nearly right gives a model that is quietly wrong. Knows nothing about encoding. The format has no written specification;
// the source is the serializer of huggingface/tokenizers 0.13 to 0.22.
using System.Text.Json;

namespace Maison.Data.Tokenizers;

static class TokenizerJsonReader
{
    public static BpeTokenizer Load(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path;
        if (!File.Exists(file))
            throw new FileNotFoundException($"{file} does not exist; a tokenizer is read from a tokenizer.json or from the folder that holds one.", file);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            return new BpeTokenizer(Read(document.RootElement));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file} is not whole, valid JSON: {e.Message}", e);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{file}: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // The JSON reader's word for a string that is no Unicode: broken UTF-8 or half a surrogate pair.
            throw new InvalidDataException($"{file} holds a string that is not valid Unicode: {e.Message}", e);
        }
    }

    static BpeModel Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new InvalidDataException("the file must hold one JSON object.");
        // "truncation" and "padding" are left-over settings of the session that saved the file; transformers switches both off
        // before each call, and nothing is ever cut or padded here.
        RequireOneOf(root, "post_processor", null, "ByteLevel");
        RequireOneOf(root, "decoder", "ByteLevel");
        RequireOneOf(root, "normalizer", null, "NFC");
        var (pattern, likeGpt2) = ReadPreTokenizer(root);
        var model = Member(root, "model", JsonValueKind.Object);
        RequireOneOf(root, "model", "BPE");
        if (model.TryGetProperty("dropout", out var dropout) && dropout.ValueKind != JsonValueKind.Null
            && !(dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() == 0))
            throw new InvalidDataException($"model.dropout is {dropout.GetRawText()}; only null can be honoured, encoding is never random here.");
        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (model.TryGetProperty(affix, out var value) && value.ValueKind != JsonValueKind.Null && !value.ValueEquals(""))
                throw new InvalidDataException($"model.{affix} is {value.GetRawText()}; a byte-level vocabulary has none.");
        foreach (string flag in (string[])["byte_fallback", "ignore_merges"])
            if (Flag(model, flag, "model", false)) throw new InvalidDataException($"model.{flag} is true; only false can be honoured.");

        var added = ReadAddedTokens(root);
        var vocab = ReadVocab(model);
        foreach (var token in added)
            if (vocab.TryGetValue(token.Content, out int other) && other != token.Id)
                throw new InvalidDataException($"added_tokens gives \"{token.Content}\" the id {token.Id}, model.vocab the id {other}.");
        var tokens = TokenBytes(vocab, added);
        var (merges, mergedIds) = ReadMerges(model, vocab, tokens);
        return new BpeModel
        {
            Tokens = tokens,
            Merges = merges,
            MergedIds = mergedIds,
            AddedTokens = added,
            SplitPattern = pattern,
            SplitsLikeGpt2 = likeGpt2,
            NormalizesToNfc = TypeOf(root, "normalizer") == "NFC",
        };
    }

    static (string? Pattern, bool LikeGpt2) ReadPreTokenizer(JsonElement root)
    {
        switch (TypeOf(root, "pre_tokenizer"))
        {
            case "ByteLevel":
                return ByteLevelPattern(root.GetProperty("pre_tokenizer"), "pre_tokenizer") ? (BpeModel.Gpt2Pattern, true) : (null, false);
            case "Sequence":
                var steps = Member(root.GetProperty("pre_tokenizer"), "pretokenizers", JsonValueKind.Array, "pre_tokenizer.");
                if (steps.GetArrayLength() != 2 || Text(steps[0], "type") != "Split" || Text(steps[1], "type") != "ByteLevel")
                    throw new InvalidDataException("pre_tokenizer.pretokenizers is another sequence than Split, ByteLevel, the only one that can be honoured.");
                const string split = "pre_tokenizer.pretokenizers[0]", bytes = "pre_tokenizer.pretokenizers[1]";
                if (Text(steps[0], "behavior") != "Isolated" || Flag(steps[0], "invert", split, false))
                    throw new InvalidDataException($"{split}: behavior must be \"Isolated\" and invert false.");
                if (ByteLevelPattern(steps[1], bytes))
                    throw new InvalidDataException($"{bytes}.use_regex is true, which would split every piece a second time; only false can be honoured after a Split.");
                string pattern = steps[0].TryGetProperty("pattern", out var holder) && holder.ValueKind == JsonValueKind.Object
                    && Text(holder, "Regex") is { } regex ? regex : throw new InvalidDataException($"{split}.pattern must be an object with a Regex.");
                if (!QwenScanner.Knows(pattern, out _)) CheckPattern(pattern, split);
                return (pattern, false);
            case var other:
                throw new InvalidDataException($"pre_tokenizer is {other ?? "null"}; ByteLevel, or a Sequence of Split and ByteLevel, can be honoured.");
        }
    }

    static bool ByteLevelPattern(JsonElement step, string name)
    {
        if (Flag(step, "add_prefix_space", name, true))
            throw new InvalidDataException($"{name}.add_prefix_space is true; only false can be honoured, text is encoded as it stands.");
        return Flag(step, "use_regex", name, true);
    }

    static void CheckPattern(string pattern, string name)
    {
        try { _ = new System.Text.RegularExpressions.Regex(pattern); }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{name}.pattern.Regex cannot be read as a .NET regular expression: {e.Message}", e);
        }
    }

    static List<AddedToken> ReadAddedTokens(JsonElement root)
    {
        var tokens = new List<AddedToken>();
        if (!root.TryGetProperty("added_tokens", out var list) || list.ValueKind == JsonValueKind.Null) return tokens;
        if (list.ValueKind != JsonValueKind.Array) throw new InvalidDataException("added_tokens must be an array.");
        foreach (var item in list.EnumerateArray())
        {
            string name = $"added_tokens[{tokens.Count}]";
            string content = item.ValueKind == JsonValueKind.Object ? Text(item, "content") ?? "" : "";
            if (content.Length == 0) throw new InvalidDataException($"{name}.content must be a text of at least one character.");
            foreach (string flag in (string[])["single_word", "lstrip", "rstrip"])
                if (Flag(item, flag, name, false)) throw new InvalidDataException($"{name}.{flag} is true; only false can be honoured (token \"{content}\").");
            bool special = Flag(item, "special", name, false);
            tokens.Add(new AddedToken(Id(item.TryGetProperty("id", out var id) ? id : default, $"{name}.id"), content, special, Flag(item, "normalized", name, !special)));
        }
        if (tokens.GroupBy(t => t.Id).FirstOrDefault(g => g.Count() > 1) is { } sameId)
            throw new InvalidDataException($"added_tokens gives id {sameId.Key} to both \"{sameId.First().Content}\" and \"{sameId.Last().Content}\".");
        if (tokens.GroupBy(t => t.Content).FirstOrDefault(g => g.Count() > 1) is { } sameText)
            throw new InvalidDataException($"added_tokens holds \"{sameText.Key}\" twice.");
        return [.. tokens.OrderBy(t => t.Id)];
    }

    static Dictionary<string, int> ReadVocab(JsonElement model)
    {
        var entries = Member(model, "vocab", JsonValueKind.Object, "model.");
        var vocab = new Dictionary<string, int>();
        foreach (var entry in entries.EnumerateObject())
            if (!vocab.TryAdd(entry.Name, Id(entry.Value, $"model.vocab[\"{entry.Name}\"]")))
                throw new InvalidDataException($"model.vocab holds \"{entry.Name}\" twice.");
        return vocab;
    }

    static byte[]?[] TokenBytes(Dictionary<string, int> vocab, List<AddedToken> added)
    {
        var addedById = added.ToDictionary(t => t.Id, t => t.Content);
        var tokens = new byte[]?[vocab.Count == 0 ? 0 : vocab.Values.Max() + 1];
        foreach (var (text, id) in vocab)
        {
            bool isAdded = addedById.TryGetValue(id, out string? content) && content == text;
            var bytes = new byte[text.Length];
            if (text.Length == 0 || !ByteAlphabet.TryToBytes(text, bytes))
            {
                if (isAdded) continue;
                throw new InvalidDataException($"model.vocab[\"{text}\"] is not written in the byte-level alphabet; only byte-level vocabularies can be honoured.");
            }
            if (tokens[id] is not null || (content is not null && !isAdded))
                throw new InvalidDataException($"model.vocab[\"{text}\"] has the id {id}, which another token has too.");
            tokens[id] = bytes;
        }
        return tokens;
    }

    static ((int, int)[] Merges, int[] MergedIds) ReadMerges(JsonElement model, Dictionary<string, int> vocab, byte[]?[] tokens)
    {
        var list = Member(model, "merges", JsonValueKind.Array, "model.");
        var pairs = new (int, int)[list.GetArrayLength()];
        var merged = new int[pairs.Length];
        int rank = 0;
        foreach (var item in list.EnumerateArray())
        {
            var (left, right) = MergeParts(item, rank);
            pairs[rank] = (Known(left), Known(right));
            merged[rank] = Known(left + right);
            rank++;
        }
        return (pairs, merged);

        int Known(string token) => vocab.TryGetValue(token, out int id) && tokens[id] is not null ? id
            : throw new InvalidDataException($"model.merges[{rank}] needs the token \"{token}\", which model.vocab lacks.");
    }

    static (string Left, string Right) MergeParts(JsonElement item, int rank)
    {
        if (item.ValueKind == JsonValueKind.String)
        {
            var parts = item.GetString()!.Split(' ');
            if (parts is [{ Length: > 0 } left, { Length: > 0 } right]) return (left, right);
        }
        else if (item.ValueKind == JsonValueKind.Array && item.GetArrayLength() == 2
            && item[0].ValueKind == JsonValueKind.String && item[1].ValueKind == JsonValueKind.String)
        {
            return (item[0].GetString()!, item[1].GetString()!);
        }
        throw new InvalidDataException($"model.merges[{rank}] must be \"left right\" or [\"left\", \"right\"].");
    }

    static JsonElement Member(JsonElement parent, string name, JsonValueKind kind, string prefix = "") =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == kind ? value
            : throw new InvalidDataException($"{prefix}{name} is missing or no {kind.ToString().ToLowerInvariant()}.");

    static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static bool Flag(JsonElement parent, string name, string path, bool otherwise)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out var value)) return otherwise;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
            : throw new InvalidDataException($"{path}.{name} must be true or false.");
    }

    // Ten million: a bound that no vocabulary reaches, so that a corrupt id cannot ask for gigabytes.
    static int Id(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int id) && id is >= 0 and < 10_000_000 ? id
            : throw new InvalidDataException($"{name} must be an id from 0 to 9999999.");

    static string? TypeOf(JsonElement root, string name) =>
        !root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
            : Text(value, "type") ?? (name == "model" && value.ValueKind == JsonValueKind.Object ? "BPE" : "an object without a type");

    static void RequireOneOf(JsonElement root, string name, params string?[] honoured)
    {
        string? type = TypeOf(root, name);
        if (!honoured.Contains(type))
            throw new InvalidDataException($"{name} is {type ?? "null"}; {string.Join(" or ", honoured.Select(h => h ?? "null"))} can be honoured.");
    }
}
