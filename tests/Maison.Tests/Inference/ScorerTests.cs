// Scores equal those read from one whole forward without a cache, whatever the chunks, the neighbours and the shared pages.

using Maison.Inference;

namespace Maison.Tests.Inference;

public sealed class ScorerTests
{
    [Theory]
    [InlineData(1, 1, 4)]
    [InlineData(2, 7, 4)]
    [InlineData(3, 64, 5)]
    [InlineData(4, 300, 12)]
    public async Task EqualsTheWholeForward(int seed, int maxBatchTokens, int pages)
    {
        using var model = new TinyModel(seed, extras: seed % 2 == 0);
        using var scheduler = new Scheduler(model.Decoder, model.Gang, new() { MaxRunning = 3, MaxBatchTokens = maxBatchTokens, CachePages = pages });
        var random = new Random(seed);
        var question = Ids(random, 130);
        var items = new List<(int[] Prompt, int[] Continuation)>();
        for (var i = 0; i < 12; i++)
        {
            int[] prompt = [.. question.AsSpan(0, random.Next(1, 130)), .. Ids(random, random.Next(10))];
            items.Add((prompt, i % 3 == 0 ? [.. model.Generate(new(prompt, new(Temperature: 0), 3, []), 256)] : Ids(random, random.Next(1, 100))));
        }
        var background = scheduler.GenerateAll(new GenerationRequest([1, 2, 3], new(Temperature: 0), 60, []));
        var scores = new Scorer(scheduler).Score(items);
        for (var i = 0; i < items.Count; i++)
        {
            var (prompt, continuation) = items[i];
            var logits = model.Logits([.. prompt, .. continuation]);
            double logprob = 0;
            var greedy = true;
            for (var t = 0; t < continuation.Length; t++)
            {
                var row = logits[prompt.Length - 1 + t];
                logprob += row[continuation[t]] - Math.Log(row.Sum(z => Math.Exp(z)));
                greedy &= row.AsSpan().IndexOf(row.Max()) == continuation[t];
            }
            Assert.Equal(logprob, scores[i].Logprob, 1e-4 * continuation.Length);
            Assert.Equal(greedy, scores[i].Greedy);
            Assert.Equal(continuation.Length, scores[i].Tokens);
            if (i % 3 == 0) Assert.True(scores[i].Greedy);
        }
        model.AssertAnswer(new([1, 2, 3], new(Temperature: 0), 60, []), 256, await background);
        Assert.True(scheduler.Stats.CachedPromptTokens > 0);
    }

    [Fact]
    public async Task ChoicesOfOneQuestionShareItsPages()
    {
        using var model = new TinyModel(5);
        using var scheduler = new Scheduler(model.Decoder, model.Gang, new() { MaxRunning = 1 });
        var question = Ids(new Random(5), 100);
        new Scorer(scheduler).Score([(question, [1]), (question, [2, 3]), (question, [4, 5, 6])]);
        Assert.Equal(2 * 64, scheduler.Stats.CachedPromptTokens);
        await SchedulerLawTests.AllReturned(scheduler);
    }

    [Fact]
    public async Task WhatCannotBeScoredIsRefusedAndCancellingEndsTheWait()
    {
        using var model = new TinyModel(6);
        using var scheduler = new Scheduler(model.Decoder, model.Gang);
        var scorer = new Scorer(scheduler);
        Assert.Contains("prompt", Assert.Throws<ArgumentException>(() => scorer.Score([], [1])).Message);
        Assert.Contains("continuation", Assert.Throws<ArgumentException>(() => scorer.Score([1], [])).Message);
        Assert.Throws<ContextOverflowException>(() => scorer.Score(new int[200], new int[57]));
        Assert.Equal(56, scorer.Score(new int[200], new int[56]).Tokens);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scheduler.Score([1], [2], new CancellationToken(true)));
        await SchedulerLawTests.AllReturned(scheduler);
    }

    static int[] Ids(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(61))];
}
