// How a panel of 64 outputs is stored: a run of units, each a few inputs × 64 outputs. A format says how to widen units to fp32,
// which is exact in every format, and how to multiply one row of inputs by a whole panel while it streams from memory.
// Widening is exact and every output adds its products in the order of the inputs, so a row has the same bits whether it is
// multiplied alone (decoding) or with others through widened blocks (prefill, batches). The twin is MatMul.TileScalar.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maison.Tensors.Kernels;

/// <summary>One storage of weights.</summary>
readonly unsafe struct PanelFormat
{
    /// <summary>Inputs of one unit.</summary>
    public int UnitInputs { get; private init; }

    /// <summary>Bytes of one unit.</summary>
    public int UnitBytes { get; private init; }

    /// <summary>(first unit, inputs, target (inputs, 64)); null where panels are fp32 already.</summary>
    public delegate*<byte*, int, float*, void> Widen { get; private init; }

    /// <summary>(panel, inputs, x (inputs), y (64), accumulate).</summary>
    public delegate*<byte*, int, float*, float*, bool, void> MultiplyRow { get; private init; }

    public static PanelFormat F32 => new() { UnitInputs = 1, UnitBytes = 256, MultiplyRow = &PanelF32.MultiplyRow };
    public static PanelFormat Bf16 => new() { UnitInputs = 1, UnitBytes = 128, Widen = &PanelBf16.Widen, MultiplyRow = &PanelBf16.MultiplyRow };
    public static PanelFormat F16 => new() { UnitInputs = 1, UnitBytes = 128, Widen = &PanelF16.Widen, MultiplyRow = &PanelF16.MultiplyRow };
    public static PanelFormat Q8 => new() { UnitInputs = PanelQ8.UnitInputs, UnitBytes = PanelQ8.UnitBytes, Widen = &PanelQ8.Widen, MultiplyRow = &PanelQ8.MultiplyRow };

    public long PanelBytes(int inputs) => (long)inputs / UnitInputs * UnitBytes;
}

/// <summary>What all formats share: 16 stored values to fp32, and lines fetched ahead of a stream.</summary>
static unsafe class Stored
{
    /// <summary>Bytes fetched ahead: about what the memory of a core delivers during its latency.</summary>
    const int ahead = 4096;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FetchAhead(byte* at)
    {
        if (Sse.IsSupported) Sse.Prefetch0(at + ahead);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FromBytes(sbyte* p)
    {
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(p)));
        if (Avx2.IsSupported)
            return Vector512.Create(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(p)), Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(p + 8)));
        var (low, high) = Vector128.Widen(Vector128.Load(p));
        return Vector512.Create(FromShorts(low), FromShorts(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> FromShorts(Vector128<short> v)
    {
        var (low, high) = Vector128.Widen(v);
        return Vector256.Create(Vector128.ConvertToSingle(low), Vector128.ConvertToSingle(high));
    }

    /// <summary>16 16-bit values, each in the low half of a 32-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Widened(ushort* p)
    {
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512UInt32(Vector256.Load(p));
        if (Avx2.IsSupported)
            return Vector512.Create(Avx2.ConvertToVector256Int32(p), Avx2.ConvertToVector256Int32(p + 8)).AsUInt32();
        var (a, b) = Vector128.Widen(Vector128.Load(p));
        var (c, d) = Vector128.Widen(Vector128.Load(p + 8));
        return Vector512.Create(Vector256.Create(a, b), Vector256.Create(c, d));
    }

    /// <summary>bf16 is the upper half of an fp32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FromBf16(ushort* p) => Vector512.ShiftLeft(Widened(p), 16).AsSingle();

    /// <summary>Finite fp16 values: the bits moved into place are the value times 2^-112; the product is exact, subnormals included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FromF16(ushort* p)
    {
        var bits = Widened(p);
        var magnitude = Vector512.ShiftLeft(bits & Vector512.Create(0x7fffu), 13).AsSingle() * Vector512.Create(5.192296858534828e33f);
        return magnitude | Vector512.ShiftLeft(bits & Vector512.Create(0x8000u), 16).AsSingle();
    }
}
