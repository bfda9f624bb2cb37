// The cover of every podcast of the house: sound as bars on its green. Players want a square of 1400 pixels at least, and draw it small.

using Maison.Data.Pictures;

namespace Maison.Api.Briefings.Shows;

/// <summary>Draws the cover.</summary>
static class CoverPicture
{
    const int Side = 1400, BarWidth = 84, BarStep = 168, Bars = 7;

    /// <summary>Drawn when it is first asked for.</summary>
    public static readonly Lazy<byte[]> Png = new(Draw);

    static byte[] Draw()
    {
        var pixels = new byte[Side * Side * 3];
        var heights = Enumerable.Range(0, Bars).Select(b => (int)(Side * (0.12 + 0.34 * Math.Abs(Math.Cos((b - Bars / 2) * 0.83))))).ToArray();
        var left = (Side - (Bars - 1) * BarStep - BarWidth) / 2;
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
            {
                var shade = 1 - 0.25 * y / Side;
                var (r, g, b) = (47 * shade, 111 * shade, 98 * shade);
                var bar = (x - left) / BarStep;
                if (x >= left && bar < Bars && Inside(x - left - bar * BarStep, y, heights[bar])) (r, g, b) = (250, 248, 244);
                var at = (y * Side + x) * 3;
                (pixels[at], pixels[at + 1], pixels[at + 2]) = ((byte)r, (byte)g, (byte)b);
            }
        using var file = new MemoryStream();
        PngFile.Write(file, new(Side, Side, pixels));
        return file.ToArray();
    }

    /// <summary>A bar with round ends.</summary>
    static bool Inside(int x, int y, int height)
    {
        if (x >= BarWidth) return false;
        const double radius = BarWidth / 2.0;
        var (dx, dy) = (x - radius, Math.Max(0, Math.Abs(y - Side / 2.0) - (height - radius)));
        return dx * dx + dy * dy <= radius * radius;
    }
}
