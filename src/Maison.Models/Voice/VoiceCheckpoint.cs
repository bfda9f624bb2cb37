// The voice models on disk: a folder each with config.json (family and sizes) and model.safetensors (keys are property paths).

using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Models.Weights;

namespace Maison.Models.Voice;

/// <summary>Reads and writes aligners, acoustic models and vocoders.</summary>
public static class VoiceCheckpoint
{
    const string MadeBy = "maison train voice", AlignerFamily = "maison-aligner", AcousticFamily = "maison-acoustic", VocoderFamily = "maison-vocoder";

    /// <summary>Loads an aligner with trainable fp32 weights.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static Aligner LoadAligner(string folder)
        => ModelFolder.Loaded(new Aligner(ModelFolder.Read(folder, AlignerFamily, MadeBy, VoiceConfigJson.Default.AlignerConfigFile, f => f.Family, f => f.Config.Validated())), folder);

    /// <summary>Loads an acoustic model with fp32 weights, for training and for serving.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static AcousticModel LoadAcoustic(string folder)
        => ModelFolder.Loaded(new AcousticModel(ModelFolder.Read(folder, AcousticFamily, MadeBy, VoiceConfigJson.Default.AcousticConfigFile, f => f.Family, f => f.Config.Validated())), folder);

    /// <summary>Loads a vocoder with fp32 weights, for training and for serving.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static Vocoder LoadVocoder(string folder)
        => ModelFolder.Loaded(new Vocoder(ModelFolder.Read(folder, VocoderFamily, MadeBy, VoiceConfigJson.Default.VocoderConfigFile, f => f.Family, f => f.Config.Validated())), folder);

    /// <summary>Writes a vocoder, its matrices in that type.</summary>
    public static void Save(string folder, Vocoder model, ElementType type = ElementType.F32)
        => ModelFolder.Write(folder, model, JsonSerializer.SerializeToUtf8Bytes(new VocoderConfigFile(VocoderFamily, model.Config), VoiceConfigJson.Default.VocoderConfigFile), type);

    /// <summary>Writes an aligner.</summary>
    public static void Save(string folder, Aligner model)
        => ModelFolder.Write(folder, model, JsonSerializer.SerializeToUtf8Bytes(new AlignerConfigFile(AlignerFamily, model.Config), VoiceConfigJson.Default.AlignerConfigFile), ElementType.F32);

    /// <summary>Writes an acoustic model, its matrices in that type.</summary>
    public static void Save(string folder, AcousticModel model, ElementType type = ElementType.F32)
        => ModelFolder.Write(folder, model, JsonSerializer.SerializeToUtf8Bytes(new AcousticConfigFile(AcousticFamily, model.Config), VoiceConfigJson.Default.AcousticConfigFile), type);
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
