// Cached = full, bit for bit: however a sequence is cut into steps, whichever pages it gets, whoever shares them or the pass.

using System.Runtime.InteropServices;
using Maison.Tensors;

namespace Maison.Tests.Tensors;

public sealed class AttendCacheTests
{
    static int[] Lengths => OpCases.Reduced ? [65] : [1, 2, 63, 64, 65, 127, 128, 129, 200];

    public static TheoryData<int, int, int> Heads => OpCases.Reduced
        ? new() { { 32, 2, 1 }, { 80, 1, 1 } }
        : new() { { 32, 4, 2 }, { 64, 2, 2 }, { 128, 2, 1 }, { 80, 3, 1 }, { 18, 2, 1 } };

    [Theory, MemberData(nameof(Heads))]
    public void AnyChunkingGivesTheBitsOfTheFullPass(int headDim, int heads, int kvHeads)
    {
        using var gang = new Gang(2);
        foreach (var length in Lengths)
        {
            using var full = new Sequence(gang, headDim, heads, kvHeads, length, seed: length);
            var expected = full.WithoutCache();
            var random = new Random(length);
            foreach (var chunk in new Func<int, int>[] { _ => 1, _ => 64, _ => 7, left => random.Next(1, left + 1), left => Math.Max(1, left - 1) })
            {
                // Pages come in any order, and hold whatever was there.
                using var cache = Garbage(new KvCache(1, kvHeads, headDim, 8));
                var pages = new PageTable();
                using var pass = new Pass(full.Arena, gang, cache: cache);
                var actual = new List<float>();
                int[] order = [5, 1, 7, 0, 3];
                for (var past = 0; past < length;)
                {
                    var count = Math.Min(length - past, chunk(length - past));
                    while (pages.Count * KvCache.PageTokens < past + count) pages.Add(order[pages.Count]);
                    pass.Begin([new Segment(0, count, past, pages)]);
                    actual.AddRange(full.Attend(pass, past, count));
                    past += count;
                }
                Assert.True(Same(expected, actual), $"{length} tokens, {heads}/{kvHeads} heads of {headDim}");
            }
        }
    }

    [Theory, MemberData(nameof(Heads))]
    public void SequencesThatShareAPassOrAPrefixKeepTheirBits(int headDim, int heads, int kvHeads)
    {
        using var gang = new Gang(3);
        using var a = new Sequence(gang, headDim, heads, kvHeads, 100, seed: 1);
        using var b = new Sequence(gang, headDim, heads, kvHeads, 150, seed: 2, prefixOf: (a, 64));
        var expectedA = a.WithoutCache();
        var expectedB = b.WithoutCache();
        using var cache = Garbage(new KvCache(1, kvHeads, headDim, 6));
        using var pass = new Pass(a.Arena, gang, cache: cache);
        PageTable pagesA = new(), pagesB = new();
        pagesA.Add(4);
        pagesA.Add(2);
        pagesB.Add(4);                                                  // the first 64 tokens are the same
        pagesB.Add(0);
        pagesB.Add(5);
        var rowsA = new List<float>();
        var rowsB = new List<float>(expectedB.Take(64 * heads * headDim));
        pass.Begin([new Segment(0, 70, 0, pagesA)]);
        rowsA.AddRange(a.Attend(pass, 0, 70));
        int pastA = 70, pastB = 64;
        foreach (var (stepA, stepB) in new[] { (1, 40), (1, 1), (20, 1), (8, 44) })
        {
            pass.Begin([new Segment(0, stepB, pastB, pagesB), new Segment(stepB, stepA, pastA, pagesA)]);
            var rows = Sequence.Attend(pass, [(b, pastB, stepB), (a, pastA, stepA)]);
            rowsB.AddRange(rows[..(stepB * heads * headDim)]);
            rowsA.AddRange(rows[(stepB * heads * headDim)..]);
            pastA += stepA;
            pastB += stepB;
        }
        Assert.True(Same(expectedA, rowsA));
        Assert.True(Same(expectedB, rowsB));
    }

    [Fact]
    public void StepsThatDoNotFitAreRefused()
    {
        using var gang = new Gang(1);
        using var arena = new Arena(1 << 20);
        using var cache = new KvCache(1, 1, 16, 2);
        using var pass = new Pass(arena, gang, cache: cache);
        var pages = new PageTable();
        pages.Add(0);
        Assert.Contains("too few cache pages", Assert.Throws<ArgumentException>(() => pass.Begin([new Segment(0, 65, 0, pages)])).Message);
        Assert.Contains("must start at row 0", Assert.Throws<ArgumentException>(() => pass.Begin([new Segment(1, 1, 0, pages)])).Message);
        Assert.Throws<ArgumentException>(() => new Pass(arena, gang, record: true, cache: cache));
        using var plain = new Pass(arena, gang);
        Assert.Contains("no cache", Assert.Throws<ArgumentException>(() => plain.Begin([new Segment(0, 1, 5)])).Message);
    }

    static unsafe KvCache Garbage(KvCache cache)
    {
        new Span<float>(cache.Keys(0, 0, 0), (int)(cache.Bytes / sizeof(float))).Fill(float.NaN);
        return cache;
    }

    static bool Same(IEnumerable<float> expected, IEnumerable<float> actual)
        => MemoryMarshal.AsBytes(expected.ToArray().AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(actual.ToArray().AsSpan()));

    /// <summary>Queries, keys and values of one sequence.</summary>
    sealed class Sequence : IDisposable
    {
        readonly Gang gang;
        readonly int headDim, qCols, kCols, length;
        readonly float[] q, k, v;

        public Sequence(Gang gang, int headDim, int heads, int kvHeads, int length, int seed, (Sequence Of, int Tokens) prefixOf = default)
        {
            this.gang = gang;
            this.headDim = headDim;
            this.length = length;
            qCols = heads * headDim;
            kCols = kvHeads * headDim;
            var random = new Random(seed);
            q = Values(length * qCols);
            k = Values(length * kCols);
            v = Values(length * kCols);
            if (prefixOf.Of is not null)
            {
                prefixOf.Of.q.AsSpan(0, prefixOf.Tokens * qCols).CopyTo(q);
                prefixOf.Of.k.AsSpan(0, prefixOf.Tokens * kCols).CopyTo(k);
                prefixOf.Of.v.AsSpan(0, prefixOf.Tokens * kCols).CopyTo(v);
            }

            float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 4 - 2))];
        }

        public Arena Arena { get; } = new(4 << 20);

        public float[] WithoutCache()
        {
            using var pass = new Pass(Arena, gang);
            pass.Begin(length);
            return Attend(pass, 0, length);
        }

        public float[] Attend(Pass pass, int first, int count) => Attend(pass, [(this, first, count)]);

        public static float[] Attend(Pass pass, (Sequence S, int First, int Count)[] pieces)
        {
            var s = pieces[0].S;
            return pass.Attend(Rows(x => x.q, s.qCols), Rows(x => x.k, s.kCols), Rows(x => x.v, s.kCols), 0, s.headDim).Span.ToArray();

            Tensor Rows(Func<Sequence, float[]> of, int cols)
                => pass.Input([.. pieces.SelectMany(p => of(p.S).AsSpan(p.First * cols, p.Count * cols).ToArray())], pass.Rows, cols);
        }

        public void Dispose() => Arena.Dispose();
    }
}
