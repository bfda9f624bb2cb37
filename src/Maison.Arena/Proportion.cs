namespace Maison.Battles;

/// <summary>Shares of a whole.</summary>
public static class Proportion
{
    /// <summary>Standard errors on either side of a value that make 95 %.</summary>
    public const double Sure = 1.959963984540054;

    /// <summary>Wilson's 95 % interval of a share; everything from 0 to 1 where nothing was counted.</summary>
    public static (double Low, double High) Interval(double part, double whole)
    {
        if (whole <= 0) return (0, 1);
        double p = part / whole, z = Sure * Sure / whole, middle = (p + z / 2) / (1 + z), reach = Sure / (1 + z) * Math.Sqrt(p * (1 - p) / whole + z / (4 * whole));
        return (Math.Max(0, middle - reach), Math.Min(1, middle + reach));
    }
}
