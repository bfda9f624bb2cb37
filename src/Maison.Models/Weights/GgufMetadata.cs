// The key-value part of a GGUF file, in file order, with typed access that names the key when it is missing or of another type.
// Values are plain .NET objects: numbers, bool, string, arrays of these (T[]), and object[] for arrays of arrays.

using System.Diagnostics.CodeAnalysis;

namespace Maison.Models.Weights;

/// <summary>GGUF metadata by key.</summary>
/// <param name="source">The file it came from, for messages.</param>
public sealed class GgufMetadata(string source)
{
    readonly OrderedDictionary<string, object> _values = new(StringComparer.Ordinal);

    /// <summary>All pairs, in file order.</summary>
    public IReadOnlyDictionary<string, object> Values => _values;

    internal bool TryAdd(string key, object value) => _values.TryAdd(key, value);

    public bool Contains(string key) => _values.ContainsKey(key);

    /// <summary>A string that must be there.</summary>
    public string GetString(string key) => Get<string>(key, "a string");

    /// <summary>A string, or <paramref name="otherwise"/> when the key is absent.</summary>
    [return: NotNullIfNotNull(nameof(otherwise))]
    public string? GetString(string key, string? otherwise) => Contains(key) ? GetString(key) : otherwise;

    /// <summary>A truth value, or <paramref name="otherwise"/> when the key is absent.</summary>
    public bool GetBool(string key, bool otherwise) => Contains(key) ? Get<bool>(key, "a bool") : otherwise;

    /// <summary>A whole number of any width that must be there.</summary>
    public long GetInteger(string key) => ToInteger(key, Get(key));

    /// <summary>A whole number of any width, or <paramref name="otherwise"/> when the key is absent.</summary>
    public long GetInteger(string key, long otherwise) => Contains(key) ? GetInteger(key) : otherwise;

    /// <summary>A real number of either width that must be there.</summary>
    public double GetReal(string key) => Get(key) switch
    {
        float value => value,
        double value => value,
        var other => throw Wrong(key, other, "a real number"),
    };

    /// <summary>A real number of either width, or <paramref name="otherwise"/> when the key is absent.</summary>
    public double GetReal(string key, double otherwise) => Contains(key) ? GetReal(key) : otherwise;

    /// <summary>An array of strings that must be there.</summary>
    public string[] GetStrings(string key) => Get<string[]>(key, "an array of strings");

    /// <summary>An array of whole numbers of any width that must be there.</summary>
    public long[] GetIntegers(string key)
    {
        var value = Get(key);
        if (value is not Array { Rank: 1 } array || value is string[] or object[]) throw Wrong(key, value, "an array of whole numbers");
        var numbers = new long[array.Length];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = ToInteger(key, array.GetValue(i)!);
        return numbers;
    }

    long ToInteger(string key, object value) => value switch
    {
        byte n => n,
        sbyte n => n,
        ushort n => n,
        short n => n,
        uint n => n,
        int n => n,
        long n => n,
        ulong n when n <= long.MaxValue => (long)n,
        _ => throw Wrong(key, value, "a whole number"),
    };

    T Get<T>(string key, string wanted) => Get(key) is var value && value is T typed ? typed : throw Wrong(key, value, wanted);

    object Get(string key) => _values.TryGetValue(key, out var value)
        ? value
        : throw new CheckpointFormatException(source, key, "the key is missing", "Convert the model again with a current converter");

    CheckpointFormatException Wrong(string key, object value, string wanted) =>
        new(source, key, $"it is {(value is Array ? value.GetType().Name : $"{value} ({value.GetType().Name})")}, not {wanted}", "Convert the model again with a current converter");
}
