using Maison.Data.Shards;

namespace Maison.Tests.Data.Shards;

public sealed class ShardTests : IDisposable
{
    static readonly byte[] Tokenizer = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Write(int vocab, bool masked, int documents = 50, string name = "a.bin")
    {
        var random = new Random(3);
        using var writer = new ShardWriter(_folder[name], vocab, vocab - 1, Tokenizer, masked);
        for (var d = 0; d < documents; d++)
        {
            var (ids, mask) = Document(random, vocab, d);
            writer.Add(ids, d * 3, d % 2 == 0 ? "even" : "odd", masked ? mask : default);
        }
        writer.Complete();
        return _folder[name];
    }

    static (int[] Ids, bool[] Mask) Document(Random random, int vocab, int d) =>
        ([.. Enumerable.Range(0, d * 37).Select(_ => random.Next(vocab))], [.. Enumerable.Range(0, d * 37).Select(_ => random.Next(2) == 0)]);

    [Theory]
    [InlineData(300, false)]
    [InlineData(65_536, true)]
    [InlineData(151_936, true)]
    public void WhatIsWrittenIsRead(int vocab, bool masked)
    {
        using var shard = new ShardReader(Write(vocab, masked), Tokenizer);
        Assert.Equal((vocab, vocab - 1, masked), (shard.Vocab, shard.StartId, shard.HasMask));
        Assert.Equal(["even", "odd"], shard.Corpora);
        Assert.Equal(50, shard.Documents.Length);
        Assert.Equal(50 * 49 / 2 * 3, shard.TextBytes);
        var random = new Random(3);
        long start = 0;
        for (var d = 0; d < 50; d++)
        {
            var (ids, mask) = Document(random, vocab, d);
            Assert.Equal(new ShardDocument(start, ids.Length + 1, d * 3, d % 2), shard.Documents[d]);
            var read = new int[ids.Length + 1];
            shard.ReadTokens(start, read);
            Assert.Equal([vocab - 1, .. ids], read);
            var readMask = new bool[ids.Length];
            shard.ReadMask(start + 1, readMask);
            Assert.Equal(masked ? mask : [.. mask.Select(_ => true)], readMask);
            start += read.Length;
        }
        Assert.Equal(start, shard.Tokens);
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.ReadTokens(start, new int[1]));
    }

    [Fact]
    public void EveryFlippedByteAndEveryCutIsNoticed()
    {
        var good = File.ReadAllBytes(Write(300, masked: true, documents: 4));
        var path = _folder["broken.bin"];
        for (var at = 0; at < good.Length; at++)
        {
            var bytes = (byte[])good.Clone();
            bytes[at] ^= 0x10;
            File.WriteAllBytes(path, bytes);
            Assert.Contains(path, Assert.Throws<InvalidDataException>(() => new ShardReader(path)).Message);
        }
        for (var length = 0; length < good.Length; length += 13)
        {
            File.WriteAllBytes(path, good[..length]);
            var error = Assert.Throws<InvalidDataException>(() => new ShardReader(path));
            Assert.Contains("prepare the data again", error.Message);
        }
        File.WriteAllBytes(path, good[..^8]);
        Assert.Contains("cut short", Assert.Throws<InvalidDataException>(() => new ShardReader(path)).Message);
    }

    [Fact]
    public void AnotherTokenizerIsRefused()
    {
        var path = Write(300, masked: false);
        Assert.Contains("another tokenizer", Assert.Throws<InvalidDataException>(() => new ShardReader(path, new byte[32])).Message);
    }

    [Fact]
    public void AnUnfinishedShardLeavesNothingAndKeepsTheOldOne()
    {
        var before = File.ReadAllBytes(Write(300, masked: false));
        using (var writer = new ShardWriter(_folder["a.bin"], 300, 0, Tokenizer)) writer.Add([1, 2], 2, "x");
        Assert.Equal(before, File.ReadAllBytes(_folder["a.bin"]));
        Assert.Equal(["a.bin"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void WrongIdsAndMasksAreRefused()
    {
        using var plain = new ShardWriter(_folder["p.bin"], 300, 0, Tokenizer);
        Assert.Contains("300", Assert.Throws<ArgumentOutOfRangeException>(() => plain.Add([300], 1, "x")).Message);
        Assert.Throws<ArgumentException>(() => plain.Add([1], 1, "x", [true]));
        Assert.Throws<ArgumentException>(() => new ShardWriter(_folder["q.bin"], 300, 0, new byte[31]));
        using var masked = new ShardWriter(_folder["m.bin"], 300, 0, Tokenizer, masked: true);
        Assert.Throws<ArgumentException>(() => masked.Add([1, 2], 1, "x", [true]));
    }
}
