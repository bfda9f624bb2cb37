// Lengths of pauses as people write them: 1s, 300ms, 0.5s, 2.

using System.Globalization;

namespace Maison.Data.Speech.Markup;

static class Durations
{
    /// <summary>No pause is longer.</summary>
    public const double MostSeconds = 30;

    /// <summary>Seconds from 0 to <see cref="MostSeconds"/>; null when the text is none. A number alone counts seconds.</summary>
    public static double? Parse(string text)
    {
        var (digits, factor) = text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 1e-3) : text.EndsWith('s') ? (text[..^1], 1) : (text, 1.0);
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value * factor <= MostSeconds ? value * factor : null;
    }
}
