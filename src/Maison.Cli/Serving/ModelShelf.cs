// Which models there are: every subfolder with a config.json in the shipped folder and in the user's own. A folder's name is the model's.
// Looking reads a few kilobytes per model and no weights.

using System.Text.Json;
using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Training.Text;

namespace Maison.Cli.Serving;

/// <summary>A model folder.</summary>
/// <param name="Name">The folder's name, by which requests call the model.</param>
/// <param name="Config">Its sizes; null when they can not be read.</param>
/// <param name="Problem">Why it can not be served; null when it can, as far as a look tells.</param>
sealed record ShelvedModel(string Name, string Folder, TextConfig? Config, string? Problem)
{
    public const string TokenizerName = "tokenizer.json", CardName = "card.md";

    public string Tokenizer => Path.Combine(Folder, TokenizerName);

    /// <summary>Learned values; null without sizes. The rotary table, which needs memory, is left out of the count.</summary>
    public long? Parameters => Config is null ? null : ModelWeights.Slots(new Decoder(Config with { Context = 1 })).Sum(s => s.Weight.Count);

    /// <summary>Bytes of all its files.</summary>
    public long FileBytes => new DirectoryInfo(Folder).EnumerateFiles().Sum(f => f.Length);
}

/// <summary>Looks for models.</summary>
static class ModelShelf
{
    /// <summary>All models of the folders, by name within each; where two have one name the earlier folder's is taken.</summary>
    public static IReadOnlyList<ShelvedModel> Find(params IEnumerable<string> shelves)
    {
        var found = new List<ShelvedModel>();
        foreach (var shelf in shelves.Where(Directory.Exists).Distinct(StringComparer.Ordinal))
            foreach (var folder in Directory.GetDirectories(shelf).Order(StringComparer.Ordinal))
                if (File.Exists(Path.Combine(folder, DecoderCheckpoint.ConfigName)) && !IsOtherFamily(folder) && !folder.EndsWith(".tmp", StringComparison.Ordinal) && found.All(m => m.Name != Path.GetFileName(folder)))
                    found.Add(Look(folder));
        return found;
    }

    /// <summary>The models of any folder: of a shelf, the one that the folder is, or the newest checkpoint of a training run under the run's name.</summary>
    public static IReadOnlyList<ShelvedModel> In(string folder)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(Path.Combine(folder, DecoderCheckpoint.ConfigName))) return [Look(folder)];
        return new RunCheckpoints(folder).Latest() is { } checkpoint ? [Look(checkpoint) with { Name = Path.GetFileName(folder) }] : Find(folder);
    }

    /// <summary>One model by name.</summary>
    /// <exception cref="UserException">There is none; lists those there are.</exception>
    public static ShelvedModel Named(string name, params IEnumerable<string> shelves)
        => Among(Find(shelves), name);

    /// <summary>One of these models by name.</summary>
    /// <exception cref="UserException">There is none; lists those there are.</exception>
    public static ShelvedModel Among(IReadOnlyList<ShelvedModel> found, string name) => found.FirstOrDefault(m => m.Name == name)
        ?? throw new UserException(found.Count == 0
            ? $"There is no model '{name}', nor any other. Add one: maison models add PATH."
            : $"There is no model '{name}'. There are: {string.Join(", ", found.Select(m => m.Name))}.");

    /// <summary>Whether a folder holds one of the house's models that is not for text, such as a part of the voice.</summary>
    static bool IsOtherFamily(string folder)
    {
        try
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, DecoderCheckpoint.ConfigName)));
            return config.RootElement.ValueKind == JsonValueKind.Object && config.RootElement.TryGetProperty("family", out var family) && family.ValueKind == JsonValueKind.String && family.GetString() != DecoderCheckpoint.TextFamily;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static ShelvedModel Look(string folder)
    {
        var name = Path.GetFileName(folder);
        TextConfig? config = null;
        try
        {
            config = DecoderCheckpoint.ReadConfig(folder);
            foreach (var needed in (string[])[SafetensorsFile.ModelName, ShelvedModel.TokenizerName])
                if (!File.Exists(Path.Combine(folder, needed)))
                    return new(name, folder, config, $"{needed} is missing");
            return new(name, folder, config, null);
        }
        catch (CheckpointFormatException e)
        {
            return new(name, folder, config, e.Message);
        }
    }
}
