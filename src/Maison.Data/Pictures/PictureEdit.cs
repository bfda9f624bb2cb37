// A picture on its way through a painter that only knows squares: the part that is to be painted is cut out as a square and scaled, and what
// was painted is laid back over the picture as it came. Pixels that nobody opened stay the same to the last bit; where painting meets them it
// is faded in, on the opened side of the edge.

namespace Maison.Data.Pictures;

/// <summary>A picture that is painted anew, whole or where a mask opens it.</summary>
public sealed class PictureEdit
{
    /// <summary>Of 255; less than this is closed.</summary>
    const int LeastOpening = 8;

    /// <summary>What is seen around the opened part: half of its size again.</summary>
    const double Surroundings = 1.5;

    /// <summary>Pixels in which painting is faded in: this part of the square's side.</summary>
    const double FadedPart = 1.0 / 32, MostFaded = 24, LeastFaded = 2;

    readonly Picture whole;
    readonly byte[]? opened;
    readonly Area square;
    readonly Lazy<float[]?> shares;

    PictureEdit(Picture whole, byte[]? opened, int leastSide)
    {
        (this.whole, this.opened) = (whole, opened);
        square = opened is null ? Around(new(0, 0, whole.Width, whole.Height), 1, 1) : Around(Opened(), Surroundings, leastSide);
        shares = new(Shares);
    }

    public int Width => whole.Width;
    public int Height => whole.Height;

    /// <summary>Pixels of the square, down and across.</summary>
    public int Side => square.Width;

    /// <summary>Whether only some of the picture is opened.</summary>
    public bool IsMasked => opened is not null;

    /// <summary>Prepares a picture.</summary>
    /// <param name="picture">With three channels or four; where it has no mask, what is transparent in it is opened.</param>
    /// <param name="mask">Of the same size; what is transparent in it is opened.</param>
    /// <param name="size">What comes out, width and height; another ratio is cut out of the middle. Null is the picture's own.</param>
    /// <param name="leastSide">Of the square in pixels, where the picture is as large: a painter gains nothing from less.</param>
    /// <exception cref="ArgumentException">The mask is of another size, has no opacity, or opens nothing.</exception>
    public static PictureEdit Of(Picture picture, Picture? mask, (int Width, int Height)? size, int leastSide)
    {
        if (mask is not null && (mask.Width, mask.Height) != (picture.Width, picture.Height))
            throw new ArgumentException($"The mask has {mask.Width} × {mask.Height} pixels, but the picture {picture.Width} × {picture.Height}. Make the mask as large as the picture.");
        if (mask is { Channels: not 4 }) throw new ArgumentException("The mask has no transparent part. Make what is to be painted transparent in it, as PNG.");
        var opened = mask is not null ? Openings(mask) : PictureFile.Transparent(picture) ? Openings(picture) : null;
        if (opened is not null && Array.TrueForAll(opened, o => o < LeastOpening)) throw new ArgumentException("The mask opens nothing: make what is to be painted transparent in it.");
        var whole = PictureFile.On(picture, (255, 255, 255));
        if (size is var (width, height) && (width, height) != (picture.Width, picture.Height))
        {
            // The largest part of the wanted ratio.
            var across = Math.Min(picture.Width, Math.Max(1, (int)Math.Round((double)picture.Height * width / height)));
            var down = Math.Min(picture.Height, Math.Max(1, (int)Math.Round((double)picture.Width * height / width)));
            var part = new Area((picture.Width - across) / 2, (picture.Height - down) / 2, across, down);
            whole = PictureFile.Scaled(whole, part, width, height);
            if (opened is not null) opened = PictureFile.Scaled(new(picture.Width, picture.Height, opened, 1), part, width, height).Pixels;
            if (opened is not null && Array.TrueForAll(opened, o => o < LeastOpening)) throw new ArgumentException("The mask opens nothing of what is left in the wanted size.");
        }
        return new(whole, opened, leastSide);
    }

    /// <summary>What a painter sees, side × side × 3, and where it paints, a byte per pixel; null for everywhere.</summary>
    public (byte[] Pixels, byte[]? Mask) For(int side)
    {
        var pixels = PictureFile.Scaled(Cut(whole), new(0, 0, Side, Side), side, side).Pixels;
        if (opened is null) return (pixels, null);
        var closed = Array.ConvertAll(opened, o => o < LeastOpening ? (byte)0 : o);
        return (pixels, PictureFile.Scaled(Cut(new(Width, Height, closed, 1)), new(0, 0, Side, Side), side, side).Pixels);
    }

