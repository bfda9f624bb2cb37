// The law of the scheduler: whatever arrives, leaves, shares or is put back, every request gets the tokens it would get alone.

using Maison.Inference;
using Maison.Tensors;

namespace Maison.Tests.Inference;

public sealed class SchedulerLawTests
{
    static readonly SamplingOptions Greedy = new(Temperature: 0);

    [Theory]
    [InlineData(1, 4, 2, 16, false)]
    [InlineData(2, 4, 1, 32, true)]
    [InlineData(3, 6, 3, 8, false)]
    [InlineData(4, 2, 2, 64, true)]
    [InlineData(5, 8, 2, 6, false)]
    [InlineData(6, 3, 1, 80, false)]
    [InlineData(7, 4, 2, 16, false, 4)]
    [InlineData(8, 4, 4, 12, true, 6)]
    public async Task RandomTrafficEqualsOneRequestAtATime(int seed, int heads, int kvHeads, int headDim, bool extras, int experts = 0)
    {
        using var model = new TinyModel(seed, heads, kvHeads, headDim, extras: extras, threads: 1 + seed % 2, experts: experts);
        var random = new Random(seed);
        // Three pages hold one full context; with up to five requests running, pages run out all the time.
        var options = new SchedulerOptions
        {
            ContextLength = 192,
            CachePages = 3 + seed % 4,
            MaxRunning = 2 + seed % 4,
            MaxBatchTokens = new[] { 1, 5, 64, 70, 200, 13 }[seed % 6],
        };
        using var scheduler = new Scheduler(model.Decoder, model.Gang, options);
        var roots = Enumerable.Range(0, 3).Select(_ => Ids(random, 150)).ToArray();
        var requests = Enumerable.Range(0, 24).Select(_ => Request(random, roots)).ToArray();

        var cancelled = 0;
        var answers = new List<(GenerationRequest Request, Task<List<GeneratedToken>> Answer, int LeaveAfter)>();
        foreach (var request in requests)
        {
            var leaveAfter = random.Next(4) == 0 ? random.Next(1, 12) : int.MaxValue;
            if (leaveAfter != int.MaxValue) cancelled++;
            answers.Add((request, Read(scheduler, request, leaveAfter, cancel: random.Next(2) == 0), leaveAfter));
            if (random.Next(3) == 0) await Task.Delay(random.Next(3));
        }
        foreach (var (request, answer, leaveAfter) in answers)
        {
            var got = await answer.WaitAsync(TimeSpan.FromSeconds(60));
            Assert.True(got.Count <= leaveAfter);
            model.AssertAnswer(request, scheduler.ContextLength, [.. got.Select(t => t.Id)], whole: got.Count < leaveAfter);
            Assert.All(got.SkipLast(1), t => Assert.Null(t.Finish));
            if (got.Count < leaveAfter)
                Assert.Equal(request.StopIds.Contains(got[^1].Id) ? FinishReason.Stop : FinishReason.Length, got[^1].Finish);
            Assert.Single(got.Select(t => t.CachedPromptTokens).Distinct());
        }
        await AllReturned(scheduler);
        Assert.Equal(requests.Length, scheduler.Stats.Requests);
    }

    [Fact]
    public async Task PagesThatRunOutPutTheYoungestBackWithoutATrace()
    {
        using var model = new TinyModel(11);
        // Pressure must not hang on how fast the requests arrive: nothing is computed before all are there.
        using var everyone = new ManualResetEventSlim();
        model.Hook(_ => everyone.Wait());
        using var scheduler = new Scheduler(model.Decoder, model.Gang, new() { ContextLength = 256, CachePages = 4, MaxRunning = 4, MaxBatchTokens = 32 });
        var random = new Random(11);
        var requests = Enumerable.Range(0, 4).Select(_ => new GenerationRequest(Ids(random, 20), new(Seed: 5), 150, [])).ToArray();
        var asked = scheduler.GenerateAll(requests);
        everyone.Set();
        var answers = await asked;
        Assert.True(scheduler.Preemptions > 0, "Four answers of three pages each cannot share four pages without giving way.");
        for (var i = 0; i < requests.Length; i++) model.AssertAnswer(requests[i], 256, answers[i]);
        await AllReturned(scheduler);
    }

