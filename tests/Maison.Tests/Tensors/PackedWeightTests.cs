// Stored weights: they hold exactly what the file holds, multiply with the bits of the widened fp32 matrix for any number of rows,
// and stay within an error budget against the matrix they were rounded from.

using System.Runtime.InteropServices;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Tests.Tensors;

public sealed class PackedWeightTests
{
    const float sentinel = 12345.678f;

    public static TheoryData<WeightFormat> Formats => [WeightFormat.F32, WeightFormat.Bf16, WeightFormat.F16, WeightFormat.Q8];

    static (int Rows, int Cols)[] Shapes => OpCases.Reduced ? [(70, 64)] : [(1, 32), (63, 32), (64, 64), (65, 96), (130, 160), (200, 288)];

    static int[] RowCounts => OpCases.Reduced ? [1, 2, 7] : [0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 25, 64, 260];

    [Theory, MemberData(nameof(Formats))]
    public void ValuesAreThoseOfTheFileAndProductsHaveTheBitsOfTheWidenedMatrix(WeightFormat format)
    {
        var random = new Random(1);
        using var one = new Gang(1);
        using var three = new Gang(3);
        foreach (var (rows, wholeCols) in Shapes)
        {
            var cols = format == WeightFormat.Q8 ? wholeCols : wholeCols - 3;
            var file = FileBytes(random, format, rows, cols);
            using var packed = PackedWeight.FromFile(file, rows, cols, format);
            var values = new float[rows * cols];
            ElementConversion.ToSingle(Type(format), file, values);
            Assert.True(Same(values, packed.ToArray()), $"{format} {rows}×{cols}");

            using var widened = new Param(rows, cols);
            values.CopyTo(widened.Values);
            widened.Changed();
            foreach (var m in RowCounts)
                foreach (var accumulate in new[] { false, true })
                {
                    var x = Floats(random, m * (cols + 1) + 1);
                    var start = Floats(random, m * (rows + 3) + 1);
                    float[] expected = Multiply(widened, one, m, x, start, accumulate), a = Multiply(packed, one, m, x, start, accumulate), b = Multiply(packed, three, m, x, start, accumulate);
                    Assert.True(Same(expected, a) && Same(expected, b), $"{format}: {m} rows through {rows}×{cols}");
                }
        }
    }

    [Theory, MemberData(nameof(Formats))]
    public void RowsMayBeWrittenInPieces(WeightFormat format)
    {
        var random = new Random(2);
        const int rows = 150, cols = 64;
        var file = FileBytes(random, format, rows, cols);
        using var whole = PackedWeight.FromFile(file, rows, cols, format);
        using var pieces = new PackedWeight(rows, cols, format);
        Assert.All(pieces.ToArray(), v => Assert.Equal(0f, v));
        var rowBytes = (int)pieces.RowBytes;
        Assert.Equal(file.Length, rows * rowBytes);
        foreach (var (first, count) in new[] { (140, 10), (0, 1), (1, 70), (71, 0), (71, 69) })
            pieces.Write(first, file.AsSpan(first * rowBytes, count * rowBytes));
        Assert.True(Same(whole.ToArray(), pieces.ToArray()));
        Assert.True(whole.Bytes >= file.Length && whole.Bytes < file.Length * 192L / 150 + 64);
    }

    /// <summary>Root mean square error of an output relative to the outputs', for normally distributed weights and inputs.</summary>
    [Theory]
    [InlineData(WeightFormat.F32, 1e-6)]         // rounding of the sums
    [InlineData(WeightFormat.F16, 3e-4)]         // 11 bits: half an ulp is 2^-12 of a value, uniform in it
    [InlineData(WeightFormat.Bf16, 2.5e-3)]      // 8 bits
    [InlineData(WeightFormat.Q8, 8e-3)]          // step of max/127 in a block of 32, whose maximum lies near 2.1 deviations
    public void ErrorsStayWithinTheirBudget(WeightFormat format, double budget)
    {
        const int rows = 64, cols = 512, m = 4;
        var random = new Random(3);
        float[] values = Normal(random, rows * cols), x = Normal(random, m * cols);
        using var gang = new Gang(1);
        using var w = PackedWeights.Rounded(values, rows, cols, format);
        using var arena = new Arena(1 << 20);
        using var pass = new Pass(arena, gang);
        pass.Begin(m);
        var y = pass.Linear(pass.Input(x, m, cols), w).Span.ToArray();
        var exact = Float64.Linear([.. x.Select(v => (double)v)], [.. values.Select(v => (double)v)], null, cols, rows);
        var error = Math.Sqrt(exact.Zip(y, (e, a) => (e - a) * (e - a)).Sum() / exact.Sum(e => e * e));
        Assert.InRange(error, budget / 20, budget);
    }

