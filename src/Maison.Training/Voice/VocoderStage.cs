// The two stages of the vocoder. First its sound is compared with the recording in spectra under four windows of random lengths per step, so that
// no grid of frames leaves its mark (pc-ddsp); phase is not compared, it comes from the sources. Then, starting from there, judges
// join in: what spectra forgive, such as fricatives made of one noise, they learn to hear.

using Maison.Data.Audio;
using Maison.Data.Audio.Analysis;
using Maison.Models.Voice;
using Maison.Tensors;
using Maison.Training.Optimisers;

namespace Maison.Training.Voice;

/// <summary>Trains a vocoder on spectra.</summary>
public sealed class VocoderStage : IVoiceStage
{
    /// <summary>Windows to draw from, and how many a step uses.</summary>
    const int WindowChoices = 48, WindowsPerStep = 4, ShortestWindow = 240, LongestWindow = 2048;

    /// <summary>Weight of the spectral error where judges have a say.</summary>
    const float JudgedSpectra = 15f;

    /// <summary>The stage on spectra alone.</summary>
    public const string SpectralName = "vocoder";

    /// <summary>The stage with judges, who have a file beside the model's.</summary>
    public const string JudgedName = "vocoder-judged";
    const string JudgeFile = "judge.safetensors";

    /// <summary>Frames of what is judged: a third of a second.</summary>
    const int JudgedFrames = 32;

    /// <summary>Held-out utterances that are measured.</summary>
    const int Measured = 12;

    readonly VoiceRunPlan plan;
    readonly Gang gang;
    readonly VocoderCrops crops;
    readonly Arena arena = new();
    readonly FrameTransform[] windows;
    readonly Pass pass;
    readonly JudgeStep? judges;
    readonly float[] gradient = [];
    Vocoder model;
    AdamW optimiser;

    public VocoderStage(VoiceRunPlan plan, Gang gang)
    {
        (this.plan, this.gang) = (plan, gang);
        if (plan.Stage == JudgedName && plan.Start is null) throw new ArgumentException($"{JudgedName} goes on with a vocoder: name its run as the start.");
        if (plan.Start is { } start) model = VoiceCheckpoint.LoadVocoder(start);
        else
        {
            var config = new VocoderConfig();
            model = new Vocoder(plan.Hidden == 0 ? config : config with { Hidden = plan.Hidden, Inner = 3 * plan.Hidden });
            VocoderInit.Initialise(model, plan.Seed);
        }
        crops = new VocoderCrops(plan.Data, model.Config, plan.Seed);
        optimiser = new(model, gang, plan.Optimiser);
        pass = new(arena, gang, record: true);
        if (plan.Stage == JudgedName)
        {
            judges = new(new VocoderJudge(), plan.Optimiser, plan.Seed, gang);
            gradient = new float[plan.Batch * VocoderCrops.Frames * model.Config.Hop];
        }
        var random = new Random(plan.Seed);
        windows = [.. Enumerable.Range(0, WindowChoices).Select(_ => Window((int)(ShortestWindow * Math.Pow(LongestWindow / (double)ShortestWindow, random.NextDouble()))))];
    }

    static FrameTransform Window(int samples) => new((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)samples), samples, samples / 4, unit: true);

    /// <summary>The model as it is now.</summary>
    public Vocoder Model => model;

    public double SecondsPerStep => plan.Batch * (double)VocoderCrops.Frames / VoiceFrames.PerSecond;

    /// <summary>Multiply-adds ×2 of a step's products, forward and back.</summary>
    public double FlopsPerStep => 3 * model.Config.FlopsPerFrame * plan.Batch * VocoderCrops.Frames;

    public IReadOnlyDictionary<string, string> Digests => crops.Digests;

    public IReadOnlyDictionary<string, double> Step(int step, double rate)
    {
        var batch = crops.Draw(step, plan.Batch, whole: judges is not null);
        var sound = Sound(pass, batch);
        var random = new Random(unchecked(plan.Seed * 7_919 + step));
        var weight = judges is null ? 1f : JudgedSpectra;
        var errors = new Tensor[WindowsPerStep];
        for (var i = 0; i < WindowsPerStep; i++)
        {
            errors[i] = pass.SpectralError(sound, batch.Samples, windows[random.Next(windows.Length)]);
            pass.Seed(errors[i], weight / WindowsPerStep);
        }
        var losses = new Dictionary<string, double> { ["loss"] = 0 };
        if (judges is not null)
        {
            int[] starts = [.. Enumerable.Range(0, plan.Batch).Select(i => i * VocoderCrops.Frames + random.Next(VocoderCrops.Frames - JudgedFrames + 1))];
            (losses["judges"], losses["verdict"], losses["features"]) = judges.Contest(batch.Samples, sound.Span, starts, JudgedFrames, model.Config.Hop, rate, gradient);
            pass.Seed(sound, gradient);
        }
        pass.Backward();
        losses["loss"] = errors.Sum(e => (double)(e.Value / WindowsPerStep));
        losses["gradientNorm"] = optimiser.Step(rate);
        return losses;
    }

    Tensor Sound(Pass p, VocoderBatch batch)
    {
        p.Begin(batch.Segments);
        return model.Forward(p, p.Input(batch.Features, batch.Rows, model.Config.Features), batch.Periodicity, batch.Source);
    }

    /// <summary>The sound of a whole utterance made from its own features.</summary>
    public float[] Resynthesise(VocoderBatch batch)
    {
        using var plain = new Pass(arena, gang);
        return Sound(plain, batch).Span.ToArray();
    }

    public IReadOnlyDictionary<string, double> HeldOut()
    {
        using var plain = new Pass(arena, gang);
        FrameTransform[] fixedWindows = [Window(480), Window(1024), Window(2048)];
        var analyser = new VoiceAnalyser(PitchRange.Anyone);
        double error = 0, mel = 0, frames = 0;
        foreach (var utterance in crops.HeldOut.Take(Measured))
        {
            var batch = crops.Whole(utterance);
            var sound = Sound(plain, batch);
            foreach (var window in fixedWindows) error += plain.SpectralError(sound, batch.Samples, window).Value / fixedWindows.Length * batch.Rows;
            mel += analyser.LogMel(sound.Span).Zip(analyser.LogMel(batch.Samples), (a, b) => Math.Abs(a - b)).Average() * batch.Rows;
            frames += batch.Rows;
        }
        return new Dictionary<string, double> { ["spectralError"] = error / Math.Max(1, frames), ["melError"] = mel / Math.Max(1, frames) };
    }

    public void Save(string folder)
    {
        VoiceCheckpoint.Save(folder, model);
        judges?.Save(Path.Combine(folder, JudgeFile));
    }

    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => optimiser.State().Concat(judges?.State() ?? []);

    public void Restore(string folder, int steps)
    {
        optimiser.Dispose();
        model = VoiceCheckpoint.LoadVocoder(folder);
        optimiser = new(model, gang, plan.Optimiser);
        optimiser.Restore(steps);
        judges?.Restore(Path.Combine(folder, JudgeFile), steps);
    }

    public void Dispose()
    {
        pass.Dispose();
        arena.Dispose();
        optimiser.Dispose();
        judges?.Dispose();
        crops.Dispose();
    }
}