    [Fact]
    public async Task SharedPrefixesAreComputedOnceAndCounted()
    {
        using var model = new TinyModel(12);
        using var scheduler = new Scheduler(model.Decoder, model.Gang, new() { CachePages = 16, MaxBatchTokens = 48 });
        var prompt = Ids(new Random(12), 150);
        Assert.NotEqual(30, prompt[0]);
        var first = await Read(scheduler, new(prompt, Greedy, 4, []));
        Assert.Equal(0, first[0].CachedPromptTokens);
        var second = await Read(scheduler, new(prompt, Greedy, 4, []));
        Assert.Equal(first.Select(t => t.Id), second.Select(t => t.Id));
        Assert.All(second, t => Assert.Equal(128, t.CachedPromptTokens));
        // A prompt of exactly the shared pages still needs its last row; another root shares nothing.
        Assert.Equal(64, (await Read(scheduler, new(prompt[..128], Greedy, 1, [])))[0].CachedPromptTokens);
        Assert.Equal(0, (await Read(scheduler, new([60 - prompt[0], .. prompt[1..]], Greedy, 1, [])))[0].CachedPromptTokens);
        Assert.Equal(150 + 150 + 128 + 150, scheduler.Stats.PromptTokens);
        Assert.Equal(128 + 64, scheduler.Stats.CachedPromptTokens);
        Assert.Equal(10, scheduler.Stats.GeneratedTokens);
        Assert.True(scheduler.Stats.BusySeconds > 0);
    }

    [Fact]
    public async Task PromptsThatAreComputedAtTheSameTimeEndUpOnTheSamePages()
    {
        using var model = new TinyModel(22);
        using ManualResetEventSlim blocked = new(), everyone = new();
        var used = new List<int>();
        Scheduler? watched = null;
        model.Hook(call =>
        {
            blocked.Set();
            everyone.Wait();
            used.Add(watched!.Stats.PagesUsed);
        });
        using var scheduler = watched = new Scheduler(model.Decoder, model.Gang, new() { CachePages = 20, MaxBatchTokens = 4 * 130 });
        var prompt = Ids(new Random(22), 130);
        var blocker = scheduler.GenerateAll(new GenerationRequest([1], Greedy, 1, []));
        blocked.Wait();
        var requests = Enumerable.Range(0, 4).Select(i => new GenerationRequest(prompt, new(Seed: (ulong)i), 40, [])).ToArray();
        var answers = requests.Select(r => scheduler.GenerateAll(r)).ToArray();
        everyone.Set();
        await blocker;
        await Task.WhenAll(answers);
        Assert.Equal(0, scheduler.Stats.CachedPromptTokens);
        // Three pages each while all are computed at once; as soon as they are full, two shared ones and one each.
        Assert.Equal(4 * 3, used.Max());
        Assert.Equal(2 + 4, used[^1]);
        await AllReturned(scheduler);
        for (var i = 0; i < requests.Length; i++) model.AssertAnswer(requests[i], 256, await answers[i]);
    }

    [Fact]
    public async Task AnAnswerIsAPrefixOfTheNextTurn()
    {
        using var model = new TinyModel(13);
        using var scheduler = new Scheduler(model.Decoder, model.Gang, new() { CachePages = 16 });
        var prompt = Ids(new Random(13), 30);
        var answer = await scheduler.GenerateAll(new GenerationRequest(prompt, Greedy, 50, []));
        int[] next = [.. prompt, .. answer, 1, 2, 3];
        var got = await Read(scheduler, new(next, Greedy, 5, []));
        Assert.Equal(64, got[0].CachedPromptTokens);
        Assert.Equal(model.Generate(new(next, Greedy, 5, []), 256), got.Select(t => t.Id));
    }

    [Fact]
    public async Task PrefixesAreGivenUpWhenPagesAreNeeded()
    {
        using var model = new TinyModel(14);
        using var scheduler = new Scheduler(model.Decoder, model.Gang, new() { CachePages = 3, MaxRunning = 1 });
        var random = new Random(14);
        var prompts = Enumerable.Range(0, 4).Select(_ => Ids(random, 100)).ToArray();
        foreach (var i in new[] { 0, 1, 2, 3, 0, 0, 2, 1, 1, 3 })
        {
            var request = new GenerationRequest(prompts[i], Greedy, 60, []);
            model.AssertAnswer(request, 256, await scheduler.GenerateAll(request));
        }
        Assert.True(scheduler.Stats.CachedPromptTokens is > 0 and < 1000);
        await AllReturned(scheduler);
    }

    [Fact]
    public async Task APageNeverOutlivesTheOneItContinues()
    {
        using var model = new TinyModel(23);
        using var scheduler = new Scheduler(model.Decoder, model.Gang, new() { CachePages = 3, MaxRunning = 1 });
        var random = new Random(23);
        int[] x = Ids(random, 64), y = Ids(random, 64), z = Ids(random, 64), w = Ids(random, 64);
        await scheduler.GenerateAll(new GenerationRequest([.. x, .. y, 1], Greedy, 1, []));
        // One page is free and one must go. Were it x's, the next new page would take its number, and y would seem to follow that.
        await scheduler.GenerateAll(new GenerationRequest([.. z, 1], Greedy, 1, []));
        await scheduler.GenerateAll(new GenerationRequest(w, Greedy, 1, []));
        var request = new GenerationRequest([.. w, .. y, 1], Greedy, 20, []);
        var answer = await Read(scheduler, request);
        Assert.Equal(64, answer[0].CachedPromptTokens);
        model.AssertAnswer(request, 192, [.. answer.Select(t => t.Id)]);
    }

