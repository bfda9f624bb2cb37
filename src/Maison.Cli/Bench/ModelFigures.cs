// Decoding and prefill on Qwen3-0.6B's shape in 8 bits, the yardstick that other engines publish. Measured through the scheduler, sampling
// included, as a user gets it. One token reads every weight once, so decoding is held against the machine's read bandwidth.

using System.Diagnostics;
using Maison.Inference;
using Maison.Models;
using Maison.Models.Text;
using Maison.Tensors;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Cli.Bench;

/// <summary>Tokens per second of one sequence, of several, and of a prompt.</summary>
static class ModelFigures
{
    const int prompt = 16, generated = 48, prefill = 512, parallel = 8, repeats = 3;

    public static IEnumerable<Figure> Measure(BenchContext context)
    {
        var bandwidth = MachineProbe.ReadBandwidth(context.Gang);
        var machine = Device.Current is { } device ? device.Name : $"{context.Gang.Threads} threads";
        yield return new("machine.read", bandwidth / 1e9, "GB/s", machine);
        // On a device the small shape is a matter of how fast kernels can be started, so a larger one is measured as well.
        (string Name, string Shape, TextConfig Config, WeightFormat Format)[] models = Device.Current is null
            ? [("", "Qwen3-0.6B", RandomModel.Qwen, WeightFormat.Q8)]
            : [("", "Qwen3-0.6B", RandomModel.Qwen, WeightFormat.Q8), (".8b.q8", "Qwen3-8B", RandomModel.Qwen8B, WeightFormat.Q8), (".8b.bf16", "Qwen3-8B", RandomModel.Qwen8B, WeightFormat.Bf16)];
        foreach (var (name, shape, config, format) in models)
            foreach (var figure in Measure(context, name, $"{shape}'s shape, random {(format == WeightFormat.Q8 ? "Q8_0" : "bf16")}, {machine}", config, format, bandwidth))
                yield return figure;
    }

    static IEnumerable<Figure> Measure(BenchContext context, string name, string setting, TextConfig config, WeightFormat format, double bandwidth)
    {
        var model = RandomModel.Stored(config, format, seed: 1);
        // One row of a table is read per token, unless it is the output matrix as well.
        var bytes = ModelWeights.Slots(model).Where(s => config.TieEmbeddings || s.Weight != model.Embedding).Sum(s => s.Weight.Bytes);
        using var scheduler = new Scheduler(model, context.Gang, new() { CachePages = (parallel + 1) * 16, MaxRunning = parallel });
        var random = new Random(2);
        Decode(1);
        var one = Figure.Median(Enumerable.Range(0, repeats).Select(_ => Decode(1)));
        var onDevice = Device.Current is not null;
        yield return new("decode.one" + name, one, "tokens/s", onDevice ? setting : $"{setting}; llama.cpp: 20 on the machine of the goal", one * bytes / bandwidth, "the read bandwidth", Goal: onDevice ? "at least 0.6 of it" : "at least 0.8 of it");
        var many = Decode(parallel);
        yield return new("decode.parallel" + name, many, "tokens/s", $"{parallel} sequences, {setting}", many / one, "one sequence", Goal: "at least 3 times one");
        yield return new("prefill" + name, Figure.Median(Enumerable.Range(0, repeats).Select(_ => Prefill())), "tokens/s", onDevice ? $"{prefill} tokens, {setting}" : $"{prefill} tokens, {setting}; llama.cpp: 110 on the machine of the goal", Goal: onDevice ? null : "more than 110");
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
