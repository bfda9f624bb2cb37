// Aligns two utterances of one text by dynamic time warping of their cepstra (Sakoe and Chiba 1978, symmetric steps of one frame): the
// path from both beginnings to both ends with the least sum of distances.

namespace Maison.Data.Audio.Measures;

/// <summary>Pairs of frames that belong together.</summary>
static class TimeWarp
{
    /// <summary>The path as pairs of frames, in order; every frame of both sides is in it.</summary>
    public static (int A, int B)[] Align(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        const int width = MelCepstrum.Coefficients;
        var (rows, columns) = (a.Length / width, b.Length / width);
        if (rows == 0 || columns == 0) return [];
        var from = new byte[rows * columns];
        var (above, row) = (new double[columns], new double[columns]);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                var (best, step) = (i == 0 && j == 0 ? 0 : double.PositiveInfinity, (byte)0);
                if (i > 0 && j > 0) (best, step) = (above[j - 1], 0);
                if (i > 0 && above[j] < best) (best, step) = (above[j], 1);
                if (j > 0 && row[j - 1] < best) (best, step) = (row[j - 1], 2);
                from[i * columns + j] = step;
                row[j] = best + MelCepstrum.DistortionDb(a[(i * width)..], b[(j * width)..]);
            }
            (above, row) = (row, above);
        }
        List<(int, int)> path = [];
        for (int i = rows - 1, j = columns - 1; ;)
        {
            path.Add((i, j));
            if (i == 0 && j == 0) break;
            var step = from[i * columns + j];
            if (step != 2) i--;
            if (step != 1) j--;
        }
        path.Reverse();
        return [.. path];
    }
}