    [Fact]
    public async Task WhatDoesNotFitIsRefusedBeforeTheFirstToken()
    {
        using var model = new TinyModel(15);
        using var scheduler = new Scheduler(model.Decoder, model.Gang, new() { CachePages = 3 });
        Assert.Equal(192, scheduler.ContextLength);
        var prompt = Ids(new Random(15), 190);
        var refused = Assert.Throws<ContextOverflowException>(() => scheduler.Generate(new(prompt, Greedy, 3, [])));
        Assert.Equal((190, 3, 192), (refused.PromptTokens, refused.MaxTokens, refused.ContextLength));
        Assert.Throws<ContextOverflowException>(() => scheduler.Generate(new([.. prompt, 1, 2], Greedy, null, [])));
        Assert.Equal(2, (await scheduler.GenerateAll(new GenerationRequest(prompt, Greedy, 2, []))).Length);
        Assert.Equal(2, (await scheduler.GenerateAll(new GenerationRequest(prompt, Greedy, null, []))).Length);
        Assert.Contains("Prompt", Assert.Throws<ArgumentException>(() => scheduler.Generate(new([], Greedy, 3, []))).Message);
        Assert.Contains("token 61 at position 1", Assert.Throws<ArgumentException>(() => scheduler.Generate(new([1, 61], Greedy, 3, []))).Message);
        Assert.Contains("MaxTokens", Assert.Throws<ArgumentException>(() => scheduler.Generate(new([1], Greedy, 0, []))).Message);
        Assert.Contains("Temperature", Assert.Throws<ArgumentException>(() => scheduler.Generate(new([1], new(Temperature: 3), 1, []))).Message);
        Assert.Equal(0, scheduler.Stats.PagesUsed);
    }

    [Fact]
    public void LimitsThatDoNotFitTheModelAreRefused()
    {
        using var model = new TinyModel(16);
        foreach (var (options, field) in new (SchedulerOptions, string)[]
        {
            (new() { ContextLength = 257 }, "ContextLength"),
            (new() { ContextLength = 0 }, "ContextLength"),
            (new() { MaxRunning = 0 }, "MaxRunning"),
            (new() { CachePages = 0 }, "CachePages"),
            (new() { CacheBytes = 100 }, "CacheBytes"),
            (new() { MaxBatchTokens = 0 }, "MaxBatchTokens"),
        })
            Assert.Contains(field, Assert.Throws<ArgumentException>(() => new Scheduler(model.Decoder, model.Gang, options)).Message);
        var limits = new SchedulerOptions { MaxRunning = 2 };
        using var scheduler = new Scheduler(model.Decoder, model.Gang, limits);
        Assert.Equal(8, scheduler.Stats.PagesTotal);
        Assert.Equal(scheduler.CacheBytes, limits.CacheBytesFor(model.Decoder.Config));
        Assert.Equal(256, scheduler.ContextLength);
    }

    [Fact]
    public async Task LeavingFreesTheSlotForTheNextInLine()
    {
        using var model = new TinyModel(17);
        using var gone = new ManualResetEventSlim();
        var third = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        model.Hook(call =>
        {
            if (call != 3) return;
            third.SetResult();
            gone.Wait();
        });
        using var scheduler = new Scheduler(model.Decoder, model.Gang, new() { MaxRunning = 1, CachePages = 4 });
        var prompt = Ids(new Random(17), 10);
        using var leaving = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        var first = Task.Run(async () =>
        {
            await foreach (var _ in scheduler.Generate(new(prompt, Greedy, 246, []), leaving.Token))
            {
                await third.Task;
                leaving.Cancel();
                started.TrySetResult();
            }
        });
        await started.Task;
        var second = scheduler.GenerateAll(new GenerationRequest(prompt, Greedy, 2, []));
        // The reader hears of its own leaving at once, not after the step in progress.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gone.Set();
        Assert.Equal(2, (await second).Length);
        await AllReturned(scheduler);
        Assert.Equal(3 + 2, scheduler.Stats.GeneratedTokens);
    }

