using System.Runtime.InteropServices;
using Maison.Models;
using Maison.Models.Voice;
using Maison.Tensors;
using Maison.Tensors.Kernels;
using Maison.Training.Voice;

namespace Maison.Tests.Training.Voice;

public sealed class VoiceStepTests
{
    [Fact]
    public void AnAlignerFindsBordersItWasNeverTold()
    {
        using var gang = new Gang(2);
        var model = new Aligner(TinyVoice.Aligner);
        VoiceInit.Initialise(model, 1);
        using var adam = new PlainAdam(model, gang, 0.1f);
        using var step = new AlignerStep(model, gang, record: true);
        var examples = Enumerable.Range(0, 12).Select(i => TinyVoice.Say(i)).ToArray();
        double first = 0, last = 0;
        for (var round = 0; round < 60; round++)
        {
            last = examples.Sum(e => step.Learn(e.Example, 1f / (12 * e.Example.Frames)) / e.Example.Frames) / 12;
            if (round == 0) first = last;
            adam.Step();
        }
        Assert.True(last < first - 3, $"The loss only fell from {first} to {last} nats per frame.");
        using var heard = new AlignerStep(model, gang, record: false);
        var (unseen, truth) = TinyVoice.Say(99);
        var found = heard.Align(unseen);
        Assert.True(found.BestNatsPerFrame >= found.NatsPerFrame, "The best path is likelier than all paths together.");
        Assert.InRange(MeanBorderError(found.Counts, truth), 0, 1.0);
    }

    [Fact]
    public void AnAcousticModelLearnsABatchByHeart()
    {
        using var gang = new Gang(2);
        var model = new AcousticModel(TinyVoice.Config);
        VoiceInit.Initialise(model, 1);
        using var adam = new PlainAdam(model, gang, 4e-3f);
        using var step = new AcousticStep(model, gang, record: true);
        var batch = Enumerable.Range(0, 3).Select(Targets).ToArray();
        AcousticLosses first = default, last = default;
        for (var round = 0; round < 250; round++)
        {
            last = step.Run(batch);
            if (round == 0) first = last;
            adam.Step();
        }
        Assert.True(last.Mel < 0.15 && first.Mel > 1, $"The mel error only fell from {first.Mel} to {last.Mel} nats.");
        Assert.True(last.Voicing < 0.03, $"Voicing still costs {last.Voicing} nats per frame.");
        Assert.True(last.Length < 0.02 && last.Pitch < 0.5, $"Lengths are off by {last.Length}, pitches by {last.Pitch} semitones.");
    }

    [Fact]
    public void RecordingChangesNoBitAndSentencesDoNotHearEachOther()
    {
        using var gang = new Gang(2);
        var model = new AcousticModel(TinyVoice.Config);
        VoiceInit.Initialise(model, 2);
        using AcousticStep on = new(model, gang, record: true), off = new(model, gang, record: false);
        var batch = Enumerable.Range(0, 3).Select(Targets).ToArray();
        Assert.Equal(on.Run(batch), off.Run(batch));
        // A mean over a batch of equal sentences is that of one.
        var (one, three) = (off.Run([batch[0]]), off.Run([batch[0], batch[0], batch[0]]));
        Assert.Equal(one.Mel, three.Mel, 1e-6);
        Assert.Equal(one.Pitch, three.Pitch, 1e-6);
    }

    [Fact]
    public void TheGradientCrossesFromFramesToPhones()
    {
        using var gang = new Gang(1);
        var model = new AcousticModel(TinyVoice.Config);
        VoiceInit.Initialise(model, 3);
        using var step = new AcousticStep(model, gang, record: true);
        var batch = new[] { Targets(1), Targets(2) };
        step.Run(batch);
        var w = (Param)model.PhoneIn;
        var gradient = w.Gradient.ToArray();
        var norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
        Assert.True(norm > 0);
        var kept = w.Values.ToArray();
        double At(double h)
        {
            for (var i = 0; i < kept.Length; i++) w.Values[i] = (float)(kept[i] + h * gradient[i] / norm);
            w.Changed();
            return step.Run(batch).Total;
        }
        // Absolute errors have kinks, and the loss is a float: a slope along the gradient is what can be told.
        var slope = (At(0.01) - At(-0.01)) / 0.02;
        Assert.InRange(slope, 0.95 * norm, 1.05 * norm);
    }

    [Fact]
    public void PausesGoBetweenWordsAndNeverBesideAMark()
    {
        var (example, counts) = TinyVoice.Say(7);
        int Ends(int token) => counts.Take(token + 1).Sum();
        // Tokens: sil, four words of two sounds, period, sil. One pause at the end of the second word, one at the full stop.
        var rested = example with { Pauses = [(Ends(4) - 1, 3), (Ends(8) - 1, 12)] };
        var tokens = PauseInsertion.Insert(new(rested, counts));
        Assert.Equal("sp", tokens[5].Phone.Symbol);
        Assert.Equal(example.Tokens.Length + 1, tokens.Length);
        Assert.Equal(example.Tokens, tokens.Where(t => t.Phone.Symbol != "sp"));
        // Out of reach of every border of words, or none at all: nothing is put in.
        Assert.Equal(example.Tokens, PauseInsertion.Insert(new(example with { Pauses = [(Ends(9) + 40, 9)] }, counts)));
        Assert.Equal(example.Tokens, PauseInsertion.Insert(new(example, counts)));
    }

    static AcousticTargets Targets(int seed)
    {
        var (example, counts) = TinyVoice.Say(seed);
        return new(TinyVoice.Config, example, counts, seed % 2, TinyVoice.Config.MedianHz[seed % 2]);
    }

    /// <summary>In frames; where the full stop ends and the silence after it begins cannot be heard, so that border is left out.</summary>
    static double MeanBorderError(int[] found, int[] truth)
    {
        double sum = 0;
        for (int n = 0, a = 0, b = 0; n < found.Length - 2; n++) sum += Math.Abs((a += found[n]) - (b += truth[n]));
        return sum / (found.Length - 2);
    }

    /// <summary>AdamW for all weights at one rate.</summary>
    sealed class PlainAdam(object model, Gang gang, float rate) : IDisposable
    {
        readonly (Param Weight, FloatBuffer First, FloatBuffer Second)[] slots = [.. ModelWeights.Slots(model).Select(s => ((Param)s.Weight, new FloatBuffer(s.Weight.Count), new FloatBuffer(s.Weight.Count)))];
        int steps;

        public void Step()
        {
            steps++;
            foreach (var (w, m, v) in slots) Updates.AdamW(gang, w, m, v, steps, rate, 0.9f, 0.99f, 1e-8f, 0f, 1f);
        }

        public void Dispose()
        {
            foreach (var (_, m, v) in slots)
            {
                m.Dispose();
                v.Dispose();
            }
        }
    }
}
