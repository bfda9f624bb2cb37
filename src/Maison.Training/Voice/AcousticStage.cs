// The acoustic model's stage: an aligner tells the length of every phone once, then batches of whole utterances are learnt with the prosody
// that was measured.

using Maison.Models.Voice;
using Maison.Tensors;
using Maison.Training.Optimisers;

namespace Maison.Training.Voice;

/// <summary>Trains an acoustic model.</summary>
public sealed class AcousticStage : IVoiceStage
{
    readonly VoiceRunPlan plan;
    readonly Gang gang;
    readonly VoiceData data;
    readonly AlignedExample[] train, held;
    readonly ExampleOrder order;
    readonly PseudoSpeaker pseudo = new();
    AcousticModel model;
    AdamW optimiser;
    AcousticStep step;

    public AcousticStage(VoiceRunPlan plan, VoiceData data, Gang gang)
    {
        (this.plan, this.data, this.gang) = (plan, data, gang);
        var aligner = VoiceCheckpoint.LoadAligner(plan.Aligner ?? throw new ArgumentException("aligner is missing: an acoustic model learns lengths from a trained aligner."));
        (train, held) = (Align(aligner, data.Train, gang), Align(aligner, data.HeldOut, gang));
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
        var losses = step.Run([.. batch.Select(e => Targets(model.Config, e))]);
        var norm = optimiser.Step(rate);
        return new Dictionary<string, double>(losses.ByName()) { ["gradientNorm"] = norm };
    }

    public IReadOnlyDictionary<string, double> HeldOut()
    {
        using var hearing = new AcousticStep(model, gang, record: false);
        return held.Length == 0 ? new Dictionary<string, double>() : AcousticLosses.Mean([.. held.Chunk(plan.Batch).Select(b => hearing.Run([.. b.Select(e => Targets(model.Config, e))]))]).ByName();
    }

    public void Save(string folder) => VoiceCheckpoint.Save(folder, model);

    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => optimiser.State();

    public void Restore(string folder, int steps)
    {
        step.Dispose();
        optimiser.Dispose();
        model = VoiceCheckpoint.LoadAcoustic(folder);
        optimiser = new(model, gang, plan.Optimiser);
        optimiser.Restore(steps);
        step = new(model, gang, record: true);
    }

    public void Dispose()
    {
        step.Dispose();
        optimiser.Dispose();
    }
}
