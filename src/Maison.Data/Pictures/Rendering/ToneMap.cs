// From light to 8 bits: exposure, a curve that leaves colours as they are and only eases the brightest into white (Khronos PBR Neutral, 2024),
// then sRGB. A red thing stays the red that its caption names.

using System.Numerics;

namespace Maison.Data.Pictures.Rendering;

static class ToneMap
{
    const float Toe = 0.04f, Start = 0.8f - Toe, Fade = 0.15f;

    /// <summary>Three bytes of a colour of linear light.</summary>
    public static (byte Red, byte Green, byte Blue) Bytes(Vector3 light)
    {
        var c = Neutral(Vector3.Max(light, Vector3.Zero));
        return (Byte(c.X), Byte(c.Y), Byte(c.Z));
    }

    static Vector3 Neutral(Vector3 colour)
    {
        var least = MathF.Min(colour.X, MathF.Min(colour.Y, colour.Z));
        colour -= new Vector3(least < 2 * Toe ? least - least * least / (4 * Toe) : Toe);
        var peak = MathF.Max(colour.X, MathF.Max(colour.Y, colour.Z));
        if (peak < Start) return colour;
        var room = 1 - Start;
        var eased = 1 - room * room / (peak + room - Start);
        return Vector3.Lerp(colour * (eased / peak), new(eased), 1 - 1 / (Fade * (peak - eased) + 1));
    }

    static byte Byte(float linear)
    {
        linear = Math.Clamp(linear, 0, 1);
        var coded = linear <= 0.0031308f ? 12.92f * linear : 1.055f * MathF.Pow(linear, 1 / 2.4f) - 0.055f;
        return (byte)(255 * coded + 0.5f);
    }
}
