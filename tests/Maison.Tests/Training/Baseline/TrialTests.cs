// A trial of either model learns a text that can be learnt, spends what it says, and is the same each time.

using Maison.Data.Shards;
using Maison.Models;
using Maison.Tensors;
using Maison.Tests.Api;
using Maison.Training.Baseline;

namespace Maison.Tests.Training.Baseline;

public sealed class TrialTests
{
    const int Vocab = 64;

    /// <summary>Documents that count upwards from a random start.</summary>
    static string Shard(TempFolder home, string name, int documents, int seed)
    {
        var path = Path.Combine(home.Path, name);
        var random = new Random(seed);
        using var writer = new ShardWriter(path, Vocab, 0, new byte[32]);
        for (var i = 0; i < documents; i++)
        {
            var first = random.Next(Vocab);
            int[] ids = [0, .. Enumerable.Range(0, 40).Select(t => 1 + (first + t) % (Vocab - 1))];
            writer.Add(ids, 41, "counting");
        }
        writer.Complete();
        return path;
    }

    [Fact]
    public void BothLearnToCountAndSpendTheirBudget()
    {
        using var home = new TempFolder();
        var runner = new TrialRunner(new Dictionary<string, double> { [Shard(home, "train.bin", 3000, 1)] = 1 }, Shard(home, "held.bin", 50, 2), threads: 1);
        foreach (var (arm, budget, rate) in new[] { (TrialRunner.Baseline, 1.6e11, 8e-3), (TrialRunner.Block, 1.6e11, 8e-3), ("plain", 1.8e11, 2.0), ("house", 1.8e11, 2.0) })
        {
            var seen = 0;
            var trial = new Trial(arm, budget, 0, 1024, rate, 1);
            var result = runner.Run(trial, (done, steps) => seen = steps, CancellationToken.None);
            Assert.Equal(result.Steps, seen);
            Assert.InRange(result.Flops / budget, 0.9, 1.05);
            Assert.InRange(result.BitsPerByte, 0, 3);                   // guessing takes 6 bits
        }
        var small = new Trial(TrialRunner.Baseline, 1.2e11, 0, 1024, 4e-3, 1);
        Assert.Equal(runner.Run(small, (_, _) => { }, CancellationToken.None).BitsPerByte, runner.Run(small, (_, _) => { }, CancellationToken.None).BitsPerByte);
        Assert.Equal(double.PositiveInfinity, runner.Run(new(TrialRunner.Baseline, 1e9, 0, 1024, 1e-3, 1), (_, _) => { }, CancellationToken.None).BitsPerByte);
    }

    [Fact]
    public void TheBaselineHasGpt2sParameters()
    {
        var model = new Gpt2(50257, 1024, 12, 768);
        Assert.Equal(124_439_808, ModelWeights.Slots(model).Sum(s => s.Weight.Count));
    }
}
