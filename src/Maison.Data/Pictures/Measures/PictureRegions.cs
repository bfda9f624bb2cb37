// What of a picture stands out: everything that cannot be reached from its border over pixels that look like the border, lightness counting half so
// that shadows count as ground. No network has a part in it, so what it finds is nobody's taste.

namespace Maison.Data.Pictures.Measures;

/// <summary>Pixels that touch each other.</summary>
/// <param name="Area">Share of the picture.</param>
/// <param name="X">Middle, from 0 at the left to 1.</param>
/// <param name="Y">Middle, from 0 at the top to 1.</param>
public sealed record Region(double Area, double X, double Y, double Left, double Top, double Right, double Bottom)
{
    const int LeastSide = 8;

    /// <summary>The square of a picture about these pixels.</summary>
    /// <param name="margin">Its side, in sizes of the piece; what reaches over the border is moved inside.</param>
    public Picture Around(Picture picture, double margin)
    {
        var square = SquareAround(picture.Width, picture.Height, margin);
        return PictureFile.Scaled(picture, square, square.Width, square.Height);
    }

    /// <summary>Where that square is, in pixels.</summary>
    public Area SquareAround(int width, int height, double margin)
    {
        var size = Math.Max((Right - Left) * width, (Bottom - Top) * height);
        int side = Math.Clamp((int)(margin * size), LeastSide, Math.Min(width, height));
        int left = Math.Clamp((int)((Left + Right) / 2 * width - side / 2.0), 0, width - side), top = Math.Clamp((int)((Top + Bottom) / 2 * height - side / 2.0), 0, height - side);
        return new(left, top, side, side);
    }
}

/// <summary>Parts a picture into what stands out and its ground.</summary>
public sealed class PictureRegions
{
    const float GroundDistance = 0.07f, LightWeight = 0.5f;
    const int BorderColours = 24;

    /// <summary>A piece has a colour from this share of it.</summary>
    const double LeastOfPiece = 0.25;

    readonly Picture picture;
    readonly byte[] names;
    readonly bool[] ground;

    /// <param name="picture">Three bytes a pixel.</param>
    public PictureRegions(Picture picture)
    {
        if (picture.Channels != 3) throw new ArgumentException("Lay the picture on a background first.", nameof(picture));
        this.picture = picture;
        var count = picture.Width * picture.Height;
        names = new byte[count];
        var colours = new Lab[count];
        for (var i = 0; i < count; i++)
        {
            byte r = picture.Pixels[3 * i], g = picture.Pixels[3 * i + 1], b = picture.Pixels[3 * i + 2];
            (names[i], colours[i]) = ((byte)NamedColours.Of(r, g, b), Lab.Of(r, g, b));
        }
        ground = Ground(colours);
    }

    /// <summary>Share of the picture that stands out.</summary>
    public double Foreground => ground.Count(g => !g) / (double)ground.Length;

    /// <summary>Shares of the names of <see cref="NamedColours.All"/> in what stands out, or in all of it where nothing does.</summary>
    public double[] Colours()
    {
        var shares = new double[NamedColours.All.Count];
        var all = Foreground < 0.005;
        var counted = 0;
        for (var i = 0; i < names.Length; i++)
            if (all || !ground[i])
            {
                shares[names[i]]++;
                counted++;
            }
        for (var i = 0; i < shares.Length; i++) shares[i] /= counted;
        return shares;
    }

    /// <summary>What stands out, in pieces, the largest first.</summary>
    public IReadOnlyList<Region> Things() => [.. Pieces(i => !ground[i]).Select(p => p.Region)];

    /// <summary>The pieces of a colour that stand out, the largest first.</summary>
    public IReadOnlyList<Region> Of(int colour) => [.. Pieces(i => !ground[i] && names[i] == colour).Select(p => p.Region)];

