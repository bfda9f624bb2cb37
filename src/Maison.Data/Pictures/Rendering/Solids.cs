// The solids of the scenes as meshes: turned on a lathe, cut from boxes with rounded edges, or pushed out of an outline. Each is about one
// unit tall and stands on y = 0 around the vertical axis. Every mesh is closed, since glass needs an inside.

using System.Numerics;

namespace Maison.Data.Pictures.Rendering;

/// <summary>Makes meshes of solids.</summary>
public static class Solids
{
    const int Around = 48;
    const float Sharp = 0.8f;                                             // cosine under which two pieces of a profile meet in an edge

    /// <summary>A profile of (radius, height) turned about the vertical, given from the bottom of the outside to its end on the axis.</summary>
    public static TriangleMesh Lathe(IReadOnlyList<Vector2> profile, int around = Around)
    {
        List<Vector3> positions = [], normals = [];
        List<int> corners = [];
        for (var i = 0; i + 1 < profile.Count; i++)
        {
            Vector2 from = profile[i], to = profile[i + 1];
            Vector2 n = Out(i), first = Smooth(i - 1, n), last = Smooth(i + 1, n);
            var at = positions.Count;
            for (var k = 0; k <= around; k++)
            {
                var (sine, cosine) = MathF.SinCos(MathF.Tau * (k % around) / around);
                foreach (var (place, normal) in ((Vector2, Vector2)[])[(from, first), (to, last)])
                {
                    positions.Add(new(place.X * cosine, place.Y, place.X * sine));
                    normals.Add(Vector3.Normalize(new(normal.X * cosine, normal.Y, normal.X * sine)));
                }
            }
            for (var k = 0; k < around; k++)
            {
                var a = at + 2 * k;
                if (from.X > 0) corners.AddRange([a, a + 1, a + 2]);
                if (to.X > 0) corners.AddRange([a + 2, a + 1, a + 3]);
            }
        }
        return new([.. positions], [.. normals], [.. corners]);

        Vector2 Out(int piece)
        {
            var along = profile[piece + 1] - profile[piece];
            return Vector2.Normalize(new(along.Y, -along.X));
        }

        // The normal where a piece meets its neighbour.
        Vector2 Smooth(int neighbour, Vector2 own)
        {
            if (neighbour < 0 || neighbour + 1 >= profile.Count) return own;
            var other = Out(neighbour);
            return Vector2.Dot(own, other) > Sharp ? Vector2.Normalize(own + other) : own;
        }
    }

    /// <summary>A box with rounded edges.</summary>
    public static TriangleMesh Box(Vector3 size, float round)
    {
        const int steps = 3;
        List<Vector3> positions = [], normals = [];
        List<int> corners = [];
        var inner = size / 2 - new Vector3(round);
        // Each face is a grid that is dense at its rim, pushed onto the rounded box.
        float[] lines = [.. Enumerable.Range(0, steps + 1).Select(i => i / (float)steps - 1), .. Enumerable.Range(0, steps + 1).Select(i => i / (float)steps)];
        for (var face = 0; face < 6; face++)
        {
            int axis = face / 2, u = (axis + 1) % 3, v = (axis + 2) % 3;
            var sign = face % 2 == 0 ? 1f : -1f;
            var at = positions.Count;
            foreach (var b in lines.Select((value, i) => (value, i)))
                foreach (var a in lines.Select((value, i) => (value, i)))
                {
                    Vector3 centre = default, way = default;
                    (centre[axis], centre[u], centre[v]) = (sign * inner[axis], (a.i <= steps ? -1 : 1) * inner[u], (b.i <= steps ? -1 : 1) * inner[v]);
                    (way[axis], way[u], way[v]) = (sign, a.i <= steps ? a.value : a.value, b.value);
                    way[u] = MathF.Tan(way[u] * MathF.PI / 4);
                    way[v] = MathF.Tan(way[v] * MathF.PI / 4);
                    var normal = Vector3.Normalize(way);
                    normals.Add(normal);
                    positions.Add(centre + round * normal + new Vector3(0, size.Y / 2, 0));
                }
            var n = lines.Length;
            for (var y = 0; y + 1 < n; y++)
                for (var x = 0; x + 1 < n; x++)
                {
                    var a = at + y * n + x;
                    int[] quad = sign > 0 ? [a, a + 1, a + n + 1, a, a + n + 1, a + n] : [a, a + n + 1, a + 1, a, a + n, a + n + 1];
                    corners.AddRange(quad);
                }
        }
        return new([.. positions], [.. normals], [.. corners]);
    }

