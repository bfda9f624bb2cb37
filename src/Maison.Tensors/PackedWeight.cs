// A weight for serving: kept as its checkpoint stores it (8 or 16 bits, or fp32), laid out in panels that a product streams.
// Nothing is lost against the file: stored values are exact in fp32, activations are never quantised, and a row has the same bits
// alone and in a batch. Knows nothing of files; rows arrive as the bytes that safetensors and GGUF hold.

using System.Runtime.InteropServices;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

/// <summary>How a <see cref="PackedWeight"/> keeps its values.</summary>
public enum WeightFormat
{
    /// <summary>4 bytes per value.</summary>
    F32,

    /// <summary>The upper 2 bytes of fp32.</summary>
    Bf16,

    /// <summary>IEEE half precision, finite values.</summary>
    F16,

    /// <summary>GGUF's Q8_0: 32 values along the inputs share an fp16 scale; 34 bytes per 32 values.</summary>
    Q8,
}

/// <summary>A fixed (rows = outputs, cols = inputs) matrix in panels of 64 outputs; not trainable.</summary>
public sealed unsafe partial class PackedWeight : Weight, IDisposable
{
    const int panelRows = Panels.Width;

    readonly PanelFormat format;
    readonly nint panelBytes;
    void* memory;
    byte* data;

    /// <summary>A matrix of zeros, to be filled by <see cref="Write"/>.</summary>
    /// <exception cref="ArgumentException">Q8 takes inputs in whole blocks of 32.</exception>
    public PackedWeight(int rows, int cols, WeightFormat format) : base(rows, cols)
    {
        Format = format;
        this.format = PanelFormatOf(format);
        if (cols % this.format.UnitInputs != 0)
            throw new ArgumentException($"Q8 shares a scale among 32 inputs, and {cols} inputs are no whole number of blocks; keep this {rows}×{cols} weight as Bf16 or F32.", nameof(cols));
        panelBytes = (nint)this.format.PanelBytes(cols);
        Bytes = BytesOf(rows, cols, format);
        memory = Zeros(Bytes + 4096);
        data = (byte*)(((nint)memory + 4095) & ~4095);
    }

    static void* Zeros(long bytes)
    {
        // The system hands out zeroed pages when they are first touched.
        if (Device.Current is not { } device) return NativeMemory.AllocZeroed((nuint)bytes);
        var at = (void*)device.Take((nint)bytes, bring: false);
        NativeMemory.Clear(at, (nuint)bytes);
        return at;
    }

    /// <summary>A matrix from all its rows as a checkpoint file holds them.</summary>
    public static PackedWeight FromFile(ReadOnlySpan<byte> bytes, int rows, int cols, WeightFormat format)
    {
        var w = new PackedWeight(rows, cols, format);
        if (bytes.Length != rows * w.RowBytes) throw new ArgumentException($"{rows}×{cols} values of {format} take {rows * w.RowBytes} bytes, not {bytes.Length}.", nameof(bytes));
        w.Write(0, bytes);
        return w;
    }

    /// <summary>Bytes of native memory a matrix takes; outputs are padded to whole panels of 64.</summary>
    public static long BytesOf(int rows, int cols, WeightFormat format) => PanelFormatOf(format).PanelBytes(cols) * ((rows + panelRows - 1) / panelRows);

    static PanelFormat PanelFormatOf(WeightFormat format) => format switch
    {
        WeightFormat.F32 => PanelFormat.F32,
        WeightFormat.Bf16 => PanelFormat.Bf16,
        WeightFormat.F16 => PanelFormat.F16,
        WeightFormat.Q8 => PanelFormat.Q8,
        _ => throw new ArgumentOutOfRangeException(nameof(format), $"{format} is no weight format."),
    };

    public WeightFormat Format { get; }

    /// <summary>Bytes of one row in a checkpoint file.</summary>
    public long RowBytes => Format switch
    {
        WeightFormat.F32 => 4L * Cols,
        WeightFormat.Q8 => 34L * Cols / 32,
        _ => 2L * Cols,
    };

