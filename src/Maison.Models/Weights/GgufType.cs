// The numbers that GGUF uses for value types and tensor types (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
// Tensor types that are not decoded here keep their names, so that a refusal can say which one it met.

namespace Maison.Models.Weights;

/// <summary>Types of metadata values, by their number in the file.</summary>
enum GgufValueType : uint { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 }

/// <summary>Numbers of tensor types.</summary>
static class GgufTensorType
{
    static readonly Dictionary<uint, ElementType> Readable = new()
    {
        [0] = ElementType.F32,
        [1] = ElementType.F16,
        [8] = ElementType.Q8_0,
        [30] = ElementType.BF16,
    };

    static readonly Dictionary<uint, string> Others = new()
    {
        [2] = "Q4_0",
        [3] = "Q4_1",
        [6] = "Q5_0",
        [7] = "Q5_1",
        [9] = "Q8_1",
        [10] = "Q2_K",
        [11] = "Q3_K",
        [12] = "Q4_K",
        [13] = "Q5_K",
        [14] = "Q6_K",
        [15] = "Q8_K",
        [16] = "IQ2_XXS",
        [17] = "IQ2_XS",
        [18] = "IQ3_XXS",
        [19] = "IQ1_S",
        [20] = "IQ4_NL",
        [21] = "IQ3_S",
        [22] = "IQ2_S",
        [23] = "IQ4_XS",
        [24] = "I8",
        [25] = "I16",
        [26] = "I32",
        [27] = "I64",
        [28] = "F64",
        [29] = "IQ1_M",
        [34] = "TQ1_0",
        [35] = "TQ2_0",
        [39] = "MXFP4",
    };

    public static bool TryRead(uint number, out ElementType type) => Readable.TryGetValue(number, out type);

    /// <summary>The name of any type number, for messages.</summary>
    public static string Name(uint number) => Readable.TryGetValue(number, out var type) ? type.ToString() : Others.GetValueOrDefault(number, $"number {number}");

    /// <summary>The number of a type; null when GGUF files written here do not hold it.</summary>
    public static uint? Number(ElementType type)
    {
        foreach (var (number, readable) in Readable)
            if (readable == type) return number;
        return null;
    }
}
