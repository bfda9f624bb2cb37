// The gang does every task once, wakes parked workers, and survives many short jobs.

using Maison.Tensors;

namespace Maison.Tests.Tensors;

public sealed unsafe class GangTests
{
    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(7)]
    public void EveryTaskRunsOnceOnAThreadOfTheGang(int threads)
    {
        using var gang = new Gang(threads);
        for (var round = 0; round < 200; round++)
        {
            var tasks = round % 23;
            var counts = new int[24 + 1];
            fixed (int* p = counts)
            {
                p[24] = threads;
                gang.For(tasks, &Count, p);
            }
            for (var i = 0; i < 24; i++) Assert.Equal(i < tasks ? 1 : 0, counts[i]);
            if (round % 50 == 49) Thread.Sleep(20);                     // long enough for the workers to park
        }

        static void Count(void* context, int task, int thread)
        {
            var counts = (int*)context;
            Interlocked.Add(ref counts[task], (uint)thread < (uint)counts[24] ? 1 : 1000);
        }
    }

    [Fact]
    public void CallersFromSeveralThreadsTakeTurns()
    {
        using var gang = new Gang(3);
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                var sum = 0;
                gang.For(10, &Add, &sum);
                if (sum != 45) throw new InvalidOperationException($"The tasks add to {sum}, not 45.");
            }
        })).ToArray();
        foreach (var t in threads) t.Start();
        foreach (var t in threads) t.Join();

        static void Add(void* context, int task, int thread) => Interlocked.Add(ref *(int*)context, task);
    }

    [Fact]
    public void ScratchIsAlignedAndGrows()
    {
        using var gang = new Gang(2);
        var small = gang.Scratch(1, 100);
        Assert.Equal(0, (nint)small % 64);
        Assert.True(small == gang.Scratch(1, 50));
        new Span<float>(gang.Scratch(1, 1 << 20), 1 << 20).Fill(1f);
        Assert.True(gang.Scratch(0, 10) != gang.Scratch(1, 10));
    }

    [Fact]
    public void NegativeThreadsAreRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new Gang(-1));
}
