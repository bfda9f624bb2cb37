// Everything light can meet: rectangles and spheres, tried one by one since there are few, and triangles in a tree. Each carries a
// material and the number of the thing it belongs to, so that a picture knows what every pixel shows.

using System.Numerics;

namespace Maison.Data.Pictures.Rendering;

/// <summary>A flat piece with four right angles. It shines, if at all, to the side from which <paramref name="Along"/> turns to <paramref name="Up"/> counter-clockwise.</summary>
/// <param name="Corner">One corner.</param>
/// <param name="Along">From there along one side.</param>
/// <param name="Up">And along the other.</param>
/// <param name="Thing">What it belongs to; −1 for the surroundings.</param>
public sealed record Rectangle(Vector3 Corner, Vector3 Along, Vector3 Up, Material Material, int Thing = -1)
{
    internal readonly Vector3 Normal = Vector3.Normalize(Vector3.Cross(Along, Up));
    internal readonly Vector3 PerAlong = Along / Along.LengthSquared(), PerUp = Up / Up.LengthSquared();
    internal readonly float Area = Vector3.Cross(Along, Up).Length();
}

/// <summary>A ball.</summary>
public sealed record Sphere(Vector3 Centre, float Radius, Material Material, int Thing = -1);

/// <summary>A mesh in its place, with a material for each of its parts.</summary>
public sealed record Body(TriangleMesh Mesh, IReadOnlyList<Material> Materials, int Thing = -1);

/// <summary>Where a ray ends.</summary>
struct Hit
{
    public float Distance;
    public Vector3 Position, Flat, Normal;                                // the true normal and the smooth one, both towards the outside
    public Material Material;
    public int Thing;
    public Rectangle? Rectangle;
    public float Height;                                                  // share of the rectangle's Up
}

/// <summary>A scene to be lit.</summary>
public sealed class World
{
    /// <summary>Rays start this far from where the last one ended, so that no surface shades itself.</summary>
    const float Apart = 2e-4f;

    readonly Rectangle[] rectangles;
    readonly Sphere[] spheres;
    readonly Bvh tree;
    readonly Vector3[] corners, normals;
    readonly (Material Material, int Thing)[] owners;
    readonly bool clear;                                                  // nothing lets light through

    public World(EnvironmentMap surroundings, IReadOnlyList<Rectangle> rectangles, IReadOnlyList<Sphere> spheres, IReadOnlyList<Body> bodies)
    {
        Surroundings = surroundings;
        (this.rectangles, this.spheres) = ([.. rectangles], [.. spheres]);
        Lamps = [.. rectangles.Where(r => r.Material.Finish == Finish.Light)];
        var count = bodies.Sum(b => b.Mesh.Triangles);
        (corners, normals, owners) = (new Vector3[3 * count], new Vector3[3 * count], new (Material, int)[count]);
        var at = 0;
        foreach (var body in bodies)
            for (var t = 0; t < body.Mesh.Triangles; t++, at++)
            {
                for (var c = 0; c < 3; c++) (corners[3 * at + c], normals[3 * at + c]) = (body.Mesh.Positions[body.Mesh.Corners[3 * t + c]], body.Mesh.Normals[body.Mesh.Corners[3 * t + c]]);
                owners[at] = (body.Materials[body.Mesh.Parts?[t] ?? 0], body.Thing);
            }
        tree = new(corners);
        clear = !spheres.Any(s => s.Material.Finish == Finish.Glass) && !owners.Any(o => o.Material.Finish == Finish.Glass);
    }

    /// <summary>Light from all around.</summary>
    public EnvironmentMap Surroundings { get; }

    /// <summary>Rectangles that shine.</summary>
    internal Rectangle[] Lamps { get; }

