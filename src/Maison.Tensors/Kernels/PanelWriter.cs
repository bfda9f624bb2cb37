// Rows of a checkpoint file into panels: values of one input for up to 64 outputs come to lie side by side. Runs once per weight
// when a model is loaded, at a good part of the memory's speed: 16×16 bytes and 8×8 halves are turned in registers.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Maison.Tensors.Kernels;

static unsafe class PanelWriter
{
    const int panelRows = Panels.Width;

    /// <summary>(rows ≤ 64, cols) fp32 to (cols, 64); the target points at the first row's lane.</summary>
    public static void Singles(float* from, int rows, int cols, float* to)
    {
        if (rows == panelRows)
        {
            Transpose.ToPanel(from, cols, rows, cols, to);
            return;
        }
        for (var r = 0; r < rows; r++)
            for (var k = 0; k < cols; k++) to[(nint)k * panelRows + r] = from[(nint)r * cols + k];
    }

    /// <summary>(rows ≤ 64, cols) 16-bit values to (cols, 64).</summary>
    public static void Halves(ushort* from, int rows, int cols, ushort* to)
    {
        var r = 0;
        for (; r + 8 <= rows; r += 8)
        {
            var k = 0;
            for (; k + 8 <= cols; k += 8) Block8(from + (nint)r * cols + k, cols, to + (nint)k * panelRows + r);
            for (; k < cols; k++)
                for (var i = r; i < r + 8; i++) to[(nint)k * panelRows + i] = from[(nint)i * cols + k];
        }
        for (; r < rows; r++)
            for (var k = 0; k < cols; k++) to[(nint)k * panelRows + r] = from[(nint)r * cols + k];
    }

    /// <summary>Where the first infinite or NaN fp16 lies; −1 when there is none.</summary>
    public static nint FirstNonFinite(ushort* values, nint count)
    {
        var limit = Vector128.Create((ushort)0x7c00);
        nint i = 0;
        for (; i + 8 <= count; i += 8)
            if (Vector128.GreaterThanOrEqualAny(Vector128.Load(values + i) & Vector128.Create((ushort)0x7fff), limit)) break;
        for (; i < count; i++)
            if ((values[i] & 0x7fff) >= 0x7c00) return i;
        return -1;
    }

    /// <summary>(rows ≤ 64) rows of Q8_0 blocks, 34 bytes each, to the lanes from <paramref name="lane"/> on of a panel's units.</summary>
    /// <returns>The first block, counted over rows, whose scale is not finite; −1 when all are.</returns>
    public static int Blocks(byte* from, int rows, int cols, byte* panel, int lane)
    {
        const int blockBytes = 34;
        int units = cols / StoredQ8.UnitInputs, unitBytes = PanelFormat.Q8.UnitBytes;
        var rowBytes = (nint)units * blockBytes;
        for (var u = 0; u < units; u++, panel += unitBytes)
        {
            var blocks = from + (nint)u * blockBytes;
            var scales = (ushort*)panel + lane;
            for (var r = 0; r < rows; r++)
            {
                scales[r] = *(ushort*)(blocks + r * rowBytes);
                if ((scales[r] & 0x7fff) >= 0x7c00) return r * units + u;
            }
            var values = panel + StoredQ8.ScaleBytes + lane;
            var done = 0;
            for (; done + 16 <= rows; done += 16)
                for (var k = 0; k < StoredQ8.UnitInputs; k += 16)
                    Block16(blocks + done * rowBytes + 2 + k, rowBytes, values + k * panelRows + done);
            for (; done < rows; done++)
                for (var k = 0; k < StoredQ8.UnitInputs; k++) values[k * panelRows + done] = blocks[done * rowBytes + 2 + k];
        }
        return -1;
    }

    /// <summary>16 rows of 16 bytes turned: four rounds that interleave row i with row i + 8 give each byte its place.</summary>
    static void Block16(byte* from, nint stride, byte* to)
    {
        var rows = stackalloc Vector128<byte>[32];
        Vector128<byte>* a = rows, b = rows + 16;
        for (var i = 0; i < 16; i++) a[i] = Vector128.Load(from + i * stride);
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 8; i++)
            {
                b[2 * i] = InterleaveLow(a[i], a[i + 8]);
                b[2 * i + 1] = InterleaveHigh(a[i], a[i + 8]);
            }
            var swap = a;
            a = b;
            b = swap;
        }
        for (var i = 0; i < 16; i++) Vector128.Store(a[i], to + i * panelRows);
    }

    /// <summary>8 rows of 8 halves turned in three such rounds.</summary>
    static void Block8(ushort* from, nint stride, ushort* to)
    {
        var rows = stackalloc Vector128<ushort>[16];
        Vector128<ushort>* a = rows, b = rows + 8;
        for (var i = 0; i < 8; i++) a[i] = Vector128.Load(from + i * stride);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 4; i++)
            {
                b[2 * i] = InterleaveLow(a[i], a[i + 4]);
                b[2 * i + 1] = InterleaveHigh(a[i], a[i + 4]);
            }
            var swap = a;
            a = b;
            b = swap;
        }
        for (var i = 0; i < 8; i++) Vector128.Store(a[i], to + (nint)i * panelRows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<byte> InterleaveLow(Vector128<byte> a, Vector128<byte> b)
        => Sse2.IsSupported ? Sse2.UnpackLow(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b)
            : Vector128.Narrow(Spread(Vector128.WidenLower(a), Vector128.WidenLower(b), 0), Spread(Vector128.WidenLower(a), Vector128.WidenLower(b), 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<byte> InterleaveHigh(Vector128<byte> a, Vector128<byte> b)
        => Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b)
            : Vector128.Narrow(Spread(Vector128.WidenUpper(a), Vector128.WidenUpper(b), 0), Spread(Vector128.WidenUpper(a), Vector128.WidenUpper(b), 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<ushort> InterleaveLow(Vector128<ushort> a, Vector128<ushort> b)
        => Sse2.IsSupported ? Sse2.UnpackLow(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) : Spread(a, b, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<ushort> InterleaveHigh(Vector128<ushort> a, Vector128<ushort> b)
        => Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) : Spread(a, b, 4);

    static Vector128<ushort> Spread(Vector128<ushort> a, Vector128<ushort> b, int first)
        => Vector128.Create(a[first], b[first], a[first + 1], b[first + 1], a[first + 2], b[first + 2], a[first + 3], b[first + 3]);
}