    /// <summary>The picture with what was painted.</summary>
    /// <param name="painted">side × side × 3.</param>
    public Picture With(ReadOnlySpan<byte> painted, int side)
    {
        var scaled = PictureFile.Scaled(new(side, side, painted.ToArray()), new(0, 0, side, side), Side, Side).Pixels;
        var pixels = (byte[])whole.Pixels.Clone();
        for (var y = Math.Max(0, square.Top); y < Math.Min(Height, square.Top + Side); y++)
            for (var x = Math.Max(0, square.Left); x < Math.Min(Width, square.Left + Side); x++)
            {
                int at = (y * Width + x) * 3, from = ((y - square.Top) * Side + x - square.Left) * 3;
                var share = shares.Value?[from / 3] ?? 1;
                for (var c = 0; c < 3 && share > 0; c++) pixels[at + c] = (byte)(pixels[at + c] + share * (scaled[from + c] - pixels[at + c]) + 0.5f);
            }
        return new(Width, Height, pixels);
    }

    static byte[] Openings(Picture picture)
    {
        var open = new byte[picture.Width * picture.Height];
        for (var i = 0; i < open.Length; i++) open[i] = (byte)(255 - picture.Pixels[4 * i + 3]);
        return open;
    }

    /// <summary>The smallest area that holds all that is opened.</summary>
    Area Opened()
    {
        int left = Width, right = 0, top = Height, bottom = 0;
        for (var i = 0; i < opened!.Length; i++)
        {
            if (opened[i] < LeastOpening) continue;
            var (x, y) = (i % Width, i / Width);
            (left, right, top, bottom) = (Math.Min(left, x), Math.Max(right, x + 1), Math.Min(top, y), Math.Max(bottom, y + 1));
        }
        return new(left, top, right - left, bottom - top);
    }

    /// <summary>A square about an area, inside the picture where that is as large, else beyond it on both sides.</summary>
    Area Around(Area inner, double factor, int least)
    {
        var most = Math.Max(Width, Height);
        var side = Math.Min(most, Math.Max(least, (int)Math.Ceiling(Math.Max(inner.Width, inner.Height) * factor)));
        return new(Place(inner.Left + inner.Width / 2, Width), Place(inner.Top + inner.Height / 2, Height), side, side);

        int Place(int middle, int length) => side >= length ? (length - side) / 2 : Math.Clamp(middle - side / 2, 0, length - side);
    }

    /// <summary>The square of a picture; beyond its edges they are repeated.</summary>
    Picture Cut(Picture from)
    {
        var pixels = new byte[Side * Side * from.Channels];
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
            {
                var at = (Math.Clamp(square.Top + y, 0, Height - 1) * Width + Math.Clamp(square.Left + x, 0, Width - 1)) * from.Channels;
                from.Pixels.AsSpan(at, from.Channels).CopyTo(pixels.AsSpan((y * Side + x) * from.Channels));
            }
        return new(Side, Side, pixels, from.Channels);
    }

    /// <summary>How much of each pixel of the square is what was painted: 0 where it is closed, rising with the distance from there.</summary>
    float[]? Shares()
    {
        if (opened is null) return null;
        var open = Cut(new(Width, Height, opened, 1)).Pixels;
        var away = Distances(open);
        var widest = away.Max();
        var faded = Math.Clamp(Side * FadedPart, LeastFaded, MostFaded);
        // Where all is opened nothing is near; a thin line is still painted in full along its middle.
        if (float.IsFinite(widest)) faded = Math.Max(1, Math.Min(faded, widest / 2));
        return [.. away.Select((d, i) => open[i] / 255f * Smooth((float)Math.Min(1, d / faded)))];

        static float Smooth(float x) => x * x * (3 - 2 * x);
    }

    /// <summary>From each pixel to the nearest closed one, about: along rows and diagonals (Borgefors 1986).</summary>
    float[] Distances(byte[] open)
    {
        const float diagonal = 1.4f;
        var away = new float[open.Length];
        for (var i = 0; i < away.Length; i++) away[i] = open[i] < LeastOpening ? 0 : float.PositiveInfinity;
        for (var i = 0; i < away.Length; i++) Nearer(i, -1);
        for (var i = away.Length - 1; i >= 0; i--) Nearer(i, 1);
        return away;

        void Nearer(int i, int way)
        {
            var (x, y) = (i % Side, i / Side);
            var ahead = y + way >= 0 && y + way < Side;
            if (x + way >= 0 && x + way < Side) away[i] = Math.Min(away[i], away[i + way] + 1);
            if (!ahead) return;
            var line = i + way * Side;
            away[i] = Math.Min(away[i], away[line] + 1);
            if (x > 0) away[i] = Math.Min(away[i], away[line - 1] + diagonal);
            if (x < Side - 1) away[i] = Math.Min(away[i], away[line + 1] + diagonal);
        }
    }
}
