// A model on disk: a folder with config.json (family and sizes) and model.safetensors (keys are property paths). What the sizes are is its family's business.

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Maison.Models.Weights;

/// <summary>Reads and writes the folder of one model.</summary>
static class ModelFolder
{
    const string ConfigName = "config.json";

    /// <summary>Gives a model the weights of a folder, in fp32.</summary>
    public static T Loaded<T>(T model, string folder) where T : class
    {
        ModelFile.LoadTrainable(model, Path.Combine(folder, SafetensorsFile.ModelName));
        return model;
    }

    /// <summary>Writes sizes and weights, the matrices in that type.</summary>
    /// <param name="config">The content of config.json.</param>
    public static void Write(string folder, object model, byte[] config, ElementType type)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, ConfigName);
        File.WriteAllBytes(path + ".tmp", config);
        File.Move(path + ".tmp", path, overwrite: true);
        ModelFile.Save(model, Path.Combine(folder, SafetensorsFile.ModelName), type);
    }

    /// <summary>The sizes of the model in a folder.</summary>
    /// <param name="madeBy">The command that makes such a folder.</param>
    /// <exception cref="CheckpointFormatException">The folder holds none, or those of another family, or damaged ones.</exception>
    public static TConfig Read<TFile, TConfig>(string folder, string family, string madeBy, JsonTypeInfo<TFile> type, Func<TFile, string> familyOf, Func<TFile, TConfig> configOf) where TFile : class
    {
        var path = Path.Combine(folder, ConfigName);
        if (!File.Exists(path)) throw new CheckpointFormatException(path, ConfigName, "is missing", $"point to a folder made by `{madeBy}`");
        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllBytes(path), type) ?? throw new CheckpointFormatException(path, ConfigName, "is empty", "restore the file");
            if (familyOf(file) != family) throw new CheckpointFormatException(path, "family", $"is '{familyOf(file)}'", $"this must be '{family}'");
            return configOf(file);
        }
        catch (JsonException e)
        {
            throw new CheckpointFormatException(path, e.Path ?? "$", $"is not valid: {e.Message}", "restore the file", e);
        }
        catch (ArgumentException e)
        {
            throw new CheckpointFormatException(path, "config", e.Message, "correct the value", e);
        }
    }
}
