using Maison.Data.Shards;

namespace Maison.Tests.Data.Shards;

public sealed class MixtureSamplerTests : IDisposable
{
    const int Start = 0, Vocab = 60_000, Row = 64;
    readonly TestFolder _folder = new();
    readonly List<ShardReader> _open = [];

    public void Dispose()
    {
        _open.ForEach(s => s.Dispose());
        _folder.Dispose();
    }

    // Token values rise by one through a shard, so that a token says where it stood.
    ShardReader Shard(string name, int first, int[] lengths, bool masked = false)
    {
        using (var writer = new ShardWriter(_folder[name], Vocab, Start, new byte[32], masked))
        {
            foreach (var length in lengths)
            {
                writer.Add([.. Enumerable.Range(first, length)], length * 4, name, masked ? [.. Enumerable.Range(first, length).Select(i => i % 3 == 0)] : default);
                first += length;
            }
            writer.Complete();
        }
        var shard = new ShardReader(_folder[name]);
        _open.Add(shard);
        return shard;
    }

    static int[] Lengths(int seed, int count, int most)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(1, most))];
    }

    [Fact]
    public void EveryTokenComesOnceAndNoTargetCrossesADocument()
    {
        int[] lengths = [.. Lengths(1, 150, 40), .. Lengths(2, 60, 400), 0, 63, 64, 65, 127, 128, 129];
        var shard = Shard("a", 1, lengths);
        var sampler = new MixtureSampler([new(shard)], Row, seed: 5, epochs: 1);
        var batch = new PackedBatch(8, Row);
        var firstOf = new HashSet<int>();
        for (int i = 0, at = 1; i < lengths.Length; at += lengths[i++]) if (lengths[i] > 0) firstOf.Add(at);
        List<int> ids = [], targets = [];
        int padding = 0, rows = 0;
        long bytes = 0;
        while (sampler.Next(batch))
        {
            rows += batch.Rows;
            bytes += batch.TextBytes;
            padding += batch.PaddingCount;
            Assert.Equal(batch.Targets.Count(t => t >= 0), batch.TargetCount);
            var at = 0;
            foreach (var length in batch.SegmentLengths.AsSpan(0, batch.SegmentCount))
            {
                Assert.Equal(at / Row, (at + length - 1) / Row);
                var real = batch.Ids[at] != Start || batch.Targets[at] >= 0 || length == 1;
                for (var i = at; i < at + length; i++)
                {
                    if (!real)
                    {
                        Assert.Equal((Start, PackedBatch.NoTarget), (batch.Ids[i], batch.Targets[i]));
                        continue;
                    }
                    if (batch.Ids[i] == Start) Assert.Equal(at, i);
                    else ids.Add(batch.Ids[i]);
                    if (i > at) Assert.Equal(batch.Ids[i], batch.Targets[i - 1]);
                    if (batch.Targets[i] < 0)
                    {
                        Assert.Equal(at + length - 1, i);
                        continue;
                    }
                    targets.Add(batch.Targets[i]);
                    if (batch.Ids[i] == Start) Assert.Contains(batch.Targets[i], firstOf);
                    else Assert.Equal(batch.Ids[i] + 1, batch.Targets[i]);
                }
                at += length;
            }
            Assert.Equal(batch.Ids.Length, at);
        }
        var all = Enumerable.Range(1, lengths.Sum());
        Assert.Equal(all, ids.Order());
        Assert.Equal(all, targets.Order());
        Assert.Equal(lengths.Sum() * 4, bytes);
        Assert.Equal(rows * Row, ids.Count + lengths.Length + padding);
        Assert.True(padding < 0.05 * rows * Row + 8 * Row, $"{padding} of {rows * Row} tokens are padding");
        Assert.False(sampler.Next(batch));
    }

    [Fact]
    public void TheMaskSwitchesTargetsOff()
    {
        var sampler = new MixtureSampler([new(Shard("m", 1, Lengths(3, 80, 200), masked: true))], Row, seed: 1, epochs: 1);
        var batch = new PackedBatch(4, Row);
        List<int> targets = [];
        while (sampler.Next(batch)) targets.AddRange(batch.Targets.Where(t => t >= 0));
        Assert.Equal(Enumerable.Range(1, Lengths(3, 80, 200).Sum()).Where(i => i % 3 == 0), targets.Order());
    }

    [Fact]
    public void WeightsAreEpochs()
    {
        var half = Shard("half", 1, [.. Enumerable.Repeat(20, 101)]);
        var thrice = Shard("thrice", 10_000, [.. Enumerable.Repeat(30, 50)]);
        var sampler = new MixtureSampler([new(half, 0.5), new(thrice, 3)], Row, seed: 9, epochs: 2);
        Assert.Equal((long)(101 * 21 * 0.5) + 50 * 31 * 3, sampler.TokensPerEpoch);
        var batch = new PackedBatch(2, Row);
        var seen = new Dictionary<int, int>();
        while (sampler.Next(batch))
            foreach (var id in batch.Ids) seen[id] = seen.GetValueOrDefault(id) + 1;
        for (var i = 1; i <= 101 * 20; i++) Assert.Equal(1, seen[i]);
        for (var i = 10_000; i < 10_000 + 50 * 30; i++) Assert.Equal(6, seen[i]);
    }

    [Fact]
    public void EpochsAndSeedsGiveOtherOrdersTheSameSeedTheSame()
    {
        var shard = Shard("a", 1, Lengths(4, 300, 60));
        int[] First(ulong seed, int skip)
        {
            var sampler = new MixtureSampler([new(shard)], Row, seed);
            var batch = new PackedBatch(4, Row);
            for (var i = 0; i <= skip; i++) sampler.Next(batch);
            return [.. batch.Ids];
        }
        Assert.Equal(First(1, 7), First(1, 7));
        Assert.NotEqual(First(1, 0), First(2, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(333)]
    public void ASavedPlaceGivesTheSameBatches(int before)
    {
        var a = Shard("a", 1, Lengths(5, 400, 90));
        var b = Shard("b", 30_000, Lengths(6, 20, 500), masked: true);
        MixtureSampler Make() => new([new(a, 0.7), new(b, 2)], Row, seed: 11);
        var (batch, again) = (new PackedBatch(4, Row), new PackedBatch(4, Row));
        var sampler = Make();
        for (var i = 0; i < before; i++) sampler.Next(batch);
        var state = sampler.SaveState();
        Assert.InRange(state.Length, 1, 16_000);
        var resumed = Make();
        resumed.LoadState(state);
        for (var i = 0; i < 200; i++)
        {
            Assert.True(sampler.Next(batch) && resumed.Next(again));
            Assert.Equal(batch.Ids, again.Ids);
            Assert.Equal(batch.Targets, again.Targets);
            Assert.Equal(batch.SegmentLengths.AsSpan(0, batch.SegmentCount), again.SegmentLengths.AsSpan(0, again.SegmentCount));
        }
        Assert.Equal(sampler.SaveState(), resumed.SaveState());
    }

    [Fact]
    public void AForeignOrDamagedPlaceIsRefused()
    {
        var a = Shard("a", 1, Lengths(5, 40, 90));
        var sampler = new MixtureSampler([new(a)], Row, seed: 1);
        var state = sampler.SaveState();
        Assert.Contains("other data", Assert.Throws<InvalidDataException>(() => new MixtureSampler([new(a)], Row, seed: 2).LoadState(state)).Message);
        Assert.Contains("other data", Assert.Throws<InvalidDataException>(() => new MixtureSampler([new(a, 2)], Row, seed: 1).LoadState(state)).Message);
        Assert.Contains("damaged", Assert.Throws<InvalidDataException>(() => sampler.LoadState(state[..^9])).Message);
        Assert.Throws<InvalidDataException>(() => sampler.LoadState("{}"));
        Assert.Throws<InvalidDataException>(() => sampler.LoadState(state.Replace("\"Next\":", "\"Next\":9")));
    }

    [Fact]
    public void NextAllocatesNothing()
    {
        var sampler = new MixtureSampler([new(Shard("a", 1, Lengths(5, 2000, 50))), new(Shard("b", 1, Lengths(5, 2000, 50), masked: true))], Row, seed: 1, epochs: 1);
        var batch = new PackedBatch(8, Row);
        for (var i = 0; i < 3; i++) sampler.Next(batch);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++) Assert.True(sampler.Next(batch));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void WrongMixturesAreRefused()
    {
        var a = Shard("a", 1, [5]);
        Assert.Throws<ArgumentException>(() => new MixtureSampler([], Row, 1));
        Assert.Contains("weight", Assert.Throws<ArgumentException>(() => new MixtureSampler([new(a, 0)], Row, 1)).Message);
        Assert.Contains("weight", Assert.Throws<ArgumentException>(() => new MixtureSampler([new(a, double.NaN)], Row, 1)).Message);
        using (var writer = new ShardWriter(_folder["c"], Vocab, Start, [.. Enumerable.Repeat((byte)1, 32)]))
        {
            writer.Add([1], 1, "c");
            writer.Complete();
        }
        using var other = new ShardReader(_folder["c"]);
        Assert.Contains("different tokenizers", Assert.Throws<ArgumentException>(() => new MixtureSampler([new(a), new(other)], Row, 1)).Message);
        Assert.Throws<ArgumentException>(() => new MixtureSampler([new(a)], Row, 1).Next(new PackedBatch(1, Row * 2)));
    }
}
