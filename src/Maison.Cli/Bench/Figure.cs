// One measured number and everything needed to compare it: name, unit, setting, and what it is held against where there is such a thing.

using System.Globalization;

namespace Maison.Cli.Bench;

/// <summary>A figure of `maison bench`.</summary>
/// <param name="Name">What was measured, such as decode.one.</param>
/// <param name="Value">The median of the measurements.</param>
/// <param name="Unit">Of the value.</param>
/// <param name="Setting">Shape, type and threads, in words.</param>
/// <param name="Share">The value as a share of the reference, where there is one.</param>
/// <param name="Reference">What the share is of.</param>
/// <param name="Goal">The least value, or the most where the name says so, that the project wants.</param>
sealed record Figure(string Name, double Value, string Unit, string Setting, double? Share = null, string? Reference = null, string? Goal = null)
{
    public string ShownValue => Value.ToString(Math.Abs(Value) >= 100 ? "N0" : Math.Abs(Value) >= 10 ? "F1" : Math.Abs(Value) >= 0.1 ? "F2" : "F4", CultureInfo.InvariantCulture);

    /// <summary>The middle of some measurements.</summary>
    public static double Median(IEnumerable<double> measured)
    {
        var sorted = measured.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
