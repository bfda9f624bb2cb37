// What a step does, without threads: who waits for whom is a matter of steps here, not of time.

using Maison.Inference;

namespace Maison.Tests.Inference;

public sealed class StepperTests
{
    int now;

    [Fact]
    public void TheOldestNeverGivesWayAndAllEndInOrderOfArrival()
    {
        using var model = new TinyModel(40);
        using var stepper = new Stepper(model.Decoder, model.Gang, pages: 4, maxRunning: 4, maxBatchTokens: 128);
        var probes = Enumerable.Range(0, 4).Select(i => new Probe(this, [i, .. Enumerable.Range(1, 19)], 150)).ToArray();
        foreach (var probe in probes) stepper.Add(probe);
        Run(stepper, probes);
        Assert.True(stepper.Preemptions > 0);
        Assert.Equal(Enumerable.Range(1, 150), probes[0].Steps);
        Assert.Equal(probes.OrderBy(p => p.Steps[^1]), probes);
        Assert.Equal(0, stepper.PagesUsed);
    }

    [Fact]
    public void ALongPromptIsChunkedAndRunningAnswersKeepTheirPace()
    {
        using var model = new TinyModel(41);
        using var stepper = new Stepper(model.Decoder, model.Gang, pages: 16, maxRunning: 4, maxBatchTokens: 40);
        var answer = new Probe(this, [1], 100);
        stepper.Add(answer);
        var prompt = new Probe(this, [.. Enumerable.Range(0, 100).Select(i => i % 61)], 3);
        Step(stepper);
        stepper.Add(prompt);
        Run(stepper, [answer, prompt]);
        Assert.Equal(Enumerable.Range(1, 100), answer.Steps);
        // A quarter of 40 rows each step beside an answer: ten chunks, the first in step 2.
        Assert.Equal([11, 12, 13], prompt.Steps);
    }

    [Fact]
    public void AWaitingRequestHoldsNoPagesAndIsAdmittedWhenItFits()
    {
        using var model = new TinyModel(42);
        using var stepper = new Stepper(model.Decoder, model.Gang, pages: 3, maxRunning: 4, maxBatchTokens: 200);
        Probe first = new(this, [.. Enumerable.Range(0, 60)], 10), second = new(this, [.. Enumerable.Range(0, 60).Reverse(), .. Enumerable.Range(0, 60)], 2);
        stepper.Add(first);
        stepper.Add(second);
        Step(stepper);
        Assert.Equal((1, 1, 1), (stepper.Running, stepper.Waiting, stepper.PagesUsed));
        Run(stepper, [first, second]);
        Assert.Equal(Enumerable.Range(1, 10), first.Steps);
        Assert.True(second.Steps[0] <= first.Steps[^1] + 1);
    }

    void Run(Stepper stepper, Probe[] probes)
    {
        for (var steps = 0; Step(stepper); steps++)
            Assert.True(steps < 5000, "The steps never end.");
        Assert.All(probes, p => Assert.True(p.Finished));
    }

    bool Step(Stepper stepper)
    {
        now++;
        return stepper.Step();
    }

    /// <summary>A request that takes the likeliest token and notes in which step.</summary>
    sealed class Probe(StepperTests test, int[] prompt, int maxTokens) : Sequence([.. prompt, .. new int[maxTokens]], prompt.Length)
    {
        public List<int> Steps { get; } = [];
        public override int PromptTokens => prompt.Length;
        public override int Target => Length;
        public override int Wanted => Length;

        public override int Take(ReadOnlySpan<float> logits, Sampler sampler)
        {
            Steps.Add(test.now);
            Append(logits.IndexOf(RowMath.Max(logits)));
            Finished = Length == prompt.Length + maxTokens;
            return 1;
        }

        public override void Publish()
        {
        }

        public override void Fail(Exception error) => throw error;
    }
}
