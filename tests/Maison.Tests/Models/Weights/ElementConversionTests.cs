// The scalar twins here are System.Half for fp16, arithmetic on doubles for bf16, and plain loops for Q8_0.

using System.Runtime.InteropServices;
using Maison.Models.Weights;

namespace Maison.Tests.Models.Weights;

public sealed class ElementConversionTests
{
    static float[] Decode<T>(ElementType type, T[] stored, int values) where T : unmanaged
    {
        var result = new float[values];
        ElementConversion.ToSingle(type, MemoryMarshal.AsBytes(stored.AsSpan()), result);
        return result;
    }

    static T[] Encode<T>(ElementType type, float[] values, int length) where T : unmanaged
    {
        var result = new T[length];
        ElementConversion.FromSingle(type, values, MemoryMarshal.AsBytes(result.AsSpan()));
        return result;
    }

    static ushort[] AllPatterns => [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];

    /// <summary>Every exponent and sign with mantissas at and beside the rounding ties of 10 and 7 bits, and random ones.</summary>
    static float[] Delicate()
    {
        var random = new Random(7);
        uint[] mantissas =
        [
            0, 1, 2, 0x7fffff, 0x7ffffe, 0x400000, 0x0fff, 0x1000, 0x1001, 0x2fff, 0x3000, 0x3001, 0x7fefff, 0x7ff000, 0x7ff001,
            0x7fff, 0x8000, 0x8001, 0x17fff, 0x18000, 0x18001, 0x7f7fff, 0x7f8000, 0x7f8001,
        ];
        var bits = new List<uint>();
        for (uint sign = 0; sign <= 1; sign++)
            for (uint exponent = 0; exponent < 256; exponent++)
            {
                foreach (var mantissa in mantissas) bits.Add(sign << 31 | exponent << 23 | mantissa);
                for (var i = 0; i < 40; i++) bits.Add(sign << 31 | exponent << 23 | (uint)random.Next(1 << 23));
                for (var shift = 0; shift < 23; shift++) bits.Add(sign << 31 | exponent << 23 | 1u << shift);   // ties of subnormal halves
            }
        return [.. bits.Select(BitConverter.UInt32BitsToSingle)];
    }

    [Fact]
    public void EveryHalfDecodesAsSystemHalfDoes()
    {
        var decoded = Decode(ElementType.F16, AllPatterns, 65536);
        for (var i = 0; i < decoded.Length; i++)
        {
            var expected = (float)BitConverter.UInt16BitsToHalf((ushort)i);
            if (float.IsNaN(expected)) Assert.True(float.IsNaN(decoded[i]), $"{i:x4}");
            else Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(decoded[i]));
            Assert.Equal(BitConverter.SingleToUInt32Bits(decoded[i]), BitConverter.SingleToUInt32Bits(ElementConversion.HalfToSingle((ushort)i)));
        }
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void EverySixteenBitPatternSurvivesTheRoundTrip(ElementType type)
    {
        Assert.Equal(AllPatterns, Encode<ushort>(type, Decode(type, AllPatterns, 65536), 65536));
    }

    [Fact]
    public void HalvesAreRoundedAsSystemHalfDoes()
    {
        var values = Delicate();
        var encoded = Encode<ushort>(ElementType.F16, values, values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            var expected = BitConverter.HalfToUInt16Bits((Half)values[i]);
            if (float.IsNaN(values[i])) Assert.True(Half.IsNaN(BitConverter.UInt16BitsToHalf(encoded[i])), $"{values[i]}");
            else Assert.True(expected == encoded[i], $"{values[i]:r} {expected:x4} {encoded[i]:x4}");
            Assert.Equal(encoded[i], ElementConversion.SingleToHalf(values[i]));
        }
    }

