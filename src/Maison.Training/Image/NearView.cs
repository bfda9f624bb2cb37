// A thing of a painted picture as a judge looks at it alone, and the way back: what the judge would have otherwise in the view becomes what it would have
// otherwise in the picture.

using Maison.Data.Pictures;

namespace Maison.Training.Image;

/// <summary>A square of a picture in a judge's size.</summary>
public sealed class NearView
{
    readonly Area part;
    readonly int side, taps;
    readonly int[] starts;
    readonly float[] weights;

    /// <param name="part">A square of the picture.</param>
    /// <param name="side">Pixels of the view, down and across.</param>
    public NearView(Area part, int side)
    {
        (this.part, this.side) = (part, side);
        (starts, weights, taps) = PictureFile.Taps(part.Width, side);
    }

    /// <summary>The view of a picture.</summary>
    /// <param name="picture">Three values a pixel. // (width², 3)</param>
    /// <param name="view">Takes the view. // (side², 3)</param>
    public void Look(ReadOnlySpan<float> picture, int width, Span<float> view)
    {
        view.Clear();
        foreach (var (from, to, weight) in Weights(width))
            for (var c = 0; c < 3; c++) view[to + c] += weight * picture[from + c];
    }

    /// <summary>The transpose: adds to a picture's gradient what a view's says.</summary>
    public void Back(ReadOnlySpan<float> view, int width, Span<float> picture)
    {
        foreach (var (from, to, weight) in Weights(width))
            for (var c = 0; c < 3; c++) picture[from + c] += weight * view[to + c];
    }

    /// <summary>Every pixel of the picture that a pixel of the view has a share of, by where their values begin.</summary>
    IEnumerable<(int From, int To, float Weight)> Weights(int width)
    {
        for (var y = 0; y < side; y++)
            for (var x = 0; x < side; x++)
                for (var v = 0; v < taps; v++)
                    for (var u = 0; u < taps; u++)
                        if (weights[y * taps + v] * weights[x * taps + u] is var weight and not 0)
                            yield return (((part.Top + starts[y] + v) * width + part.Left + starts[x] + u) * 3, (y * side + x) * 3, weight);
    }
}
