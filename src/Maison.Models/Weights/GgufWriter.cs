// Lays out a GGUF version 3 file, alignment 32: metadata, tensor list, then the bytes in the caller's order.
// It knows nothing about what the keys mean; the .NET type of a value decides its GGUF type.

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Maison.Models.Weights;

/// <summary>Starts GGUF files.</summary>
public static class GgufWriter
{
    const uint Version = 3;
    const int MaxNameBytes = 63;   // ggml keeps names in 64 bytes, the last one zero

    /// <summary>Announces metadata and tensors and returns the writer for the tensors' bytes; call Commit when all are written.</summary>
    /// <param name="path">Where the finished file goes.</param>
    /// <param name="metadata">Values: numbers of every width, bool, string, and one-dimensional arrays of these; object[] for arrays of arrays.</param>
    /// <param name="tensors">In file order; types F32, F16, BF16 and Q8_0.</param>
    /// <exception cref="ArgumentException">A duplicate key or name, a value or element type GGUF lacks, or a shape that overflows or splits a block.</exception>
    public static TensorFileWriter Create(string path, IEnumerable<KeyValuePair<string, object>> metadata, IEnumerable<TensorSpec> tensors)
    {
        var pairs = metadata.ToArray();
        var specs = tensors.ToArray();
        var head = new ArrayBufferWriter<byte>();
        Put(head, GgufFile.Magic);
        Put(head, Version);
        Put(head, (ulong)specs.Length);
        Put(head, (ulong)pairs.Length);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in pairs)
        {
            if (!keys.Add(key)) throw new ArgumentException($"The metadata key '{key}' is there twice.", nameof(metadata));
            if (key == GgufFile.AlignmentKey) throw new ArgumentException($"'{key}' is not the caller's to set.", nameof(metadata));
            Put(head, key);
            var type = TypeOf(value, key);
            Put(head, (uint)type);
            PutValue(head, type, value, key);
        }
        var layout = new List<(TensorSpec Spec, long Offset, long ByteCount)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var position = 0L;
        foreach (var spec in specs)
        {
            if (!names.Add(spec.Name)) throw new ArgumentException($"The tensor name '{spec.Name}' is taken.", nameof(tensors));
            var bytes = PutInfo(head, spec, position);
            layout.Add((spec, position, bytes));
            position = Align(checked(position + bytes));
        }
        var dataStart = Align(head.WrittenCount);
        return new TensorFileWriter(path, head.WrittenSpan, layout.Select(t => (t.Spec, t.Offset + dataStart, t.ByteCount)), dataStart + position);
    }

    static long PutInfo(ArrayBufferWriter<byte> head, TensorSpec spec, long position)
    {
        var type = GgufTensorType.Number(spec.Type)
            ?? throw new ArgumentException($"Tensor '{spec.Name}': type {spec.Type} is not written to GGUF; use F32, F16, BF16 or Q8_0.", nameof(spec));
        if (!spec.Type.TryMeasure(spec.Shape, out _, out var bytes))
            throw new ArgumentException($"Tensor '{spec.Name}': the shape [{string.Join(", ", spec.Shape)}] overflows or splits a block of {spec.Type}.", nameof(spec));
        if (spec.Shape.Length > 4 || Encoding.UTF8.GetByteCount(spec.Name) > MaxNameBytes)
            throw new ArgumentException($"Tensor '{spec.Name}': GGUF holds at most 4 dimensions and names of {MaxNameBytes} bytes.", nameof(spec));
        Put(head, spec.Name);
        Put(head, (uint)spec.Shape.Length);
        for (var i = spec.Shape.Length - 1; i >= 0; i--) Put(head, (ulong)spec.Shape[i]);   // innermost first
        Put(head, type);
        Put(head, (ulong)position);
        return bytes;
    }

    static GgufValueType TypeOf(object value, string key) => value switch
    {
        byte => GgufValueType.U8,
        sbyte => GgufValueType.I8,
        ushort => GgufValueType.U16,
        short => GgufValueType.I16,
        uint => GgufValueType.U32,
        int => GgufValueType.I32,
        float => GgufValueType.F32,
        bool => GgufValueType.Bool,
        string => GgufValueType.String,
        Array { Rank: 1 } => GgufValueType.Array,
        ulong => GgufValueType.U64,
        long => GgufValueType.I64,
        double => GgufValueType.F64,
        _ => throw new ArgumentException($"Metadata '{key}': GGUF has no type for {value.GetType().Name}."),
    };

    static void PutValue(ArrayBufferWriter<byte> head, GgufValueType type, object value, string key)
    {
        switch (type)
        {
            case GgufValueType.U8: Put(head, (byte)value); break;
            case GgufValueType.I8: Put(head, (sbyte)value); break;
            case GgufValueType.U16: Put(head, (ushort)value); break;
            case GgufValueType.I16: Put(head, (short)value); break;
            case GgufValueType.U32: Put(head, (uint)value); break;
            case GgufValueType.I32: Put(head, (int)value); break;
            case GgufValueType.F32: Put(head, (float)value); break;
            case GgufValueType.Bool: Put(head, (byte)((bool)value ? 1 : 0)); break;
            case GgufValueType.String: Put(head, (string)value); break;
            case GgufValueType.U64: Put(head, (ulong)value); break;
            case GgufValueType.I64: Put(head, (long)value); break;
            case GgufValueType.F64: Put(head, (double)value); break;
            case GgufValueType.Array: PutArray(head, (Array)value, key); break;
        }
    }

    static void PutArray(ArrayBufferWriter<byte> head, Array values, string key)
    {
        var type = values is string[] || values is not object[]? TypeOf(Sample(values), key) : GgufValueType.Array;
        Put(head, (uint)type);
        Put(head, (ulong)values.Length);
        foreach (var value in values)
        {
            if (type == GgufValueType.Array && value is not Array { Rank: 1 })
                throw new ArgumentException($"Metadata '{key}': object[] must hold arrays only.");
            PutValue(head, type, value, key);
        }
    }

    // One value of the element type, so that an empty array knows its type too.
    static object Sample(Array values)
    {
        var element = values.GetType().GetElementType()!;
        return element == typeof(string) ? "" : element.IsArray ? Array.CreateInstance(element.GetElementType()!, 0) : Activator.CreateInstance(element)!;
    }

    static void Put(ArrayBufferWriter<byte> head, string text)
    {
        Put(head, (ulong)Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, head);
    }

    static void Put<T>(ArrayBufferWriter<byte> head, T value) where T : unmanaged
    {
        MemoryMarshal.Write(head.GetSpan(Unsafe.SizeOf<T>()), value);
        head.Advance(Unsafe.SizeOf<T>());
    }

    static long Align(long position) => (position + GgufFile.DefaultAlignment - 1) & -GgufFile.DefaultAlignment;
}
