// Our checkpoint folder to what other engines read: a Hugging Face folder, or one GGUF file. Weights are renamed and copied
// by chunks, never all in memory. Only plain Qwen3 and Qwen3-MoE models can go; an extra is refused by its name.
// A target appears whole or not at all, and nothing that exists is overwritten.

using Maison.Models.Text;

namespace Maison.Models.Weights;

/// <summary>Exports text models.</summary>
public static class ModelExport
{
    static readonly (string From, string To)[] CompanionFiles =
    [
        (TokenizerSettings.TokenizerName, TokenizerSettings.TokenizerName), (TokenizerSettings.ConfigName, TokenizerSettings.ConfigName),
        (TokenizerSettings.TemplateName, TokenizerSettings.TemplateName), ("card.md", "README.md"), ("LICENSE", "LICENSE"),
    ];

    /// <summary>Writes a folder with config.json, generation_config.json, model.safetensors and the tokenizer's files.</summary>
    /// <param name="checkpoint">Our checkpoint folder.</param>
    /// <param name="target">The folder to make.</param>
    /// <param name="type">F32, F16 or BF16 for the matrices; null keeps theirs, BF16 standing in for Q8_0.</param>
    /// <param name="progress">Told the share done, from 0 to 1.</param>
    /// <param name="cancel">Stops and leaves nothing behind.</param>
    /// <exception cref="CheckpointFormatException">The checkpoint is damaged or has extras, or the target exists.</exception>
    public static void ToHuggingFace(string checkpoint, string target, ElementType? type = null, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        var config = PlainConfig(checkpoint);
        var settings = TokenizerSettings.Read(checkpoint);
        var sampling = GenerationSettings.Read(checkpoint) ?? new();
        using var source = SafetensorsFile.Open(Path.Combine(checkpoint, SafetensorsFile.ModelName));
        var slots = Slots(config);
        var matrices = type ?? StoredType(source, slots) switch { ElementType.Q8_0 => ElementType.BF16, var stored => stored };
        var description = HuggingFaceConfig.Write(config, matrices, settings.EndIds, settings.PadId);
        using var folder = new NewFolder(target);
        using (var writer = SafetensorsWriter.Create(folder.File(SafetensorsFile.ModelName),
            slots.Select(s => Spec(s, Name(s).HuggingFace, matrices)), new Dictionary<string, string> { ["format"] = "pt" }))
        {
            var transfer = new TensorTransfer(writer, progress, cancel);
            foreach (var slot in slots)
            {
                var spec = Spec(slot, Name(slot).HuggingFace, matrices);
                transfer.Copy(ModelFile.Stored(source, slot.Key, slot.Weight), 0, slot.Weight.Count, spec.Name, spec.Type);
            }
            writer.Commit();
        }
        File.WriteAllBytes(folder.File(DecoderCheckpoint.ConfigName), description);
        foreach (var (from, to) in CompanionFiles)
            if (File.Exists(Path.Combine(checkpoint, from))) File.Copy(Path.Combine(checkpoint, from), folder.File(to));
        sampling.Save(folder.File("."));
        folder.Commit();
    }

    /// <summary>Writes one GGUF file with the weights, the sizes and the tokenizer.</summary>
    /// <param name="checkpoint">Our checkpoint folder.</param>
    /// <param name="target">The file to make.</param>
    /// <param name="type">F32, F16, BF16 or Q8_0 for the matrices; null keeps theirs. Routers and gains stay F32, and a matrix whose rows do not fill Q8_0 blocks becomes F16.</param>
    /// <param name="name">The model's name for people; null takes the folder's.</param>
    /// <param name="progress">Told the share done, from 0 to 1.</param>
    /// <param name="cancel">Stops and leaves nothing behind.</param>
    /// <exception cref="CheckpointFormatException">The checkpoint is damaged or has extras, or the target exists.</exception>
    public static void ToGguf(string checkpoint, string target, ElementType? type = null, string? name = null, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        if (Path.Exists(target)) throw NewFolder.Exists(target);
        var config = PlainConfig(checkpoint);
        using var source = SafetensorsFile.Open(Path.Combine(checkpoint, SafetensorsFile.ModelName));
        var slots = Slots(config);
        var matrices = type ?? StoredType(source, slots);
        name ??= Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoint)));
        KeyValuePair<string, object>[] metadata;
        try
        {
            metadata = [.. GgufConfig.Write(config, name, matrices), .. GgufTokenizer.Write(checkpoint, config.Vocab)];
        }
        catch (NotSupportedException e)
        {
            throw new CheckpointFormatException(checkpoint, DecoderCheckpoint.ConfigName, e.Message.TrimEnd('.'), "The GGUF file was not written", e);
        }
        var tensors = slots.GroupBy(s => Name(s).Gguf).Select(group => (Spec: GgufSpec([.. group], matrices), Slots: group.OrderBy(s => Name(s).Expert).ToArray())).ToArray();
        using var writer = GgufWriter.Create(target, metadata, tensors.Select(t => t.Spec));
        var transfer = new TensorTransfer(writer, progress, cancel);
        foreach (var (spec, parts) in tensors)
            foreach (var slot in parts)
                transfer.Copy(ModelFile.Stored(source, slot.Key, slot.Weight), 0, slot.Weight.Count, spec.Name, spec.Type);
        writer.Commit();
    }

    static TextConfig PlainConfig(string checkpoint)
    {
        var config = DecoderCheckpoint.ReadConfig(checkpoint);
        if (config.Extras() is { Count: > 0 } extras)
            throw new CheckpointFormatException(checkpoint, "extras", $"the model uses {string.Join(", ", extras)}, which Qwen3 does not have and other engines do not run",
                "It runs here as it is; train one with these extras off to export it");
        return config;
    }

    static TensorSpec GgufSpec(IReadOnlyList<WeightSlot> group, ElementType matrices)
    {
        var (first, name) = (group[0], Name(group[0]));
        var spec = Spec(first, name.Gguf, matrices);
        if (name.Gguf.EndsWith("ffn_gate_inp.weight", StringComparison.Ordinal)) spec = spec with { Type = ElementType.F32 };
        if (spec.Type == ElementType.Q8_0 && first.Weight.Cols % ElementTypes.BlockLength != 0) spec = spec with { Type = ElementType.F16 };
        return name.Expert < 0 ? spec : spec with { Shape = [group.Count, .. spec.Shape] };
    }

    /// <summary>The slots of a model with these sizes; the rotary table, which needs memory, is not asked for.</summary>
    internal static IReadOnlyList<WeightSlot> Slots(TextConfig config) => ModelWeights.Slots(new Decoder(config with { Context = 1 }));

    internal static QwenName Name(WeightSlot slot) => QwenNames.Find(slot.Key)
        ?? throw new InvalidOperationException($"The weight {slot.Key} has no name in Qwen3; its extra is missing from TextConfig.Extras.");

    /// <summary>One weight as a tensor: gains are vectors in F32, matrices are as asked.</summary>
    internal static TensorSpec Spec(WeightSlot slot, string name, ElementType matrices) => slot.Weight.Rows == 1
        ? new(name, ElementType.F32, slot.Weight.Cols)
        : new(name, matrices, slot.Weight.Rows, slot.Weight.Cols);

    static ElementType StoredType(ITensorFile source, IReadOnlyList<WeightSlot> slots) =>
        slots.Where(s => s.Weight.Rows > 1).Select(s => ModelFile.Stored(source, s.Key, s.Weight).Type).First();
}
