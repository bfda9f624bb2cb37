// Reads Hugging Face safetensors (https://huggingface.co/docs/safetensors): one file, or a folder whose
// model.safetensors.index.json spreads tensors over shards. It knows nothing about models or what a name means.
// Everything is validated when opened, so that using a tensor later cannot fail; the bytes stay in the memory map.

using System.Text.Json;

namespace Maison.Models.Weights;

/// <summary>An opened safetensors file or sharded folder.</summary>
public sealed class SafetensorsFile : ITensorFile
{
    /// <summary>The name of a whole model in one file.</summary>
    public const string ModelName = "model.safetensors";

    /// <summary>The name of the list of shards.</summary>
    public const string IndexName = "model.safetensors.index.json";

    readonly List<MappedFile> _maps = [];
    readonly List<StoredTensor> _tensors = [];
    readonly Dictionary<string, StoredTensor> _byName = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    SafetensorsFile(string path) => Path = path;

    public string Path { get; }
    public IReadOnlyList<StoredTensor> Tensors => _tensors;

    /// <summary>The "__metadata__" strings of all files together.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    public StoredTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Opens a .safetensors file, an index.json, or a folder with either.</summary>
    /// <exception cref="CheckpointFormatException">Missing, malformed or truncated; the message names file, field and remedy.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = new SafetensorsFile(path);
        try
        {
            var target = Directory.Exists(path) ? FindIn(path) : path;
            if (target.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) file.AddShards(target);
            else file.Add(target);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    static string FindIn(string folder)
    {
        foreach (var name in (string[])[IndexName, ModelName])
            if (File.Exists(System.IO.Path.Combine(folder, name))) return System.IO.Path.Combine(folder, name);
        var files = Directory.GetFiles(folder, "*.safetensors");
        if (files.Length == 1) return files[0];
        throw new CheckpointFormatException(folder, "folder",
            $"it has neither {IndexName} nor {ModelName}, and {files.Length} other .safetensors files",
            "Give the folder of one complete model, or the path of the file itself");
    }

    void Add(string path)
    {
        var map = new MappedFile(path);
        _maps.Add(map);
        var header = SafetensorsHeader.Read(map);
        foreach (var (key, value) in header.Metadata) _metadata[key] = value;
        foreach (var tensor in header.Tensors)
        {
            if (_byName.TryGetValue(tensor.Name, out var other))
                throw new CheckpointFormatException(path, $"tensor '{tensor.Name}'", $"{other.File} holds a tensor of the same name", "Remove the stray shard");
            _byName.Add(tensor.Name, tensor);
            _tensors.Add(tensor);
        }
    }

    void AddShards(string index)
    {
        var map = ReadWeightMap(index);
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(index))!;
        foreach (var shard in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (shard.Length == 0 || shard != System.IO.Path.GetFileName(shard) || shard is "." or ".." || shard.Contains('\\'))
                throw new CheckpointFormatException(index, "weight_map", $"'{shard}' is not a plain file name", "Shards must lie beside the index; fix the index or download it again");
            var path = System.IO.Path.Combine(folder, shard);
            if (!File.Exists(path))
                throw new CheckpointFormatException(index, "weight_map", $"the shard {shard} is missing", $"Put it into {folder}");
            Add(path);
        }
        foreach (var (name, shard) in map)
            if (Find(name) is not { } tensor || System.IO.Path.GetFileName(tensor.File) != shard)
                throw new CheckpointFormatException(index, $"weight_map '{name}'", $"{shard} has no tensor of this name", "Index and shards come from different exports; download both again");
        foreach (var tensor in _tensors)
            if (!map.ContainsKey(tensor.Name))
                throw new CheckpointFormatException(tensor.File, $"tensor '{tensor.Name}'", $"{IndexName} does not list it", "Index and shards come from different exports; download both again");
    }

    static Dictionary<string, string> ReadWeightMap(string index)
    {
        const string remedy = "Download the index again";
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(index), new() { AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
                throw new CheckpointFormatException(index, "weight_map", "there is no such object", remedy);
            var shards = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var entry in map.EnumerateObject())
            {
                if (entry.Value.ValueKind != JsonValueKind.String)
                    throw new CheckpointFormatException(index, $"weight_map '{entry.Name}'", "the value is not the name of a shard", remedy);
                shards.Add(entry.Name, entry.Value.GetString()!);
            }
            if (shards.Count == 0) throw new CheckpointFormatException(index, "weight_map", "it is empty", remedy);
            return shards;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CheckpointFormatException(index, "JSON", e.Message.TrimEnd('.'), remedy, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointFormatException(index, "file", $"it cannot be opened ({e.Message.TrimEnd('.')})", "Check the path and its permissions", e);
        }
    }

    public void Dispose() => _maps.ForEach(map => map.Dispose());
}
