// Reads GGUF versions 2 and 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): metadata, tensor list, mapped bytes.
// It knows nothing about what a key or tensor name means. Only the tensor types that run here are accepted (F32, F16, BF16, Q8_0);
// the ranges must tile the data with nothing but alignment padding between them, as ggml's own reader demands.

namespace Maison.Models.Weights;

/// <summary>An opened GGUF file.</summary>
public sealed class GgufFile : ITensorFile
{
    /// <summary>"GGUF" read as a little-endian number.</summary>
    internal const uint Magic = 0x46554747;

    /// <summary>The metadata key that may change the alignment, and what it is without.</summary>
    internal const string AlignmentKey = "general.alignment";
    internal const int DefaultAlignment = 32;

    const int MaxDimensions = 4;

    readonly MappedFile _map;
    readonly GgufReader _reader;
    readonly List<StoredTensor> _tensors = [];
    readonly Dictionary<string, StoredTensor> _byName = new(StringComparer.Ordinal);
    long _alignment = DefaultAlignment;

    GgufFile(MappedFile map)
    {
        _map = map;
        _reader = new GgufReader(map);
        Metadata = new GgufMetadata(map.Path);
    }

    public string Path => _map.Path;
    public IReadOnlyList<StoredTensor> Tensors => _tensors;
    public GgufMetadata Metadata { get; }

    /// <summary>Format version, 2 or 3.</summary>
    public uint Version { get; private set; }

    public StoredTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Opens and validates a file.</summary>
    /// <exception cref="CheckpointFormatException">Missing, malformed, truncated, or holding a tensor type that is not run here.</exception>
    public static GgufFile Open(string path)
    {
        var file = new GgufFile(new MappedFile(path));
        try
        {
            file.ReadHead();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    void ReadHead()
    {
        if (_reader.Read<uint>("magic") != Magic)
            throw new CheckpointFormatException(Path, "magic", "the file does not start with 'GGUF'", "Give a .gguf file");
        Version = _reader.Read<uint>("version");
        if (Version is not (2 or 3))
            throw new CheckpointFormatException(Path, "version",
                Version is 0x02000000 or 0x03000000 ? "the file is big-endian" : $"version {Version} is not read here",
                "Convert the model to little-endian GGUF version 3");
        var tensors = _reader.ReadCount(24, "tensor_count");
        var pairs = _reader.ReadCount(13, "metadata_kv_count");
        for (var i = 0; i < pairs; i++)
        {
            var key = _reader.ReadString($"metadata key {i}");
            if (!Metadata.TryAdd(key, _reader.ReadValue(key))) throw _reader.Bad(key, "the key is there twice");
        }
        _alignment = Metadata.GetInteger(AlignmentKey, DefaultAlignment);
        if (_alignment is < 1 or > 1 << 20 || !long.IsPow2(_alignment))
            throw _reader.Bad(AlignmentKey, $"{_alignment} is not a power of two up to 2^20");

        var infos = new (string Name, ElementType Type, long[] Shape, long Offset)[tensors];
        for (var i = 0; i < tensors; i++) infos[i] = ReadInfo(i);
        var dataStart = Align(_reader.Position);
        foreach (var (name, type, shape, offset) in infos) Add(name, type, shape, offset, dataStart);
        RequireTiling(dataStart);
    }

    (string, ElementType, long[], long) ReadInfo(int index)
    {
        var name = _reader.ReadString($"name of tensor {index}");
        var dimensions = _reader.Read<uint>($"{name}.n_dimensions");
        if (dimensions > MaxDimensions) throw _reader.Bad($"{name}.n_dimensions", $"{dimensions} dimensions are more than {MaxDimensions}");
        var shape = new long[dimensions];
        for (var i = shape.Length - 1; i >= 0; i--)   // innermost first in the file
        {
            var length = _reader.Read<ulong>($"{name}.dimensions");
            if (length > long.MaxValue) throw _reader.Bad($"{name}.dimensions", $"{length} overflows");
            shape[i] = (long)length;
        }
        var number = _reader.Read<uint>($"{name}.type");
        if (!GgufTensorType.TryRead(number, out var type))
            throw new CheckpointFormatException(Path, $"{name}.type", $"tensors of type {GgufTensorType.Name(number)} are not run here", "Get or convert the model with F32, F16, BF16 or Q8_0 tensors");
        var offset = _reader.Read<ulong>($"{name}.offset");
        if (offset > long.MaxValue || (long)offset % _alignment != 0)
            throw _reader.Bad($"{name}.offset", $"{offset} is not a multiple of the alignment {_alignment}");
        return (name, type, shape, (long)offset);
    }

    void Add(string name, ElementType type, long[] shape, long offset, long dataStart)
    {
        if (!type.TryMeasure(shape, out var elements, out var bytes))
            throw _reader.Bad($"{name}.dimensions", $"[{string.Join(", ", shape)}] overflows or splits a block of {type}");
        if (offset > _map.Length - dataStart - bytes)
            throw _reader.Bad($"{name}.offset", $"{bytes} bytes at {offset} leave the file, which holds {Math.Max(0, _map.Length - dataStart)} bytes of data: it is truncated");
        var tensor = new StoredTensor(_map, name, type, shape, dataStart + offset, elements, bytes);
        if (!_byName.TryAdd(name, tensor)) throw _reader.Bad(name, "the tensor is there twice");
        _tensors.Add(tensor);
    }

    void RequireTiling(long dataStart)
    {
        var (position, previous) = (dataStart, "the header");
        foreach (var tensor in _tensors.OrderBy(t => t.Offset).ThenBy(t => t.ByteCount))
        {
            if (tensor.Offset < position) throw _reader.Bad($"{tensor.Name}.offset", $"its bytes overlap those of '{previous}'");
            if (tensor.Offset > Align(position)) throw _reader.Bad($"{tensor.Name}.offset", $"{tensor.Offset - position} bytes after '{previous}' belong to no tensor");
            (position, previous) = (tensor.Offset + tensor.ByteCount, tensor.Name);
        }
        if (_map.Length > Align(position)) throw _reader.Bad("data", $"the last {_map.Length - position} bytes belong to no tensor");
    }

    long Align(long position) => (position + _alignment - 1) & -_alignment;

    public void Dispose() => _map.Dispose();
}
