// A tree of boxes over triangles, eight children a node and eight triangles a leaf, so that one vector instruction tests all eight. Built
// top down by the surface area heuristic over 12 bins (Wald 2007), binary first and then folded.
// Lanes are children or triangles; empty lanes hold boxes and triangles that nothing hits. BvhTests compares it with trying every triangle.

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Maison.Data.Pictures.Rendering;

/// <summary>Finds what a ray meets among many triangles.</summary>
sealed class Bvh
{
    const int Wide = 8, Bins = 12, NodeFloats = 6 * Wide, LeafFloats = 9 * Wide, Depth = 64;
    const float Parallel = 1e-12f;

    readonly List<float> boxes = [];                                      // (node, low x y z high x y z, 8)
    readonly List<int> children = [];                                     // (node, 8): a node, or ~leaf
    readonly List<float> faces = [];                                      // (leaf, corner x y z, edge x y z, edge x y z, 8)
    readonly List<int> names = [];                                        // (leaf, 8): the triangle
    readonly float[] nodeBoxes, leafFaces;
    readonly int[] nodeChildren, leafNames;
    readonly Vector3[] lows, highs, middles, corners;
    readonly int[] order;

    /// <param name="corners">Three per triangle.</param>
    public Bvh(Vector3[] corners)
    {
        var count = corners.Length / 3;
        this.corners = corners;
        (lows, highs, middles, order) = (new Vector3[count], new Vector3[count], new Vector3[count], new int[count]);
        for (var i = 0; i < count; i++)
        {
            var (a, b, c) = (corners[3 * i], corners[3 * i + 1], corners[3 * i + 2]);
            lows[i] = Vector3.Min(a, Vector3.Min(b, c));
            highs[i] = Vector3.Max(a, Vector3.Max(b, c));
            middles[i] = (lows[i] + highs[i]) / 2;
            order[i] = i;
        }
        if (count > 0) Fold(Split(0, count));
        (nodeBoxes, nodeChildren, leafFaces, leafNames) = ([.. boxes], [.. children], [.. faces], [.. names]);
    }

    sealed record Branch(Vector3 Low, Vector3 High, int From, int Count, Branch? Left = null, Branch? Right = null);

    Branch Split(int from, int count)
    {
        Vector3 low = new(float.PositiveInfinity), high = new(float.NegativeInfinity), least = low, most = high;
        foreach (var i in order.AsSpan(from, count))
        {
            (low, high) = (Vector3.Min(low, lows[i]), Vector3.Max(high, highs[i]));
            (least, most) = (Vector3.Min(least, middles[i]), Vector3.Max(most, middles[i]));
        }
        if (count <= Wide) return new(low, high, from, count);
        var spread = most - least;
        var axis = spread.X >= spread.Y && spread.X >= spread.Z ? 0 : spread.Y >= spread.Z ? 1 : 2;
        var half = spread[axis] > 0 ? Partition(from, count, axis, least[axis], Bins / spread[axis]) : from + count / 2;
        return new(low, high, from, count, Split(from, half - from), Split(half, from + count - half));
    }

    /// <summary>Orders the triangles so that those before the result go left.</summary>
    int Partition(int from, int count, int axis, float least, float scale)
    {
        Span<int> held = stackalloc int[Bins];
        Span<Vector3> low = stackalloc Vector3[Bins], high = stackalloc Vector3[Bins];
        low.Fill(new(float.PositiveInfinity));
        high.Fill(new(float.NegativeInfinity));
        foreach (var i in order.AsSpan(from, count))
        {
            var bin = Bin(i);
            held[bin]++;
            (low[bin], high[bin]) = (Vector3.Min(low[bin], lows[i]), Vector3.Max(high[bin], highs[i]));
        }
        Span<float> right = stackalloc float[Bins];
        Vector3 l = new(float.PositiveInfinity), h = new(float.NegativeInfinity);
        var n = 0;
        for (var b = Bins - 1; b > 0; b--)
        {
            (l, h, n) = (Vector3.Min(l, low[b]), Vector3.Max(h, high[b]), n + held[b]);
            right[b] = n == 0 ? 0 : Area(l, h) * n;
        }
        (l, h, n) = (new(float.PositiveInfinity), new(float.NegativeInfinity), 0);
        var (best, cost) = (0, float.PositiveInfinity);
        for (var b = 0; b < Bins - 1; b++)
        {
            (l, h, n) = (Vector3.Min(l, low[b]), Vector3.Max(h, high[b]), n + held[b]);
            if (n == 0 || n == count) continue;
            var here = Area(l, h) * n + right[b + 1];
            if (here < cost) (best, cost) = (b, here);
        }
        int i1 = from, i2 = from + count - 1;
        while (i1 <= i2)
            if (Bin(order[i1]) <= best) i1++;
            else (order[i1], order[i2]) = (order[i2--], order[i1]);
        return i1 == from || i1 == from + count ? from + count / 2 : i1;

        int Bin(int triangle) => Math.Clamp((int)((middles[triangle][axis] - least) * scale), 0, Bins - 1);
    }

