// Element types of checkpoint files to and from fp32: exact where the target holds the value, otherwise round to nearest even.
// F16 and BF16 keep NaN payloads, so every 16-bit pattern survives the way to fp32 and back. Knows nothing of files or shapes.
// 16-bit vectors are integer arithmetic on Vector<T> (one source for every width): System.Half converts one value at a time
// and costs more than the memory read. The scalar twins below each vector form finish the tail; tests hold both against System.Half.

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Maison.Models.Weights;

/// <summary>Converts runs of stored elements to and from fp32.</summary>
public static class ElementConversion
{
    const uint HalfRebias = 112u << 23;              // exponent bias 127 of fp32 minus 15 of fp16
    const uint HalfSmallestNormal = 113u << 23;      // 2^-14 as fp32 bits
    const uint HalfOverflow = 143u << 23;            // 2^16
    const uint HalfSubnormalMagic = 126u << 23;      // 0.5: adding it leaves a subnormal half in the low mantissa bits, rounded
    const uint Infinity = 255u << 23;
    const ushort SmallestNormalHalf = 0x0400;
    const ushort InfiniteHalf = 0x7c00;

    /// <summary>Decodes F32, F16, BF16 or Q8_0 bytes; the source must hold exactly destination.Length values.</summary>
    /// <exception cref="NotSupportedException">Another element type.</exception>
    public static void ToSingle(ElementType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        RequireLength(type, source.Length, destination.Length);
        switch (type)
        {
            case ElementType.F32: source.CopyTo(MemoryMarshal.AsBytes(destination)); break;
            case ElementType.F16: HalfToSingle(MemoryMarshal.Cast<byte, ushort>(source), destination); break;
            case ElementType.BF16: BFloat16ToSingle(MemoryMarshal.Cast<byte, ushort>(source), destination); break;
            case ElementType.Q8_0: Q8ToSingle(source, destination); break;
            default: throw Unsupported(type);
        }
    }

    /// <summary>Encodes as F32, F16, BF16 or Q8_0; the destination must hold exactly source.Length values.</summary>
    /// <exception cref="NotSupportedException">Another element type.</exception>
    /// <exception cref="OverflowException">A Q8_0 block holds NaN, infinity or a magnitude beyond 127 * 65504.</exception>
    public static void FromSingle(ElementType type, ReadOnlySpan<float> source, Span<byte> destination)
    {
        RequireLength(type, destination.Length, source.Length);
        switch (type)
        {
            case ElementType.F32: MemoryMarshal.AsBytes(source).CopyTo(destination); break;
            case ElementType.F16: SingleToHalf(source, MemoryMarshal.Cast<byte, ushort>(destination)); break;
            case ElementType.BF16: SingleToBFloat16(source, MemoryMarshal.Cast<byte, ushort>(destination)); break;
            case ElementType.Q8_0: SingleToQ8(source, destination); break;
            default: throw Unsupported(type);
        }
    }

    static void RequireLength(ElementType type, int bytes, int values)
    {
        if (type.ByteCount(values) != bytes)
            throw new ArgumentException($"{values} values of {type} take {type.ByteCount(values)} bytes, not {bytes}.");
    }

    static NotSupportedException Unsupported(ElementType type) =>
        new($"Tensors of type {type} are not converted to numbers here; F32, F16, BF16 and Q8_0 are.");

    // ---- fp16

