// Where the files of a trained model lie. A checkpoint inside a run shares the run's tokenizer; a packed model has its own.

using System.Security.Cryptography;
using Maison.Models.Weights;

namespace Maison.Training.Text;

/// <summary>The files of one checkpoint.</summary>
/// <param name="Folder">Holds config.json and model.safetensors.</param>
/// <param name="Run">The run folder it belongs to; null for a model on its own.</param>
/// <param name="Tokenizer">Its tokenizer.json.</param>
public sealed record CheckpointFiles(string Folder, string? Run, string Tokenizer)
{
    const string TokenizerName = "tokenizer.json";

    /// <summary>The weights.</summary>
    public string Weights => Path.Combine(Folder, SafetensorsFile.ModelName);

    /// <summary>Finds the files of a run folder (its newest checkpoint), of a checkpoint folder or of a model folder.</summary>
    /// <exception cref="DirectoryNotFoundException">It is none of them.</exception>
    /// <exception cref="FileNotFoundException">It has no tokenizer.</exception>
    public static CheckpointFiles Find(string path)
    {
        var (folder, run) = Place(path);
        foreach (var place in run is null ? (string[])[folder] : [folder, run])
            if (Path.Combine(place, TokenizerName) is var tokenizer && File.Exists(tokenizer))
                return new(folder, run, tokenizer);
        throw new FileNotFoundException($"{folder} has no {TokenizerName}, and no run folder above it has one. Copy the tokenizer that the model was trained with into it.");
    }

    /// <summary>The checkpoint folder of a path and the run folder it belongs to, if any, whether or not there is a tokenizer.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no checkpoint.</exception>
    internal static (string Folder, string? Run) Place(string path)
    {
        var folder = RunCheckpoints.Resolve(path);
        var above = Path.GetDirectoryName(Path.GetDirectoryName(folder));
        return (folder, above is not null && File.Exists(Path.Combine(above, TextRunPlan.FileName)) ? above : null);
    }

    /// <summary>SHA-256 of a file, in lower-case hexadecimal.</summary>
    public static string Digest(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
