// From stored tensors and fp32 values to weights for serving. A stored matrix keeps its type: nothing is widened, nothing rounded.

using Maison.Tensors;

namespace Maison.Models.Weights;

/// <summary>Makes <see cref="PackedWeight"/>s.</summary>
public static class PackedWeights
{
    /// <summary>A matrix as its file stores it, read in pieces.</summary>
    /// <exception cref="NotSupportedException">An element type other than F32, F16, BF16 and Q8_0.</exception>
    public static PackedWeight Load(StoredTensor stored, int rows, int cols)
    {
        if (stored.Elements != (long)rows * cols) throw new ArgumentException($"{stored.Name} has {stored.Elements} values, not {rows}×{cols}.");
        var w = new PackedWeight(rows, cols, FormatOf(stored.Type));
        var rowsAtOnce = (int)Math.Clamp((16 << 20) / Math.Max(1, w.RowBytes) / 64 * 64, 64, 1 << 20);
        for (var row = 0; row < rows; row += rowsAtOnce)
            w.Write(row, stored.Slice((long)row * cols, Math.Min(rowsAtOnce, rows - row) * cols));
        return w;
    }

    /// <summary>Bytes of memory that <see cref="Load"/> takes.</summary>
    public static long LoadedBytes(StoredTensor stored, int rows, int cols) => PackedWeight.BytesOf(rows, cols, FormatOf(stored.Type));

    /// <summary>fp32 values (rows, cols) rounded to a format.</summary>
    /// <exception cref="OverflowException">A value is beyond what the format can hold.</exception>
    public static PackedWeight Rounded(ReadOnlySpan<float> values, int rows, int cols, WeightFormat format)
    {
        if (values.Length != (long)rows * cols) throw new ArgumentException($"{values.Length} values do not fill {rows}×{cols}.", nameof(values));
        var w = new PackedWeight(rows, cols, format);
        for (var row = 0; row < rows; row += 64)
            w.Write(row, Encode(values.Slice(row * cols, Math.Min(64, rows - row) * cols), format));
        return w;
    }

    /// <summary>fp32 values as the bytes of a checkpoint file.</summary>
    public static byte[] Encode(ReadOnlySpan<float> values, WeightFormat format)
    {
        var type = TypeOf(format);
        var bytes = new byte[type.ByteCount(values.Length)];
        ElementConversion.FromSingle(type, values, bytes);
        return bytes;
    }

    static WeightFormat FormatOf(ElementType type) => type switch
    {
        ElementType.F32 => WeightFormat.F32,
        ElementType.F16 => WeightFormat.F16,
        ElementType.BF16 => WeightFormat.Bf16,
        ElementType.Q8_0 => WeightFormat.Q8,
        _ => throw new NotSupportedException($"Weights of type {type} cannot be served; F32, F16, BF16 and Q8_0 can."),
    };

    static ElementType TypeOf(WeightFormat format) => format switch
    {
        WeightFormat.F32 => ElementType.F32,
        WeightFormat.F16 => ElementType.F16,
        WeightFormat.Bf16 => ElementType.BF16,
        _ => ElementType.Q8_0,
    };
}
