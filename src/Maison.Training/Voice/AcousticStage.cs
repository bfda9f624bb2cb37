// The two stages of the acoustic model. An aligner tells the length of every phone once, then batches of whole utterances are learnt with the
// prosody that was measured. First spectra are compared with the recordings'; then, starting from there, judges join in: the mean of all ways to
// say a thing is smoother than any of them, and they see that.

using Maison.Models.Voice;
using Maison.Tensors;
using Maison.Training.Optimisers;

namespace Maison.Training.Voice;

/// <summary>Trains an acoustic model.</summary>
public sealed class AcousticStage : IVoiceStage
{
    /// <summary>The stage on errors alone.</summary>
    public const string PlainName = "acoustic";

    /// <summary>The stage with judges, who have a file beside the model's.</summary>
    public const string JudgedName = "acoustic-judged";
    const string JudgeFile = "judge.safetensors";

    /// <summary>Frames of what is judged: two thirds of a second.</summary>
    const int JudgedFrames = 64;

    /// <summary>Length of the judges' gradient in units of that of the spectra's errors in the same frames.</summary>
    const double JudgesShare = 1;

    readonly VoiceRunPlan plan;
    readonly Gang gang;
    readonly VoiceData data;
    readonly AlignedExample[] train, held;
    readonly ExampleOrder order;
    readonly PseudoSpeaker pseudo = new();
    AcousticModel model;
    readonly JudgeStep? judges;
    AdamW optimiser;
    AcousticStep step;

    public AcousticStage(VoiceRunPlan plan, VoiceData data, Gang gang)
    {
        (this.plan, this.data, this.gang) = (plan, data, gang);
        var aligner = VoiceCheckpoint.LoadAligner(plan.Aligner ?? throw new ArgumentException("aligner is missing: an acoustic model learns lengths from a trained aligner."));
        (train, held) = (Align(aligner, data.Train, gang), Align(aligner, data.HeldOut, gang));
        if (plan.Stage == JudgedName && plan.Start is null) throw new ArgumentException($"{JudgedName} goes on with an acoustic model: name its run as the start.");
        if (plan.Start is { } start) model = VoiceCheckpoint.LoadAcoustic(start);
        else
        {
            string[] speakers = [.. data.MedianHz.Keys];
            var config = new AcousticConfig { Phones = PhoneNames.All(), Marks = PhoneNames.Marks, Speakers = speakers, MedianHz = [.. data.MedianHz.Values] };
            if (data.Train.Any(e => e.Samples is not null)) config = config with { LowestFormants = PseudoSpeaker.Factors.Min(), HighestFormants = PseudoSpeaker.Factors.Max() };
            if (plan.Hidden > 0) config = config with { Hidden = plan.Hidden, EncoderInner = 4 * plan.Hidden, DecoderInner = 3 * plan.Hidden };
            model = new(config);
            VoiceInit.Initialise(model, plan.Seed);
        }
        order = new(train.Length, plan.Batch, plan.Seed);
        optimiser = new(model, gang, plan.Optimiser);
        if (plan.Stage == JudgedName) judges = new(new FrameJudge(model.Config.Mels), plan.Optimiser, plan.Seed, gang);
        step = new(model, gang, record: true);
    }

    /// <summary>The model as it is now.</summary>
    public AcousticModel Model => model;

    public double SecondsPerStep => plan.Batch * train.Average(e => e.Example.Frames) / Data.Audio.VoiceFrames.PerSecond;

    public IReadOnlyDictionary<string, string> Digests => data.Digests;

    /// <summary>Lengths of all phones, after pauses have been put between words.</summary>
    public static AlignedExample[] Align(Aligner aligner, IEnumerable<VoiceExample> examples, Gang gang)
    {
        using var hearing = new AlignerStep(aligner, gang, record: false);
        return [.. AlignerStage.WithPauses(aligner, examples, gang).Where(hearing.Fits).Select(e => new AlignedExample(e, hearing.Align(e).Counts))];
    }

    /// <summary>What a model of a configuration is to say about an example.</summary>
    public static AcousticTargets Targets(AcousticConfig config, AlignedExample aligned)
    {
        var speaker = config.Speakers.ToList().IndexOf(aligned.Example.Speaker);
        if (speaker < 0) throw new InvalidDataException($"{aligned.Example.Name} is spoken by {aligned.Example.Speaker}, whom the model does not know.");
        return new(config, aligned.Example, aligned.Counts, speaker, config.MedianHz[speaker] * aligned.Example.Formants);
    }

    public IReadOnlyDictionary<string, double> Step(int number, double rate)
    {
        var batch = order.Batch(number).Select((i, place) => pseudo.Of(train[i], PseudoSpeaker.FactorOf(plan.Seed, number, place)));
        AcousticTargets[] targets = [.. batch.Select(e => Targets(model.Config, e))];
        step.SetDropout(plan.Dropout, ((ulong)plan.Seed << 32) + (ulong)number);
        (double Judges, double Verdict, double Features) judged = default;
        var named = new Dictionary<string, double>(step.Run(targets, judges is null ? null : Contest).ByName());
        if (judges is not null) (named["judges"], named["verdict"], named["features"]) = judged;
        named["gradientNorm"] = optimiser.Step(rate);
        return named;

        void Contest(ReadOnlySpan<float> real, ReadOnlySpan<float> made, Span<float> gradient)
        {
            var starts = Pieces(targets, new(unchecked(plan.Seed * 7_919 + number)));
            judged = judges!.Contest(real, made, starts, JudgedFrames, model.Config.Mels, rate, gradient);
            // An error's gradient is one of two values everywhere, so its length is known.
            var wanted = JudgesShare * Math.Sqrt(starts.Length * JudgedFrames * model.Config.Mels) / made.Length;
            var length = 0.0;
            foreach (var g in gradient) length += (double)g * g;
            var factor = (float)(wanted / Math.Max(1e-12, Math.Sqrt(length)));
            foreach (ref var g in gradient) g *= factor;
        }
    }

    /// <summary>A piece of every utterance that is long enough and was heard in all bands.</summary>
    static int[] Pieces(AcousticTargets[] batch, Random random)
    {
        var (starts, first) = (new List<int>(), 0);
        foreach (var b in batch)
        {
            var frames = b.Contour.Length;
            if (frames >= JudgedFrames && b.HeardBands * frames == b.Mel.Length) starts.Add(first + random.Next(frames - JudgedFrames + 1));
            first += frames;
        }
        return [.. starts];
    }

    public IReadOnlyDictionary<string, double> HeldOut()
    {
        using var hearing = new AcousticStep(model, gang, record: false);
        return held.Length == 0 ? new Dictionary<string, double>() : AcousticLosses.Mean([.. held.Chunk(plan.Batch).Select(b => hearing.Run([.. b.Select(e => Targets(model.Config, e))]))]).ByName();
    }

    public void Save(string folder)
    {
        VoiceCheckpoint.Save(folder, model);
        judges?.Save(Path.Combine(folder, JudgeFile));
    }

    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => optimiser.State().Concat(judges?.State() ?? []);

    public void Restore(string folder, int steps)
    {
        step.Dispose();
        optimiser.Dispose();
        model = VoiceCheckpoint.LoadAcoustic(folder);
        optimiser = new(model, gang, plan.Optimiser);
        optimiser.Restore(steps);
        judges?.Restore(Path.Combine(folder, JudgeFile), steps);
        step = new(model, gang, record: true);
    }

    public void Dispose()
    {
        step.Dispose();
        optimiser.Dispose();
        judges?.Dispose();
    }
}
