using System.Text.Json;
using Maison.Data.Shards;
using Maison.Data.Tokenizers;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training;
using Maison.Training.Optimisers;
using Maison.Training.Packing;
using Maison.Training.Text;

namespace Maison.Tests.Training;

public sealed class TextTrainerTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("maison-train-").FullName;

    static readonly TextConfig Tiny = new()
    {
        Vocab = 61,
        Hidden = 32,
        Layers = 2,
        Heads = 4,
        KvHeads = 2,
        HeadDim = 16,
        Intermediate = 48,
        Context = 32,
        InputSkip = true,
        ValueEmbeddings = true,
        LogitSoftcap = 15,
    };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void LearnsAPatternThatRepeats()
    {
        var run = WriteRun("overfit", steps: 160);
        using var gang = new Gang(2);
        using var trainer = new TextTrainer(run, gang);
        double first = 0, last = 0;
        trainer.Run(TimeSpan.FromHours(1), 0, m => { if (m.Step == 1) first = m.Loss; last = m.Loss; });
        Assert.InRange(first, Math.Log(Tiny.Vocab) - 0.2, Math.Log(Tiny.Vocab) + 0.2);
        Assert.True(last < 0.4, $"The loss only fell to {last}.");
        var held = trainer.HeldOut().BitsPerByte["held"];
        Assert.True(held < 1, $"Held-out bits per byte are {held}.");
    }

    [Fact]
    public void AMixtureLearnsTooAndKeepsItsExpertsBusy()
    {
        var run = WriteRun("mixture", steps: 160, Tiny with { Experts = 4, ExpertsPerToken = 2, ExpertIntermediate = 24, DenseBlocks = [0], RouterBias = true });
        using var gang = new Gang(2);
        using var trainer = new TextTrainer(run, gang);
        double last = 0, imbalance = 0;
        trainer.Run(TimeSpan.FromHours(1), 0, m => (last, imbalance) = (m.Loss, m.ExpertImbalance!.Value));
        Assert.True(last < 0.4, $"The loss only fell to {last}.");
        Assert.True(imbalance < 1.6, $"The busiest expert still does {imbalance} times its share.");
    }

    [Fact]
    public void TwentyStepsEqualTenThenResumeThenTen()
    {
        var (whole, halves) = (WriteRun("whole", 20), WriteRun("halves", 20));
        using (var gang = new Gang(2))
        using (var trainer = new TextTrainer(whole, gang))
            Assert.True(trainer.Run(TimeSpan.FromHours(1), 0));
        for (var part = 0; part < 2; part++)
        {
            using var gang = new Gang(1);                    // other threads, same bits
            using var trainer = new TextTrainer(halves, gang);
            Assert.Equal(part * 10, trainer.Step);
            using var stop = new CancellationTokenSource();
            Assert.Equal(part == 1, trainer.Run(TimeSpan.FromHours(1), 0, m => { if (m.Step == 10 && part == 0) stop.Cancel(); }, null, stop.Token));
        }
        foreach (var file in new[] { "model.safetensors", "optimiser.safetensors" })
            Assert.Equal(Bytes(whole, file), Bytes(halves, file));

        static byte[] Bytes(string run, string file) => File.ReadAllBytes(Path.Combine(new RunCheckpoints(run).Latest()!, file));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ScoringAndSamplingOnTheWayChangeNothing(bool mixture)
    {
        // The mark that begins documents and the letters of the fixed beginnings must be among the ids.
        var model = Tiny with { Vocab = 256 + MarkNames.All.Count, Context = 64 };
        if (mixture) model = model with { Experts = 4, ExpertsPerToken = 2, ExpertIntermediate = 24, DenseBlocks = [0], RouterBias = true };
        var (plain, watched) = (WriteRun("plain", 12, model), WriteRun("watched", 12, model));
        BpeTrainer.Train(["text"u8.ToArray()], model.Vocab, MarkNames.All, threads: 1).Save(watched);
        using var gang = new Gang(1);
        using (var trainer = new TextTrainer(plain, gang)) trainer.Run(TimeSpan.FromHours(1), 0);
        var heard = new List<SampleMetrics>();
        using (var trainer = new TextTrainer(watched, gang) { Sampler = RunSampler.Of(watched, TextRunPlan.Load(watched), gang, heard.Add) }) trainer.Run(TimeSpan.FromHours(1), 1);
        Assert.Equal(Bytes(plain), Bytes(watched));

        Assert.Equal(Enumerable.Range(1, 12), heard.Select(h => h.Step));
        Assert.All(heard, h => Assert.Equal(3, h.Samples.Count));
        Assert.NotEqual(heard[0].Samples[0].Text, heard[^1].Samples[0].Text);
        using var line = JsonDocument.Parse(File.ReadLines(Path.Combine(watched, "metrics.jsonl")).Last());
        Assert.Equal(heard[^1].Samples[0].Text, line.RootElement.GetProperty("samples")[0].GetProperty("text").GetString());
        Assert.Null(RunSampler.Of(plain, TextRunPlan.Load(plain), gang));

        static byte[] Bytes(string run) => File.ReadAllBytes(Path.Combine(new RunCheckpoints(run).Latest()!, "model.safetensors"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AStepWithItsLineOfMetricsAllocatesNothing(bool mixture)
    {
        const int steps = 24, warm = 8;
        var run = WriteRun("bytes", steps, mixture ? Tiny with { Experts = 4, ExpertsPerToken = 2, ExpertIntermediate = 24, DenseBlocks = [0], RouterBias = true } : Tiny);
        using var gang = new Gang(1);
        using var trainer = new TextTrainer(run, gang);
        var marks = new long[steps];
        trainer.Run(TimeSpan.FromHours(1), 0, m => marks[m.Step - 1] = GC.GetAllocatedBytesForCurrentThread());
        // After the last step at the full rate stands a checkpoint. The runtime may still compile a method anew, which happens in one step, on a busy machine late.
        int[] allocating = [.. Enumerable.Range(warm, steps - warm).Where(i => i != steps / 2 && marks[i] != marks[i - 1])];
        Assert.True(allocating.Length <= 1, $"Steps {string.Join(", ", allocating)} allocated {string.Join(", ", allocating.Select(i => marks[i] - marks[i - 1]))} bytes.");
        Assert.Equal(Enumerable.Range(1, steps), RunMetrics.Read(run).Select(s => s.Step));
    }

    [Fact]
    public void ADamagedStateNamesItsFileAndTheWayOut()
    {
        var run = WriteRun("damaged", 4);
        using var gang = new Gang(1);
        using (var trainer = new TextTrainer(run, gang)) trainer.Run(TimeSpan.FromHours(1), 0);
        File.WriteAllText(Path.Combine(new RunCheckpoints(run).Latest()!, "state.json"), "{\"step\": 2");
        var error = Assert.Throws<CheckpointFormatException>(() => new TextTrainer(run, gang));
        Assert.EndsWith("state.json", error.File);
        Assert.Contains("delete this checkpoint's folder", error.Message);
    }

    [Fact]
    public void TheCheckpointBeforeTheDecayIsKept()
    {
        var run = WriteRun("kept", 12);
        using var gang = new Gang(1);
        using (var trainer = new TextTrainer(run, gang)) trainer.Run(TimeSpan.Zero, 0);
        Assert.Equal(["step-0000006", "step-0000011", "step-0000012"], Directory.GetDirectories(Path.Combine(run, "checkpoints")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void AHalfWrittenCheckpointIsPassedOver()
    {
        var run = WriteRun("torn", 4);
        using var gang = new Gang(1);
        using (var trainer = new TextTrainer(run, gang)) trainer.Run(TimeSpan.FromHours(1), 0);
        var good = new RunCheckpoints(run).Latest()!;
        // What a kill in the middle of a checkpoint leaves: a temporary folder with some of the files.
        var torn = Path.Combine(Path.GetDirectoryName(good)!, "step-0000009.tmp");
        Directory.CreateDirectory(torn);
        File.WriteAllText(Path.Combine(torn, "model.safetensors"), "half");
        Assert.Equal(good, new RunCheckpoints(run).Latest());
        using (var again = new TextTrainer(run, gang)) Assert.Equal(4, again.Step);

        // The next checkpoint, of whatever step, takes it away.
        var plan = TextRunPlan.Load(run);
        (plan with { Schedule = plan.Schedule with { Steps = 6 } }).Save(run);
        using (var longer = new TextTrainer(run, gang)) longer.Run(TimeSpan.FromHours(1), 0);
        Assert.False(Directory.Exists(torn));
    }

    string WriteRun(string name, int steps, TextConfig? model = null)
    {
        var run = Path.Combine(folder, name);
        var shard = WriteShard(name + "-train", seed: 1);
        var held = Path.Combine(folder, "held.bin");
        if (!File.Exists(held)) WriteShard("held", seed: 2);
        new TextRunPlan(model ?? Tiny, new Dictionary<string, double> { [shard] = 1 }, [held], RowTokens: 32, BatchTokens: 256, MicroTokens: 128,
            new Schedule(steps, 2, steps / 2, 0.1), new OptimiserOptions(Matrix: 0.02), Seed: 5).Save(run);
        return run;
    }

    /// <summary>Documents that count upwards from a random id: easy to predict, but only from context.</summary>
    string WriteShard(string name, int seed)
    {
        var path = Path.Combine(folder, name + ".bin");
        var random = new Random(seed);
        using var writer = new ShardWriter(path, Tiny.Vocab, startId: 0, tokenizerHash: new byte[32]);
        for (var d = 0; d < 60; d++)
        {
            var ids = new int[random.Next(8, 40)];
            for (int i = 1, id = random.Next(1, Tiny.Vocab); i < ids.Length; i++, id = 1 + id % (Tiny.Vocab - 1)) ids[i] = id;
            writer.Add(ids, textBytes: ids.Length - 1, "count");
        }
        writer.Complete();
        return path;
    }
}
