// The everyday names of colours: that of the nearest of a few examples each, in OKLab (Ottosson 2020), where distances are about as large as they
// look. Each name has examples in light and in shade, since one thing shows both.

namespace Maison.Data.Pictures.Measures;

/// <summary>A colour in OKLab: lightness from 0 to 1, and how much it leans to red and to yellow.</summary>
public readonly record struct Lab(float Light, float Red, float Yellow)
{
    static readonly float[] linear = [.. Enumerable.Range(0, 256).Select(i => (float)(i / 255.0 <= 0.04045 ? i / 255.0 / 12.92 : Math.Pow((i / 255.0 + 0.055) / 1.055, 2.4)))];

    /// <summary>Of red, green and blue as they go to a screen.</summary>
    public static Lab Of(byte red, byte green, byte blue)
    {
        float r = linear[red], g = linear[green], b = linear[blue];
        var l = MathF.Cbrt(0.4122214708f * r + 0.5363325363f * g + 0.0514459929f * b);
        var m = MathF.Cbrt(0.2119034982f * r + 0.6806995451f * g + 0.1073969566f * b);
        var s = MathF.Cbrt(0.0883024619f * r + 0.2817188376f * g + 0.6299787005f * b);
        return new(0.2104542553f * l + 0.7936177850f * m - 0.0040720468f * s, 1.9779984951f * l - 2.4285922050f * m + 0.4505937099f * s, 0.0259040371f * l + 0.7827717662f * m - 0.8086757660f * s);
    }

    /// <summary>How far it is from grey.</summary>
    public float Chroma => MathF.Sqrt(Red * Red + Yellow * Yellow);

    /// <summary>Where it lies between red and yellow, in radians.</summary>
    public float Hue => MathF.Atan2(Yellow, Red);

    /// <summary>Red, green and blue for a screen; what no screen shows loses chroma until one does.</summary>
    public (byte Red, byte Green, byte Blue) ToScreen()
    {
        const int Tries = 12;
        for (var t = 0; ; t++)
        {
            float keep = 1 - t / (float)Tries, red = keep * Red, yellow = keep * Yellow;
            float l = Cube(Light + 0.3963377774f * red + 0.2158037573f * yellow), m = Cube(Light - 0.1055613458f * red - 0.0638541728f * yellow), s = Cube(Light - 0.0894841775f * red - 1.2914855480f * yellow);
            float r = 4.0767416621f * l - 3.3077115913f * m + 0.2309699292f * s, g = -1.2684380046f * l + 2.6097574011f * m - 0.3413193965f * s, b = -0.0041960863f * l - 0.7034186147f * m + 1.7076147010f * s;
            if (t == Tries || Math.Min(r, Math.Min(g, b)) >= -0.002f && Math.Max(r, Math.Max(g, b)) <= 1.002f) return (Screen(r), Screen(g), Screen(b));
        }

        static float Cube(float x) => x * x * x;
    }

    static readonly byte[] screen = [.. Enumerable.Range(0, 4096).Select(i => i / 4095.0).Select(x => (byte)Math.Round(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * Math.Pow(x, 1 / 2.4) - 0.055)))];

    static byte Screen(float light) => screen[(int)(Math.Clamp(light, 0f, 1f) * 4095 + 0.5f)];

    /// <summary>Squared distance, lightness weighed by its square.</summary>
    public float Squares(Lab other, float lightWeight = 1f)
    {
        float l = lightWeight * (Light - other.Light), a = Red - other.Red, b = Yellow - other.Yellow;
        return l * l + a * a + b * b;
    }
}

