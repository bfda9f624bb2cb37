// generation_config.json, as Hugging Face knows it: how the authors of a model advise to sample. Import and export carry it, the server
// takes its defaults from it. Where generation ends is written for other engines; here the tokenizer's marks say it.

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Maison.Models.Weights;

/// <summary>Advice on sampling; null where the file does not say.</summary>
/// <param name="Sample">False asks for greedy decoding.</param>
public sealed record GenerationSettings(
    bool Sample = true, float? Temperature = null, int? TopK = null, float? TopP = null, float? MinP = null, float? RepetitionPenalty = null)
{
    public const string FileName = "generation_config.json";

    const float MaxTemperature = 2, MaxRepetitionPenalty = 10;

    static readonly JsonSerializerOptions Layout = new() { WriteIndented = true };

    /// <summary>The advice in a model folder; null without the file.</summary>
    /// <exception cref="CheckpointFormatException">The file is malformed or a value is out of range.</exception>
    public static GenerationSettings? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        var json = JsonFields.Open(path);
        return new(
            json.Truth("do_sample", true),
            Number("temperature", 0, MaxTemperature),
            json.Has("top_k") ? (int)InRange("top_k", json.Integer("top_k"), 0, int.MaxValue) : null,
            Number("top_p", float.Epsilon, 1),
            Number("min_p", 0, 1),
            Number("repetition_penalty", float.Epsilon, MaxRepetitionPenalty));

        float? Number(string field, double least, double most) => json.Has(field) ? (float)InRange(field, json.Real(field, 0), least, most) : null;

        double InRange(string field, double value, double least, double most) => value >= least && value <= most ? value : throw json.Refused(field,
            string.Create(CultureInfo.InvariantCulture, $"{value} is not {(least > 0 ? "above 0 and at most" : "between 0 and")} {most}"), "Correct the value, or take the field away");
    }

    /// <summary>Writes the file beside a tokenizer, whose marks end generation.</summary>
    /// <exception cref="CheckpointFormatException">The tokenizer's files are damaged.</exception>
    public void Save(string folder)
    {
        var tokenizer = TokenizerSettings.Read(folder);
        var json = new JsonObject
        {
            ["do_sample"] = Sample,
            ["eos_token_id"] = new JsonArray([.. tokenizer.EndIds.Select(id => JsonValue.Create(id))]),
            ["pad_token_id"] = tokenizer.PadId,
        };
        foreach (var (field, value) in ((string, JsonValue?)[])
            [
                ("temperature", Value(Temperature)), ("top_k", TopK is { } k ? JsonValue.Create(k) : null), ("top_p", Value(TopP)), ("min_p", Value(MinP)),
                ("repetition_penalty", Value(RepetitionPenalty)),
            ])
            if (value is not null) json[field] = value;
        File.WriteAllBytes(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(json, Layout));

        static JsonValue? Value(float? number) => number is { } n ? JsonValue.Create(n) : null;
    }
}
