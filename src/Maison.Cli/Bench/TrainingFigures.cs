using Maison.Data.Preparation;
using Maison.Data.Shards;
using Maison.Data.Tokenizers;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;
using Maison.Training;
using Maison.Training.Optimisers;
using Maison.Training.Text;

namespace Maison.Cli.Bench;

/// <summary>What a training step of the house's shape reaches of the machine's matrix-product rate, and whether it allocates.</summary>
static class TrainingFigures
{
    const int steps = 8, warmUp = 2, textBytes = 4_000_000, ForwardAndBackward = 3, vocab = 8192, rowTokens = 512;

    public static IEnumerable<Figure> Measure(BenchContext context)
    {
        var folder = Directory.CreateTempSubdirectory("maison-bench-").FullName;
        try
        {
            var shard = Path.Combine(folder, "text.bin");
            WriteShard(shard, Path.Combine(folder, "tokenizer.json"));
            if (Device.Current is null)
            {
                foreach (var figure in Measure(context, "", (10, 512), batch: 4096, micro: 2048, shard, Path.Combine(folder, "run"))) yield return figure;
                yield break;
            }
            // On a device the small shape is a matter of how fast memory is, so a larger one is measured as well.
            foreach (var figure in Measure(context, "", (10, 512), batch: 65536, micro: 65536, shard, Path.Combine(folder, "run"))) yield return figure;
            foreach (var figure in Measure(context, ".2048", (4, 2048), batch: 65536, micro: 16384, shard, Path.Combine(folder, "large"))) yield return figure;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void WriteShard(string shard, string tokenizerFile)
    {
        var text = MadeUpText.Bytes(textBytes, seed: 1);
        BpeTrainer.Train(MadeUpText.Documents(text), vocab, MarkNames.All).Save(tokenizerFile);
        var tokenizer = ShardTokenizer.Load(tokenizerFile);
        using var writer = new ShardWriter(shard, tokenizer.VocabSize, tokenizer.StartId, tokenizer.Sha256);
        foreach (var document in MadeUpText.Documents(text))
        {
            var ids = new List<int>();
            tokenizer.Encode(document.Span, ids);
            writer.Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids), document.Length, "text");
        }
        writer.Complete();
    }

    /// <param name="shape">Layers and features; 10 × 512 is the shipped model's, extras left out.</param>
    /// <param name="batch">Tokens per step.</param>
    /// <param name="micro">Tokens per forward and backward.</param>
    static IEnumerable<Figure> Measure(BenchContext context, string name, (int Layers, int Hidden) shape, int batch, int micro, string shard, string run)
    {
        var config = TextSizing.Shape(shape, vocab, context: 1024);
        new TextRunPlan(config, new Dictionary<string, double> { [shard] = 1 }, [], rowTokens, batch, micro, new Schedule(steps, 0, 0, 1), new OptimiserOptions(), Seed: 1).Validated().Save(run);
        var rate = MachineProbe.MatMulFlops(context.Gang);
        List<StepMetrics> seen = [];
        List<long> allocated = [];
        using (var trainer = new TextTrainer(run, context.Gang))
            trainer.Run(TimeSpan.FromHours(1), 0, m =>
            {
                allocated.Add(GC.GetTotalAllocatedBytes(precise: true));
                seen.Add(m);
            }, _ => { }, context.Stop);
        // Before and after: a neighbour that was busy at one of the two would flatter the steps.
        rate = Math.Max(rate, MachineProbe.MatMulFlops(context.Gang));
        var tokensPerSecond = Figure.Median(seen.Skip(warmUp).Select(m => m.TokensPerSecond));
        var flops = ForwardAndBackward * config.ForwardFlopsPerToken() * tokensPerSecond;
        var device = Device.Current?.Name;
        var where = device ?? $"{context.Gang.Threads} threads";
        var setting = $"{shape.Layers}×{shape.Hidden}, rows of {rowTokens}, batches of {batch}, {where}";
        yield return new("machine.matmul" + name, rate / 1e9, "GFLOP/s", device is null ? $"768³, fp32, {where}" : $"8192³, bf16, {where}");
        yield return new("training.tokens" + name, tokensPerSecond, "tokens/s", $"{setting}; attention's own products not counted in the share", flops / rate, "the matrix-product rate", Goal: device is null ? "at least 0.5 of it" : "at least 0.3 of the peak in the data sheet");
        yield return new("training.step_bytes" + name, Figure.Median(allocated.Zip(allocated.Skip(1), (a, b) => (double)(b - a)).Skip(warmUp)), "B", $"managed, per optimiser step, metrics line included; {setting}", Goal: "about 0");
    }
}
