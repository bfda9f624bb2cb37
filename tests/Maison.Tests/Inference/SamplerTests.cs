// Every sampling rule against a plain float64 rewriting of its definition: the same tokens survive, with the same probabilities, and the
// same random number draws the same one.

using Maison.Inference;

namespace Maison.Tests.Inference;

public sealed class SamplerTests
{
    // Odds are fp32, so a draw or a cut this close to a border may fall to the other side.
    const double border = 1e-6;

    public static TheoryData<SamplingOptions> Rules => new((SamplingOptions[])
    [
        new(),
        new(Temperature: 0.3f),
        new(Temperature: 2f),
        new(TopK: 1),
        new(TopK: 7),
        new(TopK: 40),
        new(TopK: 5000),
        new(TopP: 0.1f),
        new(TopP: 0.9f),
        new(TopP: 0.999f),
        new(MinP: 0.05f),
        new(MinP: 1f),
        new(0.7f, 50, 0.8f, 0.05f),
        new(1.5f, 0, 0.95f, 0.01f),
        new(FrequencyPenalty: 1.5f),
        new(PresencePenalty: -2f),
        new(RepetitionPenalty: 1.8f),
        new(RepetitionPenalty: 0.5f, FrequencyPenalty: -0.4f, PresencePenalty: 0.7f, TopK: 30),
        new(LogitBias: new Dictionary<int, float> { [0] = 6, [3] = -100, [17] = -1.5f }),
        new(1.1f, 12, 0.7f, 0.1f, 0.2f, 0.3f, 1.2f, new Dictionary<int, float> { [5] = 4 }),
    ]);

    [Theory, MemberData(nameof(Rules))]
    public void EqualsTheDefinition(SamplingOptions options)
    {
        var random = new Random(1);
        var skipped = 0;
        foreach (var vocab in new[] { 18, 33, 257, 2000 })
        {
            var sampler = new Sampler(vocab);
            for (var round = 0; round < 60; round++)
            {
                var plan = new SamplingPlan(options with { Seed = (ulong)round }, vocab);
                var logits = Logits(random, vocab, spread: 1 + round % 6);
                var tokens = Enumerable.Range(0, 1 + random.Next(40)).Select(_ => random.Next(Math.Min(vocab, 30))).ToArray();
                var prompt = random.Next(1, tokens.Length + 1);
                var expected = Reference(logits, plan, tokens, prompt);
                var chosen = sampler.Choose(logits, plan, tokens, prompt);
                if (expected is { } id) Assert.Equal(id, chosen);
                else skipped++;
            }
        }
        Assert.InRange(skipped, 0, 20);
    }