/// <summary>Names colours.</summary>
public static class NamedColours
{
    static readonly (string Name, int[] Examples)[] examples =
    [
        ("red", [0xE02020, 0xB01818, 0x801010, 0xFF4040, 0xD04848, 0x5C1414, 0xF04858]),
        ("orange", [0xFF8C1A, 0xE07010, 0xFFA54D, 0xF58A3C, 0xD2681F, 0xC15A09, 0xAE5007, 0x964800]),
        ("yellow", [0xFFE020, 0xF5C800, 0xFFF07A, 0xFFD34D, 0xC8AA14, 0xB0890D, 0x967600, 0x836603]),
        ("green", [0x20A040, 0x108028, 0x60C060, 0x0A5020, 0x90D850, 0x5A8A30, 0x2A9D7A, 0xB4E69C, 0x3C5A28]),
        ("blue", [0x2050E0, 0x1838A0, 0x5090F0, 0x101C60, 0x60B8F0, 0x20A0D8, 0x4A6FA5, 0xA8D4F8, 0x2A3F66]),
        ("purple", [0x8030C0, 0x601890, 0xA060D8, 0x401060, 0x7A4FB5, 0xC08CE8, 0x5D057F, 0x6E0A9D]),
        ("pink", [0xFF80B0, 0xF0A0C0, 0xFFC0D8, 0xE0508C, 0xFF4FA0, 0xD86FA8, 0xD57196, 0xB46389, 0x9C4B6D, 0x813755]),
        ("brown", [0x804818, 0x603010, 0xA06838, 0x402010, 0x8A6040, 0x5A4030, 0x75451D, 0x966545, 0x542F12]),
        ("black", [0x000000, 0x1C1C1C, 0x303030, 0x383838, 0x2A2E3C, 0x342C40, 0x302820]),
        ("white", [0xFFFFFF, 0xF0F0F0, 0xE0E0E0, 0xD0D0D0, 0xC4C6C6, 0xE8DCEC, 0xD8E2F0, 0xF0E6DC, 0xF4E0E6]),
        ("grey", [0x4C4C4C, 0x585858, 0x6C6C6C, 0x808080, 0x989898, 0xB0B0B0, 0x7C8894, 0x908880, 0x8C84A0, 0x585551]),
    ];

    const int Steps = 32;
    static readonly byte[] table = Table();

    /// <summary>The eleven names.</summary>
    public static IReadOnlyList<string> All { get; } = [.. examples.Select(e => e.Name)];

    /// <summary>Whether a name is one of a hue, not black, white or grey.</summary>
    public static bool Hued(int name) => name < All.Count - 3;

    /// <summary>Number of a name.</summary>
    /// <exception cref="ArgumentException">It is none of them.</exception>
    public static int Of(string name) => All.ToList().IndexOf(name) is >= 0 and var number ? number : throw new ArgumentException($"'{name}' is no colour here: {string.Join(", ", All)}.");

    /// <summary>Number of the name of a colour in <see cref="All"/>.</summary>
    public static int Of(byte red, byte green, byte blue) => table[((red >> 3) * Steps + (green >> 3)) * Steps + (blue >> 3)];

    /// <summary>A name of a thing without its colours; the name itself where nothing else is left, such as the fruit orange.</summary>
    public static string Without(string name)
    {
        var plain = string.Join(' ', name.Split(' ').Where(w => !All.Contains(w)));
        return plain.Length == 0 ? name : plain;
    }

    static byte[] Table()
    {
        var known = examples.SelectMany((e, i) => e.Examples.Select(x => (Name: (byte)i, Lab: Lab.Of((byte)(x >> 16), (byte)(x >> 8), (byte)x)))).ToArray();
        var names = new byte[Steps * Steps * Steps];
        Parallel.For(0, Steps, r =>
        {
            for (var g = 0; g < Steps; g++)
                for (var b = 0; b < Steps; b++)
                {
                    var colour = Lab.Of(Middle(r), Middle(g), Middle(b));
                    names[(r * Steps + g) * Steps + b] = known.MinBy(k => k.Lab.Squares(colour)).Name;
                }
        });
        return names;

        static byte Middle(int step) => (byte)(step * 255 / (Steps - 1));
    }
}
