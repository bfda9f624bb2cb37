// Wood, stone, grass, tiles and cloth from noise: no picture files, no seams, any size. Lengths are those of the scene, in which a
// thing is about one unit tall.

using System.Numerics;

namespace Maison.Data.Pictures.Rendering;

static class Patterns
{
    /// <summary>The colour at a place, and the normal bent by the relief there.</summary>
    /// <param name="relief">Whether the normal is to be bent, which takes half of the time.</param>
    public static Vector3 At(Material material, Vector3 world, ref Vector3 normal, bool relief)
    {
        if (material.Pattern == Pattern.Plain) return material.Colour;
        var p = Vector3.Transform(world, material.ToPattern);
        switch (material.Pattern)
        {
            case Pattern.Planks:
                {
                    var (row, z) = Cells(p.Z, 0.42f);
                    var (piece, x) = Cells(p.X + 5 * Noise.Cell(row, 7, 0), 2.6f);
                    var tone = Noise.Cell(row, piece, 1);
                    var grain = Noise.Rough(new(p.X * 1.1f + 40 * tone, tone * 9, p.Z * 17), 3);
                    var gap = MathF.Min(Edge(z, 0.42f, 0.012f), Edge(x, 2.6f, 0.01f));
                    return Vector3.Lerp(material.Second, material.Colour, Math.Clamp(1.7f * grain - 0.35f, 0, 1)) * ((0.75f + 0.35f * tone) * (0.35f + 0.65f * gap));
                }
            case Pattern.Grain:
                {
                    var warp = Noise.Rough(p * new Vector3(1.6f, 0.7f, 1.6f), 2);
                    var ring = 11 * MathF.Sqrt((p.X - 0.3f) * (p.X - 0.3f) + (p.Z - 0.2f) * (p.Z - 0.2f)) + 5 * warp + 0.6f * p.Y;
                    ring -= MathF.Floor(ring);
                    var fibre = Noise.Smooth(p * new Vector3(34, 3, 34));
                    return material.Colour * (0.62f + 0.3f * Noise.Step(0, 0.7f, ring) * (1 - Noise.Step(0.85f, 1, ring)) + 0.16f * fibre);
                }
            case Pattern.Slabs:
                {
                    var (row, z) = Cells(p.Z, 0.8f);
                    var (piece, x) = Cells(p.X + 3 * Noise.Cell(row, 3, 5), 1.1f);
                    var tone = Noise.Cell(row, piece, 2);
                    var gap = MathF.Min(Edge(z, 0.8f, 0.03f), Edge(x, 1.1f, 0.03f));
                    if (relief) normal = Bent(normal, p * 9, 0.16f);
                    return material.Colour * ((0.7f + 0.4f * tone) * (0.72f + 0.5f * Noise.Rough(p * 6 + new Vector3(9 * tone), 3)) * (0.4f + 0.6f * gap));
                }
            case Pattern.Stone:
                {
                    var speck = Noise.Rough(p * 11, 3);
                    var vein = 1 - MathF.Abs(2 * Noise.Rough(p * 2.2f, 3) - 1);
                    if (relief) normal = Bent(normal, p * 12, 0.3f);
                    return material.Colour * (0.55f + 0.65f * speck) * (1 - 0.45f * vein * vein * vein * vein * vein * vein * vein * vein);
                }
            case Pattern.Grass:
                {
                    var tuft = Noise.Rough(p * 2.3f, 2);
                    var blade = Noise.Smooth(new(p.X * 31, 0, p.Z * 17)) * Noise.Smooth(new(p.X * 19 + 7, 3, p.Z * 43));
                    if (relief) normal = Bent(normal, p * 23, 0.55f);
                    return Vector3.Lerp(material.Second, material.Colour, Math.Clamp(0.55f * tuft + 1.25f * blade, 0, 1)) * (0.45f + 1.1f * blade);
                }
            case Pattern.Tiles:
                {
                    var (row, z) = Cells(p.Z, 0.7f);
                    var (piece, x) = Cells(p.X, 0.7f);
                    var gap = MathF.Min(Edge(z, 0.7f, 0.022f), Edge(x, 0.7f, 0.022f));
                    var tone = 0.92f + 0.08f * Noise.Cell(row, piece, 4);
                    return Vector3.Lerp(new(0.25f), ((row + piece) & 1) == 0 ? material.Colour : material.Second, gap) * tone;
                }
            case Pattern.Weave:
                {
                    var (x, y) = Across(p, normal);
                    var thread = MathF.Sin(x * 95) * MathF.Sin(y * 95);
                    if (relief) normal = Bent(normal, p * 3, 0.12f);
                    return material.Colour * (0.8f + 0.2f * thread);
                }
            case Pattern.Checks:
                {
                    var stripes = (Cells(p.X, 0.3f).Cell & 1) + (Cells(p.Z, 0.3f).Cell & 1);
                    return Vector3.Lerp(material.Second, material.Colour, stripes * 0.5f) * (0.88f + 0.12f * MathF.Sin(p.X * 95) * MathF.Sin(p.Z * 95));
                }
            case Pattern.Stripes:
                return ((Cells(p.X, 0.28f).Cell & 1) == 0 ? material.Colour : material.Second) * (0.88f + 0.12f * MathF.Sin(p.X * 95) * MathF.Sin(p.Z * 95));
            case Pattern.Sand:
                if (relief) normal = Bent(Bent(normal, p * new Vector3(1.5f, 1, 5), 0.35f), p * 40, 0.25f);
                return material.Colour * (0.75f + 0.35f * Noise.Rough(p * 13, 3));
            case Pattern.Snow:
                if (relief) normal = Bent(normal, p * 2.5f, 0.25f);
                return material.Colour * (0.94f + 0.06f * Noise.Smooth(p * 30));
            default:
                return material.Colour;
        }
    }

    /// <summary>What a window shows at a height share of it: sky above, a blurred garden below.</summary>
    public static Vector3 Window(Material material, float height) => Vector3.Lerp(material.Second, material.Colour, Noise.Step(0.1f, 0.55f, height));

    static (int Cell, float Within) Cells(float x, float size)
    {
        var cell = MathF.Floor(x / size);
        return ((int)cell, x - cell * size);
    }

    /// <summary>0 at the borders of a cell, 1 inside.</summary>
    static float Edge(float within, float size, float gap) => Noise.Step(0, gap, MathF.Min(within, size - within));

    static Vector3 Bent(Vector3 normal, Vector3 at, float by) =>
        Vector3.Normalize(normal + by * new Vector3(Noise.Smooth(at) - 0.5f, Noise.Smooth(at + new Vector3(31.7f, 0, 0)) - 0.5f, Noise.Smooth(at + new Vector3(0, 47.1f, 0)) - 0.5f));

    /// <summary>Two coordinates along the surface.</summary>
    static (float X, float Y) Across(Vector3 p, Vector3 normal)
    {
        var n = Vector3.Abs(normal);
        return n.Y > n.X && n.Y > n.Z ? (p.X, p.Z) : n.X > n.Z ? (p.Z, p.Y) : (p.X, p.Y);
    }
}
