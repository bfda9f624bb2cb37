// The header of one safetensors file: 8 bytes of length, then JSON that names every tensor's type, shape and byte range.
// Stricter than JSON asks for: no duplicate names, no unknown fields, and the ranges must tile the rest of the file exactly,
// so no byte is claimed twice and none is hidden. A hand-written Utf8JsonReader loop, because each error must name its field.

using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace Maison.Models.Weights;

/// <summary>What a safetensors header says, checked against the file.</summary>
sealed class SafetensorsHeader
{
    /// <summary>The format's own limit for the header.</summary>
    internal const int MaxHeaderBytes = 100_000_000;

    /// <summary>The reserved name of the string-to-string map.</summary>
    internal const string MetadataName = "__metadata__";

    /// <summary>Metadata key that lists, one per line, the tensors whose U8 bytes are Q8_0 blocks: shape (…, n/32, 34) for (…, n).</summary>
    internal const string BlocksName = "q8_0";

    const string Again = "The file is damaged; download or export it again";

    static readonly Dictionary<string, ElementType> Types = new(StringComparer.Ordinal)
    {
        ["F64"] = ElementType.F64,
        ["F32"] = ElementType.F32,
        ["F16"] = ElementType.F16,
        ["BF16"] = ElementType.BF16,
        ["F8_E5M2"] = ElementType.F8E5M2,
        ["F8_E4M3"] = ElementType.F8E4M3,
        ["I64"] = ElementType.I64,
        ["I32"] = ElementType.I32,
        ["I16"] = ElementType.I16,
        ["I8"] = ElementType.I8,
        ["U64"] = ElementType.U64,
        ["U32"] = ElementType.U32,
        ["U16"] = ElementType.U16,
        ["U8"] = ElementType.U8,
        ["BOOL"] = ElementType.Bool,
    };

    readonly MappedFile _file;
    readonly long _dataStart;
    readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    readonly List<StoredTensor> _tensors = [];
    readonly HashSet<string> _names = new(StringComparer.Ordinal);

    SafetensorsHeader(MappedFile file, long dataStart) => (_file, _dataStart) = (file, dataStart);

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<StoredTensor> Tensors => _tensors;
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>The name the format gives a type; null when it has none.</summary>
    internal static string? TypeName(ElementType type) => Types.FirstOrDefault(pair => pair.Value == type).Key;

    public static SafetensorsHeader Read(MappedFile file)
    {
        if (file.Length < 8)
            throw new CheckpointFormatException(file.Path, "header length", $"the file has only {file.Length} bytes", Again);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Span(0, 8));
        if (length > MaxHeaderBytes)
            throw new CheckpointFormatException(file.Path, "header length", $"{length} bytes exceed the format's limit of {MaxHeaderBytes}", "This is not a safetensors file, or it is damaged");
        if ((long)length > file.Length - 8)
            throw new CheckpointFormatException(file.Path, "header length", $"{length} bytes are announced but only {file.Length - 8} follow: the file is truncated", Again);
        var json = file.Span(8, (int)length);
        if (json.Length < 2 || json[0] != (byte)'{')
            throw new CheckpointFormatException(file.Path, "header", "it does not start with '{'", "This is not a safetensors file, or it is damaged");
        if (!Utf8.IsValid(json))
            throw new CheckpointFormatException(file.Path, "header", "it is not valid UTF-8", Again);

        var header = new SafetensorsHeader(file, 8 + (long)length);
        try
        {
            header.ReadObject(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)   // the latter: a lone surrogate escape
        {
            throw new CheckpointFormatException(file.Path, "header JSON", e.Message.TrimEnd('.'), Again, e);
        }
        header.RequireTiling();
        header.NameBlocks();
        return header;
    }

