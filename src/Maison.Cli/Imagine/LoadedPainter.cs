// An image model brought to life, for the verb that paints and for the server.

using Maison.Api.Images;
using Maison.Cli.Serving;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training;
using Maison.Training.Image;

namespace Maison.Cli.Imagine;

/// <summary>An image model that paints, until it is disposed.</summary>
sealed class LoadedPainter : IDisposable
{
    readonly string folder;

    LoadedPainter(string folder, string? upscaler, ImageModel model) => (this.folder, Upscaler, Model) = (folder, upscaler is null ? null : Path.GetFileName(upscaler), model);

    /// <summary>The folder's name.</summary>
    public string Name => Path.GetFileName(folder);

    public ImageModel Model { get; }

    /// <summary>Name of the upscaler's folder; null without one.</summary>
    public string? Upscaler { get; }

    /// <summary>The folder of an image model: the one that was named (packed, a checkpoint or a run of the flow), else the user's own of the shipped name, else the shipped one; null when there is none.</summary>
    /// <param name="option">What it was named by, for the message.</param>
    /// <exception cref="UserException">The one that was named is none.</exception>
    public static string? Find(Surroundings here, string? named, string option)
    {
        if (named is null) return Places(here, ImageModel.Shipped).FirstOrDefault(ImageModel.IsIn);
        var folder = File.Exists(Path.Combine(named, SafetensorsFile.ModelName)) || Directory.Exists(named) ? CheckpointFolders.Resolve(named) : Path.GetFullPath(named);
        return ImageModel.IsIn(folder) ? folder
            : throw new UserException($"{option} {named} is no image model: it needs {SafetensorsFile.ModelName} and the folder autoencoder, as `maison train image --stage flow` and `maison models pack-image` make them.");
    }

    /// <summary>The folder of an upscaler: the user's own of the shipped name, else the shipped one; null when there is none.</summary>
    public static string? FindUpscaler(Surroundings here) => Places(here, ImageModel.ShippedUpscaler).FirstOrDefault(p => File.Exists(Path.Combine(p, SafetensorsFile.ModelName)));

    /// <summary>The folder of a chooser, likewise.</summary>
    public static string? FindChooser(Surroundings here) => Places(here, PictureChooser.Shipped).FirstOrDefault(p => File.Exists(Path.Combine(p, SafetensorsFile.ModelName)));

    /// <summary>What to do where there is no image model.</summary>
    public static string Missing(Surroundings here)
        => $"There is no image model: neither {string.Join(" nor ", Places(here, ImageModel.Shipped))} is there. Train one with runs/image.sh and pack it with maison models pack-image, or name a folder with --model.";

    static string[] Places(Surroundings here, string name) => [.. new[] { HomeFolder.Of(here).Models, here.ShippedModels }.Select(shelf => Path.Combine(shelf, name))];

    /// <summary>Loads an image model. The gang stays the caller's.</summary>
    public static LoadedPainter Load(string folder, string? upscaler, string? chooser, Gang gang) => new(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), upscaler, ImageModel.Load(folder, upscaler, chooser, gang));

    /// <summary>The model as the API serves it.</summary>
    public ServedPainter Served => new()
    {
        Id = Name,
        Created = Directory.GetLastWriteTimeUtc(folder),
        License = CardFile.Licence(folder),
        CardText = CardFile.Text(folder),
        Sides = Model.Sides,
        Upscaler = Upscaler,
        MostTokens = Model.MostTokens,
        PictureTokens = Model.PictureTokens,
        Tokens = Model.Tokens,
        Unknown = Model.Unknown,
        Usual = Model.Usual,
        Paint = Model.Paint,
        Candidates = Model.Candidates,
        FreeBytes = MachineMemory.Available,
    };

    public void Dispose() => Model.Dispose();
}
