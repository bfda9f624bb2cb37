// Laws of the vocoder's training, on two invented vowels in a voice shard: it learns, resumes to the bit, and measuring changes nothing.

using Maison.Data.Audio;
using Maison.Data.Audio.Analysis;
using Maison.Data.Audio.Preparation;
using Maison.Data.Corpora;
using Maison.Models.Voice;
using Maison.Tensors;
using Maison.Training;
using Maison.Training.Optimisers;
using Maison.Training.Voice;

namespace Maison.Tests.Training.Voice;

public sealed class VocoderStageTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("maison-vocoder-").FullName;

    public VocoderStageTests() => WriteData(Path.Combine(folder, "data"));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Harmonics of 125 Hz under a formant, 1.2 seconds each; the last utterance is short, one is held out.</summary>
    static void WriteData(string to)
    {
        Directory.CreateDirectory(to);
        var analyser = new VoiceAnalyser(PitchRange.Anyone);
        var speaker = new VoiceSpeaker("anyone", 80, 300, 125, 12000);
        var path = Path.Combine(to, "vowels.voice");
        using (var file = File.Create(path))
        {
            using var writer = new VoiceShardWriter(file);
            for (var u = 0; u < 4; u++)
            {
                var frames = u == 3 ? 40 : 120;
                var formant = u % 2 == 0 ? 700.0 : 1800.0;
                var samples = new float[frames * VoiceFrames.HopSamples];
                for (var n = 0; n < samples.Length; n++)
                    for (var k = 1; k < 90; k++) samples[n] += (float)(0.05 / (1 + Math.Pow((k * 125 - formant) / 200, 2)) * Math.Cos(2 * Math.PI * 125 * k * n / VoiceFrames.SampleRateHz));
                var hz = Enumerable.Repeat(125f, frames).ToArray();
                var features = new VoiceFeatures(analyser.LogMel(samples), new float[frames], hz, [.. Enumerable.Repeat(1f, frames * VoiceFrames.PeriodicityBands)]);
                writer.Add(new($"u{u}", "anyone", "plain", "ah", u == 1 ? VoiceSplit.HeldOut : VoiceSplit.Train, 0, frames, new(0, frames), [], 0, -6, frames, 1), VoiceShardWriter.Pack(samples, features));
            }
            writer.Finish("vowels", [speaker]);
        }
        using var reader = new VoiceShardReader(path);
        VoiceLedger.Write(to, [new("key", new CorpusLicence("vowels", "CC0-1.0", "made up", "nobody", "", 4), "", "vowels.voice", reader.Hash, 4, [], 3, 2.8, 1, 1.2, [], 280, 280, [speaker])]);
    }

    VoiceRunPlan Plan(int steps, string stage = VocoderStage.SpectralName, string? start = null)
        => new(stage, Path.Combine(folder, "data"), new Schedule(steps, 2, steps / 2, 0.1), new AdamWOptions(Rate: 2e-3, Beta1: 0.8), Batch: 2, Seed: 4, start, Hidden: 16);

    bool Run(VoiceRunPlan plan, string run, int threads, int evaluateEvery = 0, Action<VoiceStepMetrics>? onStep = null, CancellationToken stop = default)
    {
        using var gang = new Gang(threads);
        using var stage = new VocoderStage(plan, gang);
        plan.Save(Path.Combine(folder, run));
        return new VoiceTrainer(Path.Combine(folder, run), plan, stage).Run(TimeSpan.FromHours(1), evaluateEvery, onStep, null, stop);
    }

    byte[] Bytes(string run, string file) => File.ReadAllBytes(Path.Combine(new CheckpointFolders(Path.Combine(folder, run)).Latest()!, file));

    [Fact]
    public void LearnsTwoVowels()
    {
        var losses = new List<double>();
        Run(Plan(60), "learn", threads: 2, onStep: m => losses.Add(m.Losses["loss"]));
        Assert.True(losses.TakeLast(5).Average() < 0.7 * losses.Take(5).Average(), $"The loss fell from {losses.Take(5).Average():F3} to {losses.TakeLast(5).Average():F3} only.");
    }

    [Fact]
    public void TwentyStepsEqualTenThenResumeThenTenWithAndWithoutJudges()
    {
        Run(Plan(2), "first", threads: 1);
        foreach (var stage in new[] { "vocoder", VocoderStage.JudgedName })
        {
            var steps = stage == "vocoder" ? 20 : 6;
            var plan = Plan(steps, stage, stage == "vocoder" ? null : new CheckpointFolders(Path.Combine(folder, "first")).Latest());
            Run(plan, stage + "-whole", threads: 2, evaluateEvery: steps / 2);
            for (var part = 0; part < 2; part++)
            {
                using var stop = new CancellationTokenSource();
                Assert.Equal(part == 1, Run(plan, stage + "-halves", threads: 1, onStep: m => { if (m.Step == steps / 2 && part == 0) stop.Cancel(); }, stop: stop.Token));
            }
            foreach (var file in new[] { "model.safetensors", "optimiser.safetensors" }.Concat(stage == "vocoder" ? [] : ["judge.safetensors"]))
                Assert.Equal(Bytes(stage + "-whole", file), Bytes(stage + "-halves", file));
        }
        Assert.Contains("melError", File.ReadAllText(Path.Combine(folder, "vocoder-whole", "metrics.jsonl")));
        Assert.Contains("features", File.ReadAllText(Path.Combine(folder, VocoderStage.JudgedName + "-whole", "metrics.jsonl")));
    }

    [Fact]
    public void WhatIsSavedLoadsToTheSameBitsAndWhatIsMissingIsNamed()
    {
        Run(Plan(2), "saved", threads: 1);
        var again = Path.Combine(folder, "again");
        VoiceCheckpoint.Save(again, VoiceCheckpoint.LoadVocoder(new CheckpointFolders(Path.Combine(folder, "saved")).Latest()!));
        foreach (var file in new[] { "model.safetensors", "config.json" }) Assert.Equal(Bytes("saved", file), File.ReadAllBytes(Path.Combine(again, file)));
        using var gang = new Gang(1);
        Assert.Contains(VocoderStage.JudgedName, Assert.Throws<ArgumentException>(() => new VocoderStage(Plan(2, VocoderStage.JudgedName), gang)).Message);
        Assert.Contains("voice-ledger.jsonl", Assert.Throws<InvalidDataException>(() => new VocoderStage(Plan(2) with { Data = folder }, gang)).Message);
    }
}
