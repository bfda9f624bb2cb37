// Colours for values from 0 to 1, dark to light in even steps of seen lightness, so that a picture shows no edges that are not in the
// data and can be read in grey. Between anchors in OKLab (Ottosson 2020), chosen from black through blue and red to pale yellow.

namespace Maison.Data.Pictures;

/// <summary>A perceptually even scale of colours.</summary>
public static class ColourMap
{
    // Lightness runs evenly; hue turns from blue over magenta and orange to yellow.
    static readonly (double Hue, double Chroma)[] Anchors = [(280, 0.03), (280, 0.12), (310, 0.16), (350, 0.18), (30, 0.18), (60, 0.15), (95, 0.11), (105, 0.05)];
    static readonly byte[] Table = [.. Enumerable.Range(0, 256).SelectMany(i => Make(i / 255.0))];

    /// <summary>Red, green and blue of a value; values outside of 0 to 1 take the end.</summary>
    public static (byte Red, byte Green, byte Blue) At(float value)
    {
        var at = 3 * (int)Math.Clamp(float.IsNaN(value) ? 0 : value * 255 + 0.5f, 0, 255);
        return (Table[at], Table[at + 1], Table[at + 2]);
    }

    static byte[] Make(double value)
    {
        var place = value * (Anchors.Length - 1);
        var at = Math.Min((int)place, Anchors.Length - 2);
        var turn = (Anchors[at + 1].Hue - Anchors[at].Hue + 540) % 360 - 180;
        var hue = (Anchors[at].Hue + turn * (place - at)) * Math.PI / 180;
        var chroma = Anchors[at].Chroma + (Anchors[at + 1].Chroma - Anchors[at].Chroma) * (place - at);
        var (light, a, b) = (0.08 + 0.9 * value, chroma * Math.Cos(hue), chroma * Math.Sin(hue));
        var (l, m, s) = (Cube(light + 0.3963377774 * a + 0.2158037573 * b), Cube(light - 0.1055613458 * a - 0.0638541728 * b), Cube(light - 0.0894841775 * a - 1.2914855480 * b));
        return [Screen(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s), Screen(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s), Screen(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)];

        static double Cube(double x) => x * x * x;
        static byte Screen(double linear) => (byte)Math.Round(255 * Math.Clamp(linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.Pow(Math.Max(linear, 0), 1 / 2.4) - 0.055, 0, 1));
    }
}
