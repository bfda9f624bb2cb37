// A decoder on disk: a folder with config.json (sizes and extras), model.safetensors (keys are property paths) and, beside them,
// whatever belongs to the data side (tokenizer.json, card.md). Files are replaced whole or not at all.

using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Models.Text;

/// <summary>Reads and writes decoders.</summary>
public static class DecoderCheckpoint
{
    /// <summary>The file that describes the model.</summary>
    public const string ConfigName = "config.json";

    /// <summary>The family of models that read and write text.</summary>
    public const string TextFamily = "maison-text";

    /// <summary>Reads the sizes of a model without its weights.</summary>
    /// <param name="family">The family that config.json must name: a decoder over other ids than a text's has one of its own.</param>
    /// <exception cref="CheckpointFormatException">config.json is missing, malformed, or has a value that is refused.</exception>
    public static TextConfig ReadConfig(string folder, string family = TextFamily)
    {
        var path = Path.Combine(folder, ConfigName);
        if (!File.Exists(path)) throw new CheckpointFormatException(path, ConfigName, "is missing", "point to a folder made by `maison train` or `maison models add`");
        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllBytes(path), TextConfigJson.Default.TextConfigFile)
                ?? throw new CheckpointFormatException(path, ConfigName, "is empty", "restore the file");
            if (file.Family != family)
                throw new CheckpointFormatException(path, "family", $"is '{file.Family}'", $"only '{family}' is a model of this kind");
            return file.Config.Validated();
        }
        catch (JsonException e)
        {
            // The serialiser's own words name our types and repeat the path.
            throw new CheckpointFormatException(path, e.Path ?? "$", $"is not valid in line {e.LineNumber + 1}", "Restore the file", e);
        }
        catch (ArgumentException e)
        {
            throw new CheckpointFormatException(path, "config", e.Message, "correct the value", e);
        }
    }

    /// <summary>Writes config.json.</summary>
    public static void WriteConfig(string folder, TextConfig config, string family = TextFamily)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, ConfigName);
        File.WriteAllBytes(path + ".tmp", JsonSerializer.SerializeToUtf8Bytes(new TextConfigFile(family, config), TextConfigJson.Default.TextConfigFile));
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <summary>Loads a model with trainable fp32 weights.</summary>
    public static Decoder LoadTrainable(string folder)
    {
        var model = new Decoder(ReadConfig(folder));
        LoadWeights(model, Path.Combine(folder, SafetensorsFile.ModelName));
        return model;
    }

    /// <summary>Loads a model for serving: matrices stay as they are stored, gains and scalars are fp32.</summary>
    /// <param name="context">Tokens a sequence may have; at most what the model was made for.</param>
    public static Decoder Load(string folder, int context, string family = TextFamily)
    {
        var config = ReadConfig(folder, family);
        var model = new Decoder(config with { Context = Math.Min(context, config.Context) });
        using var file = SafetensorsFile.Open(Path.Combine(folder, SafetensorsFile.ModelName));
        ModelWeights.Map(model, (key, old) =>
        {
            var stored = ModelFile.Stored(file, key, old);
            return old.Rows == 1 ? ModelFile.ReadParam(stored, old) : PackedWeights.Load(stored, old.Rows, old.Cols);
        });
        return model;
    }

    /// <summary>Bytes of memory that the weights of <see cref="Load"/> take, from the file's header alone.</summary>
    public static long LoadedBytes(string folder)
    {
        var slots = ModelWeights.Slots(new Decoder(ReadConfig(folder) with { Context = 1 }));
        using var file = SafetensorsFile.Open(Path.Combine(folder, SafetensorsFile.ModelName));
        return slots.Sum(s => s.Weight.Rows == 1 ? s.Weight.Count * sizeof(float) : PackedWeights.LoadedBytes(ModelFile.Stored(file, s.Key, s.Weight), s.Weight.Rows, s.Weight.Cols));
    }

    /// <summary>The type in which most of the matrices of a checkpoint are stored.</summary>
    public static ElementType MatrixType(string folder)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, SafetensorsFile.ModelName));
        return file.Tensors.GroupBy(t => t.Type).MaxBy(group => group.Sum(t => t.Elements))!.Key;
    }

    /// <summary>Makes every weight of a model a <see cref="Param"/> with the values of a safetensors file.</summary>
    public static void LoadWeights(Decoder model, string path) => ModelFile.LoadTrainable(model, path);

    /// <summary>Writes config.json and model.safetensors; gains and scalars stay fp32 whatever the type.</summary>
    public static void Save(string folder, Decoder model, ElementType type, string family = TextFamily, IReadOnlyDictionary<string, string>? metadata = null)
    {
        WriteConfig(folder, model.Config, family);
        ModelFile.Save(model, Path.Combine(folder, SafetensorsFile.ModelName), type, metadata);
    }
}

/// <summary>The content of config.json.</summary>
sealed record TextConfigFile(string Family, TextConfig Config);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(TextConfigFile))]
sealed partial class TextConfigJson : JsonSerializerContext;
