using Maison.Models.Voice;

namespace Maison.Tests.Models.Voice;

public sealed class AlignmentTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(120, 40)]
    public void EveryRowOfThePriorIsADistributionAroundTheDiagonal(int frames, int phones)
    {
        var prior = new float[frames * phones];
        Alignment.LogPrior(frames, phones, prior);
        for (var t = 0; t < frames; t++)
        {
            var row = prior.AsSpan(t * phones, phones).ToArray().Select(v => Math.Exp(v)).ToArray();
            Assert.Equal(1, row.Sum(), 1e-4);
            // The mean of BetaBinomial(N − 1, t, T + 1 − t) is (N − 1) t / (T + 1).
            Assert.Equal((phones - 1) * (t + 1.0) / (frames + 1), row.Select((p, k) => p * k).Sum(), 1e-3 * phones);
        }
    }

    [Fact]
    public void TheSearchFindsTheBestOfAllPaths()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 50; trial++)
        {
            int phones = random.Next(1, 5), frames = random.Next(phones, 9);
            var scores = Enumerable.Range(0, frames * phones).Select(_ => (float)random.NextDouble()).ToArray();
            var counts = Alignment.Search(scores, frames, phones);
            Assert.Equal(frames, counts.Sum());
            Assert.All(counts, n => Assert.True(n >= 1));
            Assert.Equal(Best(0, 0), Total(counts), 1e-5);

            double Best(int t, int n) => scores[t * phones + n] + (t == frames - 1 ? n == phones - 1 ? 0 : double.NegativeInfinity
                : Math.Max(Best(t + 1, n), n + 1 < phones ? Best(t + 1, n + 1) : double.NegativeInfinity));

            double Total(int[] counts) => counts.SelectMany((count, n) => Enumerable.Repeat(n, count)).Select((n, t) => (double)scores[t * phones + n]).Sum();
        }
    }

    [Fact]
    public void MorePhonesThanFramesAreRefused()
        => Assert.Contains("2 frames cannot pass through 3 phones", Assert.Throws<ArgumentException>(() => Alignment.Search(new float[6], 2, 3)).Message);
}
