// Pages of an evaluation for the eye: every picture in a frame that is green where all is right and red where something is not, with a square below
// for each check, in the order of CheckNames.

using Maison.Data.Pictures;

namespace Maison.Training.Image.Evaluations;

static class VerdictSheet
{
    const int Across = 16, Frame = 3, Square = 7;
    static readonly byte[] right = [46, 160, 67], wrong = [207, 34, 46], plain = [255, 255, 255];

    /// <summary>The page of verdicts.</summary>
    /// <param name="pictures">side × side × 3 bytes each.</param>
    public static Picture Of(IReadOnlyList<(byte[] Pixels, PictureVerdict Verdict)> pictures, int side)
    {
        var tile = side + 2 * Frame + Square + 2;
        return ContactSheet.Of([.. pictures.Select(p => Tile(p.Pixels, p.Verdict, side, tile))], tile, Across);
    }

    static byte[] Tile(byte[] pixels, PictureVerdict verdict, int side, int tile)
    {
        var to = new byte[tile * tile * 3];
        Fill(to, tile, 0, 0, tile, tile, plain);
        var margin = (tile - side - 2 * Frame) / 2;
        Fill(to, tile, margin, 0, side + 2 * Frame, side + 2 * Frame, verdict.Right ? right : wrong);
        for (var y = 0; y < side; y++) pixels.AsSpan(y * side * 3, side * 3).CopyTo(to.AsSpan(((y + Frame) * tile + margin + Frame) * 3));
        var at = margin;
        foreach (var name in CheckNames.All)
            if (at + Square <= tile && verdict.Checks.TryGetValue(name, out var passed))
            {
                Fill(to, tile, at, side + 2 * Frame + 2, Square, Square, passed ? right : wrong);
                at += Square + 2;
            }
        return to;
    }

    static void Fill(byte[] to, int tile, int left, int top, int width, int height, byte[] colour)
    {
        for (var y = top; y < top + height; y++)
            for (var x = left; x < left + width; x++) colour.CopyTo(to, (y * tile + x) * 3);
    }
}
