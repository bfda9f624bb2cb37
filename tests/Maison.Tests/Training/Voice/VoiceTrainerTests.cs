using Maison.Models.Voice;
using Maison.Tensors;
using Maison.Training;
using Maison.Training.Optimisers;
using Maison.Training.Voice;

namespace Maison.Tests.Training.Voice;

public sealed class VoiceTrainerTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("maison-voice-").FullName;
    VoiceData data = TinyVoice.Data(train: 7, held: 3, words: 8);   // long enough for judges

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("aligner", 8)]
    [InlineData(AcousticStage.PlainName, 8)]
    [InlineData(AcousticStage.JudgedName, 8)]
    [InlineData(AcousticStage.JudgedName, 5)]
    public void TwentyStepsEqualTenThenResumeThenTen(string stage, int words)
    {
        // With five words some sentences are too short for judges, and now and then a whole batch is.
        data = TinyVoice.Data(train: 7, held: 3, words);
        var plan = Plan(stage, 20);
        Run(plan, "whole", threads: 2);
        for (var part = 0; part < 2; part++)
        {
            using var stop = new CancellationTokenSource();
            var done = Run(plan, "halves", threads: 1, (trainer, m) =>
            {
                if (m.Step == 10 && part == 0) stop.Cancel();
            }, stop.Token);
            Assert.Equal(part == 1, done);
        }
        foreach (var file in new[] { "model.safetensors", "optimiser.safetensors" }.Concat(stage == AcousticStage.JudgedName ? ["judge.safetensors"] : []))
            Assert.Equal(Bytes("whole", file), Bytes("halves", file));
    }

    [Fact]
    public void JudgesGoOnWithAModelAndHaveASay()
    {
        using var gang = new Gang(1);
        Assert.Contains(AcousticStage.JudgedName, Assert.Throws<ArgumentException>(() => new AcousticStage(Plan(AcousticStage.JudgedName, 2) with { Start = null }, data, gang)).Message);
        Run(Plan(AcousticStage.JudgedName, 6), "judged", threads: 1);
        Run(Plan(AcousticStage.JudgedName, 6) with { Stage = AcousticStage.PlainName }, "alone", threads: 1);
        Assert.NotEqual(Bytes("judged", "model.safetensors"), Bytes("alone", "model.safetensors"));
        Assert.Contains("verdict", File.ReadAllText(Path.Combine(folder, "judged", "metrics.jsonl")));
    }

    [Theory]
    [InlineData("aligner")]
    [InlineData("acoustic")]
    public void MeasuringOnTheWayChangesNothingAndIsWrittenDown(string stage)
    {
        var plan = Plan(stage, 6);
        Run(plan, "plain", threads: 1);
        Run(plan, "watched", threads: 1, evaluateEvery: 1);
        Assert.Equal(Bytes("plain", "model.safetensors"), Bytes("watched", "model.safetensors"));
        var lines = File.ReadAllLines(Path.Combine(folder, "watched", "metrics.jsonl"));
        Assert.Equal(12, lines.Length);
        Assert.Contains("heldOut", lines[1]);
        Assert.Contains(stage == "aligner" ? "bestNatsPerFrame" : "melNats", lines[^1]);
        Assert.Contains("\"tiny\": \"0\"", File.ReadAllText(Path.Combine(Latest("plain"), "receipt.json")));
    }

    [Fact]
    public void WhatIsSavedLoadsToTheSameBits()
    {
        Run(Plan("acoustic", 4), "saved", threads: 1);
        var again = Path.Combine(folder, "again");
        VoiceCheckpoint.Save(again, VoiceCheckpoint.LoadAcoustic(Latest("saved")));
        foreach (var file in new[] { "model.safetensors", "config.json" })
            Assert.Equal(Bytes("saved", file), File.ReadAllBytes(Path.Combine(again, file)));
        Assert.Contains("'maison-acoustic'", Assert.ThrowsAny<Exception>(() => VoiceCheckpoint.LoadAligner(again)).Message);
    }

    [Fact]
    public void ASecondRunStartsFromTheFirstAndIsComparedWithIt()
    {
        Run(Plan("aligner", 30), "first", threads: 2);
        var first = Latest("first");
        using var gang = new Gang(1);
        using var second = new AlignerStage(Plan("aligner", 5) with { Start = first, Aligner = first }, data, gang);
        var scores = second.HeldOut();
        Assert.Equal(0, scores["bordersApartMs"]);
        second.Step(0, 1);
        Assert.True(second.HeldOut()["natsPerFrame"] != scores["natsPerFrame"]);
    }

    [Fact]
    public void EveryEpochReadsEveryExampleOnce()
    {
        var order = new ExampleOrder(7, 3, seed: 4);
        var drawn = Enumerable.Range(0, 7).SelectMany(order.Batch).ToArray();
        for (var epoch = 0; epoch < 3; epoch++) Assert.Equal(Enumerable.Range(0, 7), drawn[(7 * epoch)..(7 * epoch + 7)].Order());
        Assert.NotEqual(drawn[..7], drawn[7..14]);
        Assert.Equal(order.Batch(2), new ExampleOrder(7, 3, seed: 4).Batch(2));
    }

    VoiceRunPlan Plan(string stage, int steps)
    {
        if (stage == "aligner") return Planned(null, null);
        string aligner = Path.Combine(folder, "aligner-model"), begun = Path.Combine(folder, "acoustic-model");
        if (!Directory.Exists(aligner))
        {
            var model = new Aligner(TinyVoice.Aligner);
            VoiceInit.Initialise(model, 1);
            VoiceCheckpoint.Save(aligner, model);
            var acoustic = new AcousticModel(TinyVoice.Config);
            VoiceInit.Initialise(acoustic, 1);
            VoiceCheckpoint.Save(begun, acoustic);
        }
        return Planned(aligner, stage == AcousticStage.JudgedName ? begun : null) with { Dropout = 0.2f };

        VoiceRunPlan Planned(string? aligner, string? start) => new(stage, "tiny", new Schedule(steps, 2, steps / 2, 0.1), new AdamWOptions(Rate: 2e-3), Batch: 2, Seed: 3, start, aligner, Hidden: 32);
    }

    bool Run(VoiceRunPlan plan, string name, int threads, Action<VoiceTrainer, VoiceStepMetrics>? onStep = null, CancellationToken stop = default, int evaluateEvery = 0)
    {
        var run = Path.Combine(folder, name);
        plan.Save(run);
        using var gang = new Gang(threads);
        using IVoiceStage stage = plan.Stage == "aligner" ? new AlignerStage(plan, data, gang) : new AcousticStage(plan, data, gang);
        var trainer = new VoiceTrainer(run, VoiceRunPlan.Load(run), stage);
        return trainer.Run(TimeSpan.FromHours(1), evaluateEvery, m => onStep?.Invoke(trainer, m), null, stop);
    }

    string Latest(string name) => new CheckpointFolders(Path.Combine(folder, name)).Latest()!;

    byte[] Bytes(string name, string file) => File.ReadAllBytes(Path.Combine(Latest(name), file));
}
