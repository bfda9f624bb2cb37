// The voice models on disk: a folder each with config.json (family and sizes) and model.safetensors (keys are property paths).

using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Maison.Models.Weights;

namespace Maison.Models.Voice;

/// <summary>Reads and writes aligners, acoustic models and vocoders.</summary>
public static class VoiceCheckpoint
{
    const string ConfigName = "config.json", AlignerFamily = "maison-aligner", AcousticFamily = "maison-acoustic", VocoderFamily = "maison-vocoder";

    /// <summary>Loads an aligner with trainable fp32 weights.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static Aligner LoadAligner(string folder)
        => Loaded(new Aligner(Read(folder, AlignerFamily, VoiceConfigJson.Default.AlignerConfigFile, f => f.Family, f => f.Config.Validated())), folder);

    /// <summary>Loads an acoustic model with fp32 weights, for training and for serving.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static AcousticModel LoadAcoustic(string folder)
        => Loaded(new AcousticModel(Read(folder, AcousticFamily, VoiceConfigJson.Default.AcousticConfigFile, f => f.Family, f => f.Config.Validated())), folder);

    /// <summary>Loads a vocoder with fp32 weights, for training and for serving.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static Vocoder LoadVocoder(string folder)
        => Loaded(new Vocoder(Read(folder, VocoderFamily, VoiceConfigJson.Default.VocoderConfigFile, f => f.Family, f => f.Config.Validated())), folder);

    /// <summary>Writes a vocoder, its matrices in that type.</summary>
    public static void Save(string folder, Vocoder model, ElementType type = ElementType.F32)
        => Write(folder, model, JsonSerializer.SerializeToUtf8Bytes(new VocoderConfigFile(VocoderFamily, model.Config), VoiceConfigJson.Default.VocoderConfigFile), type);

    /// <summary>Writes an aligner.</summary>
    public static void Save(string folder, Aligner model)
        => Write(folder, model, JsonSerializer.SerializeToUtf8Bytes(new AlignerConfigFile(AlignerFamily, model.Config), VoiceConfigJson.Default.AlignerConfigFile), ElementType.F32);

    /// <summary>Writes an acoustic model, its matrices in that type.</summary>
    public static void Save(string folder, AcousticModel model, ElementType type = ElementType.F32)
        => Write(folder, model, JsonSerializer.SerializeToUtf8Bytes(new AcousticConfigFile(AcousticFamily, model.Config), VoiceConfigJson.Default.AcousticConfigFile), type);

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
        if (!File.Exists(path)) throw new CheckpointFormatException(path, ConfigName, "is missing", "point to a folder made by `maison train voice`");
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

/// <summary>The content of an aligner's config.json.</summary>
sealed record AlignerConfigFile(string Family, AlignerConfig Config);

/// <summary>The content of an acoustic model's config.json.</summary>
sealed record AcousticConfigFile(string Family, AcousticConfig Config);

/// <summary>The content of a vocoder's config.json.</summary>
sealed record VocoderConfigFile(string Family, VocoderConfig Config);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(AlignerConfigFile))]
[JsonSerializable(typeof(AcousticConfigFile))]
[JsonSerializable(typeof(VocoderConfigFile))]
sealed partial class VoiceConfigJson : JsonSerializerContext;
