// The words of a rendered scene and what they look like: things, colours, materials, places, lights, views. A caption says nothing that is
// not here, and what is here looks as its name says.

using System.Numerics;
using Maison.Data.Pictures.Rendering;

namespace Maison.Data.Pictures.Scenes;

/// <summary>A colour by its everyday name.</summary>
public sealed record NamedColour(string Name, int Rgb);

/// <summary>What a thing is made of, as a word before its name.</summary>
public sealed record NamedMaterial(string Name, string Other, Finish Finish, float Roughness, Pattern Pattern = Pattern.Plain);

/// <summary>A solid that scenes show.</summary>
/// <param name="Name">Its plainest name.</param>
/// <param name="Other">Another name for it.</param>
/// <param name="Mesh">Its surface; null for the sphere, which is exact.</param>
/// <param name="Carries">Whether another thing can stand on it.</param>
/// <param name="Parts">Linear colours of the parts of a model; null for solids, which take any colour and material.</param>
/// <param name="Painted">The part of a model that takes a colour; −1 where its colours are its own.</param>
public sealed record NamedThing(string Name, string Other, TriangleMesh? Mesh, bool Carries = false, Vector3[]? Parts = null, int Painted = -1)
{
    /// <summary>Corners of the smallest upright box around it.</summary>
    internal (Vector3 Low, Vector3 High) Bounds { get; } = Mesh?.Bounds() ?? (new(-0.5f, 0, -0.5f), new(0.5f, 1, 0.5f));

    /// <summary>How far it reaches from the vertical through its middle.</summary>
    internal float Reach { get; } = Mesh?.Positions.Max(p => new Vector2(p.X, p.Z).Length()) ?? 0.5f;
}

/// <summary>All words.</summary>
public static class Vocabulary
{
    /// <summary>Eleven colours that every language community tells apart.</summary>
    public static IReadOnlyList<NamedColour> Colours { get; } =
    [
        new("red", 0xC51A1A), new("orange", 0xEE7410), new("yellow", 0xF0C814), new("green", 0x2A9636), new("blue", 0x1C4CCB), new("purple", 0x762BAE),
        new("pink", 0xEE86B0), new("brown", 0x75451F), new("white", 0xEFEFEC), new("grey", 0x848484), new("black", 0x28282B),
    ];

    /// <summary>Seven materials.</summary>
    public static IReadOnlyList<NamedMaterial> Materials { get; } =
    [
        new("matte", "matt", Finish.Matte, 1),
        new("glossy", "shiny plastic", Finish.Glossy, 0.2f),
        new("metal", "metallic", Finish.Metal, 0.38f),
        new("glass", "glass", Finish.Glass, 0),
        new("wooden", "wood", Finish.Glossy, 0.55f, Pattern.Grain),
        new("stone", "stone", Finish.Matte, 1, Pattern.Stone),
        new("fabric", "cloth", Finish.Matte, 1, Pattern.Weave),
    ];

    /// <summary>Solids with names that fit them.</summary>
    public static IReadOnlyList<NamedThing> Things { get; } =
    [
        new("sphere", "ball", null),
        new("cube", "block", Solids.Box(new(0.86f), 0.05f), true),
        new("cylinder", "drum", Lathe((0, 0), (0.42f, 0), (0.45f, 0.03f), (0.45f, 0.87f), (0.42f, 0.9f), (0, 0.9f)), true),
        new("cone", "cone shape", Lathe((0, 0), (0.5f, 0), (0.52f, 0.02f), (0.515f, 0.05f), (0.02f, 1.06f), (0, 1.07f))),
        new("torus", "ring", Solids.Ring(0.45f, 0.18f)),
        new("pyramid", "four-sided pyramid", Solids.Pyramid(1.05f, 0.95f)),
        new("capsule", "pill", Capsule(0.3f, 1.1f)),
        new("egg", "egg shape", Egg()),
        new("vase", "flower vase", Lathe((0, 0), (0.24f, 0), (0.27f, 0.03f), (0.38f, 0.22f), (0.42f, 0.4f), (0.36f, 0.6f), (0.2f, 0.8f), (0.16f, 0.92f), (0.2f, 1.02f), (0.26f, 1.08f), (0.24f, 1.09f), (0.18f, 1.02f), (0.13f, 0.92f), (0.17f, 0.8f), (0.32f, 0.6f), (0.37f, 0.4f), (0.33f, 0.22f), (0.2f, 0.08f), (0, 0.07f))),
        new("bowl", "dish", Lathe((0, 0), (0.26f, 0), (0.28f, 0.05f), (0.42f, 0.15f), (0.56f, 0.33f), (0.62f, 0.52f), (0.6f, 0.54f), (0.57f, 0.53f), (0.5f, 0.34f), (0.36f, 0.18f), (0.2f, 0.11f), (0, 0.1f))),
        new("cup", "mug", Cup()),
        new("bottle", "flask", Lathe((0, 0), (0.26f, 0), (0.29f, 0.03f), (0.29f, 0.6f), (0.26f, 0.72f), (0.14f, 0.86f), (0.1f, 0.95f), (0.1f, 1.15f), (0.12f, 1.16f), (0.12f, 1.22f), (0.1f, 1.23f), (0, 1.23f))),
        new("star", "five-pointed star", Solids.Slab(Star(), 0.3f, 0.14f)),
        new("heart", "heart shape", Solids.Slab(Heart(), 0.36f, 0.16f)),
        new("pawn", "chess pawn", Pawn()),
        new("hexagonal prism", "six-sided prism", Solids.Prism(6, 0.5f, 0.75f), true),
    ];

