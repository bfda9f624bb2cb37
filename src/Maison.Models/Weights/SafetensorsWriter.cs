// Lays out a safetensors file: the header with every tensor's place, then the bytes. Wider types come first, as the format's
// reference implementation does, and the data starts on a 64-byte border, so that mapped tensors are aligned for vector loads.
// The format has no blocked type, so Q8_0 goes out as U8 blocks that the metadata names; other readers see plain bytes.

using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Maison.Models.Weights;

/// <summary>Starts safetensors files.</summary>
public static class SafetensorsWriter
{
    const int Alignment = 64;

    /// <summary>Announces the tensors and returns the writer for their bytes; call Commit when all are written.</summary>
    /// <exception cref="ArgumentException">A duplicate or reserved name, a shape that overflows, or a Q8_0 tensor whose rows split a block.</exception>
    public static TensorFileWriter Create(string path, IEnumerable<TensorSpec> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderByDescending(t => t.Type == ElementType.Q8_0 ? 1 : t.Type.UnitBytes()).ToArray();   // stable: otherwise the caller's order
        var layout = new List<(TensorSpec Spec, long Offset, long ByteCount)>();
        var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataName };
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            WriteMetadata(writer, metadata ?? new Dictionary<string, string>(), ordered.Where(t => t.Type == ElementType.Q8_0).Select(t => t.Name));
            var position = 0L;
            foreach (var tensor in ordered)
            {
                if (!names.Add(tensor.Name)) throw new ArgumentException($"The tensor name '{tensor.Name}' is taken.", nameof(tensors));
                var end = checked(position + WriteTensor(writer, tensor, position));
                layout.Add((tensor, position, end - position));
                position = end;
            }
            writer.WriteEndObject();
        }
        var dataStart = (8 + json.WrittenCount + Alignment - 1) / Alignment * Alignment;
        var header = new byte[dataStart];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)dataStart - 8);
        header.AsSpan(8).Fill((byte)' ');
        json.WrittenSpan.CopyTo(header.AsSpan(8));
        var length = layout.Count == 0 ? dataStart : dataStart + layout[^1].Offset + layout[^1].ByteCount;
        return new TensorFileWriter(path, header, layout.Select(t => (t.Spec, t.Offset + dataStart, t.ByteCount)), length);
    }

    static void WriteMetadata(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> metadata, IEnumerable<string> blocked)
    {
        if (metadata.ContainsKey(SafetensorsHeader.BlocksName)) throw new ArgumentException($"The metadata key '{SafetensorsHeader.BlocksName}' is reserved.", nameof(metadata));
        var all = new SortedDictionary<string, string>(metadata.ToDictionary(), StringComparer.Ordinal);
        if (string.Join('\n', blocked) is { Length: > 0 } names) all.Add(SafetensorsHeader.BlocksName, names);
        if (all.Count == 0) return;
        writer.WriteStartObject(SafetensorsHeader.MetadataName);
        foreach (var (key, value) in all) writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    static long WriteTensor(Utf8JsonWriter writer, TensorSpec tensor, long position)
    {
        if (!tensor.Type.TryMeasure(tensor.Shape, out _, out var bytes))
            throw new ArgumentException($"Tensor '{tensor.Name}': the shape [{string.Join(", ", tensor.Shape)}] is negative, overflows, or splits a block of {tensor.Type}.", nameof(tensor));
        var type = SafetensorsHeader.TypeName(tensor.Type) ?? SafetensorsHeader.TypeName(ElementType.U8);
        long[] shape = tensor.Type == ElementType.Q8_0 ? [.. tensor.Shape[..^1], tensor.Shape[^1] / ElementTypes.BlockLength, ElementTypes.BlockBytes] : tensor.Shape;
        writer.WriteStartObject(tensor.Name);
        writer.WriteString("dtype", type);
        writer.WriteStartArray("shape");
        foreach (var length in shape) writer.WriteNumberValue(length);
        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(position);
        writer.WriteNumberValue(position + bytes);
        writer.WriteEndArray();
        writer.WriteEndObject();
        return bytes;
    }
}
