// Decoding and prefill on Qwen3-0.6B's shape in 8 bits, the yardstick that other engines publish. Measured through the scheduler, sampling
// included, as a user gets it. One token reads every weight once, so decoding is held against the machine's read bandwidth.

using System.Diagnostics;
using Maison.Inference;
using Maison.Models;
using Maison.Models.Text;
using Maison.Tensors;
using Maison.Tensors.Kernels;

namespace Maison.Cli.Bench;

/// <summary>Tokens per second of one sequence, of several, and of a prompt.</summary>
static class ModelFigures
{
    const int prompt = 16, generated = 48, prefill = 512, parallel = 8, repeats = 3;

    public static IEnumerable<Figure> Measure(BenchContext context)
    {
        var config = RandomModel.Qwen;
        var model = RandomModel.EightBit(config, seed: 1);
        var bytes = ModelWeights.Slots(model).Sum(s => s.Weight.Bytes);
        var bandwidth = MachineProbe.ReadBandwidth(context.Gang);
        yield return new("machine.read", bandwidth / 1e9, "GB/s", $"{context.Gang.Threads} threads");

        using var scheduler = new Scheduler(model, context.Gang, new() { CachePages = (parallel + 1) * 16, MaxRunning = parallel });
        var random = new Random(2);
        Decode(1);
        var one = Figure.Median(Enumerable.Range(0, repeats).Select(_ => Decode(1)));
        var setting = $"Qwen3-0.6B's shape, random Q8_0, {context.Gang.Threads} threads";
        yield return new("decode.one", one, "tokens/s", $"{setting}; llama.cpp: 20 on the machine of the goal", one * bytes / bandwidth, "the read bandwidth", Goal: "at least 0.8 of it");
        var many = Decode(parallel);
        yield return new("decode.parallel", many, "tokens/s", $"{parallel} sequences, {setting}", many / one, "one sequence", Goal: "at least 3 times one");
        yield return new("prefill", Figure.Median(Enumerable.Range(0, repeats).Select(_ => Prefill())), "tokens/s", $"{prefill} tokens, {setting}; llama.cpp: 110 on the machine of the goal", Goal: "more than 110");
        foreach (var slot in ModelWeights.Slots(model)) (slot.Weight as IDisposable)?.Dispose();

        // From the first token to the last, so that the prompt does not count.
        double Decode(int sequences)
        {
            var ends = Task.WhenAll(Enumerable.Range(0, sequences).Select(_ => Task.Run(() => Run(prompt, generated)))).GetAwaiter().GetResult();
            return sequences * (generated - 1) / Stopwatch.GetElapsedTime(ends.Max(e => e.First), ends.Max(e => e.Last)).TotalSeconds;
        }

        double Prefill()
        {
            var start = Stopwatch.GetTimestamp();
            var (first, _) = Run(prefill, 1).GetAwaiter().GetResult();
            return prefill / Stopwatch.GetElapsedTime(start, first).TotalSeconds;
        }

        async Task<(long First, long Last)> Run(int tokens, int answer)
        {
            int[] ids;
            lock (random) ids = [.. Enumerable.Range(0, tokens).Select(_ => random.Next(config.Vocab))];
            long first = 0, last = 0;
            await foreach (var _ in scheduler.Generate(new(ids, new(Temperature: 0), answer, []), context.Stop))
            {
                last = Stopwatch.GetTimestamp();
                if (first == 0) first = last;
            }
            return (first, last);
        }
    }
}