    /// <summary>How many things stand out, also where they touch.</summary>
    /// <param name="colour">Only pieces of which this colour makes up a good part; null for all.</param>
    /// <param name="least">Share of the picture from which a piece counts.</param>
    public int Count(int? colour, double least)
    {
        var mask = new bool[names.Length];
        foreach (var (region, pixels) in Pieces(i => !ground[i]))
            if (region.Area >= least && (colour is null || pixels.Count(i => names[i] == colour) >= LeastOfPiece * pixels.Count))
                foreach (var i in pixels) mask[i] = true;
        return TouchingThings.Count(mask, picture.Width, picture.Height);
    }

    bool[] Ground(Lab[] colours)
    {
        int width = picture.Width, height = picture.Height;
        int[] border = [.. Enumerable.Range(0, width).SelectMany(x => new[] { x, (height - 1) * width + x }), .. Enumerable.Range(0, height).SelectMany(y => new[] { y * width, y * width + width - 1 })];
        var palette = Palette([.. border.Select(i => colours[i])]);
        var reached = new bool[colours.Length];
        var next = new Stack<int>();
        foreach (var i in border) Reach(i);
        while (next.TryPop(out var i))
        {
            int x = i % width, y = i / width;
            if (x > 0) Reach(i - 1);
            if (x < width - 1) Reach(i + 1);
            if (y > 0) Reach(i - width);
            if (y < height - 1) Reach(i + width);
        }
        return reached;

        void Reach(int i)
        {
            if (reached[i] || !palette.Any(p => p.Squares(colours[i], LightWeight) < GroundDistance * GroundDistance)) return;
            reached[i] = true;
            next.Push(i);
        }
    }

    /// <summary>The commonest colours of a border: each taken stands for those about it.</summary>
    static Lab[] Palette(Lab[] border)
    {
        var left = border.ToList();
        List<Lab> taken = [];
        // What makes up less than a twenty-fifth of the border is a thing that reaches over it.
        while (taken.Count < BorderColours && left.Count > 0)
        {
            var counts = left.Select(c => (Colour: c, Near: left.Count(o => o.Squares(c, LightWeight) < GroundDistance * GroundDistance / 4))).MaxBy(c => c.Near);
            if (counts.Near < border.Length / 25) break;
            taken.Add(counts.Colour);
            left.RemoveAll(o => o.Squares(counts.Colour, LightWeight) < GroundDistance * GroundDistance / 4);
        }
        return [.. taken];
    }

    /// <summary>Pixels that touch each other, the largest piece first.</summary>
    IEnumerable<(Region Region, List<int> Pixels)> Pieces(Func<int, bool> inside)
    {
        int width = picture.Width, height = picture.Height;
        var seen = new bool[names.Length];
        List<(Region Region, List<int> Pixels)> pieces = [];
        var next = new Stack<int>();
        for (var start = 0; start < seen.Length; start++)
        {
            if (seen[start] || !inside(start)) continue;
            seen[start] = true;
            next.Push(start);
            List<int> pixels = [];
            long sumX = 0, sumY = 0;
            int left = width, top = height, right = 0, bottom = 0;
            while (next.TryPop(out var i))
            {
                int x = i % width, y = i / width;
                pixels.Add(i);
                (sumX, sumY) = (sumX + x, sumY + y);
                (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
                for (var dy = -1; dy <= 1; dy++)
                    for (var dx = -1; dx <= 1; dx++)
                    {
                        int nx = x + dx, ny = y + dy, n = ny * width + nx;
                        if (nx < 0 || ny < 0 || nx >= width || ny >= height || seen[n] || !inside(n)) continue;
                        seen[n] = true;
                        next.Push(n);
                    }
            }
            double area = pixels.Count;
            pieces.Add((new(area / seen.Length, (sumX / area + 0.5) / width, (sumY / area + 0.5) / height, left / (double)width, top / (double)height, (right + 1) / (double)width, (bottom + 1) / (double)height), pixels));
        }
        return pieces.OrderByDescending(p => p.Pixels.Count);
    }
}
