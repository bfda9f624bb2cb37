// How a panel of 64 outputs is stored: a run of units, each some inputs × 64 outputs. Four formats share the kernels of
// PanelKernels.cs, which the compiler makes anew for each.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maison.Tensors.Kernels;

/// <summary>What the kernels need to know of a format; widening is exact.</summary>
unsafe interface IStored
{
    /// <summary>Inputs of one unit.</summary>
    static abstract int UnitInputs { get; }

    /// <summary>Bytes of a unit's scales, which come first.</summary>
    static abstract int ScaleBytes { get; }

    /// <summary>Bytes of one input for 64 outputs.</summary>
    static abstract int InputBytes { get; }

    /// <summary>The scales of 16 outputs.</summary>
    static abstract Vector512<float> Scales(byte* unit, int output);

    /// <summary>16 outputs' weights of one input.</summary>
    static abstract Vector512<float> Widen(byte* input, int output, Vector512<float> scales);
}

/// <summary>fp32 as Panels.cs packs it: 256 bytes per input.</summary>
readonly unsafe struct StoredF32 : IStored
{
    public static int UnitInputs => 1;
    public static int ScaleBytes => 0;
    public static int InputBytes => 256;
    public static Vector512<float> Scales(byte* unit, int output) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(byte* input, int output, Vector512<float> scales) => Vector512.Load((float*)input + output);
}

/// <summary>bf16, the upper half of an fp32: 128 bytes per input.</summary>
readonly unsafe struct StoredBf16 : IStored
{
    public static int UnitInputs => 1;
    public static int ScaleBytes => 0;
    public static int InputBytes => 128;
    public static Vector512<float> Scales(byte* unit, int output) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(byte* input, int output, Vector512<float> scales)
        => Vector512.ShiftLeft(StoredF16.Halves((ushort*)input + output), 16).AsSingle();
}

/// <summary>Finite fp16: 128 bytes per input.</summary>
readonly unsafe struct StoredF16 : IStored
{
    public static int UnitInputs => 1;
    public static int ScaleBytes => 0;
    public static int InputBytes => 128;
    public static Vector512<float> Scales(byte* unit, int output) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(byte* input, int output, Vector512<float> scales) => ToSingle((ushort*)input + output);

    /// <summary>The bits moved into place are the value times 2^-112; the product is exact, subnormals included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToSingle(ushort* p)
    {
        var bits = Halves(p);
        var magnitude = Vector512.ShiftLeft(bits & Vector512.Create(0x7fffu), 13).AsSingle() * Vector512.Create(5.192296858534828e33f);
        return magnitude | Vector512.ShiftLeft(bits & Vector512.Create(0x8000u), 16).AsSingle();
    }

    /// <summary>16 16-bit values, each in the low half of a 32-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Halves(ushort* p)
    {
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512UInt32(Vector256.Load(p));
        if (Avx2.IsSupported) return Vector512.Create(Avx2.ConvertToVector256Int32(p), Avx2.ConvertToVector256Int32(p + 8)).AsUInt32();
        var (a, b) = Vector128.Widen(Vector128.Load(p));
        var (c, d) = Vector128.Widen(Vector128.Load(p + 8));
        return Vector512.Create(Vector256.Create(a, b), Vector256.Create(c, d));
    }
}

/// <summary>
/// GGUF's Q8_0: 32 inputs of an output share one fp16 scale. A unit is 64 scales, then per input 64 int8: 2,176 bytes.
/// int8 times fp16 has at most 19 significant bits, so the widened weight is exact and activations stay fp32.
/// </summary>
readonly unsafe struct StoredQ8 : IStored
{
    public static int UnitInputs => 32;
    public static int ScaleBytes => 128;
    public static int InputBytes => 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Scales(byte* unit, int output) => StoredF16.ToSingle((ushort*)unit + output);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(byte* input, int output, Vector512<float> scales)
    {
        var p = (sbyte*)input + output;
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(p))) * scales;
        if (Avx2.IsSupported)
            return Vector512.Create(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(p)), Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(p + 8))) * scales;
        var (low, high) = Vector128.Widen(Vector128.Load(p));
        return Vector512.Create(FromShorts(low), FromShorts(high)) * scales;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> FromShorts(Vector128<short> v)
    {
        var (low, high) = Vector128.Widen(v);
        return Vector256.Create(Vector128.ConvertToSingle(low), Vector128.ConvertToSingle(high));
    }
}

/// <summary>A format's sizes and kernels.</summary>
readonly unsafe struct PanelFormat
{
    /// <summary>Inputs of one unit.</summary>
    public int UnitInputs { get; private init; }

    /// <summary>Bytes of one unit.</summary>
    public int UnitBytes { get; private init; }

    /// <summary>True where panels are fp32 already.</summary>
    public bool IsWide { get; private init; }

    /// <summary><see cref="PanelKernels.Widen"/>.</summary>
    public delegate*<byte*, int, float*, void> Widen { get; private init; }

    /// <summary><see cref="PanelKernels.Multiply"/>.</summary>
    public delegate*<byte*, int, int, float*, nint, float*, nint, bool, void> Multiply { get; private init; }

    public static PanelFormat F32 => Of<StoredF32>();
    public static PanelFormat Bf16 => Of<StoredBf16>();
    public static PanelFormat F16 => Of<StoredF16>();
    public static PanelFormat Q8 => Of<StoredQ8>();

    static PanelFormat Of<T>() where T : struct, IStored => new()
    {
        UnitInputs = T.UnitInputs,
        UnitBytes = T.ScaleBytes + T.UnitInputs * T.InputBytes,
        IsWide = typeof(T) == typeof(StoredF32),
        Widen = &PanelKernels.Widen<T>,
        Multiply = &PanelKernels.Multiply<T>,
    };

    public long PanelBytes(int inputs) => (long)inputs / UnitInputs * UnitBytes;
}