    void ReadObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!_names.Add(name)) throw Bad(name, "the header lists it twice");
            reader.Read();
            if (name == MetadataName) ReadMetadata(ref reader);
            else ReadTensor(ref reader, name);
        }
        while (reader.Read()) { }   // whatever follows the object but spaces is a JsonException
    }

    void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Bad(MetadataName, "it is not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Bad($"{MetadataName}.{key}", "the value is not a string");
            if (!_metadata.TryAdd(key, reader.GetString()!)) throw Bad($"{MetadataName}.{key}", "it is there twice");
        }
    }

    void ReadTensor(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Bad(name, "it is not an object with dtype, shape and data_offsets");
        string? typeName = null;
        List<long>? shape = null, range = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString()!;
            reader.Read();
            var again = field switch { "dtype" => typeName is not null, "shape" => shape is not null, "data_offsets" => range is not null, _ => false };
            if (again) throw Bad($"{name}.{field}", "it is there twice");
            if (field == "dtype" && reader.TokenType == JsonTokenType.String) typeName = reader.GetString()!;
            else if (field == "shape") shape = ReadNumbers(ref reader, $"{name}.shape");
            else if (field == "data_offsets") range = ReadNumbers(ref reader, $"{name}.data_offsets");
            else throw Bad($"{name}.{field}", "it is not one of dtype (a string), shape and data_offsets");
        }
        if (typeName is null) throw Bad($"{name}.dtype", "it is missing");
        if (shape is null) throw Bad($"{name}.shape", "it is missing");
        if (range is not [var begin, var end] || begin > end) throw Bad($"{name}.data_offsets", "it is not a pair of rising offsets");
        if (!Types.TryGetValue(typeName, out var type))
            throw new CheckpointFormatException(_file.Path, $"{name}.dtype", $"the type '{typeName}' is not read here", $"Convert the tensor to one of {string.Join(", ", Types.Keys)}");

        var lengths = shape.ToArray();
        if (!type.TryMeasure(lengths, out var elements, out var bytes)) throw Bad($"{name}.shape", $"[{string.Join(", ", shape)}] overflows");
        if (bytes != end - begin) throw Bad($"{name}.data_offsets", $"{end - begin} bytes are given, but shape [{string.Join(", ", shape)}] of {typeName} takes {bytes}");
        if (end > _file.Length - _dataStart)
            throw Bad($"{name}.data_offsets", $"they end at byte {end}, but the file holds {_file.Length - _dataStart} bytes of data: it is truncated");
        _tensors.Add(new StoredTensor(_file, name, type, lengths, _dataStart + begin, elements, bytes));
    }

    List<long> ReadNumbers(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Bad(field, "it is not an array");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw Bad(field, "it holds something other than whole numbers from 0 up");
            numbers.Add(number);
        }
        return numbers;
    }

    void RequireTiling()
    {
        _tensors.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.ByteCount.CompareTo(b.ByteCount));
        var (position, previous) = (_dataStart, "the header");
        foreach (var tensor in _tensors)
        {
            if (tensor.Offset < position) throw Bad($"{tensor.Name}.data_offsets", $"its bytes overlap those of '{previous}'");
            if (tensor.Offset > position) throw Bad($"{tensor.Name}.data_offsets", $"{tensor.Offset - position} bytes after '{previous}' belong to no tensor");
            (position, previous) = (tensor.Offset + tensor.ByteCount, tensor.Name);
        }
        if (position != _file.Length) throw Bad("data", $"the last {_file.Length - position} bytes belong to no tensor");
    }

    // The format has no blocked type: a Q8_0 tensor travels as plain bytes, and the metadata says which ones these are.
    void NameBlocks()
    {
        if (!_metadata.Remove(BlocksName, out var list)) return;
        foreach (var name in list.Split('\n'))
        {
            var at = _tensors.FindIndex(t => t.Name == name);
            if (at < 0) throw Bad($"{MetadataName}.{BlocksName}", $"there is no tensor '{name}'");
            var bytes = _tensors[at];
            if (bytes.Type != ElementType.U8 || bytes.Shape is not [.., var blocks, ElementTypes.BlockBytes])
                throw Bad($"{MetadataName}.{BlocksName}", $"'{name}' is {bytes}, not U8 with rows of {ElementTypes.BlockBytes} bytes");
            var elements = bytes.Elements / ElementTypes.BlockBytes * ElementTypes.BlockLength;
            _tensors[at] = new StoredTensor(_file, name, ElementType.Q8_0, [.. bytes.Shape[..^2], blocks * ElementTypes.BlockLength], bytes.Offset, elements, bytes.ByteCount);
        }
    }

    CheckpointFormatException Bad(string field, string problem) => new(_file.Path, field, problem, Again);
}