    static TriangleMesh Lathe(params (float Radius, float Height)[] profile) => Solids.Lathe([.. profile.Select(p => new Vector2(p.Radius, p.Height))]);

    static TriangleMesh Capsule(float radius, float height)
    {
        var below = Enumerable.Range(0, 9).Select(i => MathF.PI / 16 * i).Select(a => new Vector2(radius * MathF.Sin(a), radius - radius * MathF.Cos(a)));
        var above = Enumerable.Range(0, 9).Select(i => MathF.PI / 16 * (8 - i)).Select(a => new Vector2(radius * MathF.Sin(a), height - radius + radius * MathF.Cos(a)));
        return Solids.Lathe([.. below, .. above]);
    }

    static TriangleMesh Egg() => Solids.Lathe([.. Enumerable.Range(0, 21).Select(i => MathF.PI / 20 * i).Select(a => new Vector2(0.4f * MathF.Sin(a) * (1 + 0.18f * MathF.Cos(a)), 0.52f - 0.52f * MathF.Cos(a)))]);

    static TriangleMesh Cup()
    {
        var body = Lathe((0, 0), (0.32f, 0), (0.35f, 0.03f), (0.38f, 0.4f), (0.4f, 0.82f), (0.385f, 0.835f), (0.365f, 0.82f), (0.345f, 0.4f), (0.31f, 0.1f), (0, 0.09f));
        var handle = Solids.Ring(0.21f, 0.05f, 1, 28, 12).Moved(Matrix4x4.CreateRotationX(MathF.PI / 2) * Matrix4x4.CreateTranslation(0.44f, 0.43f, -0.05f));
        return Solids.Joined(body, handle);
    }

    static TriangleMesh Pawn()
    {
        var head = Enumerable.Range(2, 11).Select(i => MathF.PI / 12 * (12 - i)).Select(a => (0.2f * MathF.Sin(a), 0.92f - 0.2f * MathF.Cos(MathF.PI - a)));
        return Lathe([(0, 0), (0.36f, 0), (0.38f, 0.04f), (0.38f, 0.1f), (0.3f, 0.16f), (0.2f, 0.28f), (0.14f, 0.5f), (0.12f, 0.64f), (0.22f, 0.68f), (0.22f, 0.72f), .. head.Reverse().OrderBy(p => p.Item2)]);
    }

    static Vector2[] Star() => [.. Enumerable.Range(0, 10).Select(i => MathF.PI / 2 + MathF.PI / 5 * i).Select((a, i) => (i % 2 == 0 ? 0.58f : 0.26f) * new Vector2(MathF.Cos(a), MathF.Sin(a)))];

    static Vector2[] Heart() => [.. Enumerable.Range(0, 40).Select(i => MathF.Tau / 40 * i).Select(t => new Vector2(16 * MathF.Pow(MathF.Sin(t), 3), 13 * MathF.Cos(t) - 5 * MathF.Cos(2 * t) - 2 * MathF.Cos(3 * t) - MathF.Cos(4 * t)) * 0.032f).Reverse()];
}
