// The arena is a stack: what is released is given out again, and nothing overlaps.

using Maison.Tensors;

namespace Maison.Tests.Tensors;

public sealed unsafe class ArenaTests
{
    [Fact]
    public void AllocationsAreAlignedAndApart()
    {
        using var arena = new Arena(4096);
        var random = new Random(1);
        var taken = new List<(nint Start, nint End)>();
        for (var i = 0; i < 200; i++)
        {
            var bytes = random.Next(0, i % 10 == 0 ? 20_000 : 500);
            var at = (nint)arena.Take(bytes);
            Assert.Equal(0, at % 64);
            Assert.DoesNotContain(taken, t => at < t.End && t.Start < at + bytes);
            taken.Add((at, at + bytes));
        }
    }

    [Fact]
    public void ReleasedMemoryIsGivenOutAgainAndNoMoreIsHeld()
    {
        using var arena = new Arena(4096);
        arena.Take(100);
        var mark = arena.Here();
        var used = arena.BytesUsed;
        var first = (nint)arena.Take(3000);
        arena.Take(3000);
        arena.Take(50_000);
        var held = arena.BytesHeld;
        for (var i = 0; i < 10; i++)
        {
            arena.Release(mark);
            Assert.Equal(used, arena.BytesUsed);
            Assert.Equal(first, (nint)arena.Take(3000));
            arena.Take(3000);
            arena.Take(50_000);
            Assert.Equal(held, arena.BytesHeld);
        }
    }
}
