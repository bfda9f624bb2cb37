using Maison.Training.Evaluations;

namespace Maison.Tests.Training.Evaluations;

public sealed class FeatureDistanceTests
{
    /// <summary>Two points whose mean and variance are known exactly.</summary>
    static float[][] Pair(float mean, float deviation) => [[mean - deviation / MathF.Sqrt(2)], [mean + deviation / MathF.Sqrt(2)]];

    [Theory]
    [InlineData(0, 1, 0, 1, 0)]
    [InlineData(0, 1, 3, 1, 9)]
    [InlineData(0, 1, 0, 3, 4)]
    [InlineData(-1, 2, 1, 5, 13)]
    public void FrechetOfOneDimensionIsMeansAndDeviations(float mean1, float deviation1, float mean2, float deviation2, double expected)
        => Assert.Equal(expected, FeatureDistances.Frechet(Pair(mean1, deviation1), Pair(mean2, deviation2)), 4);

    [Fact]
    public void FrechetOfIndependentFeaturesAddsUpAndForgetsTurns()
    {
        // The corners of a box have independent coordinates of deviation size · √(n / (n − 1)).
        var one = Box(1, 2, 3);
        var two = Box(2, 2, 5);
        var spread = Math.Sqrt(8 / 7.0);
        var expected = spread * spread * (1 + 0 + 4);
        Assert.Equal(expected, FeatureDistances.Frechet(one, two), 4);
        Assert.Equal(expected, FeatureDistances.Frechet([.. one.Select(Turned)], [.. two.Select(Turned)]), 4);
        Assert.Equal(0, FeatureDistances.Frechet(one, one), 6);

        static float[][] Box(float a, float b, float c) => [.. Enumerable.Range(0, 8).Select(i => new[] { i % 2 == 0 ? a : -a, i / 2 % 2 == 0 ? b : -b, i / 4 == 0 ? c : -c })];
        static float[] Turned(float[] v)
        {
            var (sin, cos) = MathF.SinCos(0.7f);
            float x = cos * v[0] - sin * v[1], y = sin * v[0] + cos * v[1];
            return [x, cos * y - sin * v[2], sin * y + cos * v[2]];
        }
    }

    [Fact]
    public void FrechetHoldsWithFewerPicturesThanFeatures()
    {
        var random = new Random(1);
        float[][] one = Cloud(5), two = Cloud(7);
        Assert.True(FeatureDistances.Frechet(one, two) > 0);
        Assert.Equal(0, FeatureDistances.Frechet(one, one), 5);

        float[][] Cloud(int count) => [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 12).Select(_ => random.NextSingle()).ToArray())];
    }

    [Fact]
    public void TheKernelDistanceIsItsDefinition()
    {
        float[][] one = [[0, 1], [1, 1], [2, 0]], two = [[1, 0], [0, 0], [3, 1], [1, 2]];
        double within1 = Pairs(one), within2 = Pairs(two), across = one.Sum(a => two.Sum(b => Kernel(a, b))) / 12;
        var distance = FeatureDistances.Kernel(one, two);
        Assert.Equal(within1 + within2 - 2 * across, distance.Value, 9);
        Assert.True(distance.Error > 0);

        static double Kernel(float[] a, float[] b) => Math.Pow((a[0] * b[0] + a[1] * b[1]) / 2 + 1, 3);
        static double Pairs(float[][] set) => set.SelectMany((a, i) => set.Where((_, j) => j != i).Select(b => Kernel(a, b))).Average();
    }

    [Fact]
    public void TheKernelDistanceOfOneDistributionIsZeroOnAverage()
    {
        var random = new Random(3);
        var distances = Enumerable.Range(0, 40).Select(_ => FeatureDistances.Kernel(Cloud(0), Cloud(0))).ToArray();
        var far = FeatureDistances.Kernel(Cloud(0), Cloud(1));
        var error = distances.Average(d => d.Error!.Value);
        // Forty estimates have a mean within four of its own errors, and the error that is told is about the spread that is seen.
        Assert.InRange(distances.Average(d => d.Value), -4 * error / Math.Sqrt(40), 4 * error / Math.Sqrt(40));
        Assert.InRange(Math.Sqrt(distances.Average(d => d.Value * d.Value)) / error, 0.5, 1.6);
        Assert.True(far.Value > 8 * far.Error);

        float[][] Cloud(float middle) => [.. Enumerable.Range(0, 30).Select(_ => Enumerable.Range(0, 4).Select(_ => middle + random.NextSingle() - 0.5f).ToArray())];
    }

    [Fact]
    public void SamenessIsTheMeanCosine()
    {
        Assert.Equal(1, FeatureDistances.Sameness([[2, 1], [3, 1]], [1, 1]), 6);
        Assert.Equal(-1 / 3.0, FeatureDistances.Sameness([[1, 0], [0, 1], [-1, 0], [0, -1]], [0, 0]), 6);
        Assert.Contains("two pictures", Assert.Throws<ArgumentException>(() => FeatureDistances.Sameness([[1, 0]], [0, 0])).Message);
    }

    [Fact]
    public void SetsThatCannotBeComparedAreRefused()
    {
        Assert.Contains("at least two", Assert.Throws<ArgumentException>(() => FeatureDistances.Frechet([[1]], [[1], [2]])).Message);
        Assert.Contains("lengths", Assert.Throws<ArgumentException>(() => FeatureDistances.Frechet([[1], [2]], [[1], [2, 3]])).Message);
        Assert.Contains("three", Assert.Throws<ArgumentException>(() => FeatureDistances.Kernel([[1], [2]], [[1], [2], [3]])).Message);
    }
}
