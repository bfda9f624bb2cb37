using System.Globalization;

namespace Maison.Cli.Terminal;

/// <summary>Amounts of memory as people type and read them; k, m, g and t are powers of 1024.</summary>
static class ByteSize
{
    static readonly string[] Units = ["B", "kB", "MB", "GB", "TB"];

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var lower = text.Trim().ToLowerInvariant();
        if (lower.EndsWith('b')) lower = lower[..^1];
        if (lower.EndsWith('i')) lower = lower[..^1];
        var power = lower.Length == 0 ? 0 : "kmgt".IndexOf(lower[^1], StringComparison.Ordinal) + 1;
        if (power > 0) lower = lower[..^1];
        if (!double.TryParse(lower, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) || !(amount > 0)) return false;
        var value = amount * Math.Pow(1024, power);
        if (value > long.MaxValue / 2) return false;
        bytes = (long)value;
        return true;
    }

    public static string Show(double bytes)
    {
        var unit = 0;
        for (; Math.Abs(bytes) >= 1000 && unit < Units.Length - 1; unit++) bytes /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 || Math.Abs(bytes) >= 100 ? bytes.ToString("F0", CultureInfo.InvariantCulture) : bytes.ToString("0.#", CultureInfo.InvariantCulture))} {Units[unit]}");
    }
}