    [Fact]
    public void GreedyTakesTheFirstOfTheLargest()
    {
        var sampler = new Sampler(50);
        var logits = new float[50];
        logits[20] = logits[41] = 3;
        Assert.Equal(20, sampler.Choose(logits, new(new(Temperature: 0), 50), [1], 1));
        Assert.Equal(41, sampler.Choose(logits, new(new(Temperature: 0, LogitBias: new Dictionary<int, float> { [20] = -100 }), 50), [1], 1));
        Assert.Equal(9, sampler.Choose(logits, new(new(LogitBias: new Dictionary<int, float> { [9] = 100 }), 50), [1], 1));
        Assert.Equal(41, sampler.Choose(logits, new(new(Temperature: 0, FrequencyPenalty: 0.1f), 50), [1, 20], 1));
        Assert.Equal(20, sampler.Choose(logits, new(new(Temperature: 0, FrequencyPenalty: 2f), 50), [20, 20], 2));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void ARowThatOverflowedIsRefusedWhereverItDid(float broken)
    {
        for (var at = 0; at < 37; at++)
        {
            var logits = new float[37];
            logits[at] = broken;
            Assert.Throws<ArithmeticException>(() => new Sampler(37).Choose(logits, new(new(), 37), [1], 1));
            Assert.Throws<ArithmeticException>(() => new Sampler(37).Choose(logits, new(new(Temperature: 0), 37), [1], 1));
        }
    }

    [Fact]
    public void TiesAtACutGoToTheLowerId()
    {
        var sampler = new Sampler(300);
        var logits = new float[300];
        for (var seed = 0UL; seed < 200; seed++)
        {
            Assert.InRange(sampler.Choose(logits, new(new(TopK: 3, Seed: seed), 300), [1], 1), 0, 2);
            Assert.InRange(sampler.Choose(logits, new(new(TopP: 0.0999f, Seed: seed), 300), [1], 1), 0, 29);
        }
    }

    [Fact]
    public void DrawsFollowTheDistribution()
    {
        // 20,000 draws of one position each: the chi-square of 15 degrees of freedom stays under its 99.99 % point.
        const int draws = 20_000, vocab = 16;
        var random = new Random(2);
        var logits = Logits(random, vocab, 1);
        var sampler = new Sampler(vocab);
        var counts = new int[vocab];
        for (var seed = 0UL; seed < draws; seed++) counts[sampler.Choose(logits, new(new(Seed: seed), vocab), [0], 1)]++;
        var sum = logits.Sum(z => Math.Exp(z));
        var chiSquare = logits.Select((z, i) => (Expected: draws * Math.Exp(z) / sum, Count: counts[i])).Sum(x => Math.Pow(x.Count - x.Expected, 2) / x.Expected);
        Assert.InRange(chiSquare, 0, 44.3);
    }

    [Fact]
    public void NumbersOfASeedAreUniformAndUnrelated()
    {
        double sum = 0, product = 0;
        const int count = 50_000;
        for (var i = 0; i < count; i++)
        {
            var u = CounterRandom.Uniform(7, i);
            Assert.InRange(u, 0, 1 - 1e-16);
            sum += u;
            product += (u - 0.5) * (CounterRandom.Uniform(8, i) - 0.5);
        }
        Assert.InRange(sum / count, 0.495, 0.505);
        Assert.InRange(product / count, -0.002, 0.002);
    }

    [Fact]
    public void LogprobsAreThoseOfTheUnmodifiedModel()
    {
        var random = new Random(3);
        foreach (var vocab in new[] { 5, 64, 1003 })
        {
            var logits = Logits(random, vocab, 4);
            var exact = Math.Log(logits.Sum(z => Math.Exp(z)));
            Assert.Equal(exact, RowMath.LogSumExp(logits), 1e-5);
            var top = new Sampler(vocab).Top(logits, 20, exact);
            var expected = logits.Select((z, i) => new TokenLogprob(i, (float)(z - exact))).OrderByDescending(t => t.Logprob).Take(20);
            Assert.Equal(expected, top);
        }
        Assert.Empty(new Sampler(5).Top(new float[5], 0, 1));
    }

    [Fact]
    public void RankingFindsTheLargestOfAnyRow()
    {
        var random = new Random(4);
        foreach (var length in Enumerable.Range(1, 140).Concat([1000, 4096]))
            foreach (var count in new[] { 1, 2, 31, 32, 33, 64, 100, 5000 })
            {
                var values = Enumerable.Range(0, length).Select(_ => random.Next(4) == 0 ? random.Next(-3, 3) : (float)(random.NextDouble() * 8 - 4)).ToArray();
                var got = Ranking.Largest(values, count, -2.5f, new ulong[length]).ToArray();
                var expected = values.Select((v, i) => (v, i)).Where(x => x.v > -2.5f).OrderByDescending(x => x.v).ThenBy(x => x.i).Take(count);
                Assert.Equal(expected, got.Select(r => (Ranking.Value(r), Ranking.Id(r))));
            }
    }

    [Theory]
    [InlineData("Temperature", -0.1f)]
    [InlineData("Temperature", 2.1f)]
    [InlineData("Temperature", float.NaN)]
    [InlineData("TopK", -1f)]
    [InlineData("TopP", 0f)]
    [InlineData("TopP", 1.01f)]
    [InlineData("MinP", -0.01f)]
    [InlineData("MinP", 1.5f)]
    [InlineData("FrequencyPenalty", 2.5f)]
    [InlineData("PresencePenalty", -2.5f)]
    [InlineData("RepetitionPenalty", 0f)]
    [InlineData("RepetitionPenalty", float.PositiveInfinity)]
    [InlineData("LogitBias", 101f)]
    [InlineData("TopLogprobs", 21f)]
    public void ValuesOutOfRangeAreRefusedByName(string field, float value)
    {
        var options = new SamplingOptions();
        options = field switch
        {
            "Temperature" => options with { Temperature = value },
            "TopK" => options with { TopK = (int)value },
            "TopP" => options with { TopP = value },
            "MinP" => options with { MinP = value },
            "FrequencyPenalty" => options with { FrequencyPenalty = value },
            "PresencePenalty" => options with { PresencePenalty = value },
            "RepetitionPenalty" => options with { RepetitionPenalty = value },
            "LogitBias" => options with { LogitBias = new Dictionary<int, float> { [1] = value } },
            _ => options with { TopLogprobs = (int)value },
        };
        Assert.StartsWith(field, Assert.Throws<ArgumentException>(() => new SamplingPlan(options, 10)).Message);
    }

    [Fact]
    public void ABiasOutsideTheVocabularyOrAgainstAllOfItIsRefused()
    {
        Assert.Contains("token 10", Assert.Throws<ArgumentException>(() => new SamplingPlan(new(LogitBias: new Dictionary<int, float> { [10] = 1 }), 10)).Message);
        var all = Enumerable.Range(0, 10).ToDictionary(i => i, _ => -100f);
        Assert.Contains("forbids every token", Assert.Throws<ArgumentException>(() => new SamplingPlan(new(LogitBias: all), 10)).Message);
    }

    static float[] Logits(Random random, int vocab, int spread)
        => [.. Enumerable.Range(0, vocab).Select(_ => (float)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2 * spread))];