    static float Area(Vector3 low, Vector3 high)
    {
        var size = high - low;
        return size.X * size.Y + size.Y * size.Z + size.Z * size.X;
    }

    /// <summary>Makes a node of a branch: its largest descendants are opened until eight stand side by side.</summary>
    int Fold(Branch branch)
    {
        List<Branch> inside = branch.Left is null ? [branch] : [branch.Left, branch.Right!];
        while (inside.Count < Wide)
        {
            var open = -1;
            for (var i = 0; i < inside.Count; i++)
                if (inside[i].Left is not null && (open < 0 || Area(inside[i].Low, inside[i].High) > Area(inside[open].Low, inside[open].High))) open = i;
            if (open < 0) break;
            var opened = inside[open];
            inside[open] = opened.Left!;
            inside.Add(opened.Right!);
        }
        var node = children.Count / Wide;
        Span<float> box = stackalloc float[NodeFloats];
        box[..(3 * Wide)].Fill(float.PositiveInfinity);
        box[(3 * Wide)..].Fill(float.NegativeInfinity);
        for (var i = 0; i < inside.Count; i++)
            for (var axis = 0; axis < 3; axis++)
                (box[axis * Wide + i], box[(3 + axis) * Wide + i]) = (inside[i].Low[axis], inside[i].High[axis]);
        foreach (var value in box) boxes.Add(value);
        for (var i = 0; i < Wide; i++) children.Add(0);
        for (var i = 0; i < inside.Count; i++) children[node * Wide + i] = inside[i].Left is null ? ~Leaf(inside[i]) : Fold(inside[i]);
        return node;
    }

    int Leaf(Branch branch)
    {
        var leaf = names.Count / Wide;
        for (var part = 0; part < 9; part++)
            for (var i = 0; i < Wide; i++)
            {
                if (i >= branch.Count) { faces.Add(0); continue; }
                var at = 3 * order[branch.From + i];
                var (a, axis) = (corners[at], part % 3);
                faces.Add(part < 3 ? a[axis] : part < 6 ? corners[at + 1][axis] - a[axis] : corners[at + 2][axis] - a[axis]);
            }
        for (var i = 0; i < Wide; i++) names.Add(i < branch.Count ? order[branch.From + i] : -1);
        return leaf;
    }

