// How far two sets of pictures are from each other in the features of a network. Fréchet: |μ₁ − μ₂|² + tr(C₁ + C₂ − 2 (C₁ C₂)^½) (arXiv 1706.08500),
// which is too large for few samples, and more so the fewer they are. Kernel: the unbiased squared MMD under (x·y / d + 1)³ (arXiv 1801.01401),
// which few samples do not bias. Sameness: the mean cosine between two different members of a set.

namespace Maison.Training.Evaluations;

/// <summary>Distances of sets of features, of one length each.</summary>
public static class FeatureDistances
{
    /// <summary>The Fréchet distance of the normal distributions that fit two sets.</summary>
    /// <exception cref="ArgumentException">A set has fewer than two members, or lengths differ.</exception>
    public static double Frechet(IReadOnlyList<float[]> one, IReadOnlyList<float[]> two)
    {
        Check(one, two);
        var (mean1, covariance1) = Fit(one);
        var (mean2, covariance2) = Fit(two);
        var size = mean1.Length;
        // tr (C₁ C₂)^½ is the sum of the roots of the eigenvalues of R C₂ R, R = C₁^½ in its own axes.
        var (values, axes) = Eigen(covariance1, size);
        var turned = Product(Product(Transposed(axes, size), covariance2, size), axes, size);
        for (var i = 0; i < size; i++)
            for (var j = 0; j < size; j++) turned[i * size + j] *= Math.Sqrt(Math.Max(0, values[i]) * Math.Max(0, values[j]));
        var shared = Eigen(turned, size).Values.Sum(v => Math.Sqrt(Math.Max(0, v)));
        var apart = mean1.Zip(mean2, (a, b) => (a - b) * (a - b)).Sum();
        return apart + Trace(covariance1, size) + Trace(covariance2, size) - 2 * shared;
    }

    /// <summary>The unbiased squared MMD, with the standard error that leaving out members gives.</summary>
    /// <exception cref="ArgumentException">A set has fewer than three members, or lengths differ.</exception>
    public static Measured Kernel(IReadOnlyList<float[]> one, IReadOnlyList<float[]> two)
    {
        Check(one, two);
        int m = one.Count, n = two.Count;
        if (m < 3 || n < 3) throw new ArgumentException($"A kernel distance needs at least three pictures of each kind, not {m} and {n}.");
        // Row sums: within a set without the member itself, and across.
        double[] within1 = Rows(one, one, self: false), within2 = Rows(two, two, self: false), across1 = Rows(one, two, self: true), across2 = Rows(two, one, self: true);
        double sum1 = within1.Sum(), sum2 = within2.Sum(), cross = across1.Sum();
        var value = Distance(sum1, m, sum2, n, cross);
        var without1 = Enumerable.Range(0, m).Select(i => Distance(sum1 - 2 * within1[i], m - 1, sum2, n, cross - across1[i])).ToArray();
        var without2 = Enumerable.Range(0, n).Select(i => Distance(sum1, m, sum2 - 2 * within2[i], n - 1, cross - across2[i])).ToArray();
        return new(value, Math.Sqrt(Spread(without1) + Spread(without2)));

        static double Distance(double within1, int m, double within2, int n, double across)
            => within1 / (m * (m - 1.0)) + within2 / (n * (n - 1.0)) - 2 * across / ((double)m * n);

        static double Spread(double[] without)
        {
            var mean = without.Average();
            return (without.Length - 1.0) / without.Length * without.Sum(v => (v - mean) * (v - mean));
        }
    }

    /// <summary>The mean cosine of two different members, once <paramref name="centre"/> is taken from each.</summary>
    public static double Sameness(IReadOnlyList<float[]> set, IReadOnlyList<float> centre)
    {
        var moved = set.Select(f => f.Select((v, i) => (double)v - centre[i]).ToArray()).ToArray();
        List<double> cosines = [];
        for (var i = 0; i < moved.Length; i++)
            for (var j = 0; j < i; j++) cosines.Add(Dot(moved[i], moved[j]) / Math.Sqrt(Math.Max(1e-12, Dot(moved[i], moved[i]) * Dot(moved[j], moved[j]))));
        return cosines.Count == 0 ? throw new ArgumentException("Sameness needs at least two pictures.") : cosines.Average();

        static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
    }

