// Counts things of one kind that may touch: the depth of a pixel is its distance from what is not the thing, every thing is a summit, and two summits are
// two things where the pass between them is much lower than both (a watershed, after Vincent and Soille 1991).

namespace Maison.Data.Pictures.Measures;

static class TouchingThings
{
    /// <summary>A summit counts from this share of the highest one, and where it stands this share of itself above the pass.</summary>
    const double LeastOfHighest = 0.65, LeastProminence = 0.1;

    /// <summary>Summits of a mask of width × height pixels.</summary>
    public static int Count(bool[] mask, int width, int height)
    {
        var depth = Depth(mask, width, height);
        int[] order = [.. Enumerable.Range(0, depth.Length).Where(i => depth[i] > 0).OrderByDescending(i => depth[i])];
        if (order.Length == 0) return 0;
        var least = LeastOfHighest * depth[order[0]];
        int[] above = [.. Enumerable.Repeat(-1, depth.Length)], summit = new int[depth.Length];
        var count = 0;
        foreach (var i in order)
        {
            (above[i], summit[i]) = (i, depth[i]);
            int x = i % width, y = i / width;
            for (var dy = -1; dy <= 1; dy++)
                for (var dx = -1; dx <= 1; dx++)
                {
                    int nx = x + dx, ny = y + dy;
                    if (nx < 0 || ny < 0 || nx >= width || ny >= height || above[ny * width + nx] < 0) continue;
                    Meet(Root(i), Root(ny * width + nx), depth[i]);
                }
        }
        // What never met a higher one counts too.
        return count + order.Count(i => Root(i) == i && summit[i] >= least);

        int Root(int i)
        {
            while (above[i] != i) i = above[i] = above[above[i]];
            return i;
        }

        void Meet(int a, int b, int pass)
        {
            if (a == b) return;
            if (summit[a] < summit[b]) (a, b) = (b, a);
            if (summit[b] >= least && summit[b] - pass >= LeastProminence * summit[b]) count++;
            above[b] = a;
        }
    }

    /// <summary>Three times the distance from what is not the mask, by Borgefors' two passes (1986).</summary>
    static int[] Depth(bool[] mask, int width, int height)
    {
        const int straight = 3, aslant = 4;
        var depth = new int[mask.Length];
        for (var i = 0; i < depth.Length; i++) depth[i] = mask[i] ? int.MaxValue / 2 : 0;
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++) Lower(x, y, -1);
        for (var y = height - 1; y >= 0; y--)
            for (var x = width - 1; x >= 0; x--) Lower(x, y, 1);
        return depth;

        void Lower(int x, int y, int way)
        {
            ref var d = ref depth[y * width + x];
            d = Math.Min(d, At(x + way, y) + straight);
            d = Math.Min(d, At(x, y + way) + straight);
            d = Math.Min(d, At(x + way, y + way) + aslant);
            d = Math.Min(d, At(x - way, y + way) + aslant);
        }

        // Beyond the picture is not the thing.
        int At(int x, int y) => x < 0 || y < 0 || x >= width || y >= height ? 0 : depth[y * width + x];
    }
}
