// The plainest mask: a rectangle, told in percent of a picture, so that it can be said without drawing anything.

using System.Globalization;

namespace Maison.Data.Pictures;

/// <summary>A rectangle that is opened, edges in percent from the left and the top.</summary>
public readonly record struct OpenedArea(double Left, double Top, double Right, double Bottom)
{
    /// <summary>How one is written.</summary>
    public const string Form = "LEFT,TOP,RIGHT,BOTTOM in percent of the picture, such as 25,25,75,75";

    /// <summary>The area of a text; null where it is none, or empty.</summary>
    public static OpenedArea? Parse(string text)
    {
        double[] edges = [.. text.Split(',').Select(e => double.TryParse(e, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var edge) ? edge : -1)];
        return edges is [>= 0 and var left, >= 0 and var top, <= 100 and var right, <= 100 and var bottom] && left < right && top < bottom ? new(left, top, right, bottom) : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Left},{Top},{Right},{Bottom}");

    /// <summary>The mask of a picture: at least one pixel of it is open.</summary>
    public Picture Mask(int width, int height)
    {
        var pixels = new byte[width * height * 4];
        Array.Fill(pixels, byte.MaxValue);
        var (left, right) = Between(Left, Right, width);
        var (top, bottom) = Between(Top, Bottom, height);
        for (var y = top; y < bottom; y++)
            for (var x = left; x < right; x++) pixels[4 * (y * width + x) + 3] = 0;
        return new(width, height, pixels, 4);

        static (int, int) Between(double from, double to, int length)
        {
            var first = Math.Min(length - 1, (int)Math.Round(from * length / 100));
            return (first, Math.Max(first + 1, (int)Math.Round(to * length / 100)));
        }
    }
}
