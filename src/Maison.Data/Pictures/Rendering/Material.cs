// What surfaces are made of: a finish, which decides how light leaves them, and a pattern, which varies colour and relief over the place.
// Colours are linear shares of reflected light. Nothing gives back more light than it got.

using System.Numerics;

namespace Maison.Data.Pictures.Rendering;

/// <summary>How a surface sends light on.</summary>
public enum Finish
{
    /// <summary>Alike in all directions.</summary>
    Matte,

    /// <summary>Matte under a clear coat that mirrors.</summary>
    Glossy,

    /// <summary>Mirrors in its colour, the more blurred the rougher.</summary>
    Metal,

    /// <summary>Lets light through, bent and tinted.</summary>
    Glass,

    /// <summary>Shines itself.</summary>
    Light,
}

/// <summary>How the colour varies.</summary>
public enum Pattern
{
    Plain,
    Planks,
    Grain,
    Slabs,
    Stone,
    Grass,
    Tiles,
    Weave,
    Checks,
    Stripes,
    Sand,
    Snow,
    Window,
}

/// <summary>A material.</summary>
/// <param name="Colour">Share of light it gives back by channel; for <see cref="Finish.Light"/> the radiance.</param>
public sealed record Material(Finish Finish, Vector3 Colour)
{
    /// <summary>Of mirrored light: 0 is a mirror, 1 nearly matte.</summary>
    public float Roughness { get; init; } = 0.3f;

    /// <summary>How the colour varies.</summary>
    public Pattern Pattern { get; init; }

    /// <summary>The other colour of patterns that have two.</summary>
    public Vector3 Second { get; init; }

    /// <summary>Share of light that glass scatters like milk.</summary>
    public float Milk { get; init; }

    /// <summary>From the world into the space of the pattern.</summary>
    public Matrix4x4 ToPattern { get; init; } = Matrix4x4.Identity;

    /// <summary>Colour of an sRGB value, e.g. 0xC0392B.</summary>
    public static Vector3 Rgb(int value) => new(Linear(value >> 16 & 255), Linear(value >> 8 & 255), Linear(value & 255));

    static float Linear(int value)
    {
        var v = value / 255f;
        return v <= 0.04045f ? v / 12.92f : MathF.Pow((v + 0.055f) / 1.055f, 2.4f);
    }
}
