// The element types that checkpoint files name, and how many bytes a tensor of each takes.
// Q8_0 is the only blocked one: 32 values share an fp16 scale, so its rows come in multiples of 32.

namespace Maison.Models.Weights;

/// <summary>How the numbers of a stored tensor are encoded; little-endian throughout.</summary>
public enum ElementType { F64, F32, F16, BF16, F8E5M2, F8E4M3, I64, I32, I16, I8, U64, U32, U16, U8, Bool, Q8_0 }

/// <summary>Sizes of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>Values per Q8_0 block.</summary>
    public const int BlockLength = 32;

    /// <summary>Bytes per Q8_0 block: an fp16 scale, then 32 signed bytes.</summary>
    public const int BlockBytes = 2 + BlockLength;

    /// <summary>Elements that are stored as one unit: 32 for Q8_0, otherwise 1.</summary>
    public static int UnitLength(this ElementType type) => type == ElementType.Q8_0 ? BlockLength : 1;

    /// <summary>Bytes of one unit of <see cref="UnitLength"/> elements.</summary>
    public static int UnitBytes(this ElementType type) => type switch
    {
        ElementType.F64 or ElementType.I64 or ElementType.U64 => 8,
        ElementType.F32 or ElementType.I32 or ElementType.U32 => 4,
        ElementType.F16 or ElementType.BF16 or ElementType.I16 or ElementType.U16 => 2,
        ElementType.F8E5M2 or ElementType.F8E4M3 or ElementType.I8 or ElementType.U8 or ElementType.Bool => 1,
        ElementType.Q8_0 => BlockBytes,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not an element type"),
    };

    /// <summary>Bytes that <paramref name="elements"/> values take; they must fill whole units.</summary>
    public static long ByteCount(this ElementType type, long elements)
    {
        var unit = type.UnitLength();
        if (elements < 0 || elements % unit != 0)
            throw new ArgumentException($"{type} is stored in units of {unit} values, not {elements}.", nameof(elements));
        return checked(elements / unit * type.UnitBytes());
    }

    /// <summary>Elements and bytes of a shape (outermost first), or false when they overflow 63 bits or split a unit.</summary>
    public static bool TryMeasure(this ElementType type, ReadOnlySpan<long> shape, out long elements, out long bytes)
    {
        (elements, bytes) = (1, 0);
        foreach (var length in shape)
        {
            if (length < 0) return false;
            var product = (Int128)elements * length;
            if (product > long.MaxValue) return false;
            elements = (long)product;
        }
        var innermost = shape.Length == 0 ? 1 : shape[^1];
        if (innermost % type.UnitLength() != 0) return false;
        var total = (Int128)(elements / type.UnitLength()) * type.UnitBytes();
        if (total > long.MaxValue) return false;
        bytes = (long)total;
        return true;
    }
}
