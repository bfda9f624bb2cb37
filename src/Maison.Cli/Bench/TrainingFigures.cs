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
    const int steps = 8, warmUp = 2, textBytes = 4_000_000, ForwardAndBackward = 3;

    /// <summary>Tokens per step and per forward and backward: enough to measure, and what fills a GPU.</summary>
    const int batch = 4096, micro = 2048, deviceBatch = 65536;

    public static IEnumerable<Figure> Measure(BenchContext context)
    {
        var onDevice = Device.Current is not null;
        var folder = Directory.CreateTempSubdirectory("maison-bench-").FullName;
        try
        {
            var shard = Path.Combine(folder, "text.bin");
            var text = MadeUpText.Bytes(textBytes, seed: 1);
            var config = TextSizing.Shape((10, 512), vocab: 8192, context: 1024);           // the shipped model's, extras left out
            var path = Path.Combine(folder, "tokenizer.json");
            BpeTrainer.Train(MadeUpText.Documents(text), config.Vocab, MarkNames.All).Save(path);
            var tokenizer = ShardTokenizer.Load(path);
            using (var writer = new ShardWriter(shard, tokenizer.VocabSize, tokenizer.StartId, tokenizer.Sha256))
            {
                foreach (var document in MadeUpText.Documents(text))
                {
                    var ids = new List<int>();
                    tokenizer.Encode(document.Span, ids);
                    writer.Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids), document.Length, "text");
                }
                writer.Complete();
            }
            var run = Path.Combine(folder, "run");
            new TextRunPlan(config, new Dictionary<string, double> { [shard] = 1 }, [], RowTokens: 512, BatchTokens: onDevice ? deviceBatch : batch, MicroTokens: onDevice ? deviceBatch : micro,
                new Schedule(steps, 0, 0, 1), new OptimiserOptions(), Seed: 1).Validated().Save(run);
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
            var where = onDevice ? Device.Current!.Name : $"{context.Gang.Threads} threads";
            var setting = $"{config.Layers}×{config.Hidden}, rows of 512, batches of {(onDevice ? deviceBatch : batch)}, {where}";
            yield return new("machine.matmul", rate / 1e9, "GFLOP/s", onDevice ? $"8192³, TF32, {where}" : $"768³, fp32, {where}");
            yield return new("training.tokens", tokensPerSecond, "tokens/s", $"{setting}; attention's own products not counted in the share", flops / rate, "the matrix-product rate", Goal: "at least 0.5 of it");
            yield return new("training.step_bytes", Figure.Median(allocated.Zip(allocated.Skip(1), (a, b) => (double)(b - a)).Skip(warmUp)), "B", $"managed, per optimiser step, metrics line included; {setting}", Goal: "about 0");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
