// A decoded token costs no managed byte: measured on the step thread itself, from one product with the output matrix to the next, so
// that planning, the model, sampling, page bookkeeping and waking readers are all inside.

using Maison.Inference;

namespace Maison.Tests.Inference;

public sealed class AllocationTests
{
    // A thread-pool queue that other tests fill may grow just when a reader is woken here.
    const int stepsWithPoolGrowth = 3;

    public static TheoryData<SamplingOptions> Plain => new((SamplingOptions[])
    [
        new(Temperature: 0),
        new(),
        new(0.8f, TopK: 20, TopP: 0.9f, MinP: 0.02f),
        new(TopP: 0.5f),
        new(FrequencyPenalty: 0.3f, RepetitionPenalty: 1.1f),
    ]);

    [Theory, MemberData(nameof(Plain))]
    public async Task ASteadyStepAllocatesNothing(SamplingOptions sampling)
    {
        var perStep = await Measure(sampling, readAlong: false);
        Assert.All(perStep, bytes => Assert.Equal(0, bytes));
    }

    [Fact]
    public async Task AStepOfAMixtureAllocatesNothing()
    {
        var perStep = await Measure(new(), readAlong: false, experts: 4);
        Assert.All(perStep, bytes => Assert.Equal(0, bytes));
    }

    [Fact]
    public async Task WakingReadersAllocatesNothing()
    {
        var perStep = await Measure(new(), readAlong: true);
        Assert.InRange(perStep.Count(bytes => bytes != 0), 0, stepsWithPoolGrowth);
    }

    static async Task<long[]> Measure(SamplingOptions sampling, bool readAlong, int experts = 0)
    {
        const int warm = 40, tokens = 190;
        using var model = new TinyModel(30, context: 256, extras: true, experts: experts);
        var marks = new List<long>(2 * tokens);
        using var everyone = new ManualResetEventSlim();
        model.Hook(call =>
        {
            everyone.Wait();
            marks.Add(GC.GetAllocatedBytesForCurrentThread());
        });
        using (var scheduler = new Scheduler(model.Decoder, model.Gang, new() { CachePages = 32 }))
        {
            var readers = Enumerable.Range(1, 6).Select(async i =>
            {
                await using var reader = scheduler.Generate(new([i, 2, 3], sampling, tokens, [])).GetAsyncEnumerator();
                for (var read = 0; await reader.MoveNextAsync(); read++)
                    while (read == 0 && !readAlong && scheduler.Stats.Running > 0) await Task.Delay(10);
            }).ToArray();
            // Coming and going is not steady: all start together.
            everyone.Set();
            await Task.WhenAll(readers);
        }
        // The first steps grow tables; the last ones end requests.
        return [.. marks.Zip(marks.Skip(1), (a, b) => b - a).Skip(warm).SkipLast(warm)];
    }
}