    /// <summary>An outline in the plane of x and y, pushed to both sides along z; given counter-clockwise, seen as a star from its middle.</summary>
    public static TriangleMesh Slab(IReadOnlyList<Vector2> outline, float thick, float bevel)
    {
        List<Vector3> positions = [], normals = [];
        List<int> corners = [];
        var middle = outline.Aggregate(Vector2.Zero, (sum, p) => sum + p) / outline.Count;
        Vector2[] small = [.. outline.Select(p => middle + (p - middle) * (1 - bevel))];
        var depth = thick / 2;
        var lip = MathF.Max(0.3f * thick, 0.001f);
        for (var i = 0; i < outline.Count; i++)
        {
            var j = (i + 1) % outline.Count;
            var side = outline[j] - outline[i];
            var out2 = Vector2.Normalize(new(side.Y, -side.X));
            Vector3 outwards = new(out2, 0), before = Neighbour(i - 1), after = Neighbour(i + 1);
            Quad(At(outline[i], -depth + lip), At(outline[j], -depth + lip), At(outline[j], depth - lip), At(outline[i], depth - lip), before, after);
            foreach (var face in (float[])[1, -1])
            {
                Vector3 tilt = new(0, 0, face);
                Vector3 a = At(outline[i], face * (depth - lip)), b = At(outline[j], face * (depth - lip)), c = At(small[j], face * depth), d = At(small[i], face * depth);
                var slope = Vector3.Normalize(outwards + tilt);
                if (face > 0) Quad(a, b, c, d, slope, slope); else Quad(b, a, d, c, slope, slope);
                Triangle(At(middle, face * depth), face > 0 ? d : c, face > 0 ? c : d, tilt);
            }

            Vector3 Neighbour(int k)
            {
                Vector2 p = outline[(k + outline.Count) % outline.Count], q = outline[(k + 1 + outline.Count) % outline.Count];
                var n = Vector3.Normalize(new(q.Y - p.Y, p.X - q.X, 0));
                return Vector3.Dot(n, outwards) > Sharp ? Vector3.Normalize(n + outwards) : outwards;
            }
        }
        var low = outline.Min(p => p.Y);
        return new([.. positions.Select(p => p - new Vector3(0, low, 0))], [.. normals], [.. corners]);

        static Vector3 At(Vector2 p, float z) => new(p, z);

        void Quad(Vector3 a, Vector3 b, Vector3 c, Vector3 d, Vector3 nearA, Vector3 nearB)
        {
            var at = positions.Count;
            positions.AddRange([a, b, c, d]);
            normals.AddRange([nearA, nearB, nearB, nearA]);
            corners.AddRange([at, at + 1, at + 2, at, at + 2, at + 3]);
        }

        void Triangle(Vector3 a, Vector3 b, Vector3 c, Vector3 normal)
        {
            var at = positions.Count;
            positions.AddRange([a, b, c]);
            normals.AddRange([normal, normal, normal]);
            corners.AddRange([at, at + 1, at + 2]);
        }
    }

    /// <summary>A ring of a round cord, lying down.</summary>
    public static TriangleMesh Ring(float radius, float cord, float arc = 1, int steps = Around, int round = 20)
    {
        List<Vector3> positions = [], normals = [];
        List<int> corners = [];
        for (var i = 0; i <= steps; i++)
            for (var k = 0; k <= round; k++)
            {
                var (sine, cosine) = MathF.SinCos(MathF.Tau * arc * (arc == 1 ? i % steps : i) / steps);
                var (up, out1) = MathF.SinCos(MathF.Tau * (k % round) / round);
                Vector3 n = new(out1 * cosine, up, out1 * sine);
                normals.Add(n);
                positions.Add(new Vector3(radius * cosine, cord, radius * sine) + cord * n);
            }
        for (var i = 0; i < steps; i++)
            for (var k = 0; k < round; k++)
            {
                var a = i * (round + 1) + k;
                var b = a + round + 1;
                corners.AddRange([a, a + 1, b + 1, a, b + 1, b]);
            }
        return new([.. positions], [.. normals], [.. corners]);
    }

    /// <summary>A pyramid on a square.</summary>
    public static TriangleMesh Pyramid(float side, float height)
    {
        var h = side / 2;
        Vector3[] foot = [new(-h, 0, h), new(h, 0, h), new(h, 0, -h), new(-h, 0, -h)];
        Vector3 top = new(0, height, 0);
        List<Vector3> positions = [], normals = [];
        for (var i = 0; i < 4; i++) Add(foot[i], foot[(i + 1) % 4], top);
        Add(foot[0], foot[3], foot[2]);
        Add(foot[0], foot[2], foot[1]);
        return new([.. positions], [.. normals], [.. Enumerable.Range(0, positions.Count)]);

        void Add(Vector3 a, Vector3 b, Vector3 c)
        {
            var n = Vector3.Normalize(Vector3.Cross(b - a, c - a));
            positions.AddRange([a, b, c]);
            normals.AddRange([n, n, n]);
        }
    }

    /// <summary>A column over a regular polygon.</summary>
    public static TriangleMesh Prism(int sides, float radius, float height)
    {
        List<Vector3> positions = [], normals = [];
        List<int> corners = [];
        Vector3 up = new(0, height, 0);
        for (var i = 0; i < sides; i++)
        {
            Vector3 a = Foot(i), b = Foot(i + 1);
            Face(Vector3.Normalize(a + b), a, b, b + up, a + up);
            Face(Vector3.UnitY, up, a + up, b + up);
            Face(-Vector3.UnitY, Vector3.Zero, b, a);
        }
        return new([.. positions], [.. normals], [.. corners]);

        Vector3 Foot(int i) => radius * new Vector3(MathF.Cos(MathF.Tau * (i % sides) / sides), 0, MathF.Sin(MathF.Tau * (i % sides) / sides));

        void Face(Vector3 normal, params ReadOnlySpan<Vector3> rim)
        {
            for (var i = 2; i < rim.Length; i++) corners.AddRange([positions.Count, positions.Count + i - 1, positions.Count + i]);
            foreach (var place in rim)
            {
                positions.Add(place);
                normals.Add(normal);
            }
        }
    }

    /// <summary>Several meshes as one.</summary>
    public static TriangleMesh Joined(params IReadOnlyList<TriangleMesh> meshes)
    {
        List<Vector3> positions = [], normals = [];
        List<int> corners = [];
        foreach (var mesh in meshes)
        {
            corners.AddRange(mesh.Corners.Select(c => c + positions.Count));
            positions.AddRange(mesh.Positions);
            normals.AddRange(mesh.Normals);
        }
        return new([.. positions], [.. normals], [.. corners]);
    }
}
