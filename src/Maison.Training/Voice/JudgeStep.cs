// The contest of a vocoder and its judges: hinge verdicts (arXiv 1705.02894), features matched (arXiv 1910.06711). First
// the judges learn from recordings and made sounds of the same moments, then their verdict on the made ones goes back as a gradient.

using Maison.Models;
using Maison.Models.Voice;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Optimisers;

namespace Maison.Training.Voice;

/// <summary>Judges and how they learn.</summary>
public sealed class JudgeStep : IDisposable
{
    /// <summary>Frames of what is judged: a third of a second.</summary>
    public const int Frames = 32;

    const double FeatureWeight = 2;

    readonly VocoderConfig config;
    readonly Gang gang;
    readonly AdamWOptions options;
    readonly Arena arena = new(), realArena = new();
    readonly Pass pass, realPass;
    AdamW optimiser;

    public JudgeStep(VocoderConfig config, AdamWOptions options, int seed, Gang gang)
    {
        (this.config, this.options, this.gang) = (config, options, gang);
        VoiceInit.Initialise(Judge, seed);
        // Half of every layer's outputs are leaked away: what is left keeps its size.
        foreach (var slot in ModelWeights.Slots(Judge))
            if (slot.Weight is Param { Rows: > 1 } w)
            {
                foreach (ref var v in w.Values) v *= 1.4f;
                w.Changed();
            }
        optimiser = new(Judge, gang, options);
        pass = new(arena, gang, record: true);
        realPass = new(realArena, gang);
    }

    /// <summary>The judges as they are now.</summary>
    public VocoderJudge Judge { get; } = new();

    /// <summary>The optimiser's buffers.</summary>
    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => optimiser.State().Select(s => ($"judge.{s.Key}", s.Weight, s.State));

    /// <summary>One contest.</summary>
    /// <param name="real">Recordings, segments of one length one after another.</param>
    /// <param name="made">As many samples.</param>
    /// <param name="gradient">Receives the gradient of the made samples.</param>
    /// <returns>Losses: of the judges, of the made sounds before them, of features.</returns>
    public (double Judges, double Verdict, double Features) Contest(ReadOnlySpan<float> real, ReadOnlySpan<float> made, int sounds, Random random, double rate, Span<float> gradient)
    {
        int length = real.Length / sounds, judged = Frames * config.Hop;
        var starts = new int[sounds];
        for (var i = 0; i < sounds; i++) starts[i] = i * length + random.Next(length / config.Hop - Frames + 1) * config.Hop;
        float[] realCut = Cut(real), madeCut = Cut(made);

        Freeze(false);
        Begin(pass, 2 * sounds);
        List<(Tensor Error, double Scale)> judges = [], verdict = [], features = [];
        float[] both = [.. realCut, .. madeCut];
        foreach (var v in Judge.Forward(pass, pass.Input(both, 2 * sounds * Frames, config.Hop), 2 * sounds))
        {
            var targets = new float[v.Score.Rows];
            Array.Fill(targets, 1f, 0, targets.Length / 2);
            Array.Fill(targets, -1f, targets.Length / 2, targets.Length / 2);
            Learn(judges, pass.HingeError(v.Score, targets), 2.0 / targets.Length);
        }
        pass.Backward();
        optimiser.Step(rate);
        var judgesLoss = Sum(judges);

        Freeze(true);
        Begin(realPass, sounds);
        var heard = Judge.Forward(realPass, realPass.Input(realCut, sounds * Frames, config.Hop), sounds);
        Begin(pass, sounds);
        var borrowed = pass.Input(madeCut, sounds * Frames, config.Hop);
        var verdicts = Judge.Forward(pass, borrowed, sounds);
        for (var i = 0; i < verdicts.Length; i++)
        {
            var targets = new float[verdicts[i].Score.Rows];
            Array.Fill(targets, 1f);
            Learn(verdict, pass.HingeError(verdicts[i].Score, targets), 1.0 / targets.Length);
            for (var k = 0; k < verdicts[i].Noticed.Length; k++)
                Learn(features, pass.AbsoluteError(verdicts[i].Noticed[k], heard[i].Noticed[k]), FeatureWeight / verdicts[i].Noticed[k].Count);
        }
        pass.Backward();
        gradient.Clear();
        var back = pass.GradientOf(borrowed);
        for (var i = 0; i < sounds; i++) back.Slice(i * judged, judged).CopyTo(gradient[starts[i]..]);
        return (judgesLoss, Sum(verdict), Sum(features));

        float[] Cut(ReadOnlySpan<float> from)
        {
            var cut = new float[sounds * judged];
            for (var i = 0; i < sounds; i++) from.Slice(starts[i], judged).CopyTo(cut.AsSpan(i * judged));
            return cut;
        }

        void Learn(List<(Tensor, double)> losses, Tensor error, double scale)
        {
            pass.Seed(error, (float)scale);
            losses.Add((error, scale));
        }

        // Read when all work has been given out: a device need not stop for each.
        static double Sum(List<(Tensor Error, double Scale)> losses) => losses.Sum(l => l.Error.Value * l.Scale);
    }

    static void Begin(Pass p, int sounds) => p.Begin([.. Enumerable.Range(0, sounds).Select(i => new Segment(i * Frames, Frames))]);

    void Freeze(bool frozen)
    {
        foreach (var slot in ModelWeights.Slots(Judge)) ((Param)slot.Weight).Frozen = frozen;
    }

    /// <summary>Writes the judges beside the model.</summary>
    public void Save(string path) => ModelFile.Save(Judge, path, ElementType.F32);

    /// <summary>Takes up the judges of a checkpoint.</summary>
    public void Restore(string path, int steps)
    {
        optimiser.Dispose();
        ModelFile.LoadTrainable(Judge, path);
        optimiser = new(Judge, gang, options);
        optimiser.Restore(steps);
    }

    public void Dispose()
    {
        pass.Dispose();
        realPass.Dispose();
        arena.Dispose();
        realArena.Dispose();
        optimiser.Dispose();
    }
}