    public override long Bytes { get; }

    /// <summary>Fills whole rows from <paramref name="firstRow"/> on from the bytes of a checkpoint file (little endian).</summary>
    /// <exception cref="ArgumentException">The bytes are no whole rows, or reach past the last row.</exception>
    /// <exception cref="InvalidDataException">An fp16 value or scale is infinite or not a number.</exception>
    public void Write(int firstRow, ReadOnlySpan<byte> bytes)
    {
        var count = RowBytes == 0 ? 0 : bytes.Length / RowBytes;
        if (count * RowBytes != bytes.Length || firstRow < 0 || firstRow + count > Rows)
            throw new ArgumentException($"{bytes.Length} bytes at row {firstRow} are no whole rows of {RowBytes} bytes within {Rows}.", nameof(bytes));
        fixed (byte* start = bytes)
        {
            byte* from = start;
            for (var row = firstRow; row < firstRow + count;)
            {
                var lane = row % panelRows;
                var rows = (int)Math.Min(panelRows - lane, firstRow + count - row);
                var panel = data + row / panelRows * panelBytes;
                switch (Format)
                {
                    case WeightFormat.F32: PanelWriter.Singles((float*)from, rows, Cols, (float*)panel + lane); break;
                    case WeightFormat.Bf16: PanelWriter.Halves((ushort*)from, rows, Cols, (ushort*)panel + lane); break;
                    case WeightFormat.F16:
                        if (PanelWriter.FirstNonFinite((ushort*)from, rows * (nint)Cols) is var at and >= 0)
                            throw new InvalidDataException($"The fp16 value at row {row + at / Cols}, column {at % Cols} is not finite.");
                        PanelWriter.Halves((ushort*)from, rows, Cols, (ushort*)panel + lane);
                        break;
                    case WeightFormat.Q8:
                        if (PanelWriter.Blocks(from, rows, Cols, panel, lane) is var block and >= 0)
                            throw new InvalidDataException($"The scale of row {row + block / (Cols / 32)}, block {block % (Cols / 32)} is not finite.");
                        break;
                }
                from += rows * RowBytes;
                row += rows;
            }
        }
    }

    internal override void Multiply(Gang gang, int m, float* x, nint xStride, float* y, nint yStride, bool accumulate)
    {
        if (Device.Current is { } device) MultiplyOn(device, m, x, xStride, y, yStride, accumulate);
        else MatMul.Run(gang, m, Rows, Cols, x, xStride, 1, format, data, y, yStride, accumulate);
    }

    internal override void ReadRow(int row, float* to)
    {
        var panel = data + row / panelRows * panelBytes;
        var lane = row % panelRows;
        switch (Format)
        {
            case WeightFormat.F32:
                for (var k = 0; k < Cols; k++) to[k] = ((float*)panel)[(nint)k * panelRows + lane];
                break;
            case WeightFormat.Bf16:
                for (var k = 0; k < Cols; k++) to[k] = BitConverter.UInt32BitsToSingle((uint)((ushort*)panel)[(nint)k * panelRows + lane] << 16);
                break;
            case WeightFormat.F16:
                for (var k = 0; k < Cols; k++) to[k] = (float)((Half*)panel)[(nint)k * panelRows + lane];
                break;
            case WeightFormat.Q8:
                for (var k = 0; k < Cols; k += StoredQ8.UnitInputs, panel += format.UnitBytes)
                {
                    var scale = (float)((Half*)panel)[lane];
                    for (var i = 0; i < StoredQ8.UnitInputs; i++) to[k + i] = scale * ((sbyte*)panel)[StoredQ8.ScaleBytes + i * panelRows + lane];
                }
                break;
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    void Free()
    {
        if (memory != null && Device.Current?.Free((nint)memory) is not true) NativeMemory.Free(memory);
        memory = data = null;
    }

    ~PackedWeight() => Free();
}