    [Fact]
    public void EmbeddingsReadStoredRows()
    {
        var random = new Random(4);
        var file = FileBytes(random, WeightFormat.Q8, 90, 32);
        using var table = PackedWeight.FromFile(file, 90, 32, WeightFormat.Q8);
        using var gang = new Gang(1);
        using var arena = new Arena(1 << 20);
        using var pass = new Pass(arena, gang);
        pass.Begin(2);
        var rows = pass.Embed([89, 3], table).Span.ToArray();
        var all = table.ToArray();
        Assert.Equal([.. all.Skip(89 * 32), .. all.Skip(3 * 32).Take(32)], rows);
    }

    [Fact]
    public void WhatCannotBeHeldIsRefusedByName()
    {
        Assert.Contains("33 inputs", Assert.Throws<ArgumentException>(() => new PackedWeight(2, 33, WeightFormat.Q8)).Message);
        Assert.Contains("not 7", Assert.Throws<ArgumentException>(() => PackedWeight.FromFile(new byte[7], 2, 2, WeightFormat.F16)).Message);
        using var w = new PackedWeight(70, 64, WeightFormat.Q8);
        Assert.Throws<ArgumentException>(() => w.Write(69, new byte[2 * 68]));
        Assert.Throws<ArgumentException>(() => w.Write(0, new byte[67]));
        Assert.Throws<ArgumentException>(() => w.Write(-1, new byte[68]));
        var bytes = new byte[70 * 68];
        bytes[67 * 68 + 34 + 1] = 0x7c;                                 // row 67, block 1: an infinite scale
        Assert.Contains("row 67, block 1", Assert.Throws<InvalidDataException>(() => w.Write(0, bytes)).Message);
        var halves = new byte[40];
        halves[25] = 0xfe;                                              // row 2, column 2 of (4, 5): not a number
        Assert.Contains("row 2, column 2", Assert.Throws<InvalidDataException>(() => PackedWeight.FromFile(halves, 4, 5, WeightFormat.F16)).Message);
    }

    static unsafe float[] Multiply(Weight w, Gang gang, int m, float[] x, float[] start, bool accumulate)
    {
        // Unaligned, with room beside every row of y that must stay as it was.
        var y = (float[])start.Clone();
        for (var i = 0; i < y.Length; i++)
            if ((i - 1) % (w.Rows + 3) >= w.Rows || i == 0) y[i] = sentinel;
        fixed (float* px = x, py = y) w.Multiply(gang, m, px + 1, w.Cols + 1, py + 1, w.Rows + 3, accumulate);
        for (var i = 0; i < y.Length; i++)
            if ((i - 1) % (w.Rows + 3) >= w.Rows || i == 0) Assert.Equal(sentinel, y[i]);
        return y;
    }

    /// <summary>Any bytes that a file may hold: all int8, scales and halves of every finite kind, subnormals among them.</summary>
    static byte[] FileBytes(Random random, WeightFormat format, int rows, int cols)
    {
        if (format is WeightFormat.F32 or WeightFormat.Bf16)
        {
            var bytes = new byte[Type(format).ByteCount(rows * cols)];
            ElementConversion.FromSingle(Type(format), Floats(random, rows * cols), bytes);
            return bytes;
        }
        var file = new byte[Type(format).ByteCount(rows * cols)];
        random.NextBytes(file);
        var step = format == WeightFormat.Q8 ? 34 : 2;
        for (var i = 1; i < file.Length; i += step)
            if ((file[i] & 0x7c) == 0x7c) file[i] = (byte)(file[i] & 0x83 | random.Next(8) << 2);
        return file;
    }

    static ElementType Type(WeightFormat format) => format switch
    {
        WeightFormat.F32 => ElementType.F32,
        WeightFormat.Bf16 => ElementType.BF16,
        WeightFormat.F16 => ElementType.F16,
        _ => ElementType.Q8_0,
    };

    static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];

    static float[] Normal(Random random, int count)
        => [.. Enumerable.Range(0, count).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];

    static bool Same(float[] a, float[] b) => MemoryMarshal.AsBytes(a.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(b.AsSpan()));
}