    static void HalfToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out var low, out var high);
            HalfToSingle(low).CopyTo(destination[i..]);
            HalfToSingle(high).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }
        for (; i < source.Length; i++) destination[i] = HalfToSingle(source[i]);
    }

    // Subnormal halves: put the mantissa under exponent 2^-14 and subtract 2^-14, so that no subnormal fp32 is ever an operand.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector<float> HalfToSingle(Vector<uint> half)
    {
        var sign = (half & new Vector<uint>(0x8000)) << 16;
        var magnitude = (half & new Vector<uint>(0x7fff)) << 13;
        var exponent = magnitude & new Vector<uint>(0x1fu << 23);
        var normal = magnitude + new Vector<uint>(HalfRebias);
        var subnormal = Vector.AsVectorSingle(normal + new Vector<uint>(1u << 23)) - Vector.AsVectorSingle(new Vector<uint>(HalfSmallestNormal));
        var special = normal + new Vector<uint>(HalfRebias);
        var bits = Vector.ConditionalSelect(Vector.Equals(exponent, Vector<uint>.Zero), Vector.AsVectorUInt32(subnormal), normal);
        bits = Vector.ConditionalSelect(Vector.Equals(exponent, new Vector<uint>(0x1fu << 23)), special, bits);
        return Vector.AsVectorSingle(bits | sign);
    }

    /// <summary>One fp16 bit pattern as fp32, exactly.</summary>
    public static float HalfToSingle(ushort half)
    {
        var sign = (half & 0x8000u) << 16;
        var magnitude = (half & 0x7fffu) << 13;
        var normal = magnitude + HalfRebias;
        var bits = (magnitude >> 23) switch
        {
            0 => BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(normal + (1u << 23)) - BitConverter.UInt32BitsToSingle(HalfSmallestNormal)),
            31 => normal + HalfRebias,
            _ => normal,
        };
        return BitConverter.UInt32BitsToSingle(bits | sign);
    }

    static void SingleToHalf(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        var i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            var low = SingleToHalf(Vector.AsVectorUInt32(new Vector<float>(source[i..])));
            var high = SingleToHalf(Vector.AsVectorUInt32(new Vector<float>(source[(i + Vector<float>.Count)..])));
            Vector.Narrow(low, high).CopyTo(destination[i..]);
        }
        for (; i < source.Length; i++) destination[i] = SingleToHalf(source[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector<uint> SingleToHalf(Vector<uint> bits)
    {
        var sign = bits & new Vector<uint>(0x80000000);
        var magnitude = bits ^ sign;
        var odd = (magnitude >> 13) & Vector<uint>.One;
        var half = (magnitude - new Vector<uint>(HalfRebias) + new Vector<uint>(0xfff) + odd) >> 13;
        var magic = new Vector<uint>(HalfSubnormalMagic);
        var subnormal = Vector.AsVectorUInt32(Vector.AsVectorSingle(magnitude) + Vector.AsVectorSingle(magic)) - magic;
        half = Vector.ConditionalSelect(Vector.LessThan(magnitude, new Vector<uint>(HalfSmallestNormal)), subnormal, half);
        half = Vector.ConditionalSelect(Vector.GreaterThanOrEqual(magnitude, new Vector<uint>(HalfOverflow)), new Vector<uint>(InfiniteHalf), half);
        var payload = (magnitude >> 13) & new Vector<uint>(0x3ff);
        var quiet = Vector.Equals(payload, Vector<uint>.Zero) & new Vector<uint>(0x200);
        half = Vector.ConditionalSelect(Vector.GreaterThan(magnitude, new Vector<uint>(Infinity)), new Vector<uint>(InfiniteHalf) | payload | quiet, half);
        return half | (sign >> 16);
    }

    /// <summary>One fp32 as fp16 bits, rounded to nearest even; overflow gives infinity.</summary>
    public static ushort SingleToHalf(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var sign = (bits >> 16) & 0x8000;
        var magnitude = bits & 0x7fffffff;
        uint half;
        if (magnitude > Infinity)
        {
            var payload = (magnitude >> 13) & 0x3ff;
            half = InfiniteHalf | (payload == 0 ? 0x200 : payload);
        }
        else if (magnitude >= HalfOverflow)
        {
            half = InfiniteHalf;
        }
        else if (magnitude < HalfSmallestNormal)
        {
            half = BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(magnitude) + 0.5f) - HalfSubnormalMagic;
        }
        else
        {
            half = (magnitude - HalfRebias + 0xfff + ((magnitude >> 13) & 1)) >> 13;
        }
        return (ushort)(half | sign);
    }

    // ---- bf16: the upper half of an fp32

    static void BFloat16ToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out var low, out var high);
            Vector.AsVectorSingle(low << 16).CopyTo(destination[i..]);
            Vector.AsVectorSingle(high << 16).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }
        for (; i < source.Length; i++) destination[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
    }

    static void SingleToBFloat16(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        var i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            var low = SingleToBFloat16(Vector.AsVectorUInt32(new Vector<float>(source[i..])));
            var high = SingleToBFloat16(Vector.AsVectorUInt32(new Vector<float>(source[(i + Vector<float>.Count)..])));
            Vector.Narrow(low, high).CopyTo(destination[i..]);
        }
        for (; i < source.Length; i++) destination[i] = SingleToBFloat16(source[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector<uint> SingleToBFloat16(Vector<uint> bits)
    {
        var upper = bits >> 16;
        var rounded = (bits + new Vector<uint>(0x7fff) + (upper & Vector<uint>.One)) >> 16;
        var nan = Vector.GreaterThan(bits & new Vector<uint>(0x7fffffff), new Vector<uint>(Infinity));
        var quiet = Vector.Equals(upper & new Vector<uint>(0x7f), Vector<uint>.Zero) & new Vector<uint>(0x40);
        return Vector.ConditionalSelect(nan, upper | quiet, rounded);
    }

    /// <summary>One fp32 as bf16 bits, rounded to nearest even.</summary>
    public static ushort SingleToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var upper = bits >> 16;
        if ((bits & 0x7fffffff) > Infinity) return (ushort)((upper & 0x7f) == 0 ? upper | 0x40 : upper);
        return (ushort)((bits + 0x7fff + (upper & 1)) >> 16);
    }

    // ---- Q8_0: 32 values q * scale, q in -127..127, scale in fp16. Vector128 because a block must be a whole number of vectors.

    static void Q8ToSingle(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (; !source.IsEmpty; source = source[ElementTypes.BlockBytes..], destination = destination[ElementTypes.BlockLength..])
        {
            var scale = Vector128.Create(HalfToSingle(MemoryMarshal.Read<ushort>(source)));
            var quants = MemoryMarshal.Cast<byte, sbyte>(source[2..ElementTypes.BlockBytes]);
            for (var i = 0; i < ElementTypes.BlockLength; i += Vector128<sbyte>.Count)
            {
                var (low, high) = Vector128.Widen(Vector128.Create(quants[i..]));
                Scale(low, scale, destination[i..]);
                Scale(high, scale, destination[(i + Vector128<short>.Count)..]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Scale(Vector128<short> quants, Vector128<float> scale, Span<float> destination)
    {
        var (low, high) = Vector128.Widen(quants);
        (Vector128.ConvertToSingle(low) * scale).CopyTo(destination);
        (Vector128.ConvertToSingle(high) * scale).CopyTo(destination[Vector128<int>.Count..]);
    }

    // The scale is rounded to fp16 first and the values divided by what a reader will multiply with. A scale under 2^-14 is raised
    // to it: subnormal halves are slow or flushed in many kernels, and the error stays under 2^-15.
    static void SingleToQ8(ReadOnlySpan<float> source, Span<byte> destination)
    {
        for (; !source.IsEmpty; source = source[ElementTypes.BlockLength..], destination = destination[ElementTypes.BlockBytes..])
        {
            var largest = Vector128<float>.Zero;
            for (var i = 0; i < ElementTypes.BlockLength; i += Vector128<float>.Count)
                largest = Vector128.Max(largest, Vector128.Abs(Vector128.Create(source[i..])));
            var absMax = MathF.Max(MathF.Max(largest[0], largest[1]), MathF.Max(largest[2], largest[3]));

            var half = absMax == 0 ? (ushort)0 : Math.Max(SingleToHalf(absMax / 127f), SmallestNormalHalf);
            if (half >= InfiniteHalf)
                throw new OverflowException($"A Q8_0 block holds {absMax}, which its fp16 scale cannot reach; store the tensor as F32 or BF16.");
            MemoryMarshal.Write(destination, half);
            var scale = Vector128.Create(half == 0 ? 1f : HalfToSingle(half));
            var quants = MemoryMarshal.Cast<byte, sbyte>(destination[2..ElementTypes.BlockBytes]);
            for (var i = 0; i < ElementTypes.BlockLength; i += Vector128<sbyte>.Count)
            {
                var low = Vector128.Narrow(Quantise(source[i..], scale), Quantise(source[(i + 4)..], scale));
                var high = Vector128.Narrow(Quantise(source[(i + 8)..], scale), Quantise(source[(i + 12)..], scale));
                Vector128.Narrow(low, high).CopyTo(quants[i..]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<int> Quantise(ReadOnlySpan<float> values, Vector128<float> scale) =>
        Vector128.ConvertToInt32(Vector128.Round(Vector128.Create(values) / scale));
}