    /// <summary>The nearest triangle between <paramref name="least"/> and <paramref name="distance"/>; −1 for none.</summary>
    /// <param name="distance">How far to look; becomes the distance of what was found.</param>
    /// <param name="u">Weight of the second corner.</param>
    /// <param name="v">Weight of the third corner.</param>
    /// <param name="any">Stop at the first triangle, whether or not it is the nearest.</param>
    [SkipLocalsInit]
    public int Find(Vector3 origin, Vector3 direction, float least, ref float distance, out float u, out float v, bool any = false)
    {
        (u, v) = (0, 0);
        if (nodeChildren.Length == 0) return -1;
        var inverse = Vector3.One / direction;
        Vector256<float> ox = Vector256.Create(origin.X), oy = Vector256.Create(origin.Y), oz = Vector256.Create(origin.Z),
            ix = Vector256.Create(inverse.X), iy = Vector256.Create(inverse.Y), iz = Vector256.Create(inverse.Z), near = Vector256.Create(least);
        // A child's low side comes first where the ray goes up that axis.
        int lowX = inverse.X > 0 ? 0 : 3 * Wide, lowY = inverse.Y > 0 ? Wide : 4 * Wide, lowZ = inverse.Z > 0 ? 2 * Wide : 5 * Wide;
        ref var boxAt = ref MemoryMarshal.GetArrayDataReference(nodeBoxes);
        Span<int> waiting = stackalloc int[Depth * Wide];
        Span<float> waitingAt = stackalloc float[Depth * Wide];
        Span<float> enters = stackalloc float[Wide];
        int depth = 1, found = -1;
        (waiting[0], waitingAt[0]) = (0, least);
        while (depth > 0)
        {
            var node = waiting[--depth];
            if (waitingAt[depth] > distance) continue;
            if (node < 0)
            {
                var hit = Leaf(~node, origin, direction, least, ref distance, ref u, ref v);
                if (hit < 0) continue;
                found = hit;
                if (any) return found;
                continue;
            }
            var at = node * NodeFloats;
            var enter = Vector256.Max(Vector256.Max((Load(ref boxAt, at + lowX) - ox) * ix, (Load(ref boxAt, at + lowY) - oy) * iy), Vector256.Max((Load(ref boxAt, at + lowZ) - oz) * iz, near));
            var leave = Vector256.Min(Vector256.Min((Load(ref boxAt, at + 3 * Wide - lowX) - ox) * ix, (Load(ref boxAt, at + 5 * Wide - lowY) - oy) * iy), Vector256.Min((Load(ref boxAt, at + 7 * Wide - lowZ) - oz) * iz, Vector256.Create(distance)));
            // Rounding must not let a ray slip between two boxes that touch.
            var hits = Vector256.LessThanOrEqual(enter, leave * 1.0000004f).ExtractMostSignificantBits();
            if (hits == 0) continue;
            enter.CopyTo(enters);
            var first = depth;
            while (hits != 0)
            {
                var i = BitOperations.TrailingZeroCount(hits);
                hits &= hits - 1;
                // The nearest child goes on top.
                var place = depth++;
                for (; place > first && waitingAt[place - 1] < enters[i]; place--) (waiting[place], waitingAt[place]) = (waiting[place - 1], waitingAt[place - 1]);
                (waiting[place], waitingAt[place]) = (nodeChildren[node * Wide + i], enters[i]);
            }
        }
        return found;
    }

    /// <summary>Möller and Trumbore 1997, eight triangles at once.</summary>
    int Leaf(int leaf, Vector3 origin, Vector3 direction, float least, ref float distance, ref float u, ref float v)
    {
        ref var at = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(leafFaces), leaf * LeafFloats);
        Vector256<float> ax = Load(ref at, 0), ay = Load(ref at, Wide), az = Load(ref at, 2 * Wide), bx = Load(ref at, 3 * Wide), by = Load(ref at, 4 * Wide), bz = Load(ref at, 5 * Wide),
            cx = Load(ref at, 6 * Wide), cy = Load(ref at, 7 * Wide), cz = Load(ref at, 8 * Wide),
            dx = Vector256.Create(direction.X), dy = Vector256.Create(direction.Y), dz = Vector256.Create(direction.Z);
        Vector256<float> px = dy * cz - dz * cy, py = dz * cx - dx * cz, pz = dx * cy - dy * cx;
        var determinant = bx * px + by * py + bz * pz;
        var inverse = Vector256<float>.One / determinant;
        Vector256<float> tx = Vector256.Create(origin.X) - ax, ty = Vector256.Create(origin.Y) - ay, tz = Vector256.Create(origin.Z) - az;
        var us = (tx * px + ty * py + tz * pz) * inverse;
        Vector256<float> qx = ty * bz - tz * by, qy = tz * bx - tx * bz, qz = tx * by - ty * bx;
        var vs = (dx * qx + dy * qy + dz * qz) * inverse;
        var ts = (cx * qx + cy * qy + cz * qz) * inverse;
        var zero = Vector256<float>.Zero;
        var hit = Vector256.GreaterThan(Vector256.Abs(determinant), Vector256.Create(Parallel)) & Vector256.GreaterThanOrEqual(us, zero) & Vector256.GreaterThanOrEqual(vs, zero)
            & Vector256.LessThanOrEqual(us + vs, Vector256<float>.One) & Vector256.GreaterThan(ts, Vector256.Create(least)) & Vector256.LessThan(ts, Vector256.Create(distance));
        var bits = hit.ExtractMostSignificantBits();
        var found = -1;
        while (bits != 0)
        {
            var i = BitOperations.TrailingZeroCount(bits);
            bits &= bits - 1;
            if (ts[i] >= distance) continue;
            (distance, u, v, found) = (ts[i], us[i], vs[i], leafNames[leaf * Wide + i]);
        }
        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Load(ref float from, int at) => Vector256.LoadUnsafe(ref from, (nuint)at);
}
