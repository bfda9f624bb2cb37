using System.Globalization;

namespace Maison.Cli.Terminal;

/// <summary>Durations as people type and read them: 45s, 90m, 3h, 2d.</summary>
static class Duration
{
    /// <exception cref="ArgumentException">Names the option and shows valid forms.</exception>
    public static TimeSpan Parse(string text, string option)
    {
        if (text.Length > 1 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) && amount > 0)
            switch (text[^1])
            {
                case 's': return TimeSpan.FromSeconds(amount);
                case 'm': return TimeSpan.FromMinutes(amount);
                case 'h': return TimeSpan.FromHours(amount);
                case 'd': return TimeSpan.FromDays(amount);
            }
        throw new ArgumentException($"{option} is '{text}': give a number and a unit, such as 45s, 90m, 3h or 2d.");
    }

    public static string Show(TimeSpan t) => t.TotalHours >= 1 ? $"{(int)t.TotalHours}h{t.Minutes:D2}m" : t.TotalMinutes >= 1 ? $"{t.Minutes}m{t.Seconds:D2}s" : $"{t.TotalSeconds:F0}s";
}
