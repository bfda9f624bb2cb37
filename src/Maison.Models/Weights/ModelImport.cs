// What other engines write to our checkpoint folder: a Hugging Face Qwen3 / Qwen3-MoE folder (one safetensors file or shards), a GGUF
// file, or a checkpoint folder of our own. Every weight must be found with its exact shape and every tensor must have a place:
// what is left over would be a part of the model that is not run. Element types are kept; gains become F32.

using Maison.Models.Text;

namespace Maison.Models.Weights;

/// <summary>Imports text models.</summary>
public static class ModelImport
{
    static readonly (string From, string To)[] CompanionFiles =
    [
        (TokenizerSettings.TokenizerName, TokenizerSettings.TokenizerName), (TokenizerSettings.ConfigName, TokenizerSettings.ConfigName),
        (TokenizerSettings.TemplateName, TokenizerSettings.TemplateName), (GenerationSettings.FileName, GenerationSettings.FileName), ("README.md", "card.md"), ("card.md", "card.md"), ("LICENSE", "LICENSE"),
    ];

    /// <summary>Reads a model of any supported form and writes our checkpoint folder.</summary>
    /// <param name="source">A folder with config.json and safetensors, a .gguf file, or a folder with one .gguf file.</param>
    /// <param name="target">The folder to make.</param>
    /// <param name="progress">Told the share done, from 0 to 1.</param>
    /// <param name="cancel">Stops and leaves nothing behind.</param>
    /// <returns>The model's sizes.</returns>
    /// <exception cref="CheckpointFormatException">The source is damaged or asks for what is not run here, or the target exists; the message names file, field and remedy.</exception>
    public static TextConfig Run(string source, string target, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        var path = Locate(source);
        if (path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)) return FromGguf(path, target, progress, cancel);
        var ours = JsonFields.Open(Path.Combine(path, DecoderCheckpoint.ConfigName)).Has("family");
        return FromFolder(path, target, ours, progress, cancel);
    }

    static string Locate(string source)
    {
        if (File.Exists(source))
        {
            if (source.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)) return source;
            if (!source.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) && Path.GetFileName(source) is not (SafetensorsFile.IndexName or DecoderCheckpoint.ConfigName))
                throw new CheckpointFormatException(source, "path", "the file is neither .safetensors nor .gguf", "Give a model folder or one of these files");
            return Path.GetDirectoryName(Path.GetFullPath(source))!;   // its folder has the config
        }
        if (!Directory.Exists(source)) throw new CheckpointFormatException(source, "path", "there is no such file or folder", "Give a model folder or a .gguf file");
        if (File.Exists(Path.Combine(source, DecoderCheckpoint.ConfigName))) return source;
        if (Directory.GetFiles(source, "*.gguf") is [var only]) return only;
        throw new CheckpointFormatException(source, DecoderCheckpoint.ConfigName, "the folder has neither this file nor exactly one .gguf file", "Give the model's folder or the .gguf file itself");
    }

    static TextConfig FromFolder(string folder, string target, bool ours, IProgress<double>? progress, CancellationToken cancel)
    {
        var config = ours ? DecoderCheckpoint.ReadConfig(folder) : HuggingFaceConfig.Read(Path.Combine(folder, DecoderCheckpoint.ConfigName));
        TokenizerSettings.Read(folder);
        GenerationSettings.Read(folder);
        using var file = SafetensorsFile.Open(folder);
        var unused = file.Tensors.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var parts = new List<Part>();
        foreach (var slot in ModelExport.Slots(config))
        {
            var name = ours ? slot.Key : ModelExport.Name(slot).HuggingFace;
            unused.Remove(name);
            parts.Add(new Part(slot, Find(file, name, Shape(slot)), 0));
        }
        if (!ours && config.TieEmbeddings) unused.Remove(QwenNames.HuggingFaceHead);   // a copy of the embedding
        unused.RemoveWhere(name => name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal));   // computed, not learned
        RequireNone(file.Path, unused);

        using var result = new NewFolder(target);
        Write(result, config, parts, progress, cancel);
        foreach (var (from, to) in CompanionFiles)
            if (File.Exists(Path.Combine(folder, from))) File.Copy(Path.Combine(folder, from), result.File(to), overwrite: true);
        result.Commit();
        return config;
    }

    static TextConfig FromGguf(string path, string target, IProgress<double>? progress, CancellationToken cancel)
    {
        using var file = GgufFile.Open(path);
        var config = GgufConfig.Read(file);
        var tokenizer = GgufTokenizer.Read(file);
        var tokenizerConfig = GgufTokenizer.ReadConfig(file, config.Context);
        var unused = file.Tensors.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var parts = new List<Part>();
        foreach (var slot in ModelExport.Slots(config))
        {
            var name = ModelExport.Name(slot);
            unused.Remove(name.Gguf);
            var shape = name.Expert < 0 ? Shape(slot) : [config.Experts, .. Shape(slot)];
            parts.Add(new Part(slot, Find(file, name.Gguf, shape), Math.Max(0, name.Expert) * slot.Weight.Count));
        }
        RequireNone(path, unused);

        using var result = new NewFolder(target);
        Write(result, config, parts, progress, cancel);
        File.WriteAllBytes(result.File(TokenizerSettings.TokenizerName), tokenizer);
        File.WriteAllBytes(result.File(TokenizerSettings.ConfigName), tokenizerConfig);
        result.Commit();
        return config;
    }

    /// <summary>One weight and where its values begin.</summary>
    readonly record struct Part(WeightSlot Slot, StoredTensor Stored, long Start);

    static void Write(NewFolder folder, TextConfig config, List<Part> parts, IProgress<double>? progress, CancellationToken cancel)
    {
        using (var writer = SafetensorsWriter.Create(folder.File(SafetensorsFile.ModelName), parts.Select(p => ModelExport.Spec(p.Slot, p.Slot.Key, p.Stored.Type))))
        {
            var transfer = new TensorTransfer(writer, progress, cancel);
            foreach (var (slot, stored, start) in parts)
                transfer.Copy(stored, start, slot.Weight.Count, slot.Key, ModelExport.Spec(slot, slot.Key, stored.Type).Type);
            writer.Commit();
        }
        DecoderCheckpoint.WriteConfig(folder.File("."), config);
    }

    static long[] Shape(WeightSlot slot) => slot.Weight.Rows == 1 ? [slot.Weight.Cols] : [slot.Weight.Rows, slot.Weight.Cols];

    static StoredTensor Find(ITensorFile file, string name, long[] shape)
    {
        var stored = file.Find(name) ?? throw new CheckpointFormatException(file.Path, name, "the tensor is missing", "Its configuration asks for it; download the model again");
        if (!stored.Shape.SequenceEqual(shape))
            throw new CheckpointFormatException(stored.File, name, $"it is {stored}, but the configuration asks for [{string.Join(", ", shape)}]", "Configuration and weights are of different models; download both again");
        if (stored.Type is not (ElementType.F32 or ElementType.F16 or ElementType.BF16 or ElementType.Q8_0))
            throw new CheckpointFormatException(stored.File, name, $"tensors of type {stored.Type} are not run here", "Get the model as F32, F16, BF16 or Q8_0");
        return stored;
    }

    static void RequireNone(string path, HashSet<string> unused)
    {
        if (unused.Count == 0) return;
        throw new CheckpointFormatException(path, unused.Order(StringComparer.Ordinal).First(),
            $"this tensor and {unused.Count - 1} others have no place in plain Qwen3", "Only plain Qwen3 and Qwen3-MoE language models run here");
    }
}
