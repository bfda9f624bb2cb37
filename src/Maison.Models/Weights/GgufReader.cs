// A cursor over the head of a GGUF file: little-endian numbers, counted strings, typed values. Every read is checked against the
// end of the file before anything is allocated, so neither truncation nor a made-up count can do worse than a clear exception.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Maison.Models.Weights;

/// <summary>Reads the primitive parts of a GGUF head.</summary>
sealed class GgufReader(MappedFile file)
{
    const int MaxArrayDepth = 8;

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    public T Read<T>(string field) where T : unmanaged => MemoryMarshal.Read<T>(Take(Unsafe.SizeOf<T>(), field));

    public string ReadString(string field)
    {
        var length = ReadCount(1, field);
        var bytes = Take(length, field);
        if (!Utf8.IsValid(bytes)) throw Bad(field, "the string is not valid UTF-8");
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A 64-bit count of things that take at least <paramref name="smallest"/> bytes each, so that it can be trusted for allocation.</summary>
    public int ReadCount(int smallest, string field)
    {
        var count = Read<ulong>(field);
        if (count > (ulong)(file.Length - Position) / (uint)smallest)
            throw Bad(field, $"a count of {count} is announced but only {file.Length - Position} bytes follow: the file is truncated or damaged");
        if (count > (ulong)Array.MaxLength) throw Bad(field, $"a count of {count} is more than can be held");
        return (int)count;
    }

    /// <summary>One metadata value: its type number, then itself.</summary>
    public object ReadValue(string key) => ReadValue((GgufValueType)Read<uint>(key), key, 0);

    object ReadValue(GgufValueType type, string key, int depth) => type switch
    {
        GgufValueType.U8 => Read<byte>(key),
        GgufValueType.I8 => Read<sbyte>(key),
        GgufValueType.U16 => Read<ushort>(key),
        GgufValueType.I16 => Read<short>(key),
        GgufValueType.U32 => Read<uint>(key),
        GgufValueType.I32 => Read<int>(key),
        GgufValueType.F32 => Read<float>(key),
        GgufValueType.Bool => ReadBool(key),
        GgufValueType.String => ReadString(key),
        GgufValueType.Array => ReadArray(key, depth),
        GgufValueType.U64 => Read<ulong>(key),
        GgufValueType.I64 => Read<long>(key),
        GgufValueType.F64 => Read<double>(key),
        _ => throw Bad(key, $"value type {(uint)type} does not exist"),
    };

    object ReadArray(string key, int depth)
    {
        if (depth == MaxArrayDepth) throw Bad(key, $"arrays are nested more than {MaxArrayDepth} deep");
        var type = (GgufValueType)Read<uint>(key);
        return type switch
        {
            GgufValueType.U8 => ReadNumbers<byte>(key),
            GgufValueType.I8 => ReadNumbers<sbyte>(key),
            GgufValueType.U16 => ReadNumbers<ushort>(key),
            GgufValueType.I16 => ReadNumbers<short>(key),
            GgufValueType.U32 => ReadNumbers<uint>(key),
            GgufValueType.I32 => ReadNumbers<int>(key),
            GgufValueType.F32 => ReadNumbers<float>(key),
            GgufValueType.U64 => ReadNumbers<ulong>(key),
            GgufValueType.I64 => ReadNumbers<long>(key),
            GgufValueType.F64 => ReadNumbers<double>(key),
            GgufValueType.Bool => ReadEach(new bool[ReadCount(1, key)], () => ReadBool(key)),
            GgufValueType.String => ReadEach(new string[ReadCount(8, key)], () => ReadString(key)),
            GgufValueType.Array => ReadEach(new object[ReadCount(12, key)], () => ReadArray(key, depth + 1)),
            _ => throw Bad(key, $"array type {(uint)type} does not exist"),
        };
    }

    T[] ReadNumbers<T>(string key) where T : unmanaged
    {
        var count = ReadCount(Unsafe.SizeOf<T>(), key);
        if ((long)count * Unsafe.SizeOf<T>() > Array.MaxLength) throw Bad(key, $"an array of {count} values is more than can be held");
        return MemoryMarshal.Cast<byte, T>(Take(count * Unsafe.SizeOf<T>(), key)).ToArray();
    }

    static T[] ReadEach<T>(T[] values, Func<T> read)
    {
        for (var i = 0; i < values.Length; i++) values[i] = read();
        return values;
    }

    bool ReadBool(string key) => Read<byte>(key) switch
    {
        0 => false,
        1 => true,
        var other => throw Bad(key, $"the bool has value {other}"),
    };

    ReadOnlySpan<byte> Take(int length, string field)
    {
        if (length > file.Length - Position)
            throw Bad(field, $"{length} bytes are needed at {Position}, but the file has only {file.Length}: it is truncated");
        var bytes = file.Span(Position, length);
        Position += length;
        return bytes;
    }

    public CheckpointFormatException Bad(string field, string problem) =>
        new(file.Path, field, problem, "The file is damaged; download or convert it again");
}
