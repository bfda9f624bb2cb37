// The number an answer ends on: "She has 1,234.50 dollars." is 1234.5, "12 - 5 = 7" is 7, "It is −3 °C." is −3. Numbers are decimal, so
// that 0.5 and 0.50 are one answer and no rounding decides about right and wrong.

using System.Globalization;
using System.Text.RegularExpressions;

namespace Maison.Training.Evaluations;

/// <summary>Reads the last number of a text.</summary>
public static partial class FinalNumber
{
    /// <summary>The last number; null when there is none, or none that a decimal can hold.</summary>
    public static decimal? Of(string text)
    {
        Match? last = null;
        foreach (Match match in Pattern().Matches(text)) last = match;
        if (last is null || !decimal.TryParse(last.Groups["digits"].ValueSpan.ToString().Replace(",", "", StringComparison.Ordinal), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return null;
        return last.Groups["sign"].Success ? -value : value;
    }

    // A sign belongs to the number only where no operand and no word stands right before it; commas only between groups of three.
    [GeneratedRegex(@"(?<sign>(?<!\p{L}|[\p{Nd})%]\s*)[-−])?\$?(?<digits>(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|(?<![0-9])\.[0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
