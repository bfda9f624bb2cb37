// How far a picture is from the one it should be: pixel by pixel, and in its slopes at several scales, which keeps edges sharp where L1 alone
// blurs them.

using Maison.Tensors;

namespace Maison.Training.Image;

/// <summary>The loss of pictures.</summary>
/// <param name="scales">Scales of the slopes, each half as fine as the one before.</param>
sealed class PictureLoss(int scales)
{
    const float SlopeWeight = 0.5f;

    readonly Param slopes = Filter(6, (o, row, column, c) => o % 3 != c ? 0 : (row, column) == (0, 0) ? -1 : (o < 3 ? (0, 1) : (1, 0)) == (row, column) ? 1 : 0);
    readonly Param halves = Filter(3, (o, _, _, c) => o == c ? 0.25f : 0);

    /// <summary>A 2 × 2 filter over three channels whose weights are told by output, row, column and channel.</summary>
    static Param Filter(int outputs, Func<int, int, int, int, float> weight)
    {
        var w = new Param(outputs, 12) { Frozen = true };
        for (var i = 0; i < outputs * 12; i++) w.Values[i] = weight(i / 12, i % 12 / 6, i % 6 / 3, i % 3);
        w.Changed();
        return w;
    }

    /// <summary>The loss, and the part of it that is of the pixels alone; both 1 × 1.</summary>
    public (Tensor Loss, Tensor Pixels) Of(Pass pass, Tensor made, Tensor given, ImageGrid grid)
    {
        var loss = pass.Scale(pass.AbsoluteError(made, given), 1f / made.Count);
        var pixels = loss;
        for (var scale = 0; scale < scales; scale++)
        {
            var kernel = new Kernel2d(2, 2);
            Tensor a = pass.Conv2d(made, grid, slopes, null, kernel), b = pass.Conv2d(given, grid, slopes, null, kernel);
            loss = pass.Add(loss, pass.Scale(pass.AbsoluteError(a, b), SlopeWeight / a.Count));
            if (scale == scales - 1) break;
            (made, given) = (Halved(pass, made, grid), Halved(pass, given, grid));
            grid = new(grid.Images, grid.Height / 2, grid.Width / 2);
        }
        return (loss, pixels);
    }

    /// <summary>Pictures at half of their height and width, each position the mean of four.</summary>
    public Tensor Halved(Pass pass, Tensor pictures, ImageGrid grid) => pass.Conv2d(pictures, grid, halves, null, new(2, 2, 2, 2));

    /// <summary>Peak signal-to-noise ratio of a picture of bytes against the wanted one, in dB.</summary>
    public static double Decibels(byte[] wanted, byte[] made) => Decibels(Squares(wanted, made));

    /// <summary>Peak signal-to-noise ratio of a mean squared error, in dB.</summary>
    public static double Decibels(double squares) => 10 * Math.Log10(255 * 255 / Math.Max(squares, 1e-3));

    /// <summary>Mean squared error of bytes.</summary>
    public static double Squares(byte[] wanted, byte[] made)
    {
        var squares = 0.0;
        for (var i = 0; i < wanted.Length; i++) squares += (double)(wanted[i] - made[i]) * (wanted[i] - made[i]);
        return squares / wanted.Length;
    }
}
