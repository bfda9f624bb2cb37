// Gives the thing of a picture another colour: what has about its hue is turned, lightened and saturated in OKLab so that the mean lands on the new
// colour while light and shade go on; leaves of an apple, outlines and the ground stay. A grey thing is tinted instead. Nothing is drawn anew.

using Maison.Data.Pictures.Measures;

namespace Maison.Data.Pictures.Preparation;

/// <summary>A dye for one picture.</summary>
/// <param name="Light">Lightness of what is dyed, on average, from 0 to 1.</param>
/// <param name="Red">How much it leans to red.</param>
/// <param name="Yellow">How much it leans to yellow.</param>
/// <param name="Colour">The new colour, one of <see cref="Colours"/>.</param>
public sealed record PictureDye(float Light, float Red, float Yellow, string Colour)
{
    /// <summary>Below this a thing has no hue.</summary>
    const float LeastChroma = 0.05f;

    /// <summary>Hues that are dyed wholly and not at all, away from the thing's own, in radians.</summary>
    const float Whole = 0.6f, Nothing = 1.1f;
    const float MostGain = 2.5f;

    /// <summary>Share of what stands out from which a colour is the thing's.</summary>
    const double LeastShare = 0.35;

    /// <summary>What is grey and fills more of the picture is a ground in light and shade.</summary>
    const double MostGrey = 0.7;

    static readonly Dictionary<string, Lab> shades = new()
    {
        ["red"] = Lab.Of(0xD8, 0x24, 0x24),
        ["orange"] = Lab.Of(0xF8, 0x86, 0x1C),
        ["yellow"] = Lab.Of(0xFA, 0xD8, 0x20),
        ["green"] = Lab.Of(0x28, 0xA0, 0x48),
        ["blue"] = Lab.Of(0x28, 0x60, 0xE0),
        ["purple"] = Lab.Of(0x84, 0x3C, 0xC0),
        ["pink"] = Lab.Of(0xF8, 0x80, 0xB0),
        ["brown"] = Lab.Of(0x84, 0x50, 0x24),
        ["black"] = Lab.Of(0x28, 0x28, 0x28),
        ["grey"] = Lab.Of(0x80, 0x80, 0x80),
    };

    /// <summary>Colours there are dyes of; white would not be seen on white ground.</summary>
    public static IReadOnlyList<string> Colours { get; } = [.. shades.Keys];

    /// <summary>The dyed picture, of three channels; its first pixel is its ground.</summary>
    public Picture On(Picture picture)
    {
        var (own, shade) = (new Lab(Light, Red, Yellow), shades[Colour]);
        var ground = Lab.Of(picture.Pixels[0], picture.Pixels[1], picture.Pixels[2]);
        var tint = own.Chroma < LeastChroma;
        float gain = Math.Min(MostGain, shade.Chroma / Math.Max(own.Chroma, LeastChroma)), turn = shade.Hue - own.Hue;
        var (sin, cos) = MathF.SinCos(turn);
        var pixels = picture.Pixels.ToArray();
        for (var i = 0; i < pixels.Length; i += 3)
        {
            var was = Lab.Of(pixels[i], pixels[i + 1], pixels[i + 2]);
            var share = Smooth(0.02f, 0.08f, MathF.Sqrt(was.Squares(ground)))
                * (tint ? 1 - Smooth(LeastChroma, 2 * LeastChroma, was.Chroma) : Smooth(0.015f, 0.05f, was.Chroma) * (1 - Smooth(Whole, Nothing, Apart(was.Hue, own.Hue))));
            if (share == 0) continue;
            // Black stays black and white white; the mean becomes the shade's lightness.
            var light = was.Light < own.Light ? was.Light * shade.Light / own.Light : 1 - (1 - was.Light) * (1 - shade.Light) / Math.Max(0.01f, 1 - own.Light);
            // A tint is strongest at middle lightness, as colours are.
            var strength = Math.Min(1.2f, light * (1 - light) / (shade.Light * (1 - shade.Light)));
            var (red, yellow) = tint ? (strength * shade.Red, strength * shade.Yellow) : (gain * (cos * was.Red - sin * was.Yellow), gain * (sin * was.Red + cos * was.Yellow));
            (pixels[i], pixels[i + 1], pixels[i + 2]) = new Lab(was.Light + share * (light - was.Light), was.Red + share * (red - was.Red), was.Yellow + share * (yellow - was.Yellow)).ToScreen();
        }
        return picture with { Pixels = pixels };
    }

    static float Apart(float a, float b)
    {
        var d = MathF.Abs(a - b) % MathF.Tau;
        return MathF.Min(d, MathF.Tau - d);
    }

    /// <summary>From 0 at low to 1 at high, without corners.</summary>
    static float Smooth(float low, float high, float x)
    {
        var t = Math.Clamp((x - low) / (high - low), 0, 1);
        return t * t * (3 - 2 * t);
    }

    /// <summary>The commonest colour of a picture on plain ground and its mean; null where none is the thing's.</summary>
    public static (string Name, Lab Mean)? Measured(Picture picture)
    {
        var regions = new PictureRegions(picture);
        var shares = regions.Colours();
        var name = Enumerable.Range(0, shares.Length).MaxBy(i => shares[i]);
        if (regions.Foreground < 0.02 || shares[name] < LeastShare || !PictureChecks.IsColour(regions, name)) return null;
        var ground = Lab.Of(picture.Pixels[0], picture.Pixels[1], picture.Pixels[2]);
        var (sum, count) = (new Lab(), 0);
        for (var i = 0; i < picture.Pixels.Length; i += 3)
        {
            byte r = picture.Pixels[i], g = picture.Pixels[i + 1], b = picture.Pixels[i + 2];
            var colour = Lab.Of(r, g, b);
            if (NamedColours.Of(r, g, b) != name || colour.Squares(ground) < 0.08f * 0.08f) continue;
            (sum, count) = (new(sum.Light + colour.Light, sum.Red + colour.Red, sum.Yellow + colour.Yellow), count + 1);
        }
        if (count == 0) return null;
        var mean = new Lab(sum.Light / count, sum.Red / count, sum.Yellow / count);
        return mean.Chroma < LeastChroma && regions.Foreground > MostGrey ? null : (NamedColours.All[name], mean);
    }
}
