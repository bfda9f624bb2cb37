// The image models on disk: a folder each with config.json (family and sizes) and model.safetensors (keys are property paths). A whole image
// model is a flow transformer's folder with an autoencoder's folder and a tokenizer.json inside.

using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Maison.Models.Weights;

namespace Maison.Models.Image;

/// <summary>Reads and writes autoencoders and flow transformers.</summary>
public static class ImageCheckpoint
{
    /// <summary>The autoencoder's folder inside a whole model's.</summary>
    public const string AutoencoderFolder = "autoencoder";
    const string ConfigName = "config.json", AutoencoderFamily = "maison-autoencoder", FlowFamily = "maison-flow";

    /// <summary>Loads an autoencoder with fp32 weights.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static Autoencoder LoadAutoencoder(string folder)
        => Loaded(new Autoencoder(AutoencoderConfigOf(folder)), folder);

    /// <summary>Loads a flow transformer with fp32 weights.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static FlowTransformer LoadFlow(string folder)
        => Loaded(new FlowTransformer(FlowConfigOf(folder)), folder);

    /// <summary>The sizes of the autoencoder in a folder.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or damaged ones.</exception>
    public static AutoencoderConfig AutoencoderConfigOf(string folder)
        => Read(folder, AutoencoderFamily, ImageConfigJson.Default.AutoencoderConfigFile, f => f.Family, f => f.Config.Validated());

    /// <summary>The sizes of the flow transformer in a folder.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or damaged ones.</exception>
    public static FlowConfig FlowConfigOf(string folder)
        => Read(folder, FlowFamily, ImageConfigJson.Default.FlowConfigFile, f => f.Family, f => f.Config.Validated());

    /// <summary>Writes an autoencoder.</summary>
    public static void Save(string folder, Autoencoder model, ElementType type = ElementType.F32)
        => Write(folder, model, JsonSerializer.SerializeToUtf8Bytes(new AutoencoderConfigFile(AutoencoderFamily, model.Config), ImageConfigJson.Default.AutoencoderConfigFile), type);

    /// <summary>Writes a flow transformer.</summary>
    public static void Save(string folder, FlowTransformer model, ElementType type = ElementType.F32)
        => Write(folder, model, JsonSerializer.SerializeToUtf8Bytes(new FlowConfigFile(FlowFamily, model.Config), ImageConfigJson.Default.FlowConfigFile), type);

    static T Loaded<T>(T model, string folder) where T : class
    {
        ModelFile.LoadTrainable(model, Path.Combine(folder, SafetensorsFile.ModelName));
        return model;
    }

    static void Write(string folder, object model, byte[] config, ElementType type)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, ConfigName);
        File.WriteAllBytes(path + ".tmp", config);
        File.Move(path + ".tmp", path, overwrite: true);
        ModelFile.Save(model, Path.Combine(folder, SafetensorsFile.ModelName), type);
    }

    static TConfig Read<TFile, TConfig>(string folder, string family, JsonTypeInfo<TFile> type, Func<TFile, string> familyOf, Func<TFile, TConfig> configOf) where TFile : class
    {
        var path = Path.Combine(folder, ConfigName);
        if (!File.Exists(path)) throw new CheckpointFormatException(path, ConfigName, "is missing", "point to a folder made by `maison train image`");
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

/// <summary>The content of an autoencoder's config.json.</summary>
sealed record AutoencoderConfigFile(string Family, AutoencoderConfig Config);

/// <summary>The content of a flow transformer's config.json.</summary>
sealed record FlowConfigFile(string Family, FlowConfig Config);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(AutoencoderConfigFile))]
[JsonSerializable(typeof(FlowConfigFile))]
sealed partial class ImageConfigJson : JsonSerializerContext;
