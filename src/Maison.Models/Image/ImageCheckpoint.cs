// The image models on disk: a folder each with config.json (family and sizes) and model.safetensors (keys are property paths). A whole image
// model is a flow transformer's folder with an autoencoder's folder and a tokenizer.json inside.

using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Models.Weights;

namespace Maison.Models.Image;

/// <summary>Reads and writes autoencoders, flow transformers, upscalers and judges.</summary>
public static class ImageCheckpoint
{
    /// <summary>The autoencoder's folder inside a whole model's.</summary>
    public const string AutoencoderFolder = "autoencoder";
    const string MadeBy = "maison train image", AutoencoderFamily = "maison-autoencoder", FlowFamily = "maison-flow", UpscalerFamily = "maison-upscaler", JudgeFamily = "maison-picture-judge";

    /// <summary>Loads an autoencoder with fp32 weights.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static Autoencoder LoadAutoencoder(string folder)
        => ModelFolder.Loaded(new Autoencoder(AutoencoderConfigOf(folder)), folder);

    /// <summary>Loads a flow transformer with fp32 weights.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static FlowTransformer LoadFlow(string folder)
        => ModelFolder.Loaded(new FlowTransformer(FlowConfigOf(folder)), folder);

    /// <summary>Loads an upscaler with fp32 weights.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static Upscaler LoadUpscaler(string folder)
        => ModelFolder.Loaded(new Upscaler(UpscalerConfigOf(folder)), folder);

    /// <summary>Loads a judge of pictures with fp32 weights.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static PictureJudge LoadJudge(string folder)
        => ModelFolder.Loaded(new PictureJudge(JudgeConfigOf(folder)), folder);

    /// <summary>The sizes of the judge in a folder.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or damaged ones.</exception>
    public static JudgeConfig JudgeConfigOf(string folder)
        => ModelFolder.Read(folder, JudgeFamily, MadeBy, ImageConfigJson.Default.JudgeConfigFile, f => f.Family, f => f.Config.Validated());

    /// <summary>The sizes of the upscaler in a folder.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or damaged ones.</exception>
    public static UpscalerConfig UpscalerConfigOf(string folder)
        => ModelFolder.Read(folder, UpscalerFamily, MadeBy, ImageConfigJson.Default.UpscalerConfigFile, f => f.Family, f => f.Config.Validated());

    /// <summary>The sizes of the autoencoder in a folder.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or damaged ones.</exception>
    public static AutoencoderConfig AutoencoderConfigOf(string folder)
        => ModelFolder.Read(folder, AutoencoderFamily, MadeBy, ImageConfigJson.Default.AutoencoderConfigFile, f => f.Family, f => f.Config.Validated());

    /// <summary>The sizes of the flow transformer in a folder.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or damaged ones.</exception>
    public static FlowConfig FlowConfigOf(string folder)
        => ModelFolder.Read(folder, FlowFamily, MadeBy, ImageConfigJson.Default.FlowConfigFile, f => f.Family, f => f.Config.Validated());

    /// <summary>Writes an autoencoder.</summary>
    public static void Save(string folder, Autoencoder model, ElementType type = ElementType.F32)
        => ModelFolder.Write(folder, model, JsonSerializer.SerializeToUtf8Bytes(new AutoencoderConfigFile(AutoencoderFamily, model.Config), ImageConfigJson.Default.AutoencoderConfigFile), type);

    /// <summary>Writes an upscaler.</summary>
    public static void Save(string folder, Upscaler model, ElementType type = ElementType.F32)
        => ModelFolder.Write(folder, model, JsonSerializer.SerializeToUtf8Bytes(new UpscalerConfigFile(UpscalerFamily, model.Config), ImageConfigJson.Default.UpscalerConfigFile), type);

    /// <summary>Writes a judge of pictures.</summary>
    public static void Save(string folder, PictureJudge model, ElementType type = ElementType.F32)
        => ModelFolder.Write(folder, model, JsonSerializer.SerializeToUtf8Bytes(new JudgeConfigFile(JudgeFamily, model.Config), ImageConfigJson.Default.JudgeConfigFile), type);

    /// <summary>Writes a flow transformer.</summary>
    public static void Save(string folder, FlowTransformer model, ElementType type = ElementType.F32)
        => ModelFolder.Write(folder, model, JsonSerializer.SerializeToUtf8Bytes(new FlowConfigFile(FlowFamily, model.Config), ImageConfigJson.Default.FlowConfigFile), type);
}

/// <summary>The content of an autoencoder's config.json.</summary>
sealed record AutoencoderConfigFile(string Family, AutoencoderConfig Config);

/// <summary>The content of a flow transformer's config.json.</summary>
sealed record FlowConfigFile(string Family, FlowConfig Config);

/// <summary>The content of an upscaler's config.json.</summary>
sealed record UpscalerConfigFile(string Family, UpscalerConfig Config);

/// <summary>The content of a judge's config.json.</summary>
sealed record JudgeConfigFile(string Family, JudgeConfig Config);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(AutoencoderConfigFile))]
[JsonSerializable(typeof(FlowConfigFile))]
[JsonSerializable(typeof(UpscalerConfigFile))]
[JsonSerializable(typeof(JudgeConfigFile))]
sealed partial class ImageConfigJson : JsonSerializerContext;
