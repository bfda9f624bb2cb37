// Options whose mistakes are told in words: the option, what was given, what it takes.

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Maison.Cli.Terminal;

/// <summary>Makes options with ranges.</summary>
static class Choice
{
    /// <summary>A whole number in [low, high].</summary>
    public static Option<int?> Whole(string name, string description, int low, int high, int? otherwise = null) => new(name)
    {
        Description = description,
        DefaultValueFactory = otherwise is null ? null : _ => otherwise,
        CustomParser = result => int.TryParse(Word(result), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= low && value <= high
            ? value
            : Refuse<int?>(result, name, high == int.MaxValue ? $"a whole number of {low} or more" : $"a whole number from {low} to {high}"),
    };

    /// <summary>A number in [low, high].</summary>
    public static Option<float?> Number(string name, string description, float low, float high) => new(name)
    {
        Description = description,
        CustomParser = result => float.TryParse(Word(result), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= low && value <= high
            ? value
            : Refuse<float?>(result, name, FormattableString.Invariant($"a number from {low} to {high}")),
    };

    /// <summary>An amount of memory, such as 800m or 4g, in bytes.</summary>
    public static Option<long?> Memory(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => ByteSize.TryParse(Word(result), out var bytes) ? bytes : Refuse<long?>(result, name, "an amount such as 800m or 4g"),
    };

    /// <summary>One of a few words; null when the option is not given.</summary>
    public static Option<string?> Word(string name, string description, params string[] words) => new(name)
    {
        Description = description,
        CustomParser = result => words.FirstOrDefault(w => w.Equals(Word(result), StringComparison.OrdinalIgnoreCase)) ?? Refuse<string?>(result, name, string.Join(", ", words[..^1]) + " or " + words[^1]),
    };

    static string Word(ArgumentResult result) => result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;

    static T? Refuse<T>(ArgumentResult result, string name, string wanted)
    {
        result.AddError($"{name} is '{Word(result)}': give {wanted}.");
        return default;
    }
}
