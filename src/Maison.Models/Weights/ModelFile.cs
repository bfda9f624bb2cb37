// The weights of any model in a safetensors file, under their property paths. What the model is stands in a config.json beside it.

using Maison.Tensors;

namespace Maison.Models.Weights;

/// <summary>Reads and writes the weights of a model.</summary>
public static class ModelFile
{
    /// <summary>Makes every weight of a model a <see cref="Param"/> with the values of a safetensors file.</summary>
    /// <exception cref="CheckpointFormatException">A weight is missing, or has another size.</exception>
    public static void LoadTrainable(object model, string path)
    {
        using var file = SafetensorsFile.Open(path);
        ModelWeights.Map(model, (key, old) => ReadParam(Stored(file, key, old), old));
    }

    /// <summary>A trainable weight with the values of a stored tensor.</summary>
    public static Param ReadParam(StoredTensor stored, Weight shape)
    {
        var made = new Param(shape.Rows, shape.Cols);
        stored.Read(0, made.Values);
        made.Changed();
        return made;
    }

    /// <summary>The stored tensor of a key, its size checked.</summary>
    public static StoredTensor Stored(ITensorFile file, string key, Weight expected)
    {
        var stored = file.Find(key) ?? throw new CheckpointFormatException(file.Path, key, "is missing", "the file does not belong to this config.json");
        if (stored.Elements != expected.Count)
            throw new CheckpointFormatException(file.Path, key, $"has {stored.Elements} values", $"config.json asks for {expected.Rows}×{expected.Cols}");
        return stored;
    }

    /// <summary>Writes a model's weights; gains, biases and scalars stay fp32 whatever the type.</summary>
    public static void Save(object model, string path, ElementType type, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var slots = ModelWeights.Slots(model);
        using var writer = SafetensorsWriter.Create(path,
            slots.Select(s => s.Weight.Rows == 1
                ? new TensorSpec(s.Key, ElementType.F32, s.Weight.Cols)
                : new TensorSpec(s.Key, type, s.Weight.Rows, s.Weight.Cols)), metadata);
        foreach (var slot in slots) writer.Write(slot.Key, slot.Weight.ToArray());
        writer.Commit();
    }
}