    /// <summary>The token by definition, or null where rounding may decide.</summary>
    static int? Reference(float[] logits, SamplingPlan plan, int[] tokens, int prompt)
    {
        var o = plan.Options;
        var z = logits.Select(x => (double)x).ToArray();
        foreach (var id in tokens.Distinct()) z[id] = z[id] > 0 ? z[id] / o.RepetitionPenalty : z[id] * o.RepetitionPenalty;
        foreach (var group in tokens.Skip(prompt).GroupBy(id => id)) z[group.Key] -= o.FrequencyPenalty * group.Count() + o.PresencePenalty;
        foreach (var (id, bias) in o.LogitBias ?? new Dictionary<int, float>()) z[id] = bias == -100 ? double.NegativeInfinity : z[id] + bias;

        var kept = Softmax(z.Select((x, id) => (Id: id, P: x / o.Temperature)));
        kept = [.. kept.OrderByDescending(t => t.P)];
        if (o.TopK > 0)
        {
            if (o.TopK < kept.Count && Close(kept[o.TopK - 1].P, kept[o.TopK].P)) return null;
            kept = Scale(kept.Take(o.TopK));
        }
        if (o.TopP < 1)
        {
            double sum = 0;
            var cut = 0;
            while (cut < kept.Count && sum < o.TopP) sum += kept[cut++].P;
            if (Close(sum, o.TopP) || Close(sum - kept[cut - 1].P, o.TopP)) return null;
            kept = Scale(kept.Take(cut));
        }
        if (o.TopK == 0) kept = [.. kept.OrderBy(t => t.Id)];
        var least = o.MinP * kept.Max(t => t.P);
        if (o.MinP is > 0 and < 1 && kept.Any(t => Close(t.P, least))) return null;
        if (o.MinP > 0) kept = Scale(kept.Where(t => t.P >= least));

        var u = CounterRandom.Uniform(plan.Seed, tokens.Length - prompt);
        double reached = 0;
        foreach (var (id, p) in kept)
        {
            reached += p;
            if (Close(reached, u)) return null;
            if (reached > u) return id;
        }
        return null;
    }

    static bool Close(double a, double b) => Math.Abs(a - b) <= border * Math.Abs(b);

    static List<(int Id, double P)> Softmax(IEnumerable<(int Id, double P)> logits)
    {
        var max = logits.Max(t => t.P);
        return Scale(logits.Select(t => (t.Id, Math.Exp(t.P - max))));
    }

    static List<(int Id, double P)> Scale(IEnumerable<(int Id, double P)> odds)
    {
        var sum = odds.Sum(t => t.P);
        return [.. odds.Select(t => (t.Id, t.P / sum))];
    }
}