    [Fact]
    public void BFloat16IsRoundedToNearestEven()
    {
        var values = Delicate();
        var encoded = Encode<ushort>(ElementType.BF16, values, values.Length);
        var decoded = Decode(ElementType.BF16, encoded, values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(encoded[i], ElementConversion.SingleToBFloat16(values[i]));
            Assert.Equal(BitConverter.SingleToUInt32Bits(decoded[i]), (uint)encoded[i] << 16);
            if (float.IsNaN(values[i])) { Assert.True(float.IsNaN(decoded[i])); continue; }
            Assert.Equal(float.IsNegative(values[i]), float.IsNegative(decoded[i]));
            if (!float.IsFinite(decoded[i])) { Assert.True(MathF.Abs(values[i]) >= 3.3961775e38f); continue; }   // half a step over the largest
            var magnitude = (ushort)(encoded[i] & 0x7fff);
            var exact = Math.Abs((double)values[i]);
            var error = Math.Abs(Magnitude(magnitude) - exact);
            if (magnitude > 0) RequireNearer(Math.Abs(Magnitude(magnitude - 1) - exact));
            if (magnitude < 0x7f7f) RequireNearer(Math.Abs(Magnitude(magnitude + 1) - exact));

            void RequireNearer(double neighbour)
            {
                Assert.True(error <= neighbour, $"{values[i]:r}");
                if (error == neighbour) Assert.Equal(0, encoded[i] & 1);
            }
        }

        static double Magnitude(int bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void TailsOfEveryLengthEqualTheWhole(ElementType type)
    {
        var values = Enumerable.Range(0, 97).Select(i => (i - 48) / 7f).ToArray();
        var whole = Encode<ushort>(type, values, values.Length);
        var decoded = Decode(type, whole, values.Length);
        for (var n = 0; n <= values.Length; n++)
        {
            var padded = new ushort[n + 1];
            padded[n] = 0xabcd;
            ElementConversion.FromSingle(type, values.AsSpan(0, n), MemoryMarshal.AsBytes(padded.AsSpan(0, n)));
            Assert.Equal([.. whole[..n], 0xabcd], padded);
            Assert.Equal(decoded[..n], Decode(type, whole[..n], n));
        }
    }

    static void QuantiseTwin(ReadOnlySpan<float> values, out ushort scaleBits, sbyte[] quants)
    {
        var absMax = 0f;
        foreach (var value in values) absMax = Math.Max(absMax, Math.Abs(value));
        var scale = (Half)(absMax / 127f);
        if (absMax > 0 && (float)scale < 6.103515625e-05f) scale = (Half)6.103515625e-05f;
        scaleBits = BitConverter.HalfToUInt16Bits(scale);
        for (var i = 0; i < values.Length; i++) quants[i] = (sbyte)(absMax == 0 ? 0 : MathF.Round(values[i] / (float)scale));
    }

    [Fact]
    public void Q8BlocksEqualTheirTwinAndStayWithinHalfAStep()
    {
        var random = new Random(11);
        for (var trial = 0; trial < 3000; trial++)
        {
            var size = MathF.Pow(10, (float)random.NextDouble() * 14 - 8);
            var values = new float[64];
            for (var i = 0; i < values.Length; i++) values[i] = ((float)random.NextDouble() * 2 - 1) * size;
            if (trial == 0) Array.Clear(values, 0, 32);
            var stored = Encode<byte>(ElementType.Q8_0, values, 68);
            var decoded = Decode(ElementType.Q8_0, stored, 64);
            for (var block = 0; block < 2; block++)
            {
                var part = values.AsSpan(32 * block, 32);
                var quants = new sbyte[32];
                QuantiseTwin(part, out var scaleBits, quants);
                Assert.Equal(scaleBits, BitConverter.ToUInt16(stored, 34 * block));
                Assert.Equal(quants, MemoryMarshal.Cast<byte, sbyte>(stored.AsSpan(34 * block + 2, 32)).ToArray());
                Assert.True(scaleBits == 0 || scaleBits >= 0x0400, "subnormal scale");
                var scale = (float)BitConverter.UInt16BitsToHalf(scaleBits);
                for (var i = 0; i < 32; i++)
                {
                    Assert.Equal(quants[i] * scale, decoded[32 * block + i]);
                    Assert.True(MathF.Abs(part[i] - decoded[32 * block + i]) <= 0.5001f * scale);
                }
            }
        }
    }

    [Fact]
    public void Q8OfDecodedBlocksIsTheSameBlocks()
    {
        var random = new Random(12);
        var stored = new byte[34 * 8];
        random.NextBytes(stored);
        for (var block = 0; block < 8; block++)
        {
            BitConverter.TryWriteBytes(stored.AsSpan(34 * block), (ushort)(0x0400 + random.Next(0x7000)));
            for (var i = 2; i < 34; i++) if (stored[34 * block + i] == 0x80) stored[34 * block + i] = 0;
            stored[34 * block + 2 + random.Next(32)] = random.Next(2) == 0 ? (byte)127 : unchecked((byte)-127);
        }
        Assert.Equal(stored, Encode<byte>(ElementType.Q8_0, Decode(ElementType.Q8_0, stored, 256), stored.Length));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(9e6f)]
    public void Q8RefusesWhatItsScaleCannotHold(float value)
    {
        for (var place = 0; place < 32; place++)
        {
            var values = new float[32];
            values[place] = value;
            values[(place + 1) % 32] = 1;
            Assert.Throws<OverflowException>(() => Encode<byte>(ElementType.Q8_0, values, 34));
        }
    }

    [Fact]
    public void WrongLengthsAndTypesAreNamed()
    {
        Assert.Contains("3 values of F16 take 6 bytes", Assert.Throws<ArgumentException>(() => Decode(ElementType.F16, new byte[5], 3)).Message);
        Assert.Contains("units of 32", Assert.Throws<ArgumentException>(() => Decode(ElementType.Q8_0, new byte[34], 31)).Message);
        Assert.Contains("I8", Assert.Throws<NotSupportedException>(() => Decode(ElementType.I8, new byte[3], 3)).Message);
    }
}
