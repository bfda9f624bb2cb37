// The aligner's stage. A first run learns from the tokens as the text has them; a second run that starts from the first one puts sp where the
// speaker rested, and goes on from there.

using Maison.Data.Speech;
using Maison.Models.Voice;
using Maison.Tensors;
using Maison.Training.Optimisers;

namespace Maison.Training.Voice;

/// <summary>Trains an aligner.</summary>
public sealed class AlignerStage : IVoiceStage
{
    readonly VoiceRunPlan plan;
    readonly Gang gang;
    readonly VoiceData data;
    readonly VoiceExample[] train, held;
    readonly ExampleOrder order;
    readonly Aligner? judge;
    Aligner model;
    AdamW optimiser;
    AlignerStep step;

    public AlignerStage(VoiceRunPlan plan, VoiceData data, Gang gang)
    {
        (this.plan, this.data, this.gang) = (plan, data, gang);
        if (plan.Start is { } start)
        {
            model = VoiceCheckpoint.LoadAligner(start);
            (train, held) = (WithPauses(model, data.Train, gang), WithPauses(model, data.HeldOut, gang));
        }
        else
        {
            model = new Aligner(new AlignerConfig { Phones = PhoneNames.All(), Marks = PhoneNames.Marks });
            VoiceInit.Initialise(model, plan.Seed);
            (train, held) = ([.. data.Train], [.. data.HeldOut]);
        }
        using (var measure = new AlignerStep(model, gang, record: false))
            (train, held) = ([.. train.Where(measure.Fits)], [.. held.Where(measure.Fits)]);
        if (plan.Aligner is { } other) judge = VoiceCheckpoint.LoadAligner(other);
        order = new(train.Length, plan.Batch, plan.Seed);
        optimiser = new(model, gang, plan.Optimiser);
        step = new(model, gang, record: true);
    }

    /// <summary>The model as it is now.</summary>
    public Aligner Model => model;

    public double SecondsPerStep => plan.Batch * train.Average(e => e.Frames) / Data.Audio.VoiceFrames.PerSecond;

    public IReadOnlyDictionary<string, string> Digests => data.Digests;

    /// <summary>The examples with sp where an alignment and the energy gate agree that the speaker rested.</summary>
    public static VoiceExample[] WithPauses(Aligner aligner, IEnumerable<VoiceExample> examples, Gang gang)
    {
        using var step = new AlignerStep(aligner, gang, record: false);
        return [.. examples.Where(step.Fits).Select(e => e.Pauses.Count == 0 ? e : e with { Tokens = PauseInsertion.Insert(new(e, step.Align(e).Counts)) })];
    }

    public IReadOnlyDictionary<string, double> Step(int number, double rate)
    {
        double nats = 0, frames = 0;
        foreach (var i in order.Batch(number))
        {
            nats += step.Learn(train[i], 1f / (plan.Batch * train[i].Frames));
            frames += train[i].Frames;
        }
        var norm = optimiser.Step(rate);
        return new Dictionary<string, double> { ["loss"] = nats / frames, ["gradientNorm"] = norm };
    }

    public IReadOnlyDictionary<string, double> HeldOut()
    {
        using var hearing = new AlignerStep(model, gang, record: false);
        using var judging = judge is null ? null : new AlignerStep(judge, gang, record: false);
        var found = held.Select(e => (Example: e, Found: hearing.Align(e))).ToArray();
        double frames = held.Sum(e => e.Frames);
        var scores = new Dictionary<string, double>
        {
            ["natsPerFrame"] = found.Sum(f => f.Found.NatsPerFrame * f.Example.Frames) / frames,
            ["bestNatsPerFrame"] = found.Sum(f => f.Found.BestNatsPerFrame * f.Example.Frames) / frames,
            ["implausible"] = found.Sum(f => AlignmentQuality.Implausible(f.Example.Tokens, f.Found.Counts)) / (double)held.Sum(e => e.Tokens.Count(t => !t.Phone.IsMark)),
        };
        if (judging is null) return scores;
        var (mean, far) = AlignmentQuality.Agreement(found.Select(f => (f.Example.Tokens, f.Found.Counts, judging.Align(f.Example).Counts)));
        scores["bordersApartMs"] = mean;
        scores["bordersOver60Ms"] = far;
        return scores;
    }

    public void Save(string folder) => VoiceCheckpoint.Save(folder, model);

    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => optimiser.State();

    public void Restore(string folder, int steps)
    {
        step.Dispose();
        optimiser.Dispose();
        model = VoiceCheckpoint.LoadAligner(folder);
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

/// <summary>What alignments are worth where nobody knows the truth.</summary>
public static class AlignmentQuality
{
    /// <summary>Sounds whose length no speaker gives them: vowels under 30 ms, anything over 400 ms.</summary>
    public static int Implausible(IReadOnlyList<PhoneToken> tokens, IReadOnlyList<int> counts)
        => Enumerable.Range(0, counts.Count).Count(n => !tokens[n].Phone.IsMark && (counts[n] > 40 || tokens[n].Phone.IsVowel && counts[n] < 3));

    /// <summary>How far apart two alignments put the borders of sounds: the mean in milliseconds, and the share over 60.</summary>
    public static (double MeanMs, double Over60) Agreement(IEnumerable<(PhoneToken[] Tokens, int[] One, int[] Other)> alignments)
    {
        double sum = 0, over = 0, borders = 0;
        foreach (var (tokens, one, other) in alignments)
            for (int n = 0, a = 0, b = 0; n + 1 < tokens.Length; n++)
            {
                (a, b) = (a + one[n], b + other[n]);
                // Between two marks there is only silence: nobody can tell where one ends.
                if (tokens[n].Phone.IsMark && tokens[n + 1].Phone.IsMark) continue;
                var apart = 10.0 * Math.Abs(a - b);
                sum += apart;
                if (apart > 60) over++;
                borders++;
            }
        return borders == 0 ? (0, 0) : (sum / borders, over / borders);
    }
}