    /// <summary>The first thing a ray meets.</summary>
    internal bool Find(Vector3 origin, Vector3 direction, out Hit hit)
    {
        var distance = float.PositiveInfinity;
        var (rectangle, sphere) = Solid(origin, direction, ref distance, any: false);
        var triangle = tree.Find(origin, direction, Apart, ref distance, out var u, out var v);
        hit = default;
        if (float.IsPositiveInfinity(distance)) return false;
        hit.Distance = distance;
        hit.Position = origin + distance * direction;
        if (triangle >= 0)
        {
            int at = 3 * triangle;
            hit.Flat = Vector3.Normalize(Vector3.Cross(corners[at + 1] - corners[at], corners[at + 2] - corners[at]));
            hit.Normal = Vector3.Normalize((1 - u - v) * normals[at] + u * normals[at + 1] + v * normals[at + 2]);
            if (float.IsNaN(hit.Normal.X)) hit.Normal = hit.Flat;
            if (Vector3.Dot(hit.Flat, hit.Normal) < 0) hit.Flat = -hit.Flat;
            (hit.Material, hit.Thing) = owners[triangle];
        }
        else if (sphere >= 0)
        {
            var ball = spheres[sphere];
            hit.Flat = hit.Normal = Vector3.Normalize(hit.Position - ball.Centre);
            (hit.Material, hit.Thing) = (ball.Material, ball.Thing);
        }
        else
        {
            var flat = rectangles[rectangle];
            hit.Flat = hit.Normal = flat.Normal;
            (hit.Material, hit.Thing, hit.Rectangle) = (flat.Material, flat.Thing, flat);
            hit.Height = Vector3.Dot(hit.Position - flat.Corner, flat.PerUp);
        }
        return true;
    }

    /// <summary>The share of light that gets from a place along a direction to a distance: glass tints it, all else stops it.</summary>
    internal Vector3 Through(Vector3 origin, Vector3 direction, float distance)
    {
        distance *= 1 - Apart;
        if (clear)
        {
            var (rectangle, sphere) = Solid(origin, direction, ref distance, any: true);
            return rectangle >= 0 || sphere >= 0 || tree.Find(origin, direction, Apart, ref distance, out _, out _, any: true) >= 0 ? Vector3.Zero : Vector3.One;
        }
        var left = Vector3.One;
        for (var passed = 0; passed < 12; passed++)
        {
            if (!Find(origin, direction, out var hit) || hit.Distance >= distance) return left;
            if (hit.Material.Finish != Finish.Glass) return Vector3.Zero;
            left *= PathTracer.Straight(hit, direction);
            origin = hit.Position;
            distance -= hit.Distance;
        }
        return Vector3.Zero;
    }

    (int Rectangle, int Sphere) Solid(Vector3 origin, Vector3 direction, ref float distance, bool any)
    {
        int foundRectangle = -1, foundSphere = -1;
        for (var i = 0; i < rectangles.Length; i++)
        {
            var flat = rectangles[i];
            var t = Vector3.Dot(flat.Corner - origin, flat.Normal) / Vector3.Dot(direction, flat.Normal);
            if (!(t > Apart && t < distance)) continue;
            var within = origin + t * direction - flat.Corner;
            float a = Vector3.Dot(within, flat.PerAlong), b = Vector3.Dot(within, flat.PerUp);
            if (a < 0 || a > 1 || b < 0 || b > 1) continue;
            (distance, foundRectangle) = (t, i);
            if (any) return (foundRectangle, -1);
        }
        for (var i = 0; i < spheres.Length; i++)
        {
            var from = origin - spheres[i].Centre;
            var half = Vector3.Dot(from, direction);
            // The distance of the centre from the line, squared; so written it keeps its digits far away.
            var nearest = from - half * direction;
            var root = spheres[i].Radius * spheres[i].Radius - nearest.LengthSquared();
            if (root < 0) continue;
            root = MathF.Sqrt(root);
            var t = -half - root;
            if (t <= Apart) t = -half + root;
            if (!(t > Apart && t < distance)) continue;
            (distance, foundSphere) = (t, i);
            if (any) return (-1, foundSphere);
        }
        return (foundRectangle, foundSphere);
    }
}
