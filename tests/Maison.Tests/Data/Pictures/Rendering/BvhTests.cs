using System.Numerics;
using Maison.Data.Pictures.Rendering;

namespace Maison.Tests.Data.Pictures.Rendering;

public sealed class BvhTests
{
    /// <summary>Distances of the tree and of single triangles round differently in the last places.</summary>
    const float Tolerance = 1e-4f;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(700)]
    public void TheTreeFindsWhatTryingEveryTriangleFinds(int triangles)
    {
        var random = new Random(triangles);
        Vector3[] corners = [.. Enumerable.Range(0, triangles).SelectMany(_ => { var at = Vector(random, 4); return new[] { at, at + Vector(random, 0.6f), at + Vector(random, 0.6f) }; })];
        var tree = new Bvh(corners);
        var hits = 0;
        for (var ray = 0; ray < 2000; ray++)
        {
            Vector3 origin = Vector(random, 6), direction = Vector3.Normalize(Vector(random, 1));
            var nearest = float.PositiveInfinity;
            for (var t = 0; t < triangles; t++)
                if (Meets(origin, direction, corners.AsSpan(3 * t, 3)) is { } here && here < nearest) nearest = here;
            var distance = float.PositiveInfinity;
            var found = tree.Find(origin, direction, 1e-4f, ref distance, out var u, out var v);
            Assert.Equal(float.IsPositiveInfinity(nearest), found < 0);
            var far = float.PositiveInfinity;
            Assert.Equal(found < 0, tree.Find(origin, direction, 1e-4f, ref far, out _, out _, any: true) < 0);
            if (found < 0) continue;
            hits++;
            Assert.Equal(nearest, distance, Tolerance);
            var place = (1 - u - v) * corners[3 * found] + u * corners[3 * found + 1] + v * corners[3 * found + 2];
            Assert.True(Vector3.Distance(place, origin + distance * direction) < 20 * Tolerance);
            // Nothing nearer is found where the ray ends before it.
            var shorter = 0.999f * distance - Tolerance;
            if (shorter > 0) Assert.Equal(-1, tree.Find(origin, direction, 1e-4f, ref shorter, out _, out _));
        }
        Assert.True(triangles < 100 || hits > 200, $"only {hits} rays met anything");
    }

    [Fact]
    public void TrianglesInOnePlaceDoNotStopTheBuilding()
    {
        Vector3[] corners = [.. Enumerable.Repeat(new[] { new Vector3(0, 0, 0), new(1, 0, 0), new(0, 1, 0) }, 500).SelectMany(c => c)];
        var distance = float.PositiveInfinity;
        Assert.True(new Bvh(corners).Find(new(0.2f, 0.2f, 1), -Vector3.UnitZ, 1e-4f, ref distance, out _, out _) >= 0);
        Assert.Equal(1, distance, Tolerance);
    }

    static Vector3 Vector(Random random, float size) => size * new Vector3(random.NextSingle() * 2 - 1, random.NextSingle() * 2 - 1, random.NextSingle() * 2 - 1);

    static float? Meets(Vector3 origin, Vector3 direction, ReadOnlySpan<Vector3> c)
    {
        double[] o = [origin.X, origin.Y, origin.Z], d = [direction.X, direction.Y, direction.Z], a = [c[0].X, c[0].Y, c[0].Z], e = [c[1].X - a[0], c[1].Y - a[1], c[1].Z - a[2]], f = [c[2].X - a[0], c[2].Y - a[1], c[2].Z - a[2]];
        var p = Cross(d, f);
        var determinant = Dot(e, p);
        if (Math.Abs(determinant) < 1e-12) return null;
        double[] from = [o[0] - a[0], o[1] - a[1], o[2] - a[2]];
        double u = Dot(from, p) / determinant;
        var q = Cross(from, e);
        double v = Dot(d, q) / determinant, t = Dot(f, q) / determinant;
        return u >= 0 && v >= 0 && u + v <= 1 && t > 1e-4 ? (float)t : null;
    }

    static double Dot(double[] a, double[] b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

    static double[] Cross(double[] a, double[] b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