    /// <summary>The mean of a set.</summary>
    public static float[] Mean(IReadOnlyList<float[]> set) => [.. Enumerable.Range(0, set[0].Length).Select(i => (float)set.Average(f => (double)f[i]))];

    static void Check(IReadOnlyList<float[]> one, IReadOnlyList<float[]> two)
    {
        if (one.Count < 2 || two.Count < 2) throw new ArgumentException($"A distance needs at least two pictures of each kind, not {one.Count} and {two.Count}.");
        if (one.Concat(two).Any(f => f.Length != one[0].Length)) throw new ArgumentException("Features of different lengths are not compared.");
    }

    static double[] Rows(IReadOnlyList<float[]> of, IReadOnlyList<float[]> with, bool self)
    {
        var sums = new double[of.Count];
        Parallel.For(0, sums.Length, i =>
        {
            for (var j = 0; j < with.Count; j++)
            {
                if (!self && i == j) continue;
                var dot = 0.0;
                for (var k = 0; k < of[i].Length; k++) dot += (double)of[i][k] * with[j][k];
                sums[i] += Math.Pow(dot / of[i].Length + 1, 3);
            }
        });
        return sums;
    }

    static (double[] Mean, double[] Covariance) Fit(IReadOnlyList<float[]> set)
    {
        var size = set[0].Length;
        var mean = new double[size];
        foreach (var f in set)
            for (var i = 0; i < size; i++) mean[i] += (double)f[i] / set.Count;
        var covariance = new double[size * size];
        Parallel.For(0, size, i =>
        {
            foreach (var f in set)
            {
                var a = (f[i] - mean[i]) / (set.Count - 1);
                for (var j = 0; j < size; j++) covariance[i * size + j] += a * (f[j] - mean[j]);
            }
        });
        return (mean, covariance);
    }

    static double Trace(double[] a, int size) => Enumerable.Range(0, size).Sum(i => a[i * size + i]);

    static double[] Transposed(double[] a, int size)
    {
        var t = new double[a.Length];
        for (var i = 0; i < size; i++)
            for (var j = 0; j < size; j++) t[j * size + i] = a[i * size + j];
        return t;
    }

    static double[] Product(double[] a, double[] b, int size)
    {
        var c = new double[a.Length];
        Parallel.For(0, size, i =>
        {
            for (var k = 0; k < size; k++)
            {
                var x = a[i * size + k];
                for (var j = 0; j < size; j++) c[i * size + j] += x * b[k * size + j];
            }
        });
        return c;
    }

    /// <summary>Eigenvalues of a symmetric matrix and, in the columns, their vectors: Jacobi's rotations until nothing is left beside the diagonal.</summary>
    static (double[] Values, double[] Vectors) Eigen(double[] symmetric, int size)
    {
        const int MostSweeps = 60;
        var a = (double[])symmetric.Clone();
        var v = new double[size * size];
        for (var i = 0; i < size; i++) v[i * size + i] = 1;
        var whole = a.Sum(x => x * x);
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            var beside = 0.0;
            for (var i = 0; i < size; i++)
                for (var j = 0; j < i; j++) beside += 2 * a[i * size + j] * a[i * size + j];
            if (beside <= 1e-22 * whole) break;
            for (var p = 0; p < size; p++)
                for (var q = p + 1; q < size; q++)
                    if (a[p * size + q] != 0) Rotate(p, q);
        }
        return ([.. Enumerable.Range(0, size).Select(i => a[i * size + i])], v);

        void Rotate(int p, int q)
        {
            var theta = (a[q * size + q] - a[p * size + p]) / (2 * a[p * size + q]);
            var t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
            var c = 1 / Math.Sqrt(t * t + 1);
            var s = t * c;
            for (var k = 0; k < size; k++)
            {
                double x = a[k * size + p], y = a[k * size + q];
                (a[k * size + p], a[k * size + q]) = (c * x - s * y, s * x + c * y);
            }
            for (var k = 0; k < size; k++)
            {
                double x = a[p * size + k], y = a[q * size + k];
                (a[p * size + k], a[q * size + k]) = (c * x - s * y, s * x + c * y);
                (x, y) = (v[k * size + p], v[k * size + q]);
                (v[k * size + p], v[k * size + q]) = (c * x - s * y, s * x + c * y);
            }
        }
    }
}
