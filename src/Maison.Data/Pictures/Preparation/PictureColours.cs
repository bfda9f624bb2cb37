// The colours that make up a picture, by their everyday names. What a border shows all around is its background, which is not counted.

namespace Maison.Data.Pictures.Preparation;

static class PictureColours
{
    const int BackgroundDistance = 24;
    const double LeastShare = 0.14;

    /// <summary>Up to three names, the most frequent first; none where no colour stands out.</summary>
    public static IReadOnlyList<string> Of(Picture picture)
    {
        Dictionary<string, int> counts = [];
        var background = Border(picture);
        var counted = 0;
        for (var i = 0; i < picture.Pixels.Length; i += 3)
        {
            int r = picture.Pixels[i], g = picture.Pixels[i + 1], b = picture.Pixels[i + 2];
            if (background is { } plain && Math.Abs(plain.R - r) + Math.Abs(plain.G - g) + Math.Abs(plain.B - b) < BackgroundDistance) continue;
            counted++;
            var name = Name(r, g, b);
            counts[name] = counts.GetValueOrDefault(name) + 1;
        }
        return [.. counts.Where(c => c.Value >= LeastShare * counted).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(3).Select(c => c.Key)];
    }

    /// <summary>The colour of the whole border, or null where it has several.</summary>
    public static (int R, int G, int B)? Border(Picture picture)
    {
        var p = picture.Pixels;
        (int R, int G, int B) first = (p[0], p[1], p[2]);
        for (var y = 0; y < picture.Height; y++)
            for (var x = 0; x < picture.Width; x += y is 0 || y == picture.Height - 1 ? 1 : Math.Max(1, picture.Width - 1))
            {
                var at = (y * picture.Width + x) * 3;
                if (Math.Abs(first.R - p[at]) + Math.Abs(first.G - p[at + 1]) + Math.Abs(first.B - p[at + 2]) > BackgroundDistance) return null;
            }
        return first;
    }

    static string Name(int r, int g, int b)
    {
        int most = Math.Max(r, Math.Max(g, b)), least = Math.Min(r, Math.Min(g, b)), chroma = most - least;
        var light = (most + least) / 2;
        if (chroma < 28 || chroma < 0.14 * most) return light < 50 ? "black" : light < 205 ? "grey" : "white";
        if (light < 26) return "black";
        var hue = 60.0 * (most == r ? (g - b) / (double)chroma + 6 : most == g ? (b - r) / (double)chroma + 2 : (r - g) / (double)chroma + 4) % 360;
        return hue switch
        {
            < 14 or >= 346 => light > 185 ? "pink" : "red",
            < 42 => light < 115 || chroma < 90 ? (light > 185 ? "beige" : "brown") : "orange",
            < 68 => light < 80 ? "brown" : chroma < 70 && light > 150 ? "beige" : "yellow",
            < 165 => "green",
            < 195 => "teal",
            < 256 => light > 175 ? "light blue" : "blue",
            < 292 => "purple",
            _ => "pink",
        };
    }
}