    [Fact]
    public async Task ARequestCanBeCancelledWhileItWaitsAndBeforeItStarts()
    {
        using var model = new TinyModel(18);
        using var cancelled = new ManualResetEventSlim();
        model.Hook(call =>
        {
            if (call == 2) cancelled.Wait();
        });
        using var scheduler = new Scheduler(model.Decoder, model.Gang, new() { MaxRunning = 1 });
        using var gate = new CancellationTokenSource();
        var running = scheduler.GenerateAll(new GenerationRequest([1], Greedy, 255, []), gate.Token);
        using var cancel = new CancellationTokenSource();
        var queued = scheduler.GenerateAll(new GenerationRequest([1], Greedy, 255, []), cancel.Token);
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scheduler.GenerateAll(new GenerationRequest([1], Greedy, 2, []), cancel.Token));
        gate.Cancel();
        cancelled.Set();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await AllReturned(scheduler);
    }

    [Fact]
    public async Task AFailureInAStepFailsItsRequestsAndTheServerGoesOn()
    {
        using var model = new TinyModel(20);
        model.Hook(call =>
        {
            if (call == 5) throw new OutOfMemoryException("no room for logits");
        });
        using var scheduler = new Scheduler(model.Decoder, model.Gang, new() { MaxRunning = 2, CachePages = 8 });
        var requests = Enumerable.Range(1, 4).Select(i => new GenerationRequest([i], Greedy, 8, [])).ToArray();
        var answers = requests.Select(r => scheduler.GenerateAll(r)).ToArray();
        var failures = 0;
        for (var i = 0; i < answers.Length; i++)
        {
            try
            {
                var answer = await answers[i];
                Assert.Equal(8, answer.Length);
            }
            catch (GenerationFailedException failure)
            {
                Assert.Contains("no room for logits", failure.Message);
                failures++;
            }
        }
        Assert.InRange(failures, 1, 2);
        Assert.Equal(8, (await scheduler.GenerateAll(requests[0])).Length);
        await AllReturned(scheduler);
    }

    [Fact]
    public async Task LogitsThatAreNoNumbersFailOnlyTheirRequest()
    {
        using var model = new TinyModel(21);
        // Token 7's embedding is not a number, so any sequence that holds it has no usable logits.
        ((Param)model.Decoder.Embedding).Values.Slice(7 * 24, 24).Fill(float.NaN);
        using var scheduler = new Scheduler(model.Decoder, model.Gang);
        int[] good = [1, 2, 3];
        var bias = new Dictionary<int, float> { [7] = -100 };
        var sampling = Greedy with { LogitBias = bias };
        var well = scheduler.GenerateAll(new GenerationRequest(good, sampling, 40, []));
        await Assert.ThrowsAsync<GenerationFailedException>(() => scheduler.GenerateAll(new GenerationRequest([4, 7, 5], sampling, 40, [])));
        Assert.Equal(40, (await well).Length);
        await AllReturned(scheduler);
    }

    [Fact]
    public async Task ShuttingDownEndsWhatRuns()
    {
        using var model = new TinyModel(19);
        var scheduler = new Scheduler(model.Decoder, model.Gang, new() { MaxRunning = 1 });
        var answers = Enumerable.Range(0, 50).Select(_ => scheduler.GenerateAll(new GenerationRequest([1], Greedy, 255, []))).ToArray();
        scheduler.Dispose();
        scheduler.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => answers[^1]);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => scheduler.GenerateAll(new GenerationRequest([1], Greedy, 255, [])));
    }

    static GenerationRequest Request(Random random, int[][] roots)
    {
        var root = roots[random.Next(roots.Length)];
        int[] prompt = [.. root.AsSpan(0, random.Next(1, root.Length)), .. Ids(random, random.Next(0, 20))];
        var sampling = random.Next(3) switch
        {
            0 => Greedy,
            1 => new SamplingOptions(Temperature: 1.2f, Seed: (ulong)random.Next()),
            _ => new SamplingOptions(0.9f, TopK: 20, TopP: 0.9f, FrequencyPenalty: 0.5f, RepetitionPenalty: 1.1f, Seed: (ulong)random.Next()),
        };
        int? maxTokens = random.Next(8) == 0 ? null : random.Next(1, 20);
        return new(prompt, sampling, maxTokens, random.Next(2) == 0 ? [] : Ids(random, 3));
    }

    static int[] Ids(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(61))];

    static async Task<List<GeneratedToken>> Read(Scheduler scheduler, GenerationRequest request, int leaveAfter = int.MaxValue, bool cancel = false)
    {
        var tokens = new List<GeneratedToken>();
        using var leaving = new CancellationTokenSource();
        try
        {
            await foreach (var token in scheduler.Generate(request, leaving.Token))
            {
                tokens.Add(token);
                if (tokens.Count < leaveAfter) continue;
                if (!cancel) break;
                leaving.Cancel();
            }
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
        }
        return tokens;
    }

    internal static async Task AllReturned(Scheduler scheduler)
    {
        for (var i = 0; i < 12_000 && scheduler.Stats is not { Running: 0, Queued: 0, PagesUsed: 0 }; i++) await Task.Delay(5);
        Assert.Equal((0, 0, 0), (scheduler.Stats.Running, scheduler.Stats.Queued, scheduler.Stats.PagesUsed));
    }
}
