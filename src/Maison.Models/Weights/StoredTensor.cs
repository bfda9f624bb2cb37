// One tensor inside an opened checkpoint file, whatever the format: its name, type, shape and place, and its bytes in the memory map.
// Shapes are outermost first (row-major) here; GGUF stores them the other way round and its reader turns them.

namespace Maison.Models.Weights;

/// <summary>An opened file or folder of named tensors.</summary>
public interface ITensorFile : IDisposable
{
    /// <summary>The path that was opened.</summary>
    string Path { get; }

    /// <summary>All tensors, in the order of the file.</summary>
    IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Looks a tensor up by its exact name; null when absent.</summary>
    StoredTensor? Find(string name);
}

/// <summary>A tensor of an opened checkpoint; it lives as long as the file is open.</summary>
public sealed class StoredTensor
{
    readonly MappedFile _file;
    readonly long[] _shape;

    internal StoredTensor(MappedFile file, string name, ElementType type, long[] shape, long offset, long elements, long byteCount)
    {
        (_file, Name, Type, _shape, Offset, Elements, ByteCount) = (file, name, type, shape, offset, elements, byteCount);
    }

    public string Name { get; }
    public ElementType Type { get; }

    /// <summary>Lengths, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Where the bytes start, from the beginning of <see cref="File"/>.</summary>
    public long Offset { get; }
    public long Elements { get; }
    public long ByteCount { get; }

    /// <summary>The file that holds the bytes (one of several when a checkpoint is sharded).</summary>
    public string File => _file.Path;

    /// <summary>All bytes; for tensors up to 2 GB.</summary>
    public ReadOnlySpan<byte> Bytes => _file.Span(Offset, checked((int)ByteCount));

    /// <summary>The first byte in the memory map; valid until the file is closed.</summary>
    public unsafe byte* Pointer => _file.Pointer(Offset, ByteCount);

    /// <summary>Decodes <paramref name="destination"/>.Length values from element <paramref name="start"/>; both on unit borders for Q8_0.</summary>
    /// <exception cref="NotSupportedException">The type holds no real numbers that are decoded here; the message names it.</exception>
    public void Read(long start, Span<float> destination)
    {
        ElementConversion.ToSingle(Type, Slice(start, destination.Length), destination);
    }

    /// <summary>The stored bytes of <paramref name="count"/> values from element <paramref name="start"/>; both on unit borders for Q8_0.</summary>
    public ReadOnlySpan<byte> Slice(long start, int count)
    {
        if (start < 0 || count < 0 || start > Elements - count)
            throw new ArgumentOutOfRangeException(nameof(start), $"{count} values from {start} leave tensor '{Name}', which has {Elements}.");
        return _file.Span(Offset + Type.ByteCount(start), checked((int)Type.ByteCount(count)));
    }

    /// <summary>Decodes the whole tensor into a new array.</summary>
    public float[] ReadAll()
    {
        var values = new float[Elements];
        Read(0, values);
        return values;
    }

    public override string ToString() => $"{Name} {Type} [{string.Join(", ", _shape)}]";
}
