// Triangles with a normal and a material per corner or face: what every shape but spheres and rectangles is made of. Meshes are made in
// their own space, stand on y = 0, and are moved into the world as a whole.

using System.Numerics;

namespace Maison.Data.Pictures.Rendering;

/// <summary>A surface of triangles.</summary>
/// <param name="Positions">A place per corner.</param>
/// <param name="Normals">A unit vector per corner, pointing outwards.</param>
/// <param name="Corners">Three indices per triangle, counter-clockwise seen from outside.</param>
/// <param name="Parts">Per triangle, which of a model's surfaces it belongs to; null where there is one.</param>
public sealed record TriangleMesh(Vector3[] Positions, Vector3[] Normals, int[] Corners, int[]? Parts = null)
{
    /// <summary>Count of triangles.</summary>
    public int Triangles => Corners.Length / 3;

    /// <summary>The smallest box around it.</summary>
    public (Vector3 Low, Vector3 High) Bounds()
    {
        Vector3 low = new(float.PositiveInfinity), high = new(float.NegativeInfinity);
        foreach (var position in Positions) (low, high) = (Vector3.Min(low, position), Vector3.Max(high, position));
        return (low, high);
    }

    /// <summary>The mesh moved, turned and scaled alike in all directions.</summary>
    public TriangleMesh Moved(Matrix4x4 by) => this with
    {
        Positions = [.. Positions.Select(p => Vector3.Transform(p, by))],
        Normals = [.. Normals.Select(n => Vector3.Normalize(Vector3.TransformNormal(n, by)))],
    };
}
